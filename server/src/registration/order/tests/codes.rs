//! Orders with promotional codes.

use plenary_shared::PromoCodeId;
use plenary_shared::promo_codes::{Combines, DiscountRule};
use proptest::prelude::*;

use super::*;

/// A code for everything.
fn percent(name: &str, percent: i64) -> AppliedCode {
    AppliedCode {
        promo_code_id: PromoCodeId(Uuid::from_u128(7)),
        code: name.into(),
        description: "For friends".into(),
        discount: DiscountRule::Percentage { percent },
        seat_type_ids: None,
        combines: Combines::All,
    }
}

fn place_with(codes: Vec<AppliedCode>) -> Command {
    match place() {
        Command::Place {
            conference_id,
            seats,
            currency,
            expires_at,
            release_at,
            access_code,
            holder,
            ..
        } => Command::Place {
            conference_id,
            seats,
            promo_codes: codes,
            currency,
            expires_at,
            release_at,
            access_code,
            holder,
        },
        other => other,
    }
}

fn change_to(quantity: i64, codes: Vec<AppliedCode>) -> Command {
    Command::ChangeSeats { seats: vec![ordered(GENERAL, quantity, 999)], promo_codes: codes, now: NOW }
}

fn total(order: &Order) -> Money {
    order.terms().unwrap().total
}

#[test]
fn what_an_order_costs_is_less_what_its_codes_take_off() {
    let order = after([place_with(vec![percent("TENTH", 10)]), mark(5), assign(NOW)]);
    let terms = order.terms().unwrap();
    assert_eq!((terms.total, terms.due(), terms.lines[0].discount), (usd(450), usd(450), usd(50)));
    let discount = Discount { code: "TENTH".into(), description: "For friends".into(), amount: usd(50) };
    assert_eq!(terms.discounts, [discount]);
    let started = Event::OrderPaymentStarted { payment_id: PAYMENT, total: usd(450) };
    assert_eq!(decide(&order, start(NOW)), Ok(vec![started]));
}

#[test]
fn a_partial_order_costs_what_is_reserved_less_the_discount_on_it() {
    let order = after([place_with(vec![percent("TENTH", 10)]), mark(3)]);
    assert_eq!((total(&order), order.terms().unwrap().due()), (usd(270), usd(450)));
}

#[test]
fn a_code_for_everything_makes_an_order_free_once_everything_is_held() {
    let all = || place_with(vec![percent("SPEAKER", 100)]);
    let order = after([all(), mark(5), assign(NOW)]);
    assert!(order.terms().unwrap().free);
    assert_eq!(names(&order, Command::ConfirmFree { now: NOW }), Ok(vec!["OrderConfirmed"]));
    assert_eq!(decide(&order, start(NOW)), Err(Refusal::FreeOfCharge));

    let partial = after([all(), mark(3), assign(NOW)]);
    assert!(!partial.terms().unwrap().free);
    assert_eq!(decide(&partial, Command::ConfirmFree { now: NOW }), Err(Refusal::ReservationIncomplete));
}

#[test]
fn a_payment_of_the_list_price_is_a_wrong_amount() {
    let order = after([place_with(vec![percent("TENTH", 10)]), mark(5), assign(NOW), start(NOW)]);
    let events = decide(&order, complete(PAYMENT, PRICE, 5));
    assert_eq!(events, Ok(needing(PAYMENT, AttentionReason::WrongAmount, PRICE)));
    assert_eq!(names(&order, complete(PAYMENT, usd(450), 5)), Ok(vec!["OrderConfirmed"]));
}

#[test]
fn other_codes_for_seats_that_are_held_only_change_the_price() {
    let order = after([place(), mark(5)]);
    let change = change_to(5, vec![percent("TENTH", 10)]);
    assert_eq!(names(&order, change.clone()), Ok(vec!["OrderPromoCodesChanged", "OrderTotalsCalculated"]));
    let cheaper = decide(&order, change.clone()).unwrap().iter().fold(order, evolve);
    assert_eq!((cheaper.status(), total(&cheaper)), (OrderStatus::Reserved, usd(450)));
    assert_eq!(decide(&cheaper, change), Ok(vec![]));
    let dearer = decide(&cheaper, change_to(5, vec![])).unwrap().iter().fold(cheaper, evolve);
    assert_eq!((dearer.status(), total(&dearer)), (OrderStatus::Reserved, usd(500)));
}

#[test]
fn codes_that_make_everything_free_or_not_free_any_more_say_so() {
    let free = after([place(), mark(5), change_to(5, vec![percent("SPEAKER", 100)])]);
    assert!(free.terms().unwrap().free);
    let charged = decide(&free, change_to(5, vec![])).unwrap().iter().fold(free, evolve);
    assert!(!charged.terms().unwrap().free);
}

#[test]
fn other_seats_and_other_codes_are_one_change() {
    let events = decide(&reserved(), change_to(2, vec![percent("TENTH", 10)])).unwrap();
    let seats = vec![ordered(GENERAL, 2, 100)];
    assert_eq!(events[0], Event::OrderSeatsChanged { seats, promo_codes: vec![percent("TENTH", 10)] });
    assert!(matches!(&events[1], Event::OrderTotalsCalculated { total, .. } if *total == usd(180)));
}

#[test]
fn other_codes_ask_again_while_seats_are_missing() {
    let order = after([place(), mark(3)]);
    let change = change_to(5, vec![percent("TENTH", 10)]);
    assert_eq!(names(&order, change), Ok(vec!["OrderSeatsChanged", "OrderTotalsCalculated"]));
}

#[test]
fn codes_cannot_change_while_a_payment_is_open_or_once_the_order_is_confirmed() {
    let change = || change_to(5, vec![percent("TENTH", 10)]);
    let open = Err(Refusal::PaymentOpen { payment_id: PAYMENT });
    assert_eq!(decide(&payment_pending(), change()), open);
    assert_eq!(decide(&confirmed(), change()), Err(Refusal::Confirmed));
}

#[test]
fn codes_count_as_used_while_the_order_may_have_its_seats() {
    let with = |rest: Vec<Command>| {
        let codes = place_with(vec![percent("TENTH", 10)]);
        after([codes, mark(5), assign(NOW)].into_iter().chain(rest)).promo_codes_in_use().len()
    };
    let late = || vec![Command::Expire, complete(PAYMENT, usd(450), 5)];
    let sold_out = || vec![Command::Expire, complete(PAYMENT, usd(450), 4)];
    for (commands, in_use) in [
        (vec![], 1),
        (vec![start(NOW)], 1),
        (vec![start(NOW), complete(PAYMENT, usd(450), 5)], 1),
        (vec![Command::Expire], 0),
        (vec![Command::Cancel], 0),
        (sold_out(), 0),
        (late(), 1),
    ] {
        assert_eq!(with(commands.clone()), in_use, "{commands:?}");
    }
}

#[test]
fn the_codes_first_asked_for_are_remembered() {
    let order = after([place_with(vec![percent("TENTH", 10)]), mark(5), change_to(5, vec![])]);
    assert_eq!(order.first_promo_codes(), ["TENTH"]);
}

proptest! {
    #[test]
    fn what_is_reserved_costs_what_was_quoted_once_all_of_it_is_held(
        hundredths in 1..=100_i64, first in 0..=5_i64, unit in 0..=5_000_000_i64,
    ) {
        let codes = vec![percent("SOME", hundredths)];
        let seats = vec![ordered(GENERAL, 5, unit)];
        let quoted = price(&seats, &codes, Currency::USD);
        let place = match place_with(codes) {
            Command::Place {
                conference_id, promo_codes, currency, expires_at, release_at, access_code, holder, ..
            } => Command::Place {
                conference_id, seats, promo_codes, currency, expires_at, release_at, access_code, holder,
            },
            other => other,
        };
        let partial = after([place, mark(first)]);
        let partial_total = total(&partial).amount;
        prop_assert!((0..=quoted.total.amount).contains(&partial_total));
        let whole = decide(&partial, mark(5)).unwrap().iter().fold(partial, evolve);
        prop_assert_eq!(whole.terms().unwrap().totals(), quoted);
    }
}
