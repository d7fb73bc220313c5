//! Waiting for seats that are taken: who is offered what, when, and who sees it.

use std::time::Duration;

use axum::http::header;
use futures_util::future::join_all;
use plenary_server::http::proof::Proven;
use plenary_server::http::secrets::Secrets;
use plenary_server::personal::Personal;
use plenary_server::registration::order::HolderId;
use plenary_server::registration::wait_list::{MAX_ENTRIES, MAX_HOLDERS};
use plenary_server::registration::waiting::commands::JoinWaitList;
use plenary_server::{startup, verify};
use serde_json::{Value, json};

use crate::site::{Answer, BUFFER, Fair, Messages, OFFER, Place, Placed, SHOWN, Site, both, sabotage};

/// A place on the wait list and the cookie of whoever took it.
#[derive(Debug, Clone)]
struct Waiting {
    id: String,
    cookie: String,
}

impl Waiting {
    fn at(&self) -> String {
        format!("/api/waitlist/{}", self.id)
    }
}

async fn ask(site: &Site, fair: &Fair, (place, quantity): (usize, i64), email: &str) -> Answer {
    let path = format!("/api/conferences/{}/waitlist", fair.slug);
    site.post(path, json!({ "email": email, "seat_type_id": fair.seats[place], "quantity": quantity })).await
}

/// Joins as somebody who was never here before.
async fn join(site: &Site, fair: &Fair, wanted: (usize, i64), email: &str) -> Waiting {
    let answer = ask(site, fair, wanted, email).await;
    let cookie = answer.cookie();
    let json = answer.expect(201);
    Waiting { id: json["id"].as_str().unwrap().to_owned(), cookie }
}

async fn look(site: &Site, waiting: &Waiting) -> Value {
    site.get(waiting.at()).cookie(&waiting.cookie).await.expect(200)
}

/// Where somebody stands: status, place, and how many seats are on offer.
async fn standing(site: &Site, waiting: &Waiting) -> (String, Option<i64>, Option<i64>) {
    let entry = look(site, waiting).await;
    let status = entry["status"].as_str().unwrap().to_owned();
    (status, entry["place"].as_i64(), entry["offer"]["seats"].as_i64())
}

fn stands(status: &str, place: Option<i64>, seats: Option<i64>) -> (String, Option<i64>, Option<i64>) {
    (status.to_owned(), place, seats)
}

/// The order that is on offer.
async fn offer(site: &Site, waiting: &Waiting) -> Placed {
    let entry = look(site, waiting).await;
    let id = entry["offer"]["order_id"].as_str().unwrap().to_owned();
    let json = site.get(format!("/api/orders/{id}")).cookie(&waiting.cookie).await.expect(200);
    Placed { id, cookie: waiting.cookie.clone(), json }
}

async fn release(site: &Site, order: &Placed) {
    let released = site.delete(order.at("")).cookie(&order.cookie).await.expect(200);
    assert_eq!(released["status"], "cancelled");
}

async fn set_quota(site: &Site, fair: &Fair, place: usize, quota: i64) {
    let seat_types = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    let mut seat_type = seat_types[place].clone();
    seat_type["quota"] = quota.into();
    let path = fair.at(&format!("/seat-types/{}", fair.seats[place]));
    site.put(path, seat_type).cookie(&fair.session).await.expect(200);
}

both!(seats_that_are_given_back_go_to_whoever_waited_first);
async fn seats_that_are_given_back_go_to_whoever_waited_first(site: &Site) {
    let fair = site.organizer("full", &[(1_000, 3)]).await;
    let order = site.order(&fair, &[(0, 3)]).await;
    let first = join(site, &fair, (0, 2), "first@example.org").await;
    let second = join(site, &fair, (0, 2), "second@example.org").await;
    assert_eq!(standing(site, &first).await, stands("waiting", Some(1), None));
    assert_eq!(standing(site, &second).await, stands("waiting", Some(2), None));

    release(site, &order).await;
    // Everything went on in the same step: nobody else ever saw a free seat.
    assert_eq!(site.available(&fair, 0).await, 0);
    assert_eq!(standing(site, &first).await, stands("offered", None, Some(2)));
    assert_eq!(standing(site, &second).await, stands("offered", Some(1), Some(1)));
    let offered = offer(site, &first).await;
    assert_eq!(
        (&offered.json["status"], &offered.json["total"]["amount"]),
        (&"reserved".into(), &2_000.into())
    );
    assert_eq!(offered.json["expires_at"], "2026-03-02T09:00:00.000Z");
    let entry = look(site, &first).await;
    assert_eq!(entry["offer"]["offered_until"], offered.json["expires_at"]);
    assert_eq!(
        (&entry["seat_type_name"], &entry["conference"]["slug"]),
        (&"For 1000".into(), &"full".into())
    );

    // Accepting is to register and to pay, as ever.
    site.pay(&offered).await;
    assert_eq!(standing(site, &first).await, stands("done", None, None));
    assert_eq!(site.recorded(&fair, "SeatsOfferAccepted").await, 1);
}

both!(whoever_is_offered_a_part_keeps_her_place_for_the_rest);
async fn whoever_is_offered_a_part_keeps_her_place_for_the_rest(site: &Site) {
    let fair = site.organizer("parts", &[(1_000, 3)]).await;
    let one = site.order(&fair, &[(0, 1)]).await;
    let two = site.order(&fair, &[(0, 2)]).await;
    let first = join(site, &fair, (0, 3), "first@example.org").await;
    let second = join(site, &fair, (0, 1), "second@example.org").await;
    release(site, &one).await;
    assert_eq!(standing(site, &first).await, stands("offered", Some(1), Some(1)));
    site.pay(&offer(site, &first).await).await;
    assert_eq!(standing(site, &first).await, stands("waiting", Some(1), None));
    release(site, &two).await;
    assert_eq!(standing(site, &first).await, stands("offered", None, Some(2)));
    assert_eq!(standing(site, &second).await, stands("waiting", Some(1), None));
}

both!(what_is_declined_goes_to_the_next);
async fn what_is_declined_goes_to_the_next(site: &Site) {
    let fair = site.organizer("declined", &[(1_000, 2)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let mut waiting = Vec::new();
    for name in ["a", "b", "c"] {
        waiting.push(join(site, &fair, (0, 2), &format!("{name}@example.org")).await);
    }
    release(site, &order).await;
    // Declining is to give the order back …
    release(site, &offer(site, &waiting[0]).await).await;
    assert_eq!(standing(site, &waiting[0]).await, stands("done", None, None));
    assert_eq!(standing(site, &waiting[1]).await, stands("offered", None, Some(2)));
    // … or to leave the list, once as well as twice.
    let second = offer(site, &waiting[1]).await;
    for _ in 0..2 {
        let left = site.delete(waiting[1].at()).cookie(&waiting[1].cookie).await.expect(200);
        assert_eq!((&left["status"], &left["offer"]), (&"left".into(), &Value::Null));
    }
    site.settles(&second, "cancelled").await;
    assert_eq!(standing(site, &waiting[2]).await, stands("offered", None, Some(2)));
    // Nobody waits any more: the last one's seats are for everybody.
    release(site, &offer(site, &waiting[2]).await).await;
    assert_eq!(site.available(&fair, 0).await, 2);
}

both!(an_offer_that_is_not_taken_in_time_goes_to_the_next);
async fn an_offer_that_is_not_taken_in_time_goes_to_the_next(site: &Site) {
    let fair = site.organizer("lapsed", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(site, &fair, (0, 1), "first@example.org").await;
    let second = join(site, &fair, (0, 1), "second@example.org").await;
    // The order that was there expires, and its seat is offered.
    site.hand.advance(SHOWN + BUFFER);
    site.settles(&order, "expired").await;
    let offered = offer(site, &first).await;
    assert_eq!(site.available(&fair, 0).await, 0);

    site.hand.advance(OFFER + Duration::from_millis(1));
    site.register(&offered).await;
    let pay = site.call("POST", offered.at("/payments")).cookie(&offered.cookie);
    pay.await.refused(410, "time-is-up");
    site.hand.advance(BUFFER);
    site.settles(&offered, "expired").await;
    assert_eq!(standing(site, &first).await, stands("done", None, None));
    assert_eq!(standing(site, &second).await, stands("offered", None, Some(1)));
    assert_eq!(site.available(&fair, 0).await, 0);
}

both!(a_payment_started_at_the_end_of_an_offer_may_finish);
async fn a_payment_started_at_the_end_of_an_offer_may_finish(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(site, &fair, (0, 1), "first@example.org").await;
    release(site, &order).await;
    let offered = offer(site, &first).await;
    site.hand.advance(OFFER);
    let payment = site.start_payment(&offered).await;
    site.hand.advance(Duration::from_mins(13));
    site.decide(&payment, "accept").await;
    site.settles(&offered, "confirmed").await;
    assert_eq!(standing(site, &first).await, stands("done", None, None));
}

both!(more_time_for_an_offer_is_seen_on_the_list);
async fn more_time_for_an_offer_is_seen_on_the_list(site: &Site) {
    let fair = site.organizer("longer", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(site, &fair, (0, 1), "first@example.org").await;
    release(site, &order).await;
    let offered = offer(site, &first).await;
    site.call("POST", offered.at("/extension")).cookie(&offered.cookie).await.expect(200);
    assert_eq!(look(site, &first).await["offer"]["offered_until"], "2026-03-02T09:10:00.000Z");
}

both!(a_raised_quota_and_a_smaller_order_free_seats_for_those_who_wait);
async fn a_raised_quota_and_a_smaller_order_free_seats_for_those_who_wait(site: &Site) {
    let fair = site.organizer("two", &[(1_000, 2), (3_000, 1)]).await;
    let general = site.order(&fair, &[(0, 2)]).await;
    site.order(&fair, &[(1, 1)]).await;
    let first = join(site, &fair, (0, 1), "first@example.org").await;
    let workshop = join(site, &fair, (1, 2), "first@example.org").await;
    let last = join(site, &fair, (0, 4), "last@example.org").await;
    assert_eq!(standing(site, &workshop).await, stands("waiting", Some(1), None));

    let fewer = json!({ "seats": fair.choose(&[(0, 1)]) });
    site.put(general.at("/seats"), fewer).cookie(&general.cookie).await.expect(200);
    assert_eq!(standing(site, &first).await, stands("offered", None, Some(1)));
    set_quota(site, &fair, 1, 2).await;
    assert_eq!(standing(site, &workshop).await, stands("offered", Some(1), Some(1)));
    assert_eq!(standing(site, &last).await, stands("waiting", Some(1), None));
    set_quota(site, &fair, 0, 7).await;
    assert_eq!(standing(site, &last).await, stands("offered", None, Some(4)));
    assert_eq!((site.available(&fair, 0).await, site.available(&fair, 1).await), (1, 0));
    // A quota cut below what is sold frees nothing, and what comes back then is not there for anybody.
    let after = site.order(&fair, &[(0, 1)]).await;
    set_quota(site, &fair, 0, 3).await;
    let newest = join(site, &fair, (0, 1), "newest@example.org").await;
    release(site, &after).await;
    assert_eq!(standing(site, &newest).await, stands("waiting", Some(1), None));
}

both!(what_is_not_wanted_of_an_offer_goes_to_the_next);
async fn what_is_not_wanted_of_an_offer_goes_to_the_next(site: &Site) {
    let fair = site.organizer("fewer", &[(1_000, 3)]).await;
    let order = site.order(&fair, &[(0, 3)]).await;
    let first = join(site, &fair, (0, 3), "first@example.org").await;
    let second = join(site, &fair, (0, 5), "second@example.org").await;
    release(site, &order).await;
    let offered = offer(site, &first).await;
    let fewer = json!({ "seats": fair.choose(&[(0, 1)]) });
    site.put(offered.at("/seats"), fewer).cookie(&offered.cookie).await.expect(200);
    assert_eq!(standing(site, &second).await, stands("offered", Some(1), Some(2)));
    site.pay(&offered).await;
    assert_eq!(standing(site, &first).await, stands("done", None, None));
    let list = site.get(fair.at("/waitlist")).cookie(&fair.session).await.expect(200);
    assert_eq!((&list["entries"][0]["accepted"], &list["entries"][0]["offered"]), (&1.into(), &0.into()));
}

/// Lets a payment complete, with whatever amount.
async fn charge(site: &Site, payment: &str, amount: i64) {
    let body = json!({
        "event_id": format!("charge-{payment}"), "payment_id": payment, "outcome": "completed",
        "amount": amount, "currency": "USD", "occurred_at": "2026-03-01T09:00:00.000Z",
    });
    site.callback(&body).await.expect(200);
}

both!(an_offer_that_is_paid_wrongly_is_over);
async fn an_offer_that_is_paid_wrongly_is_over(site: &Site) {
    let fair = site.organizer("wrongly", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(site, &fair, (0, 1), "first@example.org").await;
    let second = join(site, &fair, (0, 1), "second@example.org").await;
    release(site, &order).await;
    let offered = offer(site, &first).await;
    let payment = site.start_payment(&offered).await;
    charge(site, &payment, 1).await;
    site.settles(&offered, "needs_attention").await;
    assert_eq!(standing(site, &first).await, stands("done", None, None));
    assert_eq!(standing(site, &second).await, stands("offered", None, Some(1)));
}

both!(seats_that_the_organizer_adds_for_a_late_payment_are_not_the_lists);
async fn seats_that_the_organizer_adds_for_a_late_payment_are_not_the_lists(site: &Site) {
    let fair = site.organizer("override", &[(1_000, 2)]).await;
    let late = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&late).await;
    site.hand.advance(SHOWN + BUFFER);
    site.settles(&late, "expired").await;
    let other = site.order(&fair, &[(0, 2)]).await;
    site.pay(&other).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    charge(site, &payment, 2_000).await;
    site.settles(&late, "needs_attention").await;
    let decision = json!({ "resolution": "override_quota" });
    site.post(fair.at(&format!("/attention/{}", late.id)), decision).cookie(&fair.session).await.expect(200);
    site.settles(&late, "confirmed").await;
    assert_eq!(standing(site, &waiting).await, stands("waiting", Some(1), None));
}

both!(nobody_gets_past_those_who_wait);
async fn nobody_gets_past_those_who_wait(site: &Site) {
    let fair = site.organizer("queue", &[(1_000, 2), (1_000, 5)]).await;
    let holding = site.order(&fair, &[(0, 2)]).await;
    let other = site.order(&fair, &[(1, 1)]).await;
    let first = join(site, &fair, (0, 4), "first@example.org").await;
    // Neither a new order, nor one that changes its seats, nor its own holder's wish for more.
    let newcomer = site.order(&fair, &[(0, 1)]).await;
    let change = json!({ "seats": fair.choose(&[(0, 1)]) });
    let changed = site.put(other.at("/seats"), change.clone()).cookie(&other.cookie).await.expect(200);
    release(site, &holding).await;
    let again = site.put(newcomer.at("/seats"), change).cookie(&newcomer.cookie).await.expect(200);
    assert_eq!((&changed["seats"][0]["reserved"], &again["seats"][0]["reserved"]), (&0.into(), &0.into()));
    assert_eq!(standing(site, &first).await, stands("offered", Some(1), Some(2)));
    let offered = offer(site, &first).await;
    // What is kept for so long is kept for nothing but what was offered.
    for other in [&[(0, 3)][..], &[(1, 1)], &[(0, 1), (1, 1)]] {
        let other = json!({ "seats": fair.choose(other) });
        site.put(offered.at("/seats"), other).cookie(&offered.cookie).await.refused(409, "only-fewer-seats");
    }
}

both!(whoever_can_have_seats_need_not_wait);
async fn whoever_can_have_seats_need_not_wait(site: &Site) {
    let fair = site.organizer("free", &[(1_000, 2)]).await;
    let refused = ask(site, &fair, (0, 2), "ada@example.org").await;
    refused.refused(409, "seats-available");
    assert_eq!(
        (refused.cookie().as_str(), &refused.json["title"]),
        ("", &"Seats are available: order them.".into())
    );
    // Who wants more than there is is offered what there is, and waits for the rest.
    let waiting = join(site, &fair, (0, 3), "ada@example.org").await;
    assert_eq!(standing(site, &waiting).await, stands("offered", Some(1), Some(2)));
    assert_eq!(site.available(&fair, 0).await, 0);
}

both!(wrong_wishes_are_refused_by_field);
async fn wrong_wishes_are_refused_by_field(site: &Site) {
    let fair = site.organizer("wrong", &[(1_000, 0)]).await;
    let path = "/api/conferences/wrong/waitlist";
    let seat_type = fair.seats[0].as_str();
    let foreign = site.id();
    for (email, seat_type, quantity, field) in [
        ("", seat_type, json!(1), "email"),
        ("ada", seat_type, json!(1), "email"),
        ("ada@example.org", seat_type, json!(0), "quantity"),
        ("ada@example.org", seat_type, json!(21), "quantity"),
        ("ada@example.org", seat_type, json!("1"), "quantity"),
        ("ada@example.org", "x", json!(1), "seat_type_id"),
        ("ada@example.org", foreign.as_str(), json!(1), "seat_type_id"),
    ] {
        let body = json!({ "email": email, "seat_type_id": seat_type, "quantity": quantity });
        let answer = site.post(path, body).await;
        answer.refused(422, "invalid-input");
        assert_eq!(answer.json["errors"][0]["field"], field);
    }
    site.get(format!("/api/waitlist/{}", site.id())).await.refused(404, "not-found");
    site.delete(format!("/api/waitlist/{}", site.id())).await.refused(404, "not-found");
    assert_eq!(site.recorded(&fair, "WaitListJoined").await, 0);
}

both!(the_same_address_and_seat_type_is_the_same_place);
async fn the_same_address_and_seat_type_is_the_same_place(site: &Site) {
    let fair = site.organizer("same", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(site, &fair, (0, 2), "ada@example.org").await;
    let second = join(site, &fair, (0, 1), "grace@example.org").await;
    // A stranger who knows the address learns no more than the link shows, and changes nothing.
    let stranger = ask(site, &fair, (0, 5), "ADA@example.org").await;
    assert_eq!(stranger.cookie(), "");
    let stranger = stranger.expect(200);
    assert_eq!(
        (&stranger["id"], &stranger["wanted"], &stranger["held"]),
        (&json!(first.id), &2.into(), &false.into())
    );
    let path = "/api/conferences/same/waitlist";
    let again = |quantity: i64| {
        let body =
            json!({ "email": " Ada@Example.org ", "seat_type_id": fair.seats[0], "quantity": quantity });
        site.post(path, body).cookie(&first.cookie)
    };
    assert_eq!(again(1).await.expect(200)["wanted"], 1);
    assert_eq!(standing(site, &first).await, stands("waiting", Some(1), None));
    assert_eq!(again(3).await.expect(200)["place"], 2);
    assert_eq!(standing(site, &second).await, stands("waiting", Some(1), None));
    release(site, &order).await;
    assert_eq!(standing(site, &second).await, stands("offered", None, Some(1)));
}

both!(a_repeated_request_is_one_place);
async fn a_repeated_request_is_one_place(site: &Site) {
    let fair = site.organizer("repeat", &[(1_000, 0)]).await;
    let body = json!({ "email": "ada@example.org", "seat_type_id": fair.seats[0], "quantity": 2 });
    let send = |body: &Value| site.post("/api/conferences/repeat/waitlist", body.clone()).key("one");
    let answers = join_all((0..6).map(|_| async { send(&body).await })).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.json["id"]), (201, &answers[0].json["id"]));
        assert_eq!(answer.json["held"], answer.cookie() != "");
    }
    // Whoever has the key has lost the answer, and its cookie with it: so often as anybody can have lost them.
    assert_eq!(answers.iter().filter(|answer| answer.json["held"] == true).count(), MAX_HOLDERS);
    let mut other = body.clone();
    other["quantity"] = 3.into();
    send(&other).await.refused(422, "idempotency-key-reused");
    assert_eq!(site.recorded(&fair, "WaitListJoined").await, 1);
}

both!(without_proof_a_place_is_redacted_and_takes_no_command);
async fn without_proof_a_place_is_redacted_and_takes_no_command(site: &Site) {
    let fair = site.organizer("closed", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    release(site, &order).await;
    for cookie in ["", order.cookie.as_str(), "plenary_holder=00.00"] {
        let seen = site.get(waiting.at()).cookie(cookie).await;
        assert!(!seen.text().contains("ada@example.org"));
        let seen = seen.expect(200);
        assert_eq!(
            (&seen["status"], &seen["offer"], &seen["offers"]),
            (&"offered".into(), &Value::Null, &json!([]))
        );
        site.delete(waiting.at()).cookie(cookie).await.refused(403, "proof-required");
        site.delete(format!("{}?proof=00", waiting.at())).cookie(cookie).await.refused(403, "proof-required");
    }
    let full = site.get(waiting.at()).cookie(&waiting.cookie).await;
    let again =
        site.get(waiting.at()).cookie(&waiting.cookie).header("if-none-match", full.header(header::ETAG));
    assert_eq!(again.await.status, 304);
}

both!(a_link_from_a_letter_makes_its_bearer_a_holder_and_leaves_no_proof_behind);
async fn a_link_from_a_letter_makes_its_bearer_a_holder_and_leaves_no_proof_behind(site: &Site) {
    let fair = site.organizer("letter", &[(1_000, 2)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    release(site, &order).await;
    let offered = offer(site, &waiting).await;
    let secrets = Secrets::open_read_only(&site.db).await.unwrap();
    let entry_proof = Proven::WaitListEntry(waiting.id.parse().unwrap()).proof(&secrets);
    let order_proof = Proven::Order(offered.id.parse().unwrap()).proof(&secrets);
    let entry_page = format!("/letter/waitlist/{}", waiting.id);
    let order_page = format!("/letter/orders/{}", offered.id);

    for (page, proof) in [(&entry_page, &entry_proof), (&order_page, &order_proof)] {
        let followed = site.get(format!("{page}?proof={proof}")).await;
        assert_eq!((followed.status, followed.header(header::LOCATION)), (303, page.as_str()));
        let cookie = followed.cookie();
        let seen = site.get(offered.at("")).cookie(&cookie).await.expect(200);
        assert_ne!(seen["access_code"], Value::Null);
        // The same browser again is the same holder.
        let again = site.get(format!("{page}?proof={proof}")).cookie(&cookie).await;
        assert_eq!(again.cookie(), cookie);
    }
    for (page, proof) in
        [(&entry_page, &order_proof), (&order_page, &entry_proof), (&order_page, &"0".repeat(64))]
    {
        let followed = site.get(format!("{page}?proof={proof}")).await;
        assert_eq!((followed.status, followed.header(header::LOCATION)), (303, page.as_str()));
        assert_eq!(followed.cookie(), "");
    }
    assert_eq!(site.recorded(&fair, "WaitListHolderAdded").await, 1);
    let shown = site.get(format!("{}?proof={entry_proof}", waiting.at())).await.expect(200);
    assert_eq!(shown["held"], true);
    let left = site.delete(format!("{}?proof={entry_proof}", waiting.at())).await.expect(200);
    assert_eq!(left["status"], "left");
}

both!(nothing_is_offered_and_nobody_joins_while_a_conference_is_not_published);
async fn nothing_is_offered_and_nobody_joins_while_a_conference_is_not_published(site: &Site) {
    let fair = site.organizer("hidden", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    site.post(fair.at("/unpublish"), json!({})).cookie(&fair.session).await.expect(200);
    ask(site, &fair, (0, 1), "grace@example.org").await.refused(404, "not-found");
    release(site, &order).await;
    assert_eq!(standing(site, &waiting).await, stands("waiting", Some(1), None));
    site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
    assert_eq!(standing(site, &waiting).await, stands("offered", None, Some(1)));
}

async fn hide(site: &Site, fair: &Fair) {
    site.post(fair.at("/unpublish"), json!({})).cookie(&fair.session).await.expect(200);
}

async fn show(site: &Site, fair: &Fair) {
    site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
}

both!(what_is_freed_while_a_conference_is_not_published_is_kept_for_those_who_wait);
async fn what_is_freed_while_a_conference_is_not_published_is_kept_for_those_who_wait(site: &Site) {
    let fair = site.organizer("kept", &[(1_000, 4)]).await;
    let (three, one) = (site.order(&fair, &[(0, 3)]).await, site.order(&fair, &[(0, 1)]).await);
    let waiting = join(site, &fair, (0, 2), "ada@example.org").await;
    hide(site, &fair).await;
    release(site, &three).await;
    // Of the three that are free two are awaited: whoever holds one already gets the third beside it, and no more.
    let more = json!({ "seats": fair.choose(&[(0, 4)]) });
    for _ in 0..2 {
        let changed = site.put(one.at("/seats"), more.clone()).cookie(&one.cookie).await.expect(200);
        assert_eq!(
            (&changed["status"], &changed["seats"][0]["reserved"]),
            (&"partially_reserved".into(), &2.into())
        );
    }
    assert_eq!(standing(site, &waiting).await, stands("waiting", Some(1), None));
    show(site, &fair).await;
    assert_eq!(standing(site, &waiting).await, stands("offered", None, Some(2)));
    assert_eq!(site.available(&fair, 0).await, 0);
}

both!(whoever_leaves_the_list_leaves_the_seats_that_were_kept);
async fn whoever_leaves_the_list_leaves_the_seats_that_were_kept(site: &Site) {
    let fair = site.organizer("left", &[(1_000, 2)]).await;
    let (gone, stays) = (site.order(&fair, &[(0, 1)]).await, site.order(&fair, &[(0, 1)]).await);
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    hide(site, &fair).await;
    release(site, &gone).await;
    site.delete(waiting.at()).cookie(&waiting.cookie).await.expect(200);
    let more = json!({ "seats": fair.choose(&[(0, 2)]) });
    let changed = site.put(stays.at("/seats"), more).cookie(&stays.cookie).await.expect(200);
    assert_eq!(changed["status"], "reserved");
}

both!(a_late_payment_takes_nothing_that_is_kept_and_the_organizer_can_add_it);
async fn a_late_payment_takes_nothing_that_is_kept_and_the_organizer_can_add_it(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 2)]).await;
    let late = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&late).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    hide(site, &fair).await;
    site.hand.advance(SHOWN + BUFFER);
    site.settles(&late, "expired").await;
    charge(site, &payment, 2_000).await;
    site.settles(&late, "needs_attention").await;
    let decision = json!({ "resolution": "override_quota" });
    site.post(fair.at(&format!("/attention/{}", late.id)), decision).cookie(&fair.session).await.expect(200);
    site.settles(&late, "confirmed").await;
    // One of the two seats was free for it: the quota grows by the other.
    let seat_types = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    assert_eq!(seat_types[0]["quota"], 3);
    show(site, &fair).await;
    assert_eq!(standing(site, &waiting).await, stands("offered", None, Some(1)));
}

both!(the_organizer_sees_the_list_and_takes_people_off_it);
async fn the_organizer_sees_the_list_and_takes_people_off_it(site: &Site) {
    let fair = site.organizer("managed", &[(1_000, 1), (1_000, 0)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(site, &fair, (0, 2), "first@example.org").await;
    let second = join(site, &fair, (1, 1), "second@example.org").await;
    let third = join(site, &fair, (0, 1), "third@example.org").await;
    release(site, &order).await;
    let list = |query: &str| site.get(fair.at(&format!("/waitlist{query}"))).cookie(&fair.session);
    let all = list("").await.expect(200);
    let rows: Vec<_> = all["entries"].as_array().unwrap().iter().collect();
    let seen: Vec<_> = rows
        .iter()
        .map(|it| (&it["email"], &it["wanted"], &it["offered"], &it["status"], &it["place"]))
        .collect();
    let expected = [
        (json!("first@example.org"), json!(2), json!(1), json!("offered"), json!(1)),
        (json!("second@example.org"), json!(1), json!(0), json!("waiting"), json!(1)),
        (json!("third@example.org"), json!(1), json!(0), json!("waiting"), json!(2)),
    ];
    let expected: Vec<_> = expected.iter().map(|it| (&it.0, &it.1, &it.2, &it.3, &it.4)).collect();
    assert_eq!(seen, expected);
    // Page by page it is the same list.
    let page = list("?limit=2").await.expect(200);
    let rest = list(&format!("?limit=2&after={}", page["next"].as_str().unwrap())).await.expect(200);
    assert_eq!((&rest["entries"][0], &rest["next"]), (rows[2], &Value::Null));
    let of_type = list(&format!("?status=waiting&seat_type_id={}", fair.seats[1])).await.expect(200);
    assert_eq!(of_type["entries"], json!([rows[1]]));
    list("?status=unheard").await.refused(422, "invalid-input");
    list("?after=x").await.refused(422, "invalid-input");

    let remove = |id: &str| site.delete(fair.at(&format!("/waitlist/{id}"))).cookie(&fair.session);
    let removed = remove(&first.id).await.expect(200);
    assert_eq!((&removed["status"], &removed["email"]), (&"left".into(), &Value::Null));
    assert_eq!(standing(site, &third).await, stands("offered", None, Some(1)));
    remove(&first.id).await.expect(200);
    remove(&site.id()).await.refused(404, "not-found");

    let theirs = site.organizer("theirs", &[(1_000, 0)]).await;
    let foreign = theirs.at(&format!("/waitlist/{}", second.id));
    site.delete(foreign).cookie(&theirs.session).await.refused(404, "not-found");
    site.delete(fair.at(&format!("/waitlist/{}", second.id)))
        .cookie(&theirs.session)
        .await
        .refused(404, "not-found");
    site.get(fair.at("/waitlist")).await.refused(401, "not-signed-in");
    site.get(fair.at("/waitlist")).cookie(&theirs.session).await.refused(404, "not-found");
}

both!(the_organizer_says_how_long_offers_stand);
async fn the_organizer_says_how_long_offers_stand(site: &Site) {
    let fair = site.organizer("hour", &[(1_000, 1)]).await;
    let managed = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
    assert_eq!(managed["waitlist_offer_s"], 86_400);
    let change = json!({ "version": managed["version"], "waitlist_offer_s": 3_600 });
    let changed = site.put(fair.at(""), change).cookie(&fair.session).await.expect(200);
    assert_eq!(changed["waitlist_offer_s"], 3_600);
    let order = site.order(&fair, &[(0, 1)]).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    release(site, &order).await;
    assert_eq!(look(site, &waiting).await["offer"]["offered_until"], "2026-03-01T10:00:00.000Z");
}

both!(whoever_joins_too_often_has_to_wait_a_while);
async fn whoever_joins_too_often_has_to_wait_a_while(site: &Site) {
    let fair = site.organizer("often", &[(1_000, 0)]).await;
    for _ in 0..20 {
        assert!(matches!(ask(site, &fair, (0, 1), "ada@example.org").await.status, 200 | 201));
    }
    let slowed = ask(site, &fair, (0, 1), "ada@example.org").await;
    slowed.refused(429, "slow-down");
    assert_eq!(slowed.header(header::RETRY_AFTER), "60");
    ask(site, &fair, (0, 1), "grace@example.org").await.expect(201);
    site.hand.advance(Duration::from_mins(1));
    ask(site, &fair, (0, 1), "ada@example.org").await.expect(200);
}

both!(a_plain_form_joins_the_list);
async fn a_plain_form_joins_the_list(site: &Site) {
    let fair = site.organizer("form", &[(1_000, 0)]).await;
    let send = |email: &str, quantity: &str| {
        let form = format!("email={email}&seat_type_id={}&quantity={quantity}", fair.seats[0]);
        site.call("POST", "/form/waitlist").form(&form)
    };
    let joined = send("ada%40example.org", "2").await;
    assert_eq!(joined.status, 303, "{}", joined.text());
    let id = joined.header(header::LOCATION).strip_prefix("/form/waitlist/").unwrap().to_owned();
    let waiting = Waiting { id, cookie: joined.cookie() };
    assert_eq!(standing(site, &waiting).await, stands("waiting", Some(1), None));
    for (email, quantity) in [("ada", "2"), ("ada%40example.org", "x"), ("ada%40example.org", "21")] {
        let refused = send(email, quantity).await;
        assert_eq!((refused.status, refused.header(header::CONTENT_TYPE)), (422, "text/html; charset=utf-8"));
    }
    assert_eq!(site.recorded(&fair, "WaitListJoined").await, 1);
}

both!(what_happens_on_the_list_is_told_and_names_nobody);
async fn what_happens_on_the_list_is_told_and_names_nobody(site: &Site) {
    let fair = site.organizer("told", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let waiting = join(site, &fair, (0, 1), "ada@example.org").await;
    release(site, &order).await;
    let offered = offer(site, &waiting).await;
    site.delete(waiting.at()).cookie(&waiting.cookie).await.expect(200);
    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await;
    assert!(!history.text().contains("ada@example.org"));
    let texts = |kind: &str| {
        let events = history.json["events"].as_array().unwrap();
        events
            .iter()
            .filter(|it| it["type"] == kind)
            .map(|it| it["text"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts("WaitListJoined"), ["Somebody joined the wait list for 1 × For 1000."]);
    assert_eq!(texts("SeatsOffered"), ["Offered to the next on the wait list: 1 × For 1000."]);
    assert_eq!(texts("WaitListLeft"), ["Somebody left the wait list."]);
    // The offer is part of its order's history.
    let path = fair.at(&format!("/history?order_id={}", offered.id));
    let of_order = site.get(path).cookie(&fair.session).await.expect(200);
    assert_eq!(of_order["events"][0]["type"], "SeatsOffered");
    // Its address is needed no more.
    let list = site.get(fair.at("/waitlist")).cookie(&fair.session).await.expect(200);
    assert_eq!((&list["entries"][0]["email"], &list["entries"][0]["status"]), (&Value::Null, &"left".into()));
}

both!(two_hundred_releases_and_orders_at_once_take_nothing_from_the_list);
async fn two_hundred_releases_and_orders_at_once_take_nothing_from_the_list(site: &Site) {
    let fair = site.organizer("rush", &[(1_000, 100)]).await;
    let orders = join_all((0..100).map(|_| site.order(&fair, &[(0, 1)]))).await;
    let mut waiting = Vec::new();
    for number in 0..30 {
        waiting.push(join(site, &fair, (0, 2), &format!("{number}@example.org")).await);
    }
    let path = format!("/api/conferences/{}/orders", fair.slug);
    let place = json!({ "seats": fair.choose(&[(0, 2)]) });
    let release = |order: &Placed| {
        let request = axum::http::Request::delete(order.at("")).header("cookie", &order.cookie);
        request.body(axum::body::Body::empty()).unwrap()
    };
    let new = || {
        let request = axum::http::Request::post(&path).header("content-type", "application/json");
        request.body(axum::body::Body::from(place.to_string())).unwrap()
    };
    let requests = orders.iter().flat_map(|order| [release(order), new()]);
    let calls: Vec<_> =
        requests.map(|request| tokio::spawn(Answer::to(site.running.router.clone(), request))).collect();
    let answers: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201)));
    for waiting in &waiting {
        let entry = look(site, waiting).await;
        let offered: i64 =
            entry["offers"].as_array().unwrap().iter().map(|it| it["seats"].as_i64().unwrap()).sum();
        assert_eq!((offered, &entry["place"]), (2, &Value::Null));
    }
    let taken = |answer: &Answer| answer.json["seats"][0]["reserved"].as_i64().unwrap();
    let newcomers: i64 = answers.iter().filter(|answer| answer.status == 201).map(taken).sum();
    assert!(newcomers <= 40, "{newcomers}");
    assert_eq!(site.available(&fair, 0).await, 40 - newcomers);
}

both!(as_many_as_can_wait_can_be_offered_seats_at_once);
async fn as_many_as_can_wait_can_be_offered_seats_at_once(site: &Site) {
    let fair = site.organizer("crowd", &[(0, 0)]).await;
    let conference =
        site.get("/api/conferences/crowd").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let seat_type_id = fair.seats[0].parse().unwrap();
    let joined = join_all((0..MAX_ENTRIES).map(|number| {
        let command = JoinWaitList {
            email: Personal::new(format!("{number}@example.org")),
            seat_type_id,
            wanted: 1,
            holder: HolderId(number.to_string()),
            language: None,
        };
        site.running.mailbox.send(conference, command)
    }));
    assert!(joined.await.iter().all(Result::is_ok));
    ask(site, &fair, (0, 1), "late@example.org").await.refused(409, "wait-list-full");

    let crowd = i64::try_from(MAX_ENTRIES).unwrap();
    set_quota(site, &fair, 0, crowd + 1).await;
    assert_eq!(site.available(&fair, 0).await, 1);
    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    assert_eq!(summary["orders"], json!({ "reserved": crowd }));
}

async fn offers_survive_a_restart(place: Place) {
    let site = Site::on(place).await;
    let fair = site.organizer("restart", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let first = join(&site, &fair, (0, 1), "first@example.org").await;
    let second = join(&site, &fair, (0, 1), "second@example.org").await;
    release(&site, &order).await;
    let offered = offer(&site, &first).await;
    let place = site.stop().await;

    let site = Site::on(place).await;
    assert_eq!(standing(&site, &first).await, stands("offered", None, Some(1)));
    site.hand.advance(OFFER + BUFFER);
    site.settles(&offered, "expired").await;
    assert_eq!(standing(&site, &first).await, stands("done", None, None));
    assert_eq!(standing(&site, &second).await, stands("offered", None, Some(1)));
    site.pay(&offer(&site, &second).await).await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_survive_a_restart_on_sqlite() {
    offers_survive_a_restart(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_survive_a_restart_on_postgres() {
    offers_survive_a_restart(Place::postgres().await).await;
}

async fn what_does_not_hold_is_named(place: Place) {
    let site = Site::on(place).await;
    let fair = site.organizer("verified", &[(1_000, 4)]).await;
    let order = site.order(&fair, &[(0, 4)]).await;
    join(&site, &fair, (0, 2), "ada@example.org").await;
    release(&site, &order).await;
    let waits = join(&site, &fair, (0, 19), "grace@example.org").await;
    assert_eq!(standing(&site, &waits).await, stands("offered", Some(1), Some(2)));
    let original = site.stop().await;

    let replaced = |kind: &str, from: &str, to: &str| {
        format!("update events set payload = replace(payload, '{from}', '{to}') where event_type = '{kind}'")
    };
    for (corruption, said) in [
        (replaced("SeatsOffered", "\"seats\":2", "\"seats\":1"), "holds other seats than were offered"),
        (replaced("SeatsOffered", "\"order_id\":\"0", "\"order_id\":\"1"), "and never placed"),
        (
            replaced("SeatQuotaSet", "\"availability_change\":4", "\"availability_change\":5"),
            "are free while somebody waits for them",
        ),
        ("update wait_list_views set ordinal = ordinal + 1".to_owned(), "the wait list view"),
        ("delete from wait_list_views".to_owned(), "the wait list view"),
    ] {
        let copy = original.copy().await;
        let db = copy.open().await;
        assert!(sabotage(&db, &corruption).await > 0, "nothing is changed by: {corruption}");
        let verdict = verify::verify(&db, &startup::codec()).await.unwrap();
        db.close().await;
        assert!(verdict.violations.iter().any(|it| it.contains(said)), "`{said}` is not in: {verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_hold_is_named_on_sqlite() {
    what_does_not_hold_is_named(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_hold_is_named_on_postgres() {
    what_does_not_hold_is_named(Place::postgres().await).await;
}

both!(a_place_is_told_of_what_moves_it);
async fn a_place_is_told_of_what_moves_it(site: &Site) {
    let fair = site.organizer("moves", &[(1_000, 1)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let joined = async |email: &str| {
        let body = json!({ "email": email, "seat_type_id": fair.seats[0], "quantity": 1 });
        let answer = site.post("/api/conferences/moves/waitlist", body).await;
        let cookie = answer.cookie();
        (answer.expect(201)["id"].as_str().unwrap().to_owned(), cookie)
    };
    let (first, first_cookie) = joined("mei@example.org").await;
    let (second, second_cookie) = joined("nils@example.org").await;
    let stream = format!("/api/waitlist/{second}/events");
    let mut hers = Messages::of(site.get(&stream).cookie(&second_cookie)).await;
    let shown = hers.next_of("entry").await.json;
    assert_eq!(
        (&shown["place"], &shown["status"], &shown["held"]),
        (&json!(2), &json!("waiting"), &json!(true))
    );
    let mut strangers = Messages::of(site.get(&stream)).await;
    assert_eq!(strangers.next_of("entry").await.json["held"], false);

    // Whoever is before her leaves: her place moves, her entry has no event of its own.
    let leaving = site.delete(format!("/api/waitlist/{first}")).cookie(&first_cookie);
    leaving.await.expect(200);
    assert_eq!(hers.next_of("entry").await.json["place"], 1);
    site.delete(order.at("")).cookie(&order.cookie).await.expect(200);
    let offered = hers.next_of("entry").await;
    assert_eq!(
        (&offered.json["status"], offered.json["offers"].as_array().unwrap().len()),
        (&json!("offered"), 1)
    );
    assert!(offered.id > 0);
    let told = loop {
        let message = strangers.next_of("entry").await.json;
        if message["status"] == "offered" {
            break message;
        }
    };
    assert_eq!((&told["offer"], &told["offers"]), (&Value::Null, &json!([])));
    site.get(format!("/api/waitlist/{}/events", order.id)).await.refused(404, "not-found");
}
