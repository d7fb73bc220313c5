//! The organizer's numbers at past instants are what they were then.

use std::time::Duration;

use serde_json::{Value, json};

use crate::site::{BUFFER, Fair, SHOWN, Site, both, creation, seat_type};

/// The numbers as they are shown now, or as of an instant.
async fn summary(site: &Site, fair: &Fair, query: &str) -> Value {
    site.get(fair.at(&format!("/summary{query}"))).cookie(&fair.session).await.expect(200)
}

/// Takes down what is shown now, and lets a second pass.
async fn note(site: &Site, fair: &Fair, shown: &mut Vec<Value>) {
    shown.push(summary(site, fair, "").await);
    site.hand.advance(Duration::from_secs(1));
}

both!(the_numbers_of_every_instant_are_those_that_were_shown_then);
async fn the_numbers_of_every_instant_are_those_that_were_shown_then(site: &Site) {
    let mut shown = Vec::new();
    let fair = site.organizer("past", &[(1_000, 10), (250, 10)]).await;
    note(site, &fair, &mut shown).await;
    let paid = site.order(&fair, &[(0, 2), (1, 1)]).await;
    note(site, &fair, &mut shown).await;
    let left = site.order(&fair, &[(0, 9)]).await;
    note(site, &fair, &mut shown).await;
    site.pay(&paid).await;
    note(site, &fair, &mut shown).await;
    let mut fewer = seat_type(250, 3);
    fewer["version"] = json!(1);
    let path = fair.at(&format!("/seat-types/{}", fair.seats[1]));
    site.put(path, fewer).cookie(&fair.session).await.expect(200);
    note(site, &fair, &mut shown).await;
    let given_back = site.order(&fair, &[(1, 2)]).await;
    note(site, &fair, &mut shown).await;
    site.delete(given_back.at("")).cookie(&given_back.cookie).await.expect(200);
    note(site, &fair, &mut shown).await;
    site.hand.advance(SHOWN + BUFFER);
    site.settles(&left, "expired").await;
    note(site, &fair, &mut shown).await;

    let distinct: std::collections::BTreeSet<_> = shown.iter().map(|it| it["position"].as_i64()).collect();
    assert_eq!(distinct.len(), shown.len(), "every step is to be seen");
    for then in shown {
        let as_of = then["as_of"].as_str().unwrap();
        assert_eq!(summary(site, &fair, &format!("?as_of={as_of}")).await, then);
    }
}

both!(before_the_first_event_everything_is_zero_and_the_future_is_now);
async fn before_the_first_event_everything_is_zero_and_the_future_is_now(site: &Site) {
    site.hand.advance(Duration::from_secs(1));
    let mut euros = creation("edges");
    euros["currency"] = json!("EUR");
    let created = site.post("/api/management/conferences", euros).await;
    let fair = Fair {
        slug: "edges".to_owned(),
        session: created.cookie(),
        access_code: String::new(),
        seats: Vec::new(),
    };
    for as_of in [
        "2026-03-01T09:00:00.000Z",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "2026-03-01T10:00:00%2B01:00",
    ] {
        let numbers = summary(site, &fair, &format!("?as_of={as_of}")).await;
        let zero = json!({ "amount": 0, "currency": "EUR" });
        let nothing = (&json!([]), &zero, &json!({}), &json!([]), &json!(0));
        let shown = ["seat_types", "revenue", "orders", "by_day", "position"].map(|field| &numbers[field]);
        assert_eq!((shown[0], shown[1], shown[2], shown[3], shown[4]), nothing, "{as_of}");
    }
    let now = summary(site, &fair, "").await;
    for as_of in ["2026-03-01T09:00:01.000Z", "9999-12-31T23:59:59.999Z"] {
        assert_eq!(summary(site, &fair, &format!("?as_of={as_of}")).await, now, "{as_of}");
    }
}

both!(what_is_no_instant_is_refused_by_name);
async fn what_is_no_instant_is_refused_by_name(site: &Site) {
    let fair = site.organizer("instants", &[(0, 1)]).await;
    for as_of in
        ["", "yesterday", "2026-03-01", "2026-02-30T00:00:00Z", "2026-03-01T09:00:00", "1772355600000", "%F0"]
    {
        let refused = site.get(fair.at(&format!("/summary?as_of={as_of}"))).cookie(&fair.session).await;
        refused.refused(400, "malformed");
        assert_eq!(refused.json["errors"][0]["field"], "as_of", "{as_of}");
    }
}
