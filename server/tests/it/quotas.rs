//! Quotas, prices and publication that change while seats are sold.

use axum::http::header;
use serde_json::{Value, json};

use crate::site::{Fair, Site, both};

/// Sets price and quota of the first seat type. Gives the seat type as its organizer sees it then.
async fn set(site: &Site, fair: &Fair, price: i64, quota: i64) -> Value {
    let seat_types = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    let body = json!({
        "name": "Seat", "price": { "amount": price, "currency": "USD" }, "quota": quota,
        "version": seat_types[0]["version"],
    });
    let path = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    site.put(path, body).cookie(&fair.session).await.expect(200)
}

fn figures(seat_type: &Value) -> [i64; 4] {
    ["quota", "available", "held", "sold"].map(|name| seat_type[name].as_i64().unwrap())
}

both!(a_quota_cut_below_what_is_sold_takes_nobodys_seat_and_says_by_how_much);
async fn a_quota_cut_below_what_is_sold_takes_nobodys_seat_and_says_by_how_much(site: &Site) {
    let fair = site.organizer("cut", &[(1_000, 10)]).await;
    let (paid, held) = (site.order(&fair, &[(0, 4)]).await, site.order(&fair, &[(0, 3)]).await);
    site.pay(&paid).await;
    assert_eq!(figures(&set(site, &fair, 1_000, 5).await), [5, -2, 3, 4]);
    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    assert_eq!(summary["seat_types"][0]["free"], -2);
    assert_eq!(site.available(&fair, 0).await, 0);
    // Nothing more is sold, also not to whoever holds some and would like more; she may keep them or take fewer.
    let nothing = site.order(&fair, &[(0, 1)]).await;
    assert_eq!(
        (&nothing.json["status"], &nothing.json["seats"][0]["reserved"]),
        (&json!("partially_reserved"), &json!(0))
    );
    let more = json!({ "seats": fair.choose(&[(0, 4)]) });
    let kept = site.put(held.at("/seats"), more).cookie(&held.cookie).await.expect(200);
    assert_eq!(kept["seats"][0]["reserved"], 3);
    let fewer = json!({ "seats": fair.choose(&[(0, 2)]) });
    site.put(held.at("/seats"), fewer).cookie(&held.cookie).await.expect(200);
    site.pay(&held).await;
    assert_eq!(figures(&set(site, &fair, 1_000, 6).await), [6, 0, 0, 6]);
    assert_eq!(site.order(&fair, &[(0, 1)]).await.json["seats"][0]["reserved"], 0);
    assert_eq!(figures(&set(site, &fair, 1_000, 7).await), [7, 1, 0, 6]);
    assert_eq!(site.order(&fair, &[(0, 1)]).await.json["seats"][0]["reserved"], 1);
}

both!(a_price_change_touches_no_existing_order_and_kept_lines_keep_theirs);
async fn a_price_change_touches_no_existing_order_and_kept_lines_keep_theirs(site: &Site) {
    let fair = site.organizer("prices", &[(1_000, 10), (300, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    set(site, &fair, 5_000, 10).await;
    let seen = site.get(order.at("")).cookie(&order.cookie).await.expect(200);
    assert_eq!((&seen["total"]["amount"], &seen["version"]), (&json!(2_000), &order.json["version"]));
    let other = json!({ "seats": fair.choose(&[(0, 3), (1, 1)]) });
    let changed = site.put(order.at("/seats"), other).cookie(&order.cookie).await.expect(200);
    assert_eq!(changed["total"]["amount"], 3 * 1_000 + 300);
    assert_eq!(changed["seats"][0]["name"], order.json["seats"][0]["name"]);
    let payment = site.start_payment(&order).await;
    let payment = site.get(format!("/api/payments/{payment}")).cookie(&order.cookie).await.expect(200);
    assert_eq!(payment["total"]["amount"], 3_300);
    assert_eq!(site.order(&fair, &[(0, 2)]).await.json["total"]["amount"], 10_000);
}

both!(of_an_unpublished_conference_existing_orders_are_seen_and_paid);
async fn of_an_unpublished_conference_existing_orders_are_seen_and_paid(site: &Site) {
    let fair = site.organizer("hidden", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let page = site.get("/hidden").await;
    assert_eq!(page.status, 200);
    let elsewhere = json!({ "redirect_url": "https://example.org/next-year" });
    site.post(fair.at("/unpublish"), elsewhere).cookie(&fair.session).await.expect(200);
    // The page leads where the organizer said, and so do the calls.
    let page = site.get("/hidden").await;
    assert_eq!((page.status, page.header(header::LOCATION)), (303, "https://example.org/next-year"));
    let quote = json!({ "seats": fair.choose(&[(0, 1)]) });
    let path = "/api/conferences/hidden";
    for answer in [
        site.get(path).await,
        site.post(format!("{path}/quote"), quote).await,
        site.get(format!("{path}/events")).await,
    ] {
        answer.refused(404, "not-found");
        assert_eq!(answer.json["redirect_url"], "https://example.org/next-year");
    }
    assert_eq!(site.get("/api/conferences").await.expect(200), json!([]));
    // Whoever has an order goes on as before.
    let page = site.get(format!("/hidden/orders/{}", order.id)).cookie(&order.cookie).await;
    assert_eq!(page.status, 200);
    let other = json!({ "seats": fair.choose(&[(0, 1)]) });
    site.put(order.at("/seats"), other).cookie(&order.cookie).await.expect(200);
    assert_eq!(site.pay(&order).await["status"], "confirmed");
    site.get(order.at("/assignments")).cookie(&order.cookie).await.expect(200);
    // Without a link it is simply not there; published again, it is.
    site.post(fair.at("/unpublish"), json!({})).cookie(&fair.session).await.expect(200);
    assert_eq!(site.get("/hidden").await.status, 404);
    site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
    assert_eq!(site.get("/hidden").await.status, 200);
}

both!(every_edit_names_the_version_that_it_was_made_on);
async fn every_edit_names_the_version_that_it_was_made_on(site: &Site) {
    let fair = site.organizer("stale", &[(1_000, 5)]).await;
    let seat_type = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    let seat = |version: Value| json!({ "name": "New", "price": { "amount": 1, "currency": "USD" }, "quota": 1, "version": version });
    for version in [0, 2, 1_000] {
        site.put(&seat_type, seat(version.into())).cookie(&fair.session).await.refused(409, "stale-version");
    }
    let version = site.get(fair.at("")).cookie(&fair.session).await.expect(200)["version"].as_i64().unwrap();
    for stale in [0, version - 1, version + 1] {
        let rename = json!({ "name": "New", "version": stale });
        site.put(fair.at(""), rename).cookie(&fair.session).await.refused(409, "stale-version");
    }
    for (path, body) in [(seat_type, seat(Value::Null)), (fair.at(""), json!({ "name": "New" }))] {
        let refused = site.put(path, body).cookie(&fair.session).await;
        assert_eq!(refused.expect(422)["errors"][0]["field"], "version");
    }
    assert_eq!(
        site.recorded(&fair, "SeatUpdated").await + site.recorded(&fair, "ConferenceUpdated").await,
        0
    );
}
