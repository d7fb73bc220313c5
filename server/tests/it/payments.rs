//! Money: taken once, never lost, and believed only with a signature.

use serde_json::{Value, json};

use crate::site::{Site, both};

both!(a_rejected_payment_can_be_tried_again);
async fn a_rejected_payment_can_be_tried_again(site: &Site) {
    let fair = site.organizer("again", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    site.decide(&payment, "reject").await;
    let rejected = site.settles(&order, "reserved").await;
    assert_eq!(rejected["payment"], json!({ "id": payment, "status": "rejected" }));
    assert_eq!(site.available(&fair, 0).await, 3);
    let second = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(201);
    let second = second["payment"]["id"].as_str().unwrap();
    assert_ne!(second, payment);
    site.decide(second, "accept").await;
    site.settles(&order, "confirmed").await;
}

both!(asking_for_a_payment_again_gives_the_one_that_is_open);
async fn asking_for_a_payment_again_gives_the_one_that_is_open(site: &Site) {
    let fair = site.organizer("open", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    let again = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(200);
    assert_eq!(again["payment"]["id"], payment);
    assert_eq!(again["redirect_url"], format!("/simulated-processor/{payment}"));
    let other = json!({ "seats": fair.choose(&[(0, 1)]) });
    site.put(order.at("/seats"), other).cookie(&order.cookie).await.refused(409, "payment-open");

    let path = format!("/api/payments/{payment}");
    let seen = site.get(&path).cookie(&order.cookie).await.expect(200);
    assert_eq!((&seen["status"], &seen["total"]["amount"]), (&"initiated".into(), &2_000.into()));
    site.get(&path).await.refused(403, "proof-required");
}

both!(a_late_payment_confirms_if_the_seats_can_be_had_again);
async fn a_late_payment_confirms_if_the_seats_can_be_had_again(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 3)]).await;
    let (order, payment) = site.overtaken(&fair, &[(0, 2)]).await;
    site.decide(&payment, "accept").await;
    site.settles(&order, "confirmed").await;
    assert_eq!(site.available(&fair, 0).await, 1);
}

both!(a_late_payment_for_seats_that_are_gone_needs_attention);
async fn a_late_payment_for_seats_that_are_gone_needs_attention(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 3)]).await;
    let (order, payment) = site.overtaken(&fair, &[(0, 2)]).await;
    let winner = site.order(&fair, &[(0, 2)]).await;
    site.pay(&winner).await;
    site.decide(&payment, "accept").await;
    site.settles(&order, "needs_attention").await;
    assert_eq!(site.available(&fair, 0).await, 1);
    let attention = site.get(fair.at("/attention")).cookie(&fair.session).await.expect(200);
    let entries = attention.as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((&entries[0]["order_id"], &entries[0]["payment_id"]), (&json!(order.id), &json!(payment)));
}

fn callback(payment: &str, event_id: &str, outcome: &str) -> Value {
    json!({
        "event_id": event_id, "payment_id": payment, "outcome": outcome, "amount": 2_000, "currency": "USD",
        "occurred_at": "2026-03-01T09:00:00.000Z",
    })
}

both!(callbacks_that_come_twice_late_or_out_of_order_act_once);
async fn callbacks_that_come_twice_late_or_out_of_order_act_once(site: &Site) {
    let fair = site.organizer("twice", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    let deliveries =
        [("one", "completed"), ("one", "completed"), ("two", "completed"), ("three", "rejected")];
    for (event_id, outcome) in deliveries {
        site.callback(&callback(&payment, event_id, outcome)).await.expect(200);
    }
    site.settles(&order, "confirmed").await;
    for event in ["PaymentCompleted", "OrderConfirmed", "SeatsReservationCommitted"] {
        assert_eq!(site.recorded(&fair, event).await, 1, "{event}");
    }
    assert_eq!(site.recorded(&fair, "PaymentRejected").await, 0);
    assert_eq!(site.recorded(&fair, "OrderNeedsAttention").await, 0);
}

both!(a_completion_after_a_rejection_counts);
async fn a_completion_after_a_rejection_counts(site: &Site) {
    let fair = site.organizer("after", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    site.callback(&callback(&payment, "one", "rejected")).await.expect(200);
    site.settles(&order, "reserved").await;
    site.callback(&callback(&payment, "two", "completed")).await.expect(200);
    site.settles(&order, "confirmed").await;
}

both!(a_wrong_amount_needs_attention);
async fn a_wrong_amount_needs_attention(site: &Site) {
    let fair = site.organizer("wrong", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    let mut body = callback(&payment, "one", "completed");
    body["amount"] = 1.into();
    site.callback(&body).await.expect(200);
    site.settles(&order, "needs_attention").await;
}

both!(a_callback_without_a_good_signature_changes_nothing);
async fn a_callback_without_a_good_signature_changes_nothing(site: &Site) {
    let fair = site.organizer("forged", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    let body = callback(&payment, "one", "completed").to_string();
    let now_s = site.clock.now().as_millis() / 1000;
    let zeros = "0".repeat(64);
    let forged =
        [String::new(), "t=1,v1=".to_owned(), format!("t={now_s},v1={zeros}"), format!("v1={zeros}")];
    for signature in forged {
        site.signed_callback(&body, &signature).await.refused(401, "wrong-signature");
    }
    // A good one is good for five minutes and for its own body.
    let secrets = plenary_server::http::secrets::Secrets::open_read_only(&site.db).await.unwrap();
    let sign = |sent_at_s: i64, body: &str| {
        let text = plenary_server::payments::signed_text(sent_at_s, body.as_bytes());
        let code = secrets.sign(plenary_server::http::secrets::Purpose::Processor, &text);
        format!("t={sent_at_s},v1={}", plenary_server::messaging::hex(&code))
    };
    let old = sign(now_s - 301, &body);
    site.signed_callback(&body, &old).await.refused(401, "wrong-signature");
    let of_another = sign(now_s, "{}");
    site.signed_callback(&body, &of_another).await.refused(401, "wrong-signature");
    assert_eq!(site.recorded(&fair, "PaymentCompleted").await, 0);
    site.signed_callback(&body, &sign(now_s - 299, &body)).await.expect(200);
    site.settles(&order, "confirmed").await;
}

both!(a_callback_for_an_unknown_payment_is_kept_and_answered);
async fn a_callback_for_an_unknown_payment_is_kept_and_answered(site: &Site) {
    let unknown = site.id();
    site.callback(&callback(&unknown, "one", "completed")).await.expect(200);
    site.callback(&callback(&unknown, "one", "completed")).await.expect(200);
    let kept = "update payment_inbox set state = state where state = 'parked' and event_id = 'one'";
    assert_eq!(crate::site::sabotage(&site.db, kept).await, 1);
    site.get(format!("/api/payments/{unknown}")).await.refused(404, "not-found");
}
