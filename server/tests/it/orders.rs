//! What a registrant meets from choosing seats to sitting on them.

use axum::http::header;
use serde_json::{Value, json};

use crate::site::{BUFFER, SHOWN, Site, ada, both};

both!(a_paid_order_is_confirmed_assigned_and_found_again);
async fn a_paid_order_is_confirmed_assigned_and_found_again(site: &Site) {
    let fair = site.organizer("rustconf", &[(19_900, 10), (5_000, 4)]).await;
    let order = site.order(&fair, &[(0, 2), (1, 1)]).await;
    assert_eq!(order.json["status"], "reserved");
    assert_eq!(order.json["total"], json!({ "amount": 44_800, "currency": "USD" }));
    assert_eq!(order.json["access_code"].as_str().unwrap().len(), 6);

    let confirmed = site.pay(&order).await;
    assert_eq!(confirmed["expires_at"], Value::Null);
    assert_eq!(confirmed["payment"]["status"], "completed");
    assert_eq!(site.available(&fair, 0).await, 8);

    let seat = site.put(order.at("/assignments/2"), ada()).cookie(&order.cookie).await.expect(200);
    assert_eq!((seat["position"].as_i64(), &seat["attendee"]), (Some(2), &ada()));
    let seats = site.get(order.at("/assignments")).cookie(&order.cookie).await.expect(200);
    let attendees: Vec<_> = seats["seats"].as_array().unwrap().iter().map(|it| &it["attendee"]).collect();
    assert_eq!(attendees, [&Value::Null, &Value::Null, &ada()]);
    let seat = site.delete(order.at("/assignments/2")).cookie(&order.cookie).await.expect(200);
    assert_eq!(seat["attendee"], Value::Null);

    let code = confirmed["access_code"].as_str().unwrap().to_lowercase();
    let proof = json!({ "email": " ADA@example.org", "access_code": code });
    let found = site.post("/api/orders/find", proof).await;
    let elsewhere = found.cookie();
    assert_eq!(found.expect(200), json!({ "order_id": order.id, "conference_slug": "rustconf" }));
    let seen = site.get(order.at("")).cookie(elsewhere).await.expect(200);
    assert_eq!(seen["registrant"], ada());
}

both!(a_wrong_code_and_a_wrong_address_find_nothing_in_the_same_words);
async fn a_wrong_code_and_a_wrong_address_find_nothing_in_the_same_words(site: &Site) {
    let fair = site.organizer("rustconf", &[(0, 10)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    site.register(&order).await;
    let code = order.json["access_code"].as_str().unwrap();
    let wrong_code = json!({ "email": "ada@example.org", "access_code": "000000" });
    let wrong_address = json!({ "email": "eve@example.org", "access_code": code });
    let answers = [wrong_code, wrong_address].map(|proof| site.post("/api/orders/find", proof));
    let [one, other] = answers.map(IntoFuture::into_future);
    let (one, other) = tokio::join!(one, other);
    one.refused(404, "not-found");
    assert_eq!(one.json, other.json);
    assert_eq!(one.cookie(), "");
}

both!(a_free_order_is_confirmed_without_payment);
async fn a_free_order_is_confirmed_without_payment(site: &Site) {
    let fair = site.organizer("meetup", &[(0, 10), (100, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    assert_eq!(order.json["free"], true);
    let confirm = || site.call("POST", order.at("/confirmation")).cookie(&order.cookie);
    confirm().await.refused(409, "reservation-incomplete");
    site.register(&order).await;
    site.call("POST", order.at("/payments")).cookie(&order.cookie).await.refused(409, "free-of-charge");
    assert_eq!(confirm().await.expect(200)["status"], "confirmed");
    assert_eq!(confirm().await.expect(200)["status"], "confirmed");
    assert_eq!(site.recorded(&fair, "OrderConfirmed").await, 1);

    let paid = site.order(&fair, &[(1, 1)]).await;
    site.register(&paid).await;
    let confirm = site.call("POST", paid.at("/confirmation")).cookie(&paid.cookie);
    confirm.await.refused(409, "payment-required");
}

both!(a_partial_reservation_holds_what_there_is);
async fn a_partial_reservation_holds_what_there_is(site: &Site) {
    let fair = site.organizer("small", &[(1_000, 3)]).await;
    site.order(&fair, &[(0, 2)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    assert_eq!(order.json["status"], "partially_reserved");
    assert_eq!(
        (&order.json["seats"][0]["requested"], &order.json["seats"][0]["reserved"]),
        (&2.into(), &1.into())
    );
    assert_eq!(order.json["total"]["amount"], 1_000);
    site.register(&order).await;
    let pay = site.call("POST", order.at("/payments")).cookie(&order.cookie);
    pay.await.refused(409, "reservation-incomplete");
}

both!(a_partial_reservation_can_be_accepted_as_it_is);
async fn a_partial_reservation_can_be_accepted_as_it_is(site: &Site) {
    let fair = site.organizer("small", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let fewer = json!({ "seats": fair.choose(&[(0, 1)]) });
    let changed = site.put(order.at("/seats"), fewer).cookie(&order.cookie).await.expect(200);
    assert_eq!(changed["status"], "reserved");
    site.pay(&order).await;
}

both!(a_partial_reservation_can_be_changed_to_other_seats);
async fn a_partial_reservation_can_be_changed_to_other_seats(site: &Site) {
    let fair = site.organizer("small", &[(1_000, 1), (2_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let others = json!({ "seats": fair.choose(&[(1, 2)]) });
    let changed = site.put(order.at("/seats"), others).cookie(&order.cookie).await.expect(200);
    assert_eq!((&changed["status"], &changed["total"]["amount"]), (&"reserved".into(), &4_000.into()));
    assert_eq!((site.available(&fair, 0).await, site.available(&fair, 1).await), (1, 3));
}

both!(seats_that_are_given_back_can_be_had_at_once);
async fn seats_that_are_given_back_can_be_had_at_once(site: &Site) {
    let fair = site.organizer("small", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let release = || site.delete(order.at("")).cookie(&order.cookie);
    assert_eq!(release().await.expect(200)["status"], "cancelled");
    assert_eq!(release().await.expect(200)["status"], "cancelled");
    assert_eq!(site.available(&fair, 0).await, 1);
    let next = site.order(&fair, &[(0, 1)]).await;
    site.pay(&next).await;
    site.delete(next.at("")).cookie(&next.cookie).await.refused(409, "order-confirmed");
}

both!(time_that_is_up_stops_new_payments_and_then_frees_the_seats);
async fn time_that_is_up_stops_new_payments_and_then_frees_the_seats(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 2)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    site.register(&order).await;
    site.hand.advance(SHOWN + std::time::Duration::from_millis(1));
    let pay = || site.call("POST", order.at("/payments")).cookie(&order.cookie);
    pay().await.refused(410, "time-is-up");
    let same = json!({ "seats": fair.choose(&[(0, 1)]) });
    site.put(order.at("/seats"), same).cookie(&order.cookie).await.refused(410, "time-is-up");
    assert_eq!(site.available(&fair, 0).await, 0);
    site.hand.advance(BUFFER);
    site.settles(&order, "expired").await;
    assert_eq!(site.available(&fair, 0).await, 2);
    pay().await.refused(410, "order-expired");
    site.call("POST", order.at("/extension")).cookie(&order.cookie).await.refused(410, "order-expired");
}

both!(more_time_is_given_once);
async fn more_time_is_given_once(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 2)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    site.register(&order).await;
    site.hand.advance(SHOWN + std::time::Duration::from_millis(1));
    let extend = || site.call("POST", order.at("/extension")).cookie(&order.cookie);
    let extended = extend().await.expect(200);
    assert_eq!(extended["expires_at"], "2026-03-01T09:25:00.001Z");
    extend().await.refused(409, "already-extended");
    // The timer of the first deadline means nothing any more.
    site.hand.advance(std::time::Duration::from_mins(9));
    site.pay(&order).await;
}

both!(without_proof_an_order_is_redacted_and_takes_no_command);
async fn without_proof_an_order_is_redacted_and_takes_no_command(site: &Site) {
    let fair = site.organizer("closed", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    site.start_payment(&order).await;
    let stranger = site.order(&fair, &[(0, 1)]).await;
    for cookie in ["", stranger.cookie.as_str(), "plenary_holder=00.00"] {
        let seen = site.get(order.at("")).cookie(cookie).await.expect(200);
        for secret in ["registrant", "access_code", "payment"] {
            assert_eq!(seen[secret], Value::Null, "{secret}");
        }
        assert_eq!(seen["status"], "payment_pending");
        let seats = json!({ "seats": fair.choose(&[(0, 1)]) });
        let commands = [
            site.put(order.at("/seats"), seats),
            site.put(order.at("/registrant"), ada()),
            site.call("POST", order.at("/payments")),
            site.call("POST", order.at("/confirmation")),
            site.call("POST", order.at("/extension")),
            site.delete(order.at("")),
            site.get(order.at("/assignments")),
            site.put(order.at("/assignments/0"), ada()),
            site.delete(order.at("/assignments/0")),
        ];
        for command in commands {
            command.cookie(cookie).await.refused(403, "proof-required");
        }
    }
    let full = site.get(order.at("")).cookie(&order.cookie).await.expect(200);
    assert_eq!(full["registrant"], ada());
    site.get(order.at("/assignments")).cookie(&order.cookie).await.refused(409, "order-not-confirmed");
}

both!(what_the_reader_has_is_not_sent_again);
async fn what_the_reader_has_is_not_sent_again(site: &Site) {
    let fair = site.organizer("cached", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let full = site.get(order.at("")).cookie(&order.cookie).await;
    let (etag, redacted) = (full.header(header::ETAG), site.get(order.at("")).await);
    assert_ne!(etag, redacted.header(header::ETAG));
    let again = |etag: &str| site.get(order.at("")).cookie(&order.cookie).header("if-none-match", etag);
    let unchanged = again(etag).await;
    assert_eq!((unchanged.status, unchanged.text().as_str()), (304, ""));
    assert_eq!(unchanged.header(header::ETAG), etag);
    site.register(&order).await;
    assert_eq!(again(etag).await.status, 200);

    let path = format!("/api/conferences/{}", fair.slug);
    let conference = site.get(&path).await;
    let again = || site.get(&path).header("if-none-match", conference.header(header::ETAG));
    assert_eq!(again().await.status, 304);
    site.order(&fair, &[(0, 1)]).await;
    assert_eq!(again().await.expect(200)["seat_types"][0]["available"], 3);
}

both!(a_price_other_than_the_one_shown_is_refused);
async fn a_price_other_than_the_one_shown_is_refused(site: &Site) {
    let fair = site.organizer("dear", &[(1_000, 1)]).await;
    let seats = fair.choose(&[(0, 2)]);
    let quote = site.post("/api/conferences/dear/quote", json!({ "seats": seats })).await.expect(200);
    let place = |total: Value| {
        let body = json!({ "seats": seats, "expected_total": total });
        site.post("/api/conferences/dear/orders", body)
    };
    let other = json!({ "amount": 1_999, "currency": "USD" });
    let refused = place(other).await;
    refused.refused(409, "price-changed");
    assert_eq!(refused.cookie(), "");
    // What is requested counts, not what could be held.
    place(quote["total"].clone()).await.expect(201);
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 1);
}

both!(a_conference_that_is_not_published_is_not_there);
async fn a_conference_that_is_not_published_is_not_there(site: &Site) {
    let fair = site.draft("hidden", &[(1_000, 5)]).await;
    let order = || site.post("/api/conferences/hidden/orders", json!({ "seats": fair.choose(&[(0, 1)]) }));
    site.get("/api/conferences/hidden").await.refused(404, "not-found");
    order().await.refused(404, "not-found");
    site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
    order().await.expect(201);
    let elsewhere = json!({ "redirect_url": "https://example.org/next-year" });
    site.post(fair.at("/unpublish"), elsewhere.clone()).cookie(&fair.session).await.expect(200);
    for answer in [site.get("/api/conferences/hidden").await, order().await] {
        answer.refused(404, "not-found");
        assert_eq!(answer.json["redirect_url"], elsewhere["redirect_url"]);
    }
    assert_eq!(site.get("/api/conferences").await.expect(200), json!([]));
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 1);
}
