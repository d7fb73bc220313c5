//! `plenary verify` names what somebody has tampered with.

use plenary_server::{startup, verify};
use serde_json::json;

use crate::site::{Fair, Place, Site, sabotage};

/// A database with orders in every situation, and everything in it agrees.
async fn history(place: Place) -> Place {
    let site = Site::on(place).await;
    let (fair, _) = site.populate("verified").await;
    let code = json!({ "code": "EARLY", "discount": { "kind": "percentage", "percent": 10 }, "max_uses": 1 });
    site.post(fair.at("/promo-codes"), code).cookie(&fair.session).await.expect(201);
    let discounted = json!({ "seats": fair.choose(&[(0, 1)]), "promo_codes": ["early"] });
    site.post("/api/conferences/verified/orders", discounted).await.expect(201);
    refunded(&site, &fair).await;
    erased(&site, &fair).await;
    site.stop().await
}

/// Somebody is charged too little, and given it back.
async fn refunded(site: &Site, fair: &Fair) {
    let order = site.order(fair, &[(0, 1)]).await;
    let payment = site.start_payment(&order).await;
    let charge = json!({
        "event_id": "wrong", "payment_id": payment, "outcome": "completed", "amount": 700, "currency": "USD",
        "occurred_at": "2026-03-01T09:00:00.000Z",
    });
    site.callback(&charge).await.expect(200);
    let path = fair.at(&format!("/attention/{}", order.id));
    site.post(path, json!({ "resolution": "refund" })).cookie(&fair.session).await.expect(200);
    site.eventually(&format!("/api/payments/{payment}"), &order.cookie, |it| it["status"] == "refunded")
        .await;
    site.settles(&order, "refunded").await;
}

/// Somebody who is named in an order is erased, and so is an order that names nobody.
async fn erased(site: &Site, fair: &Fair) {
    let named = site.order(fair, &[(1, 1)]).await;
    site.register(&named).await;
    let nameless = site.order(fair, &[(1, 1)]).await;
    for order in [&named, &nameless] {
        let path = fair.at(&format!("/orders/{}/personal-data", order.id));
        site.delete(path).cookie(&fair.session).await.expect(200);
    }
}

/// Corrupts a copy of a database and gives what is said of it.
async fn said_of(original: &Place, corruption: &str) -> String {
    let copy = original.copy().await;
    let db = copy.open().await;
    if sabotage(&db, corruption).await == 0 {
        return format!("nothing is changed by: {corruption}");
    }
    let verdict = verify::verify(&db, &startup::codec()).await.unwrap();
    db.close().await;
    assert_eq!(verdict.to_string().starts_with("FAILED: "), !verdict.violations.is_empty());
    verdict.violations.join("; ")
}

/// Replaces the events of these types by one that says nothing of seats.
macro_rules! hushed {
    ($which:literal) => {
        concat!(
            "update events set event_type = 'OrderHolderAdded', schema_version = 1, payload = '{\"OrderHolderAdded\":{\"holder\":\"x\"}}' where event_type ",
            $which
        )
    };
}

/// What was done to the log, and what is said of it.
const OF_THE_LOG: [(&str, &str); 25] = [
    ("delete from event_forms where event_type = 'OrderPlaced'", "is not noted: OrderPlaced in version"),
    ("delete from personal_keys where value is not null", "cannot be opened: the key of "),
    (
        "update personal_keys set value = (select other.value from personal_keys other
         where other.subject_id <> personal_keys.subject_id and other.value is not null
         order by other.subject_id limit 1) where value is not null",
        "does not open it",
    ),
    ("delete from events where event_type = 'OrderRegistrantAssigned'", "has a hole: position"),
    ("update events set schema_version = 99 where event_type = 'OrderCancelled'", "cannot be read: OrderCancelled in version 99"),
    ("update events set version = version + 100 where event_type = 'OrderCancelled'", "has version 10"),
    ("update events set recorded_at = recorded_at - 1 where event_type = 'OrderCancelled'", "time runs backwards at"),
    (
        "update events set conference_id = event_id where event_type = 'OrderCancelled'",
        "belongs to more than one conference",
    ),
    ("update log_heads set position = position + 1 where position > 0", "its log ends at"),
    ("delete from log_heads where position = 0", "has no head"),
    (
        "update events set payload = replace(payload, '\"change\":-3', '\"change\":-300') where event_type = 'SeatsReserved'",
        "the books do not balance at",
    ),
    (
        "update events set payload = replace(payload, '\"change\":-3', '\"change\":-300') where event_type = 'SeatsReserved'",
        "is oversold at",
    ),
    (
        "update events set payload = replace(payload, '\"quantity\":2', '\"quantity\":1') where event_type = 'SeatsReservationCommitted'",
        "are committed and",
    ),
    (
        "update events set payload = replace(payload, '\"seat_type_id\":\"0', '\"seat_type_id\":\"1') where event_type = 'OrderPlaced'",
        "was sold and never offered",
    ),
    (
        "update events set payload = replace(payload, '\"quantity\":3', '\"quantity\":2') where event_type = 'OrderReservationCompleted'",
        "holds other seats than it says",
    ),
    (
        "update events set payload = replace(payload, '\"total\":{\"amount\":2', '\"total\":{\"amount\":-2') where event_type = 'OrderTotalsCalculated'",
        "costs less than nothing",
    ),
    (
        "update events set payload = replace(payload, '\"conference_id\":\"0', '\"conference_id\":\"1') where event_type = 'OrderPlaced'",
        "is for another conference than it lies in",
    ),
    (
        "update events set version = 1 + (select max(other.version) from events other where other.stream_id =
            (select paid.stream_id from events paid where paid.event_type = 'OrderConfirmed' order by 1 limit 1)),
            stream_id = (select paid.stream_id from events paid where paid.event_type = 'OrderConfirmed' order by 1 limit 1)
         where event_type = 'OrderCancelled'",
        "was confirmed and became cancelled at",
    ),
    (hushed!("in ('OrderReservationCompleted', 'OrderPaymentStarted')"), "was never decided"),
    (hushed!("= 'OrderPlaced'"), "has events and was never placed"),
    (
        "update events set stream_id = event_id where event_type = 'SeatAssignmentsCreated'",
        "which was never placed",
    ),
    (
        "update events set payload = replace(payload, '\"seat_type_name\":\"', '\"seat_type_name\":\"X') where event_type = 'SeatAssignmentsCreated'",
        "assignments view",
    ),
    (
        "update events set stream_id = event_id where event_type = 'SeatAssignmentsCreated'",
        "others to assign",
    ),
    (
        "update events set event_type = 'SeatCheckedIn', payload = (select door.payload from events door
            where door.event_type = 'SeatCheckedIn' order by door.shard, door.position limit 1)
         where event_type = 'SeatCheckInUndone'",
        "was checked in twice",
    ),
    (
        "update events set payload = replace(payload, '\"position\":0', '\"position\":7') where event_type = 'SeatCheckedIn'",
        "was checked in and does not exist",
    ),
];

const OF_PROCESSES: [(&str, &str); 7] = [
    ("update processes set due_at = null where due_at is not null", "is open and will never expire"),
    (
        "update processes set state = replace(state, '\"AwaitingPayment\"', '\"AwaitingExpiry\"') where due_at is not null",
        "has no timer: it will never end",
    ),
    (
        "update processes set state = replace(state, '\"AwaitingPayment\"', '\"AwaitingReservation\"') where due_at is not null",
        "differs from its replay",
    ),
    ("update processes set state = replace(state, 'MakeSeatReservation', 'ExpireOrder')", "differs from its replay"),
    ("update processes set token = token + 1 where due_at is not null", "is to be woken at another time than it wants"),
    ("delete from processes where due_at is not null", "has no process"),
    (
        "insert into processes (shard, process_id, conference_id, version, state, due_at, token)
         select shard, conference_id, conference_id, version, state, null, 0 from processes where due_at is not null
         order by process_id limit 1",
        "has no order",
    ),
];

const OF_MONEY: [(&str, &str); 14] = [
    (
        "update events set payload = replace(payload, '\"payment_id\":\"0', '\"payment_id\":\"1') where event_type = 'OrderConfirmed'",
        "knows nothing of it",
    ),
    (
        "update events set payload = replace(payload, '\"payment_id\":\"0', '\"payment_id\":\"1') where event_type = 'OrderConfirmed'",
        "is confirmed and was never charged",
    ),
    (
        "update events set payload = replace(payload, '\"amount\":2000', '\"amount\":1999') where event_type = 'PaymentCompleted'",
        "costs something else than payment",
    ),
    ("update payments set version = version + 1", "differs from its events"),
    ("update payments set state = replace(state, '\"Initiated\"', '\"Rejected\"')", "differs from its events"),
    ("delete from payments where status = 'initiated'", "has events and no row"),
    (
        "insert into payments (payment_id, order_id, conference_id, status, state, version)
         select order_id, order_id, conference_id, status, state, version from payments",
        "has a row and no events",
    ),
    ("update payment_inbox set state = 'waiting'", "was received and is not handled"),
    (
        "update payment_inbox set body = replace(body, '\"payment_id\":\"0', '\"payment_id\":\"1')",
        "was handled for an unknown payment",
    ),
    ("update processor_ledger set amount = amount + 1", "the processor took something else for payment"),
    (
        "insert into processor_ledger (payment_id, event_id, outcome, amount, currency, occurred_at)
         select payment_id, payment_id, 'completed', 3000, 'USD', 0 from payments where status = 'initiated'",
        "and nobody was told",
    ),
    ("update processor_ledger set payment_id = event_id", "which does not exist"),
    (
        "update events set event_type = 'PaymentRefunded', payload = replace(payload, 'PaymentCompleted', 'PaymentRefunded')
         where event_type = 'PaymentCompleted'",
        "and the processor has it still",
    ),
    (
        "insert into processor_refunds (payment_id, amount, currency, refunded_at)
         select payment_id, 1, 'USD', 0 from payments where status = 'initiated'",
        "which it never took",
    ),
];

const OF_REFUNDS: [(&str, &str); 9] = [
    ("delete from processor_refunds", "was to be given back, and that is neither done nor on its way"),
    ("update processor_refunds set amount = amount + 1", "another amount was given back than was decided"),
    ("update processor_refunds set currency = 'EUR'", "another amount was given back than was decided"),
    (
        "insert into processor_refunds (payment_id, amount, currency, refunded_at)
         select payment_id, amount, currency, 0 from processor_ledger",
        "was given back, and nobody has decided that",
    ),
    (
        "update outbox set state = 'waiting', payload = replace(payload, '\"amount\":700', '\"amount\":7000')
         where kind = 'payment_refund'",
        "another amount is on its way back than was decided",
    ),
    (
        "update outbox set state = 'parked', payload = replace(payload, '\"payment_id\":\"0', '\"payment_id\":\"1')
         where kind = 'payment_refund'",
        "is on its way back, and nobody has decided that",
    ),
    (
        "update events set payload = replace(payload, '\"amount\":700', '\"amount\":699') where event_type = 'OrderRefundDecided'",
        "is to be given back than it took",
    ),
    (
        "update events set payload = replace(payload, '\"amount\":700', '\"amount\":699') where event_type = 'PaymentRefunded'",
        "another amount is said to be back than was decided",
    ),
    (
        "update events set payload = replace(payload, '\"payment_id\":\"0', '\"payment_id\":\"1') where event_type = 'OrderRefundDecided'",
        "is said to be back, and nobody has decided that",
    ),
];

/// Keys of the names and addresses of others, of whoever was erased, and of nobody any more.
const OF_KEYS: [(&str, &str); 5] = [
    ("delete from personal_keys", "cannot be opened: the key of "),
    (
        "delete from personal_keys where value is null and subject_id not in
            (select named.stream_id from events named where named.event_type = 'OrderRegistrantAssigned')",
        "was erased, and nothing says that its key is gone",
    ),
    (
        "update personal_keys set value = null, erased_at = 0 where value is not null",
        "was deleted, and nobody has erased it",
    ),
    (
        "update personal_keys set erased_at = null, value = (select other.value from personal_keys other
         where other.value is not null order by other.subject_id limit 1) where value is null",
        "does not open it",
    ),
    (
        "update personal_keys set erased_at = null, value = (select other.value from personal_keys other
         where other.value is not null order by other.subject_id limit 1)
         where value is null and subject_id not in
            (select named.stream_id from events named where named.event_type = 'OrderRegistrantAssigned')",
        "was erased, and its key is there still",
    ),
];

const OF_ROWS: [(&str, &str); 15] = [
    ("update conferences set name = 'Another'", "the row of conference"),
    ("update conferences set published = not published", "the row of conference"),
    ("update seat_types set quota = quota + 1", "differ from what was announced"),
    ("delete from seat_types where price = 0", "differ from what was announced"),
    ("delete from conferences", "has events and no row"),
    ("delete from conferences", "which does not exist"),
    ("update commands set concerns = command_id", "which does not exist"),
    ("update commands set status = 409", "was recorded as 409"),
    ("delete from directory where kind = 'order'", "cannot be looked up"),
    ("delete from directory where kind = 'slug'", "cannot be looked up"),
    (
        "update directory set conference_id = (select order_id from payments order by 1 limit 1) where kind = 'payment'",
        "is looked up in another conference",
    ),
    (
        "update order_views set body = replace(body, '\"version\":', '\"version\":9') where status = 'confirmed'",
        "the order view",
    ),
    ("update order_views set status = 'expired' where status = 'confirmed'", "the order view"),
    ("update order_views set search = 'nobody' where status = 'confirmed'", "the order view"),
    (
        "insert into attention_views (order_id, payment_id, conference_id, body)
         select order_id, order_id, conference_id, '{}' from order_views",
        "attention",
    ),
];

const OF_PROMOTIONAL_CODES: [(&str, &str); 6] = [
    (
        "update events set payload = replace(payload, '\"order_id\":\"0', '\"order_id\":\"1') where event_type = 'PromoCodesUsed'",
        "counts as using other promotional codes than it has",
    ),
    (
        "update events set payload = replace(payload, '\"order_id\":\"0', '\"order_id\":\"1') where event_type = 'PromoCodesUsed'",
        "uses promotional codes and was never placed",
    ),
    (
        "update events set payload = replace(payload, '\"max_uses\":1', '\"max_uses\":0') where event_type = 'PromoCodeCreated'",
        "is used beyond its limit at",
    ),
    (
        "update events set payload = replace(payload, '\"percent\":10', '\"percent\":11') where event_type = 'OrderPlaced'",
        "is priced by other rules than its own at",
    ),
    ("update promo_codes set code = 'LATE'", "is not what was announced"),
    ("delete from promo_codes", "has no row"),
];

async fn every_corruption_is_named(place: Place) {
    let original = history(place).await;
    let all = OF_THE_LOG.into_iter().chain(OF_PROCESSES).chain(OF_MONEY).chain(OF_ROWS);
    let mut unsaid = Vec::new();
    for (corruption, said) in all.chain(OF_PROMOTIONAL_CODES).chain(OF_REFUNDS).chain(OF_KEYS) {
        let violations = said_of(&original, corruption).await;
        if !violations.contains(said) {
            unsaid.push(format!("`{said}` is not in what is said of {corruption}: {violations:.700}"));
        }
    }
    assert!(unsaid.is_empty(), "{}", unsaid.join("\n"));
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
    let site = Site::on(original).await;
    let newer = "update events set schema_version = 99 where event_type = 'SeatQuotaSet'";
    assert!(sabotage(&site.db, newer).await > 0);
    let said = "cannot be read: SeatQuotaSet in version 99, of a stream of type seats_availability: \
                this program knows versions 1 to 1";
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
