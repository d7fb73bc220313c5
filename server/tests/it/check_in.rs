//! The door: whoever has a seat comes in once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::site::{Fair, Placed, Site, ada, both};

/// A conference and a confirmed order of two seats, the first of them Ada's.
async fn opened(site: &Site, slug: &str) -> (Fair, Placed) {
    let fair = site.organizer(slug, &[(0, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    site.register(&order).await;
    site.call("POST", order.at("/confirmation")).cookie(&order.cookie).await.expect(200);
    site.put(order.at("/assignments/0"), ada()).cookie(&order.cookie).await.expect(200);
    (fair, order)
}

fn door(fair: &Fair, order: &Placed, position: i64) -> String {
    fair.at(&format!("/attendees/{}/{position}/check-in", order.id))
}

async fn listed(site: &Site, fair: &Fair, query: &str) -> Vec<Value> {
    let list = site.get(fair.at(&format!("/attendees{query}"))).cookie(&fair.session).await.expect(200);
    list["attendees"].as_array().unwrap().clone()
}

both!(a_ticket_admits_once_and_says_since_when);
async fn a_ticket_admits_once_and_says_since_when(site: &Site) {
    let (fair, order) = opened(site, "once").await;
    let row = site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    assert_eq!((&row["attendee"], &row["checked_in_at"]), (&ada(), &json!("2026-03-01T09:00:00.000Z")));
    site.hand.advance(Duration::from_mins(5));
    let again = site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session).await;
    again.refused(409, "already-checked-in");
    assert_eq!(again.json["since"], "2026-03-01T09:00:00.000Z");
    // The other seat of the order has a ticket of its own, named or not.
    site.call("PUT", door(&fair, &order, 1)).cookie(&fair.session).await.expect(200);
    let since: Vec<_> =
        listed(site, &fair, "").await.iter().map(|row| row["checked_in_at"].clone()).collect();
    assert_eq!(since, ["2026-03-01T09:00:00.000Z", "2026-03-01T09:05:00.000Z"]);
    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await.expect(200);
    let told = history["events"].as_array().unwrap().iter().filter(|it| it["type"] == "SeatCheckedIn");
    let told: Vec<_> =
        told.map(|it| (it["text"].as_str().unwrap(), it["order_id"].as_str().unwrap())).collect();
    let id = order.id.as_str();
    assert_eq!(told, [("Seat 1 was checked in.", id), ("Seat 2 was checked in.", id)]);
}

both!(a_check_in_is_taken_back_and_done_again);
async fn a_check_in_is_taken_back_and_done_again(site: &Site) {
    let (fair, order) = opened(site, "undone").await;
    let undone = site.delete(door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    assert_eq!(
        (&undone["checked_in_at"], site.recorded(&fair, "SeatCheckInUndone").await),
        (&Value::Null, 0)
    );
    site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    let undone = site.delete(door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    assert_eq!(
        (&undone["checked_in_at"], site.recorded(&fair, "SeatCheckInUndone").await),
        (&Value::Null, 1)
    );
    site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    assert_eq!(site.recorded(&fair, "SeatCheckedIn").await, 2);
}

both!(a_check_in_that_was_sent_before_counts_once);
async fn a_check_in_that_was_sent_before_counts_once(site: &Site) {
    let (fair, order) = opened(site, "twice").await;
    let send = async || {
        let call = site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session);
        call.header("idempotency-key", "0123456789abcdef").await.expect(200)
    };
    let first = send().await;
    site.hand.advance(Duration::from_mins(1));
    assert_eq!(send().await, first);
    assert_eq!(site.recorded(&fair, "SeatCheckedIn").await, 1);
}

both!(a_check_in_that_is_sent_later_was_when_it_was);
async fn a_check_in_that_is_sent_later_was_when_it_was(site: &Site) {
    let (fair, order) = opened(site, "later").await;
    let at = |instant: &str| json!({ "at": instant });
    let put =
        async |position, body| site.put(door(&fair, &order, position), body).cookie(&fair.session).await;
    let row = put(0, at("2026-03-01T08:30:00.000Z")).await.expect(200);
    assert_eq!(row["checked_in_at"], "2026-03-01T08:30:00.000Z");
    // A clock that is fast does not write the future.
    let row = put(1, at("2026-03-01T10:00:00.000Z")).await.expect(200);
    assert_eq!(row["checked_in_at"], "2026-03-01T09:00:00.000Z");
    site.delete(door(&fair, &order, 1)).cookie(&fair.session).await.expect(200);
    let refused = put(1, at("2026-02-22T08:59:59.999Z")).await;
    refused.refused(422, "invalid-input");
    assert_eq!(refused.json["errors"][0]["field"], "at");
    for body in [at("soon"), json!({ "at": 5 }), json!({ "when": "2026-03-01T08:30:00.000Z" })] {
        put(1, body).await.refused(422, "invalid-input");
    }
    assert_eq!(site.recorded(&fair, "SeatCheckedIn").await, 2);
}

both!(whoever_is_in_keeps_her_seat);
async fn whoever_is_in_keeps_her_seat(site: &Site) {
    let (fair, order) = opened(site, "seated").await;
    site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    let grace = json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org" });
    let seat = order.at("/assignments/0");
    site.put(&seat, grace).cookie(&order.cookie).await.refused(409, "seat-in-use");
    site.delete(&seat).cookie(&order.cookie).await.refused(409, "seat-in-use");
    let mut augusta = ada();
    augusta["first_name"] = json!("Augusta");
    site.put(&seat, augusta.clone()).cookie(&order.cookie).await.expect(200);
    let row = &listed(site, &fair, "").await[0];
    assert_eq!((&row["attendee"], row["checked_in_at"].is_string()), (&augusta, true));
}

both!(who_came_is_known_after_who_it_was_is_erased);
async fn who_came_is_known_after_who_it_was_is_erased(site: &Site) {
    let (fair, order) = opened(site, "erased").await;
    site.call("PUT", door(&fair, &order, 0)).cookie(&fair.session).await.expect(200);
    let erase = fair.at(&format!("/orders/{}/personal-data", order.id));
    site.delete(erase).cookie(&fair.session).await.expect(200);
    site.call("PUT", door(&fair, &order, 1)).cookie(&fair.session).await.expect(200);
    let rows = listed(site, &fair, "").await;
    assert!(rows.iter().all(|row| row["attendee"].is_null() && row["checked_in_at"].is_string()), "{rows:?}");
}

both!(only_seats_that_were_sold_here_admit);
async fn only_seats_that_were_sold_here_admit(site: &Site) {
    let (fair, order) = opened(site, "here").await;
    let (_, elsewhere) = opened(site, "elsewhere").await;
    let open = site.order(&fair, &[(0, 1)]).await;
    let put = async |path: String| site.call("PUT", path).cookie(&fair.session).await;
    put(door(&fair, &open, 0)).await.refused(409, "order-not-confirmed");
    for position in [-1, 2] {
        put(door(&fair, &order, position)).await.refused(404, "not-found");
        site.delete(door(&fair, &order, position)).cookie(&fair.session).await.refused(404, "not-found");
    }
    put(door(&fair, &elsewhere, 0)).await.refused(404, "not-found");
    for rest in ["x/0", &format!("{}/x", order.id)] {
        put(fair.at(&format!("/attendees/{rest}/check-in"))).await.refused(404, "not-found");
    }
    site.call("PUT", door(&fair, &order, 0)).await.refused(401, "not-signed-in");
    assert_eq!(site.recorded(&fair, "SeatCheckedIn").await, 0);
}

both!(a_ticket_is_found_by_its_code_and_its_order);
async fn a_ticket_is_found_by_its_code_and_its_order(site: &Site) {
    let (fair, order) = opened(site, "found").await;
    let other = site.order(&fair, &[(0, 1)]).await;
    site.register(&other).await;
    site.call("POST", other.at("/confirmation")).cookie(&other.cookie).await.expect(200);
    let id = plenary_shared::OrderId(order.id.parse().unwrap());
    let code = plenary_shared::ticket::code(id, 1);
    let rows = listed(site, &fair, &format!("?q={}", code.to_lowercase())).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["ticket"], &rows[0]["position"]), (&json!(code), &json!(1)));
    let rows = listed(site, &fair, &format!("?order_id={}", order.id)).await;
    assert_eq!(rows.iter().map(|row| row["position"].as_i64().unwrap()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(listed(site, &fair, "").await.len(), 3);
    site.call("PUT", door(&fair, &order, 1)).cookie(&fair.session).await.expect(200);
    let csv = site.get(fair.at("/attendees.csv")).cookie(&fair.session).await.text();
    assert!(csv.lines().next().unwrap().ends_with(",ticket,checked_in_at"), "{csv}");
    assert!(csv.contains(&format!(",{code},2026-03-01T09:00:00.000Z")), "{csv}");
}
