//! Charges that the organizer has to decide about, and what becomes of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::site::{Answer, Fair, Messages, Placed, Site, both, sabotage};

/// Lets a payment of an order complete.
async fn charge(site: &Site, payment: &str, amount: i64) {
    let body = json!({
        "event_id": format!("charge-{payment}"), "payment_id": payment, "outcome": "completed",
        "amount": amount, "currency": "USD", "occurred_at": "2026-03-01T09:00:00.000Z",
    });
    site.callback(&body).await.expect(200);
}

/// An order of two of three seats that was paid after somebody else had bought two of them.
async fn too_late(site: &Site, fair: &Fair) -> (Placed, String) {
    let (order, payment) = site.overtaken(fair, &[(0, 2)]).await;
    let winner = site.order(fair, &[(0, 2)]).await;
    site.pay(&winner).await;
    charge(site, &payment, 2_000).await;
    site.settles(&order, "needs_attention").await;
    (order, payment)
}

async fn resolve(site: &Site, fair: &Fair, order: &Placed, resolution: &str) -> Answer {
    let body = json!({ "resolution": resolution });
    site.post(fair.at(&format!("/attention/{}", order.id)), body).cookie(&fair.session).await
}

async fn listed(site: &Site, fair: &Fair, query: &str) -> Vec<Value> {
    let list = site.get(fair.at(&format!("/attention{query}"))).cookie(&fair.session).await.expect(200);
    list.as_array().unwrap().clone()
}

both!(a_late_charge_is_given_back);
async fn a_late_charge_is_given_back(site: &Site) {
    let fair = site.organizer("back", &[(1_000, 3)]).await;
    let (order, payment) = too_late(site, &fair).await;
    let mut stream = Messages::of(site.get(fair.at("/events")).cookie(&fair.session)).await;
    let waiting = listed(site, &fair, "").await;
    assert_eq!((&waiting[0]["kind"], &waiting[0]["resolution"]), (&json!("late_and_sold_out"), &Value::Null));

    let answer = resolve(site, &fair, &order, "refund").await.expect(200);
    assert_eq!(answer["status"], "refunded");
    assert!(answer["version"].as_i64() > waiting[0]["version"].as_i64());
    let shown = loop {
        let message = stream.next_of("order").await;
        if message.json["status"] == "refunded" {
            break message.json;
        }
    };
    assert_eq!(shown["id"], json!(order.id));
    // What was decided does not wait any more, and is shown to whoever asks for it.
    assert_eq!(listed(site, &fair, "").await, [Value::Null; 0]);
    assert_eq!(listed(site, &fair, "?all=true").await[0]["resolution"], "refund");

    let path = format!("/api/payments/{payment}");
    site.eventually(&path, &order.cookie, |it| it["status"] == "refunded").await;
    let back = site.settles(&order, "refunded").await;
    assert_eq!(back["payment"], json!({ "id": payment, "status": "refunded" }));
    assert!(listed(site, &fair, "?all=true").await[0]["refunded_at"].is_string());
    for event in ["OrderRefundDecided", "PaymentRefunded", "OrderPaymentRefunded"] {
        assert_eq!(site.recorded(&fair, event).await, 1, "{event}");
    }
    assert_eq!(site.available(&fair, 0).await, 1);
    // The summary counts nothing that was given back.
    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    assert_eq!((&summary["revenue"]["amount"], &summary["orders"]["refunded"]), (&json!(2_000), &json!(1)));
}

both!(a_refund_that_is_sent_twice_gives_back_once);
async fn a_refund_that_is_sent_twice_gives_back_once(site: &Site) {
    let fair = site.organizer("repeat", &[(1_000, 3)]).await;
    let (order, payment) = too_late(site, &fair).await;
    resolve(site, &fair, &order, "refund").await.expect(200);
    let path = format!("/api/payments/{payment}");
    site.eventually(&path, &order.cookie, |it| it["status"] == "refunded").await;
    // As if the worker had died before it noted that the message was delivered.
    let again = "update outbox set state = 'waiting', due_at = 0 where kind = 'payment_refund'";
    assert_eq!(sabotage(&site.db, again).await, 1);
    let delivered = "update outbox set kind = kind where kind = 'payment_refund' and state = 'delivered'";
    let worker_idles = Duration::from_secs(2);
    site.until(async || {
        site.hand.advance(worker_idles);
        sabotage(&site.db, delivered).await == 1
    })
    .await;
    let booked = "update processor_refunds set amount = amount where amount = 2000";
    assert_eq!(sabotage(&site.db, booked).await, 1);
    assert_eq!(site.recorded(&fair, "PaymentRefunded").await, 1);
    assert_eq!(site.recorded(&fair, "OrderPaymentRefunded").await, 1);
}

both!(more_seats_are_offered_by_exactly_what_is_missing);
async fn more_seats_are_offered_by_exactly_what_is_missing(site: &Site) {
    let fair = site.organizer("more", &[(1_000, 3), (500, 9)]).await;
    let (order, _) = too_late(site, &fair).await;
    let confirmed = resolve(site, &fair, &order, "override_quota").await.expect(200);
    assert_eq!((&confirmed["status"], &confirmed["expires_at"]), (&json!("confirmed"), &Value::Null));
    assert_eq!(listed(site, &fair, "").await, [Value::Null; 0]);
    assert_eq!(listed(site, &fair, "?all=true").await[0]["resolution"], "override_quota");
    // One seat was left and two were wanted: Management itself has one more than it offered.
    let seat_types = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    let figures =
        ["quota", "available", "held", "sold", "version"].map(|it| seat_types[0][it].as_i64().unwrap());
    assert_eq!(figures, [4, 0, 0, 4, 2]);
    assert_eq!((&seat_types[1]["quota"], &seat_types[1]["version"]), (&json!(9), &json!(1)));
    let seats = site.get(order.at("/assignments")).cookie(&order.cookie).await.expect(200);
    assert_eq!(seats["seats"].as_array().unwrap().len(), 2);
    let history = site.get(fair.at(&format!("/history?order_id={}&limit=500", order.id)));
    let history = history.cookie(&fair.session).await.expect(200).to_string();
    assert!(history.contains("offer more seats than before"), "{history}");
    // Whoever edits the seat type on its older version is told.
    let stale = json!({ "name": "x", "price": { "amount": 1, "currency": "USD" }, "quota": 3, "version": 1 });
    let path = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    site.put(path, stale).cookie(&fair.session).await.refused(409, "stale-version");
}

both!(a_quota_cut_below_what_is_sold_is_raised_by_what_is_missing_too);
async fn a_quota_cut_below_what_is_sold_is_raised_by_what_is_missing_too(site: &Site) {
    let fair = site.organizer("cut", &[(1_000, 3)]).await;
    let (order, _) = too_late(site, &fair).await;
    let cut =
        json!({ "name": "Cut", "price": { "amount": 1_000, "currency": "USD" }, "quota": 0, "version": 1 });
    let path = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    let cut = site.put(path, cut).cookie(&fair.session).await.expect(200);
    assert_eq!((&cut["available"], &cut["sold"]), (&json!(-2), &json!(2)));
    resolve(site, &fair, &order, "override_quota").await.expect(200);
    let seat_types = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    let figures = ["quota", "available", "sold"].map(|it| seat_types[0][it].as_i64().unwrap());
    assert_eq!(figures, [4, 0, 4]);
}

both!(seats_offered_for_a_charge_go_to_its_order_and_not_to_the_wait_list);
async fn seats_offered_for_a_charge_go_to_its_order_and_not_to_the_wait_list(site: &Site) {
    let fair = site.organizer("waited", &[(1_000, 3)]).await;
    let (order, _) = too_late(site, &fair).await;
    // Somebody waits for two: the seat that is left is offered to her, and she waits for the other.
    let join = json!({ "email": "grace@example.org", "seat_type_id": fair.seats[0], "quantity": 2 });
    site.post("/api/conferences/waited/waitlist", join).await.expect(201);
    assert_eq!(site.available(&fair, 0).await, 0);
    resolve(site, &fair, &order, "override_quota").await.expect(200);
    let seat_types = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    let figures = ["quota", "available", "held", "sold"].map(|it| seat_types[0][it].as_i64().unwrap());
    assert_eq!(figures, [5, 0, 1, 4]);
}

both!(seats_that_are_free_again_need_no_higher_quota);
async fn seats_that_are_free_again_need_no_higher_quota(site: &Site) {
    let fair = site.organizer("free", &[(1_000, 3)]).await;
    let (order, payment) = site.overtaken(&fair, &[(0, 2)]).await;
    let rival = site.order(&fair, &[(0, 3)]).await;
    charge(site, &payment, 2_000).await;
    site.settles(&order, "needs_attention").await;
    site.delete(rival.at("")).cookie(&rival.cookie).await.expect(200);
    let confirmed = resolve(site, &fair, &order, "override_quota").await.expect(200);
    assert_eq!(confirmed["status"], "confirmed");
    assert_eq!(site.available(&fair, 0).await, 1);
    assert_eq!(site.recorded(&fair, "SeatUpdated").await, 0);
}

both!(a_charge_is_decided_about_once);
async fn a_charge_is_decided_about_once(site: &Site) {
    let fair = site.organizer("once", &[(1_000, 3)]).await;
    let (order, payment) = too_late(site, &fair).await;
    let path = fair.at(&format!("/attention/{}", order.id));
    let refund = json!({ "resolution": "refund", "payment_id": payment });
    let keyed = || site.post(&path, refund.clone()).key("a-decision").cookie(&fair.session);
    keyed().await.expect(200);
    // The answer was lost: the same request is answered the same, and nothing happens twice.
    keyed().await.expect(200);
    for resolution in ["refund", "override_quota"] {
        let answer = resolve(site, &fair, &order, resolution).await;
        answer.refused(409, "already-decided");
    }
    assert_eq!(site.recorded(&fair, "OrderRefundDecided").await, 1);
    assert_eq!(site.recorded(&fair, "OrderQuotaOverridden").await, 0);
}

both!(only_charges_that_wait_can_be_decided_about);
async fn only_charges_that_wait_can_be_decided_about(site: &Site) {
    let fair = site.organizer("words", &[(1_000, 5)]).await;
    let other = site.organizer("other", &[(1_000, 5)]).await;
    let paid = site.order(&fair, &[(0, 1)]).await;
    site.pay(&paid).await;
    resolve(site, &fair, &paid, "refund").await.refused(409, "nothing-to-decide");
    resolve(site, &fair, &paid, "override_quota").await.refused(409, "nothing-to-decide");
    resolve(site, &other, &paid, "refund").await.refused(404, "not-found");
    let nobodys = Placed { id: site.id(), ..paid.clone() };
    resolve(site, &fair, &nobodys, "refund").await.refused(404, "not-found");
    let senseless = resolve(site, &fair, &paid, "shrug").await;
    assert_eq!(senseless.status, 422, "{}", senseless.text());
    site.post(fair.at(&format!("/attention/{}", paid.id)), json!({ "resolution": "refund" }))
        .await
        .refused(401, "not-signed-in");
}

both!(a_wrong_amount_can_only_be_given_back);
async fn a_wrong_amount_can_only_be_given_back(site: &Site) {
    let fair = site.organizer("wrong", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    charge(site, &payment, 1).await;
    site.settles(&order, "needs_attention").await;
    assert_eq!(listed(site, &fair, "").await[0]["kind"], "wrong_amount");
    resolve(site, &fair, &order, "override_quota").await.refused(409, "override-impossible");
    resolve(site, &fair, &order, "refund").await.expect(200);
    site.eventually(&format!("/api/payments/{payment}"), &order.cookie, |it| it["status"] == "refunded")
        .await;
    let booked = "update processor_refunds set amount = amount where amount = 1";
    assert_eq!(sabotage(&site.db, booked).await, 1);
}

both!(a_second_charge_is_given_back_and_the_order_stays_confirmed);
async fn a_second_charge_is_given_back_and_the_order_stays_confirmed(site: &Site) {
    let fair = site.organizer("second", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let first = site.start_payment(&order).await;
    site.decide(&first, "reject").await;
    site.settles(&order, "reserved").await;
    let second = site.start_payment(&order).await;
    charge(site, &second, 2_000).await;
    site.settles(&order, "confirmed").await;
    charge(site, &first, 2_000).await;
    let waiting = listed(site, &fair, "").await;
    assert_eq!((&waiting[0]["kind"], &waiting[0]["payment_id"]), (&json!("second_charge"), &json!(first)));
    resolve(site, &fair, &order, "override_quota").await.refused(409, "override-impossible");
    let answer = resolve(site, &fair, &order, "refund").await.expect(200);
    assert_eq!(answer["status"], "confirmed");
    let path = format!("/api/payments/{first}");
    site.eventually(&path, &order.cookie, |it| it["status"] == "refunded").await;
    let order = site.settles(&order, "confirmed").await;
    assert_eq!(order["payment"], json!({ "id": second, "status": "completed" }));
}
