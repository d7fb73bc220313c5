//! What went wrong in the system that this one succeeds, and must not here. `docs/hazards.md` lists them all; these are
//! the ones that no other test is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use plenary_server::clock::Entropy;
use plenary_server::faults::Faults;
use plenary_server::payments::Simulated;
use plenary_shared::PaymentId;
use plenary_shared::payments::PaymentOutcome;
use serde_json::json;

use crate::site::{Place, Site, both, creation};

both!(codes_are_unpredictable_and_never_the_same_by_pattern);
async fn codes_are_unpredictable_and_never_the_same_by_pattern(site: &Site) {
    let fair = site.organizer("codes", &[(0, 100)]).await;
    let mut codes = BTreeSet::new();
    for _ in 0..50 {
        let order = site.order(&fair, &[(0, 1)]).await;
        codes.insert(order.json["access_code"].as_str().unwrap().to_owned());
    }
    assert_eq!(codes.len(), 50);
    // A generator that is seeded with the time would begin alike within one standing millisecond.
    let beginnings: BTreeSet<_> = codes.iter().map(|code| &code[..2]).collect();
    assert!(beginnings.len() > 25, "{codes:?}");
}

both!(a_confirmed_or_ended_order_takes_no_other_seats);
async fn a_confirmed_or_ended_order_takes_no_other_seats(site: &Site) {
    let fair = site.organizer("fixed", &[(1_000, 10)]).await;
    let (paid, cancelled) = (site.order(&fair, &[(0, 2)]).await, site.order(&fair, &[(0, 1)]).await);
    site.pay(&paid).await;
    site.delete(cancelled.at("")).cookie(&cancelled.cookie).await.expect(200);
    let other = json!({ "seats": fair.choose(&[(0, 5)]) });
    site.put(paid.at("/seats"), other.clone()).cookie(&paid.cookie).await.refused(409, "order-confirmed");
    site.put(cancelled.at("/seats"), other).cookie(&cancelled.cookie).await.refused(409, "order-cancelled");
    site.call("POST", cancelled.at("/confirmation"))
        .cookie(&cancelled.cookie)
        .await
        .refused(409, "order-cancelled");
    assert_eq!(site.available(&fair, 0).await, 8);
}

both!(of_many_who_want_the_same_slug_at_once_one_gets_it);
async fn of_many_who_want_the_same_slug_at_once_one_gets_it(site: &Site) {
    let calls = (0..20).map(|_| site.post("/api/management/conferences", creation("wanted")).into_future());
    let mut statuses: Vec<_> = join_all(calls).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 19][..]));
}

both!(an_edit_of_a_published_conference_leaves_it_published);
async fn an_edit_of_a_published_conference_leaves_it_published(site: &Site) {
    let fair = site.organizer("edited", &[(1_000, 5)]).await;
    let version = site.get(fair.at("")).cookie(&fair.session).await.expect(200)["version"].clone();
    let rename = json!({ "name": "Renamed", "version": version });
    let edited = site.put(fair.at(""), rename).cookie(&fair.session).await.expect(200);
    assert_eq!((&edited["published"], &edited["ever_published"]), (&json!(true), &json!(true)));
    assert_eq!(site.get("/api/conferences/edited").await.expect(200)["name"], "Renamed");
    // What is sent back as it was read may hold the flag; it is no field of an edit.
    let sent_back = json!({ "name": "Again", "published": false, "version": edited["version"] });
    assert_eq!(site.put(fair.at(""), sent_back).cookie(&fair.session).await.expect(200)["published"], true);
    site.get("/api/conferences/edited").await.expect(200);
}

both!(a_late_repeat_of_a_confirmed_order_holds_nothing_again);
async fn a_late_repeat_of_a_confirmed_order_holds_nothing_again(site: &Site) {
    let fair = site.organizer("repeat", &[(1_000, 10)]).await;
    let body = json!({ "id": site.id(), "seats": fair.choose(&[(0, 2)]) });
    let place = || site.post("/api/conferences/repeat/orders", body.clone());
    let first = place().await;
    let order = crate::site::Placed {
        id: first.json["id"].as_str().unwrap().to_owned(),
        cookie: first.cookie(),
        json: first.json.clone(),
    };
    site.pay(&order).await;
    let repeat = place().await.expect(200);
    assert_eq!(repeat["status"], "confirmed");
    assert_eq!(site.available(&fair, 0).await, 8);
    assert_eq!(site.recorded(&fair, "SeatAssignmentsCreated").await, 1);
    assert_eq!(site.recorded(&fair, "SeatsReserved").await, 1);
}

both!(looking_at_the_processors_page_pays_nothing);
async fn looking_at_the_processors_page_pays_nothing(site: &Site) {
    let fair = site.organizer("looked", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    for query in ["", "?decision=accept", "?returnUrl=https://evil.example&decision=accept"] {
        let page = site.get(format!("/simulated-processor/{payment}{query}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("evil.example"));
    }
    assert_eq!(site.get(order.at("")).await.expect(200)["status"], "payment_pending");
    assert_eq!(site.recorded(&fair, "PaymentCompleted").await, 0);
}

/// The processor decided, and everything went down before anybody was told.
async fn a_decided_payment_is_heard_of_after_a_restart(place: Place) {
    let site = Site::on(place).await;
    let fair = site.organizer("told", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = PaymentId(site.start_payment(&order).await.parse().unwrap());
    let clock = site.clock.clone();
    let place = site.stop().await;
    let db = place.open().await;
    let processor = Simulated {
        db: db.clone(),
        clock,
        entropy: Entropy,
        outbox: Arc::default(),
        faults: Faults::default(),
    };
    processor.decide(payment, PaymentOutcome::Completed).await.unwrap();
    // A second decision changes nothing.
    processor.decide(payment, PaymentOutcome::Rejected).await.unwrap();
    db.close().await;
    let site = Site::on(place).await;
    site.settles(&order, "confirmed").await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decided_payment_is_heard_of_after_a_restart_on_sqlite() {
    a_decided_payment_is_heard_of_after_a_restart(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decided_payment_is_heard_of_after_a_restart_on_postgres() {
    a_decided_payment_is_heard_of_after_a_restart(Place::postgres().await).await;
}
