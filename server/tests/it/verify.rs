//! `plenary verify` names what somebody has tampered with.

use plenary_server::{startup, verify};
use serde_json::json;

use crate::site::{Place, Site, sabotage};

/// A database with orders in every situation, and everything in it agrees.
async fn history(place: Place) -> Place {
    let site = Site::on(place).await;
    let fair = site.organizer("verified", &[(1_000, 10), (0, 10)]).await;
    let paid = site.order(&fair, &[(0, 2)]).await;
    site.pay(&paid).await;
    let free = site.order(&fair, &[(1, 1)]).await;
    site.register(&free).await;
    site.call("POST", free.at("/confirmation")).cookie(&free.cookie).await.expect(200);
    let code = json!({ "code": "EARLY", "discount": { "kind": "percentage", "percent": 10 }, "max_uses": 1 });
    site.post(fair.at("/promo-codes"), code).cookie(&fair.session).await.expect(201);
    let discounted = json!({ "seats": fair.choose(&[(0, 1)]), "promo_codes": ["early"] });
    site.post("/api/conferences/verified/orders", discounted).await.expect(201);
    let given_back = site.order(&fair, &[(0, 1)]).await;
    site.delete(given_back.at("")).cookie(&given_back.cookie).await.expect(200);
    let open = site.order(&fair, &[(0, 3)]).await;
    site.start_payment(&open).await;
    site.stop().await
}

/// Corrupts a copy of a database and gives what is said of it.
async fn said_of(original: &Place, corruption: &str) -> String {
    let copy = original.copy().await;
    let db = copy.open().await;
    assert!(sabotage(&db, corruption).await > 0, "nothing is changed by: {corruption}");
    let verdict = verify::verify(&db, &startup::codec()).await.unwrap();
    db.close().await;
    assert!(!verdict.violations.is_empty(), "nobody notices: {corruption}");
    verdict.to_string()
}

async fn every_corruption_is_named(place: Place) {
    let original = history(place).await;
    let in_the_middle = "delete from events where event_type = 'OrderRegistrantAssigned'";
    let other_version = "update events set version = version + 100 where event_type = 'OrderCancelled'";
    let oversold = "update events set payload = replace(payload, '\"change\":-3', '\"change\":-300')
         where event_type = 'SeatsReserved'";
    let unknown_payment =
        "update events set payload = replace(payload, '\"payment_id\":\"0', '\"payment_id\":\"1')
         where event_type = 'OrderConfirmed'";
    let other_view = "update order_views set body = replace(body, '\"version\":', '\"version\":9')
         where status = 'confirmed'";
    let other_status = "update order_views set status = 'expired' where status = 'confirmed'";
    let other_search = "update order_views set search = 'nobody' where status = 'confirmed'";
    let no_timer = "update processes set due_at = null where due_at is not null";
    let other_head = "update log_heads set position = position + 1 where position > 0";
    let no_attention = "insert into attention_views (order_id, payment_id, conference_id, body)
         select order_id, order_id, conference_id, '{}' from order_views";
    let lost_keys = "delete from personal_keys where value is not null";
    let other_keys = "update personal_keys set value = (select other.value from personal_keys other
         where other.subject_id <> personal_keys.subject_id order by other.subject_id limit 1)";
    let other_user = "update events set payload = replace(payload, '\"order_id\":\"0', '\"order_id\":\"1')
         where event_type = 'PromoCodesUsed'";
    let lower_limit = "update events set payload = replace(payload, '\"max_uses\":1', '\"max_uses\":0')
         where event_type = 'PromoCodeCreated'";
    let other_rule = "update events set payload = replace(payload, '\"percent\":10', '\"percent\":11')
         where event_type = 'OrderPlaced'";
    let other_code = "update promo_codes set code = 'LATE'";
    for (corruption, said) in [
        (lost_keys, "cannot be opened: the key of "),
        (other_keys, "does not open it"),
        (in_the_middle, "has a hole: position"),
        (other_version, "has version 10"),
        (oversold, "the books do not balance at"),
        (oversold, "is oversold at"),
        (unknown_payment, "knows nothing of it"),
        (unknown_payment, "is confirmed and was never charged"),
        (other_view, "order "),
        (other_status, "order "),
        (other_search, "order "),
        (no_timer, "is open and will never expire"),
        (other_head, "its log ends at"),
        (no_attention, "attention"),
        (other_user, "counts as using other promotional codes than it has"),
        (other_user, "uses promotional codes and was never placed"),
        (lower_limit, "is used beyond its limit at"),
        (other_rule, "is priced by other rules than its own at"),
        (other_code, "is not what was announced"),
    ] {
        let verdict = said_of(&original, corruption).await;
        assert!(verdict.starts_with("FAILED: "), "{verdict}");
        assert!(verdict.contains(said), "`{said}` is not in: {verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_corruption_is_named_on_sqlite() {
    every_corruption_is_named(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_corruption_is_named_on_postgres() {
    every_corruption_is_named(Place::postgres().await).await;
}

async fn an_event_of_a_later_program_stops_whoever_reads(place: Place) {
    let original = history(place).await;
    let db = original.open().await;
    let newer = "update events set schema_version = 99 where event_type = 'SeatQuotaSet'";
    assert!(sabotage(&db, newer).await > 0);
    db.close().await;
    let said = "cannot be read: SeatQuotaSet in version 99, of a stream of type seats_availability: \
                this program knows versions 1 to 1";
    let site = Site::on(original).await;
    let verdict = verify::verify(&site.db, &startup::codec()).await.unwrap();
    assert!(verdict.violations.iter().any(|it| it.contains(said)), "{verdict}");
    // Nothing is decided on half of a history.
    let conference = site.get("/api/conferences/verified").await.expect(200);
    let seats = json!([{ "seat_type_id": conference["seat_types"][0]["id"], "quantity": 1 }]);
    let order = site.post("/api/conferences/verified/orders", json!({ "seats": seats })).await;
    order.refused(503, "unavailable");
    site.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_a_later_program_stops_whoever_reads_on_sqlite() {
    an_event_of_a_later_program_stops_whoever_reads(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_a_later_program_stops_whoever_reads_on_postgres() {
    an_event_of_a_later_program_stops_whoever_reads(Place::postgres().await).await;
}
