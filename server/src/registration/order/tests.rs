use plenary_shared::registration::OrderStatus;
use uuid::Uuid;

use super::*;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(2));
const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(3));
const OTHER_PAYMENT: PaymentId = PaymentId(Uuid::from_u128(4));
const NOW: Timestamp = minute(1);
const EXPIRES: Timestamp = minute(15);
const TIME_IS_UP: Timestamp = minute(16);
const RELEASE: Timestamp = minute(29);
const TOO_LATE: Timestamp = minute(30);
const TEN_MINUTES: Duration = Duration::from_mins(10);
/// Of five seats.
const PRICE: Money = usd(500);

const fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_millis(minutes * 60_000)
}

const fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

fn ordered(seat_type_id: SeatTypeId, quantity: i64, amount: i64) -> OrderedSeat {
    OrderedSeat { seat_type_id, name: "Seat".into(), quantity, unit_price: usd(amount) }
}

fn seats(quantity: i64) -> Vec<SeatQuantity> {
    vec![SeatQuantity { seat_type_id: GENERAL, quantity }]
}

fn holder(name: &str) -> HolderId {
    HolderId(name.into())
}

fn ada() -> Personal<Person> {
    Personal::new(Person {
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        email: "ada@example.org".into(),
    })
}

fn place_at(amount: i64) -> Command {
    Command::Place {
        conference_id: ConferenceId(Uuid::from_u128(5)),
        seats: vec![ordered(GENERAL, 5, amount)],
        promo_codes: vec![],
        currency: Currency::USD,
        expires_at: EXPIRES,
        release_at: RELEASE,
        access_code: "ABC123".into(),
        holder: Some(holder("first")),
    }
}

fn place() -> Command {
    place_at(100)
}

fn mark(quantity: i64) -> Command {
    Command::MarkSeatsAsReserved { reserved: seats(quantity) }
}

fn assign(now: Timestamp) -> Command {
    Command::AssignRegistrant { registrant: ada(), language: Some(Locale::De), now }
}

fn erase() -> Command {
    Command::ErasePersonalData { now: NOW, by: ErasedBy::Organizer }
}

fn start(now: Timestamp) -> Command {
    Command::StartPayment { payment_id: PAYMENT, now }
}

fn complete(payment_id: PaymentId, amount: Money, held: i64) -> Command {
    Command::CompletePayment { payment_id, amount, held: seats(held) }
}

fn change(quantity: i64, now: Timestamp) -> Command {
    Command::ChangeSeats { seats: vec![ordered(GENERAL, quantity, 999)], promo_codes: vec![], now }
}

fn extend(now: Timestamp) -> Command {
    Command::ExtendExpiration { now, by: TEN_MINUTES }
}

/// The order after `commands`, none of which it may refuse.
fn after(commands: impl IntoIterator<Item = Command>) -> Order {
    commands
        .into_iter()
        .fold(Order::default(), |order, command| decide(&order, command).unwrap().iter().fold(order, evolve))
}

fn placed() -> Order {
    after([place()])
}

fn partially_reserved() -> Order {
    after([place(), mark(3)])
}

fn reserved() -> Order {
    after([place(), mark(5), assign(NOW)])
}

fn free() -> Order {
    after([place_at(0), mark(5), assign(NOW)])
}

fn payment_pending() -> Order {
    after([place(), mark(5), assign(NOW), start(NOW)])
}

fn confirmed() -> Order {
    after([place(), mark(5), assign(NOW), start(NOW), complete(PAYMENT, PRICE, 5)])
}

fn expired() -> Order {
    after([place(), mark(5), assign(NOW), start(NOW), Command::Expire])
}

fn cancelled() -> Order {
    after([place(), mark(5), assign(NOW), start(NOW), Command::Cancel])
}

fn needs_attention() -> Order {
    after([place(), mark(5), assign(NOW), start(NOW), Command::Expire, complete(PAYMENT, PRICE, 4)])
}

fn refunded() -> Order {
    let refund = Command::Refund { payment_id: None };
    after([place(), mark(5), assign(NOW), start(NOW), Command::Expire, complete(PAYMENT, PRICE, 4), refund])
}

fn override_quota(payment_id: Option<PaymentId>) -> Command {
    Command::OverrideQuota { payment_id, missing: seats(1) }
}

fn names(order: &Order, command: Command) -> Result<Vec<&'static str>, Refusal> {
    decide(order, command).map(|events| events.iter().map(Event::name).collect())
}

fn needing(payment_id: PaymentId, reason: AttentionReason, amount: Money) -> Vec<Event> {
    vec![Event::OrderNeedsAttention { payment_id, reason, amount }]
}

fn every_command() -> [(&'static str, Command); 17] {
    let need = Command::NeedAttention {
        payment_id: OTHER_PAYMENT,
        reason: AttentionReason::WrongAmount,
        amount: usd(1),
    };
    [
        ("Place", place()),
        ("AddHolder", Command::AddHolder { holder: holder("second") }),
        ("ChangeSeats", change(2, NOW)),
        ("MarkSeatsAsReserved", mark(4)),
        ("AssignRegistrant", assign(NOW)),
        ("StartPayment", start(NOW)),
        ("RejectPayment", Command::RejectPayment { payment_id: PAYMENT }),
        ("ConfirmFree", Command::ConfirmFree { now: NOW }),
        ("CompletePayment", complete(OTHER_PAYMENT, PRICE, 5)),
        ("ExtendExpiration", extend(NOW)),
        ("Cancel", Command::Cancel),
        ("Expire", Command::Expire),
        ("NeedAttention", need),
        ("Refund", Command::Refund { payment_id: None }),
        ("OverrideQuota", override_quota(None)),
        ("RecordRefund", Command::RecordRefund { payment_id: PAYMENT }),
        ("ErasePersonalData", erase()),
    ]
}

fn answer(order: &Order, command: Command) -> String {
    match names(order, command) {
        Ok(events) if events.is_empty() => "nothing".into(),
        Ok(events) => events.join(" + "),
        Err(refusal) => {
            let debug = format!("{refusal:?}");
            format!("refused: {}", debug.split(' ').next().unwrap_or_default())
        }
    }
}

#[test]
fn every_command_has_an_answer_in_every_situation() {
    let situations = [
        ("not placed", Order::NotPlaced),
        ("placed", placed()),
        ("partially reserved", partially_reserved()),
        ("reserved", reserved()),
        ("payment pending", payment_pending()),
        ("confirmed", confirmed()),
        ("expired", expired()),
        ("cancelled", cancelled()),
        ("needs attention", needs_attention()),
        ("refunded", refunded()),
    ];
    let mut table = vec![];
    for (name, order) in situations {
        table.push(name.to_owned());
        let answers = every_command().map(|(name, command)| format!("  {name}: {}", answer(&order, command)));
        table.extend(answers);
    }
    crate::testing::assert_committed("src/registration/order/table.txt", &table);
}

#[test]
fn a_placed_order_is_priced_at_once_and_not_yet_free() {
    let events = decide(&Order::NotPlaced, place_at(0)).unwrap();
    let line = OrderLine {
        seat_type_id: GENERAL,
        quantity: 5,
        unit_price: usd(0),
        line_total: usd(0),
        discount: usd(0),
    };
    let totals =
        Event::OrderTotalsCalculated { lines: vec![line], discounts: vec![], total: usd(0), free: false };
    assert_eq!(events[1], totals);
}

#[test]
fn wrong_seats_are_refused_by_name() {
    let euros = OrderedSeat { unit_price: Money::new(1, Currency::EUR), ..ordered(WORKSHOP, 1, 1) };
    let cases = [
        (vec![], Refusal::NothingChosen),
        (vec![ordered(GENERAL, 0, 1)], Refusal::QuantityOutOfRange { index: 0, seat_type_id: GENERAL }),
        (vec![ordered(GENERAL, 21, 1)], Refusal::QuantityOutOfRange { index: 0, seat_type_id: GENERAL }),
        (
            vec![ordered(GENERAL, 1, 1), ordered(GENERAL, 1, 1)],
            Refusal::DuplicateSeatType { index: 1, seat_type_id: GENERAL },
        ),
        (
            vec![ordered(GENERAL, 1, 1), euros],
            Refusal::WrongCurrency { index: 1, seat_type_id: WORKSHOP, expected: Currency::USD },
        ),
    ];
    for (seats, refusal) in cases {
        assert_eq!(
            decide(&reserved(), Command::ChangeSeats { seats, promo_codes: vec![], now: NOW }),
            Err(refusal)
        );
    }
}

#[test]
fn everything_reserved_completes_the_reservation() {
    let events = decide(&placed(), mark(5));
    assert_eq!(events, Ok(vec![Event::OrderReservationCompleted { reserved: seats(5) }]));
}

#[test]
fn a_partial_order_costs_what_is_reserved() {
    let order = partially_reserved();
    assert_eq!((order.status(), order.terms().unwrap().total), (OrderStatus::PartiallyReserved, usd(300)));
}

#[test]
fn an_order_that_holds_nothing_exists_and_is_not_free() {
    let order = after([place(), Command::MarkSeatsAsReserved { reserved: vec![] }, assign(NOW)]);
    let terms = order.terms().unwrap();
    assert_eq!((order.status(), terms.total, terms.free), (OrderStatus::PartiallyReserved, usd(0), false));
    let refusal = Refusal::PaymentRequired { total: PRICE };
    assert_eq!(decide(&order, Command::ConfirmFree { now: NOW }), Err(refusal));
}

#[test]
fn a_free_order_is_free_once_everything_is_held() {
    assert_eq!(
        names(&after([place_at(0)]), mark(5)),
        Ok(vec!["OrderReservationCompleted", "OrderTotalsCalculated"])
    );
    assert!(free().terms().unwrap().free);
}

#[test]
fn a_free_order_is_confirmed_without_a_payment() {
    let confirmed = Event::OrderConfirmed { payment_id: None, seats: seats(5), total: usd(0), late: false };
    assert_eq!(decide(&free(), Command::ConfirmFree { now: NOW }), Ok(vec![confirmed]));
    assert_eq!(decide(&free(), start(NOW)), Err(Refusal::FreeOfCharge));
}

#[test]
fn a_free_order_that_holds_less_than_it_asks_for_cannot_be_confirmed() {
    for held in [0, 4] {
        let order = after([place_at(0), mark(held), assign(NOW)]);
        assert_eq!(decide(&order, Command::ConfirmFree { now: NOW }), Err(Refusal::ReservationIncomplete));
    }
}

#[test]
fn without_a_registrant_nothing_is_paid_or_confirmed() {
    let order = after([place(), mark(5)]);
    assert_eq!(decide(&order, start(NOW)), Err(Refusal::RegistrantMissing));
    let order = after([place_at(0), mark(5)]);
    assert_eq!(decide(&order, Command::ConfirmFree { now: NOW }), Err(Refusal::RegistrantMissing));
}

#[test]
fn between_expiry_and_release_nothing_new_is_begun() {
    let refused = Err(Refusal::TimeIsUp);
    assert_eq!(decide(&reserved(), start(TIME_IS_UP)), refused);
    assert_eq!(decide(&reserved(), change(2, TIME_IS_UP)), refused);
    assert_eq!(decide(&free(), Command::ConfirmFree { now: TIME_IS_UP }), refused);
    assert_eq!(decide(&partially_reserved(), start(TIME_IS_UP)), refused);
}

#[test]
fn between_expiry_and_release_a_started_payment_may_finish() {
    assert_eq!(decide(&payment_pending(), start(TIME_IS_UP)), Ok(vec![]));
    assert_eq!(names(&payment_pending(), complete(PAYMENT, PRICE, 5)), Ok(vec!["OrderConfirmed"]));
}

#[test]
fn until_release_the_registrant_can_be_named() {
    assert_eq!(names(&placed(), assign(TIME_IS_UP)), Ok(vec!["OrderRegistrantAssigned"]));
    assert_eq!(decide(&placed(), assign(TOO_LATE)), Err(Refusal::Expired));
}

#[test]
fn the_instants_themselves_are_still_in_time() {
    assert_eq!(names(&reserved(), start(EXPIRES)), Ok(vec!["OrderPaymentStarted"]));
    assert_eq!(names(&reserved(), extend(RELEASE)), Ok(vec!["OrderExpirationExtended"]));
}

#[test]
fn more_time_counts_from_expiry_or_from_now_if_that_is_later() {
    for (now, expires_at, release_at) in [(NOW, minute(25), minute(39)), (minute(20), minute(30), minute(44))]
    {
        let extended = Event::OrderExpirationExtended { expires_at, release_at };
        assert_eq!(decide(&reserved(), extend(now)), Ok(vec![extended]));
    }
}

#[test]
fn more_time_is_given_once_and_not_after_release() {
    let order = after([place(), extend(NOW)]);
    assert_eq!(decide(&order, extend(NOW)), Err(Refusal::AlreadyExtended));
    assert_eq!(decide(&placed(), extend(TOO_LATE)), Err(Refusal::Expired));
}

#[test]
fn kept_lines_keep_their_name_and_price() {
    let added = OrderedSeat { name: "New".into(), ..ordered(WORKSHOP, 1, 70) };
    let renamed = OrderedSeat { name: "Renamed".into(), ..ordered(GENERAL, 2, 999) };
    let seats = vec![renamed, added.clone()];
    let command = Command::ChangeSeats { seats, promo_codes: vec![], now: NOW };
    let events = decide(&reserved(), command).unwrap();
    let seats = vec![ordered(GENERAL, 2, 100), added];
    assert_eq!(events[0], Event::OrderSeatsChanged { seats, promo_codes: vec![] });
    assert!(
        matches!(&events[1], Event::OrderTotalsCalculated { total, free: false, .. } if *total == usd(270))
    );
}

#[test]
fn asking_for_the_same_seats_again_is_worth_it_while_some_are_missing() {
    assert_eq!(decide(&reserved(), change(5, NOW)), Ok(vec![]));
    assert_eq!(decide(&placed(), change(5, NOW)), Ok(vec![]));
    assert_eq!(
        names(&partially_reserved(), change(5, NOW)),
        Ok(vec!["OrderSeatsChanged", "OrderTotalsCalculated"])
    );
}

#[test]
fn a_change_of_seats_waits_for_its_own_answer() {
    let order = after([place(), mark(5), change(3, NOW)]);
    assert_eq!((order.status(), order.terms().unwrap().requested()), (OrderStatus::Pending, seats(3)));
    let goes_on = after([place(), mark(3), change(3, NOW), mark(3)]);
    assert_eq!((goes_on.status(), goes_on.terms().unwrap().total), (OrderStatus::Reserved, usd(300)));
}

#[test]
fn the_seats_first_placed_are_remembered() {
    let order = after([place(), mark(5), change(2, NOW), mark(2)]);
    assert_eq!(order.first_placed(), seats(5));
}

#[test]
fn one_payment_is_open_at_a_time() {
    let again = Command::StartPayment { payment_id: OTHER_PAYMENT, now: NOW };
    assert_eq!(decide(&payment_pending(), again), Ok(vec![]));
    assert_eq!(payment_pending().open_payment(), Some(PAYMENT));
}

#[test]
fn a_rejected_payment_leaves_the_seats_held() {
    let order =
        after([place(), mark(5), assign(NOW), start(NOW), Command::RejectPayment { payment_id: PAYMENT }]);
    assert_eq!((order.status(), order.open_payment()), (OrderStatus::Reserved, None));
}

#[test]
fn only_the_open_payment_can_be_rejected() {
    let other = Command::RejectPayment { payment_id: OTHER_PAYMENT };
    assert_eq!(decide(&payment_pending(), other), Ok(vec![]));
}

#[test]
fn a_completed_payment_confirms_the_order() {
    let event =
        Event::OrderConfirmed { payment_id: Some(PAYMENT), seats: seats(5), total: PRICE, late: false };
    assert_eq!(decide(&payment_pending(), complete(PAYMENT, PRICE, 5)), Ok(vec![event]));
}

#[test]
fn a_payment_completed_after_its_rejection_confirms_the_order() {
    assert_eq!(names(&reserved(), complete(PAYMENT, PRICE, 5)), Ok(vec!["OrderConfirmed"]));
}

#[test]
fn a_late_payment_confirms_the_order_if_its_seats_are_had_again() {
    for order in [expired(), cancelled(), needs_attention()] {
        let event =
            Event::OrderConfirmed { payment_id: Some(PAYMENT), seats: seats(5), total: PRICE, late: true };
        assert_eq!(decide(&order, complete(PAYMENT, PRICE, 5)), Ok(vec![event]));
    }
}

#[test]
fn a_late_payment_needs_attention_if_its_seats_are_gone() {
    for order in [expired(), cancelled()] {
        for held in [0, 4] {
            let events = decide(&order, complete(PAYMENT, PRICE, held));
            assert_eq!(events, Ok(needing(PAYMENT, AttentionReason::LateAndSoldOut, PRICE)));
        }
    }
}

#[test]
fn a_wrong_amount_never_confirms_an_order() {
    for order in [reserved(), payment_pending(), expired(), cancelled(), needs_attention()] {
        for amount in [usd(499), usd(501), Money::new(500, Currency::EUR)] {
            let events = decide(&order, complete(PAYMENT, amount, 5));
            assert_eq!(events, Ok(needing(PAYMENT, AttentionReason::WrongAmount, amount)));
        }
    }
}

#[test]
fn a_second_charge_is_listed_and_the_order_stays_confirmed() {
    let events = decide(&confirmed(), complete(OTHER_PAYMENT, PRICE, 0)).unwrap();
    let order = events.iter().fold(confirmed(), evolve);
    assert_eq!((order.status(), order.terms().unwrap().attention.len()), (OrderStatus::Confirmed, 1));
    assert_eq!(events, needing(OTHER_PAYMENT, AttentionReason::SecondCharge, PRICE));
}

#[test]
fn a_free_order_that_was_confirmed_and_then_charged_needs_attention() {
    let order = after([place_at(0), mark(5), assign(NOW), Command::ConfirmFree { now: NOW }]);
    let events = decide(&order, complete(PAYMENT, PRICE, 0));
    assert_eq!(events, Ok(needing(PAYMENT, AttentionReason::SecondCharge, PRICE)));
}

#[test]
fn the_same_payment_completed_twice_changes_nothing() {
    assert_eq!(decide(&confirmed(), complete(PAYMENT, PRICE, 0)), Ok(vec![]));
    assert_eq!(decide(&needs_attention(), complete(PAYMENT, PRICE, 0)), Ok(vec![]));
}

#[test]
fn what_was_charged_too_late_can_be_given_back() {
    let decided = Event::OrderRefundDecided { payment_id: PAYMENT, amount: PRICE };
    assert_eq!(decide(&needs_attention(), Command::Refund { payment_id: None }), Ok(vec![decided]));
    assert_eq!(refunded().status(), OrderStatus::Refunded);
    let back = decide(&refunded(), Command::RecordRefund { payment_id: PAYMENT }).unwrap();
    assert_eq!(back, [Event::OrderPaymentRefunded { payment_id: PAYMENT, amount: PRICE }]);
    let order = back.iter().fold(refunded(), evolve);
    assert_eq!(order.status(), OrderStatus::Refunded);
    assert_eq!(decide(&order, Command::RecordRefund { payment_id: PAYMENT }), Ok(vec![]));
}

#[test]
fn a_charge_is_decided_about_once() {
    let again = [Command::Refund { payment_id: None }, override_quota(Some(PAYMENT))];
    for command in again {
        let refusal = Refusal::AlreadyDecided(Resolution::RefundDecided);
        assert_eq!(decide(&refunded(), command), Err(refusal));
    }
    let helped = after_override();
    let refund = Command::Refund { payment_id: None };
    assert_eq!(decide(&helped, refund), Err(Refusal::AlreadyDecided(Resolution::QuotaOverridden)));
    let unknown = Command::Refund { payment_id: Some(OTHER_PAYMENT) };
    assert_eq!(decide(&needs_attention(), unknown), Err(Refusal::NothingToDecide));
    assert_eq!(decide(&confirmed(), Command::Refund { payment_id: None }), Err(Refusal::NothingToDecide));
}

fn after_override() -> Order {
    let overridden = decide(&needs_attention(), override_quota(None)).unwrap();
    let order = overridden.iter().fold(needs_attention(), evolve);
    decide(&order, complete(PAYMENT, PRICE, 5)).unwrap().iter().fold(order, evolve)
}

#[test]
fn an_order_that_was_helped_to_its_seats_is_confirmed() {
    assert_eq!(after_override().status(), OrderStatus::Confirmed);
}

#[test]
fn an_order_that_could_not_be_helped_waits_for_a_decision_again() {
    let overridden = decide(&needs_attention(), override_quota(None)).unwrap();
    let order = overridden.iter().fold(needs_attention(), evolve);
    let events = decide(&order, complete(PAYMENT, PRICE, 4));
    assert_eq!(events, Ok(needing(PAYMENT, AttentionReason::LateAndSoldOut, PRICE)));
}

#[test]
fn more_seats_help_neither_a_wrong_amount_nor_a_second_charge() {
    let wrong = after([place(), mark(5), assign(NOW), start(NOW), complete(PAYMENT, usd(1), 5)]);
    let charged_twice =
        decide(&confirmed(), complete(OTHER_PAYMENT, PRICE, 0)).unwrap().iter().fold(confirmed(), evolve);
    for order in [wrong, charged_twice] {
        assert_eq!(decide(&order, override_quota(None)), Err(Refusal::OverrideImpossible));
    }
}

#[test]
fn a_confirmed_order_stays_confirmed_when_its_second_charge_is_given_back() {
    let order = after([
        place(),
        mark(5),
        assign(NOW),
        start(NOW),
        complete(PAYMENT, PRICE, 5),
        complete(OTHER_PAYMENT, PRICE, 0),
        Command::Refund { payment_id: Some(OTHER_PAYMENT) },
        Command::RecordRefund { payment_id: OTHER_PAYMENT },
    ]);
    assert_eq!(order.status(), OrderStatus::Confirmed);
}

#[test]
fn an_order_is_refunded_when_no_charge_of_it_waits_any_more() {
    let charged_twice = [complete(PAYMENT, PRICE, 4), complete(OTHER_PAYMENT, usd(1), 4)];
    let ended = [place(), mark(5), assign(NOW), start(NOW), Command::Expire];
    let mut order = after(ended.into_iter().chain(charged_twice));
    for status in [OrderStatus::NeedsAttention, OrderStatus::Refunded] {
        let events = decide(&order, Command::Refund { payment_id: None }).unwrap();
        order = events.iter().fold(order, evolve);
        assert_eq!(order.status(), status);
    }
}

#[test]
fn a_charge_that_is_listed_for_two_reasons_is_settled_by_one_decision() {
    let ended = [place(), mark(5), assign(NOW), start(NOW), Command::Expire];
    let listed_twice = [complete(PAYMENT, usd(1), 5), complete(PAYMENT, PRICE, 4)];
    let refund = Command::Refund { payment_id: Some(PAYMENT) };
    let order = after(ended.into_iter().chain(listed_twice).chain([refund.clone()]));
    assert_eq!(order.status(), OrderStatus::Refunded);
    assert_eq!(decide(&order, refund), Err(Refusal::AlreadyDecided(Resolution::RefundDecided)));
}

#[test]
fn money_that_goes_back_confirms_nothing() {
    assert_eq!(decide(&refunded(), complete(PAYMENT, PRICE, 5)), Ok(vec![]));
}

#[test]
fn another_payment_of_a_refunded_order_counts() {
    assert_eq!(names(&refunded(), complete(OTHER_PAYMENT, PRICE, 5)), Ok(vec!["OrderConfirmed"]));
    assert_eq!(names(&refunded(), complete(OTHER_PAYMENT, PRICE, 4)), Ok(vec!["OrderNeedsAttention"]));
}

#[test]
fn what_is_already_so_gives_no_events() {
    let cases = [
        (placed(), place()),
        (placed(), Command::AddHolder { holder: holder("first") }),
        (reserved(), mark(5)),
        (partially_reserved(), mark(3)),
        (reserved(), assign(NOW)),
        (expired(), Command::Expire),
        (cancelled(), Command::Cancel),
    ];
    for (order, command) in cases {
        assert_eq!(decide(&order, command), Ok(vec![]));
    }
}

#[test]
fn an_order_that_ends_says_what_it_held() {
    let order = partially_reserved();
    assert_eq!(decide(&order, Command::Expire), Ok(vec![Event::OrderExpired { held: seats(3) }]));
    assert_eq!(decide(&order, Command::Cancel), Ok(vec![Event::OrderCancelled { held: seats(3) }]));
}

mod codes;

#[test]
fn what_was_erased_is_gone_for_ever_and_everything_else_is_as_it_was() {
    for order in [reserved(), payment_pending(), confirmed(), expired(), needs_attention()] {
        let erased = decide(&order, erase()).unwrap().iter().fold(order.clone(), evolve);
        let (before, after) = (order.terms().unwrap(), erased.terms().unwrap());
        let expected = Terms { registrant: None, erased_at: Some(NOW), ..before.clone() };
        assert_eq!((erased.status(), after), (order.status(), &expected));
        assert_eq!(decide(&erased, erase()), Ok(vec![]));
    }
    let erased = after([place(), mark(5), assign(NOW), erase()]);
    assert_eq!(decide(&erased, assign(NOW)), Err(Refusal::PersonalDataErased));
}

#[test]
fn a_replay_without_keys_ends_where_the_order_ended() {
    let events =
        [place(), mark(5), assign(NOW), erase()].into_iter().fold(Vec::new(), |mut events, command| {
            let order = events.iter().fold(Order::default(), evolve);
            events.extend(decide(&order, command).unwrap());
            events
        });
    let unreadable = events.iter().map(|event| match event {
        Event::OrderRegistrantAssigned { language, .. } => {
            Event::OrderRegistrantAssigned { registrant: Personal::Erased, language: *language }
        }
        other => other.clone(),
    });
    let replayed = unreadable.fold(Order::default(), |order, event| evolve(order, &event));
    assert_eq!(replayed, events.iter().fold(Order::default(), evolve));
}

#[test]
fn a_refusal_is_a_sentence() {
    let refusal = Refusal::PaymentRequired { total: PRICE };
    assert_eq!(refusal.to_string(), "This order costs 5.00 USD and must be paid to be confirmed.");
}

#[test]
fn a_snapshot_reads_back_as_it_was() {
    for order in [Order::NotPlaced, payment_pending(), confirmed(), needs_attention()] {
        let json = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&json).unwrap(), order);
    }
}

#[test]
fn a_recorded_event_has_its_full_name() {
    let event = Event::OrderExpired { held: vec![] };
    assert_eq!(event.name(), "OrderExpired");
    assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"OrderExpired":{"held":[]}}"#);
}
