//! What an organizer reads of what was recorded: all of it, once, and why.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::site::{BUFFER, Fair, SHOWN, Site, both};

/// The whole history, read in pages of `limit`.
async fn read(site: &Site, fair: &Fair, query: &str, limit: usize) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), String::new());
    loop {
        let path = fair.at(&format!("/history?limit={limit}{after}{query}"));
        let page = site.get(path).cookie(&fair.session).await.expect(200);
        let items = page["events"].as_array().unwrap();
        assert!(items.len() <= limit);
        events.extend(items.iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return events,
        }
    }
}

fn texts(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["text"].as_str().unwrap()).collect()
}

both!(pages_hold_every_event_once_and_in_order);
async fn pages_hold_every_event_once_and_in_order(site: &Site) {
    let (fair, open) = site.populate("paged").await;
    // Other conferences are not in it, whether they share its shard or not.
    for index in 0..20 {
        site.organizer(&format!("other-{index}"), &[(100, 1)]).await;
    }
    let whole = read(site, &fair, "", 500).await;
    let positions: Vec<_> = whole.iter().map(|event| event["position"].as_i64().unwrap()).collect();
    assert!(positions.is_sorted() && positions.iter().collect::<BTreeSet<_>>().len() == positions.len());
    for limit in [1, 2, 7, whole.len() - 1, whole.len()] {
        assert_eq!(read(site, &fair, "", limit).await, whole, "in pages of {limit}");
    }
    let of_order = format!("&order_id={}", open.id);
    let own: Vec<_> = whole.iter().filter(|event| event["order_id"] == open.id.as_str()).cloned().collect();
    assert!(own.len() > 4 && own.len() < whole.len());
    for limit in [1, 3, 500] {
        assert_eq!(read(site, &fair, &of_order, limit).await, own, "in pages of {limit}");
    }
    let stranger = site.organizer("stranger", &[(0, 1)]).await;
    let path = stranger.at(&format!("/history?order_id={}", open.id));
    let nothing = site.get(path).cookie(&stranger.session).await.expect(200);
    assert_eq!(nothing, json!({ "events": [], "next": null }));
}

both!(an_orders_history_says_why_it_costs_nothing);
async fn an_orders_history_says_why_it_costs_nothing(site: &Site) {
    let fair = site.organizer("why", &[(1_050, 2)]).await;
    site.order(&fair, &[(0, 2)]).await;
    let late = site.order(&fair, &[(0, 1)]).await;
    assert_eq!(late.json["total"]["amount"], 0);
    site.hand.advance(SHOWN + BUFFER);
    site.settles(&late, "expired").await;
    let events = read(site, &fair, &format!("&order_id={}", late.id), 500).await;
    let told = texts(&events);
    for said in [
        "An order was placed for 1 × For 1050.",
        "No seats could be held.",
        "The total was calculated: $0.00, because no seats are held.",
        "The order expired; it held no seats.",
    ] {
        assert!(told.contains(&said), "{said}: {told:?}");
    }
    let path = fair.at(&format!("/history?order_id={}", late.id));
    let history = site.get(path).cookie(&fair.session).await.expect(200);
    let decisions = history["decisions"].as_array().unwrap();
    assert_eq!(
        texts(decisions),
        [
            "The registration process decided to ask for the seats.",
            "The registration process decided to tell the order which seats it holds.",
            "The registration process decided to let the order expire, because its time was up.",
            "The registration process decided to give the held seats back.",
        ]
    );
    assert_eq!(decisions[2]["at"], "2026-03-01T09:29:00.000Z");
}

both!(amounts_have_the_digits_of_their_currency);
async fn amounts_have_the_digits_of_their_currency(site: &Site) {
    for (currency, amount, shown) in
        [("USD", 1_050, "$10.50"), ("JPY", 1_050, "¥1,050"), ("KWD", 1_050, "KWD\u{a0}1.050")]
    {
        let slug = format!("in-{}", currency.to_lowercase());
        let mut creation = crate::site::creation(&slug);
        creation["currency"] = json!(currency);
        let created = site.post("/api/management/conferences", creation).await;
        let (session, json) = (created.cookie(), created.expect(201));
        let mut fair = Fair { slug, session, access_code: String::new(), seats: Vec::new() };
        assert_eq!(json["currency"], currency);
        let mut seat = crate::site::seat_type(amount, 5);
        seat["price"]["currency"] = json!(currency);
        let seat = site.post(fair.at("/seat-types"), seat).cookie(&fair.session).await.expect(201);
        fair.seats.push(seat["id"].as_str().unwrap().to_owned());
        site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
        let order = site.order(&fair, &[(0, 1)]).await;
        site.pay(&order).await;
        let events = read(site, &fair, &format!("&order_id={}", order.id), 500).await;
        let told = texts(&events);
        for said in [
            format!("The total was calculated: {shown}, for 1 × For 1050 at {shown}."),
            format!("The registrant went to pay {shown}."),
            format!("The processor took {shown}."),
            format!("Confirmed for {shown}."),
            "Sold: 1 × For 1050.".to_owned(),
        ] {
            assert!(told.contains(&said.as_str()), "{said}: {told:?}");
        }
    }
}

both!(whoever_reads_german_is_told_in_german);
async fn whoever_reads_german_is_told_in_german(site: &Site) {
    let fair = site.organizer("erzaehlt", &[(1_050, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    site.pay(&order).await;
    let path = fair.at(&format!("/history?order_id={}", order.id));
    let history = site.get(path).cookie(&fair.session).header("accept-language", "de").await.expect(200);
    let told = texts(history["events"].as_array().unwrap());
    for said in [
        "Bestellt: 2 × For 1050.",
        "Der Gesamtpreis wurde berechnet: 21,00\u{a0}$, für 2 × For 1050 zu 10,50\u{a0}$.",
        "Der Zahlungsdienst hat 21,00\u{a0}$ eingezogen.",
        "Bestätigt für 21,00\u{a0}$.",
    ] {
        assert!(told.contains(&said), "{said}: {told:?}");
    }
    let decided = texts(history["decisions"].as_array().unwrap());
    assert_eq!(decided[0], "Der Ablauf der Bestellung entschied: die Plätze anfragen.");
}
