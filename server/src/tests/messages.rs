//! Any message may come twice, late, or before another: what was right stays right. Properties of the process
//! manager and of every decider, over whatever they may be told.

use std::time::Duration;

use plenary_shared::registration::{Person, SeatQuantity};
use plenary_shared::{ConferenceId, Currency, Money, OrderId, PaymentId, SeatTypeId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::payments::payment;
use crate::personal::Personal;
use crate::registration::order::{self, HolderId, OrderedSeat};
use crate::registration::process::{self, Input, Output, Process};
use crate::registration::seat_assignments as assignments;
use crate::registration::seats_availability as availability;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
const ORDERS: [OrderId; 2] = [OrderId(Uuid::from_u128(2)), OrderId(Uuid::from_u128(3))];
const PAYMENTS: [PaymentId; 2] = [PaymentId(Uuid::from_u128(4)), PaymentId(Uuid::from_u128(5))];
const CONFERENCE: ConferenceId = ConferenceId(Uuid::from_u128(6));

const fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

const fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_millis(minutes * 60_000)
}

fn seats(quantity: i64) -> Vec<SeatQuantity> {
    vec![SeatQuantity { seat_type_id: GENERAL, quantity }]
}

fn any_payment() -> impl Strategy<Value = PaymentId> {
    prop::sample::select(&PAYMENTS[..])
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    prop::sample::select(vec![1, 14, 15, 16, 28, 29, 30, 39, 40]).prop_map(minute)
}

fn placed() -> Input {
    Input::OrderPlaced {
        order_id: ORDERS[0],
        conference_id: CONFERENCE,
        seats: seats(3),
        release_at: minute(29),
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(placed()),
        (1..5_i64).prop_map(|count| Input::SeatsChanged { seats: seats(count) }),
        (0..5_i64).prop_map(|count| Input::SeatsReserved { details: seats(count) }),
        any_payment().prop_map(|payment_id| Input::PaymentStarted { payment_id }),
        any_payment().prop_map(|payment_id| Input::PaymentRejected { payment_id }),
        any_payment().prop_map(|payment_id| Input::PaymentCompleted { payment_id, amount: usd(500) }),
        any_payment().prop_map(|payment_id| Input::PaymentRefunded { payment_id }),
        any_payment().prop_map(|payment_id| Input::OrderNeedsAttention { payment_id }),
        any_payment().prop_map(|payment_id| Input::QuotaOverridden { payment_id, amount: usd(500) }),
        Just(Input::OrderConfirmed),
        Just(Input::OrderCancelled),
        Just(Input::OrderExpired),
        any_instant().prop_map(|release_at| Input::ExpirationExtended { release_at }),
        (0..3_i64, any_instant()).prop_map(|(token, now)| Input::TimedOut { token, now }),
    ]
}

/// Whatever comes once an order was placed.
fn any_inputs() -> impl Strategy<Value = Vec<Input>> {
    prop::collection::vec(any_input(), 0..30).prop_map(|rest| [vec![placed()], rest].concat())
}

fn told(inputs: &[Input]) -> (Process, Vec<Output>) {
    inputs.iter().fold((Process::default(), vec![]), |(process, mut sent), input| {
        let (process, outputs) = process::react(process, input);
        sent.extend(outputs);
        (process, sent)
    })
}

fn any_command_of_an_order() -> impl Strategy<Value = order::Command> {
    use order::Command as C;
    let ordered = |quantity| {
        vec![OrderedSeat { seat_type_id: GENERAL, name: "Seat".into(), quantity, unit_price: usd(100) }]
    };
    let person = |name: String| {
        Personal::new(Person { first_name: name, last_name: "L".into(), email: "a@l.org".into() })
    };
    prop_oneof![
        3 => (1..4_i64).prop_map(move |count| C::Place {
            conference_id: CONFERENCE,
            seats: ordered(count),
            promo_codes: vec![],
            currency: Currency::USD,
            expires_at: minute(15),
            release_at: minute(29),
            access_code: "ABC123".into(),
            holder: None,
        }),
        1 => "[ab]".prop_map(|name| C::AddHolder { holder: HolderId(name) }),
        2 => (1..4_i64, any_instant())
            .prop_map(move |(count, now)| C::ChangeSeats { seats: ordered(count), promo_codes: vec![], now }),
        4 => (0..4_i64).prop_map(|count| C::MarkSeatsAsReserved { reserved: seats(count) }),
        2 => ("[ab]", any_instant()).prop_map(move |(name, now)| {
            C::AssignRegistrant { registrant: person(name), language: None, now }
        }),
        3 => (any_payment(), any_instant()).prop_map(|(payment_id, now)| C::StartPayment { payment_id, now }),
        1 => any_payment().prop_map(|payment_id| C::RejectPayment { payment_id }),
        1 => any_instant().prop_map(|now| C::ConfirmFree { now }),
        // A processor takes one amount with one payment, however often it says so.
        3 => (0..2_usize, 0..4_i64).prop_map(|(nth, held)| {
            let amount = usd([300, 200][nth]);
            C::CompletePayment { payment_id: PAYMENTS[nth], amount, held: seats(held) }
        }),
        1 => any_instant().prop_map(|now| C::ExtendExpiration { now, by: Duration::from_mins(10) }),
        1 => Just(C::Cancel),
        1 => Just(C::Expire),
        1 => Just(C::OverrideQuota { payment_id: None, missing: seats(1) }),
        1 => any_payment().prop_map(|payment_id| C::Refund { payment_id: Some(payment_id) }),
        1 => any_payment().prop_map(|payment_id| C::RecordRefund { payment_id }),
    ]
}

fn any_command_of_availability() -> impl Strategy<Value = availability::Command> {
    use availability::Command as C;
    let any_order = || prop::sample::select(&ORDERS[..]);
    prop_oneof![
        2 => (0..6_i64, 1..6_i64).prop_map(|(quota, quota_version)| {
            C::SetSeatQuota { seat_type_id: GENERAL, quota, quota_version }
        }),
        3 => (any_order(), 1..4_i64)
            .prop_map(|(reservation_id, count)| {
                C::MakeSeatReservation { reservation_id, seats: seats(count), kept: vec![] }
            }),
        1 => any_order().prop_map(|reservation_id| C::CommitSeatReservation { reservation_id }),
        1 => any_order().prop_map(|reservation_id| C::CancelSeatReservation { reservation_id }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_a_process_is_told_twice_in_a_row_it_does_once(inputs in any_inputs()) {
        let mut process = Process::default();
        for input in &inputs {
            process = process::react(process, input).0;
            let (again, sent) = process::react(process.clone(), input);
            prop_assert_eq!(&again, &process, "{:?}", input);
            prop_assert_eq!(sent, vec![], "{:?}", input);
        }
    }

    #[test]
    fn whatever_comes_when_money_is_passed_on_once(inputs in any_inputs()) {
        let (_, sent) = told(&inputs);
        for payment in PAYMENTS {
            let completed = |it: &&Input| matches!(it, Input::PaymentCompleted { payment_id, .. } if *payment_id == payment);
            let helped = |it: &&Input| matches!(it, Input::QuotaOverridden { payment_id, .. } if *payment_id == payment);
            let passed = |it: &&Output| matches!(it, Output::CompletePayment { payment_id, .. } if *payment_id == payment);
            let (came, help) = (inputs.iter().filter(completed).count(), inputs.iter().filter(helped).count());
            let passed_on = sent.iter().filter(passed).count();
            prop_assert!(passed_on >= usize::from(came > 0), "{:?} was dropped", payment);
            prop_assert!(passed_on <= usize::from(came > 0) + help, "{:?} was passed on {} times", payment, passed_on);
        }
    }

    #[test]
    fn whatever_comes_late_a_confirmed_order_keeps_its_seats(inputs in any_inputs(), late in any_inputs()) {
        let (process, _) = told(&[inputs, vec![Input::OrderConfirmed]].concat());
        prop_assert_eq!(process.status(), "confirmed");
        prop_assert_eq!(process.due_at(), None);
        let mut process = process;
        for input in &late {
            let (next, sent) = process::react(process, input);
            prop_assert_eq!(next.status(), "confirmed", "{:?}", input);
            let harmful = sent.iter().find(|it| {
                !matches!(it, Output::CompletePayment { .. } | Output::RecordPaymentRefunded { .. })
            });
            prop_assert_eq!(harmful, None, "{:?}", input);
            process = next;
        }
    }

    #[test]
    fn what_is_no_timer_of_now_never_expires_an_order(inputs in any_inputs()) {
        let mut process = Process::default();
        for input in &inputs {
            let due = process.due_at();
            let (next, sent) = process::react(process, input);
            if sent.contains(&Output::ExpireOrder) {
                let Input::TimedOut { token, now } = *input else { panic!("{input:?} expired an order") };
                let (due_at, valid) = due.expect("a timer was set");
                prop_assert!(due_at <= now && valid == token);
            }
            process = next;
        }
    }

    #[test]
    fn whatever_an_order_is_told_twice_it_does_once(commands in prop::collection::vec(any_command_of_an_order(), 1..25)) {
        let mut order = order::Order::default();
        for command in commands {
            let Ok(events) = order::decide(&order, command.clone()) else { continue };
            order = events.iter().fold(order, order::evolve);
            let again = order::decide(&order, command.clone()).unwrap_or_default();
            prop_assert_eq!(again, vec![], "{:?}", command);
        }
    }

    #[test]
    fn a_confirmed_order_changes_its_seats_for_nobody(commands in prop::collection::vec(any_command_of_an_order(), 1..25)) {
        let mut order = order::Order::default();
        let mut confirmed = None;
        for command in commands {
            let events = order::decide(&order, command).unwrap_or_default();
            order = events.iter().fold(order, order::evolve);
            let is_confirmed = matches!(order, order::Order::Confirmed { .. });
            let requested = order.terms().map(order::Terms::requested);
            match &confirmed {
                None if is_confirmed => confirmed = Some(requested),
                None => {}
                Some(seats) => {
                    prop_assert!(is_confirmed);
                    prop_assert_eq!(&requested, seats);
                }
            }
        }
    }

    #[test]
    fn whatever_availability_is_told_twice_it_does_once(
        commands in prop::collection::vec(any_command_of_availability(), 1..25),
    ) {
        let mut state = availability::SeatsAvailability::default();
        for command in commands {
            let Ok(events) = availability::decide(&state, command.clone()) else { continue };
            state = events.iter().fold(state, availability::evolve);
            let again = availability::decide(&state, command.clone()).unwrap_or_default();
            prop_assert_eq!(again, vec![], "{:?}", command);
            prop_assert_eq!(state.check(), Ok(()));
        }
    }

    #[test]
    fn in_whatever_order_quotas_come_the_newest_counts(
        mut versions in prop::collection::vec((0..9_i64, 1..9_i64), 1..12),
    ) {
        // One version has one quota, however often it comes.
        versions.sort_by_key(|(_, version)| *version);
        versions.dedup_by_key(|(_, version)| *version);
        let newest = versions.last().map(|(quota, _)| *quota);
        let twice: Vec<_> = versions.iter().rev().chain(&versions).chain(&versions).copied().collect();
        let mut state = availability::SeatsAvailability::default();
        for (quota, quota_version) in twice {
            let set = availability::Command::SetSeatQuota { seat_type_id: GENERAL, quota, quota_version };
            let events = availability::decide(&state, set).unwrap();
            state = events.iter().fold(state, availability::evolve);
        }
        prop_assert_eq!(state.quota(GENERAL), newest);
        prop_assert_eq!(state.remaining(GENERAL), newest);
    }

    #[test]
    fn whatever_is_said_twice_of_a_payment_counts_once(
        said in prop::collection::vec((0..3_u8, 1..3_i64), 1..12),
    ) {
        let initiate = payment::Command::Initiate {
            payment_id: PAYMENTS[0],
            order_id: ORDERS[0],
            conference_id: CONFERENCE,
            description: "Registration".into(),
            total: usd(100),
        };
        let mut state = payment::Payment::default();
        let mut completions = 0;
        for command in std::iter::once(initiate).chain(said.into_iter().map(|(what, amount)| match what {
            0 => payment::Command::Complete { amount: usd(amount) },
            1 => payment::Command::Reject,
            _ => payment::Command::Refund,
        })) {
            let events = payment::decide(&state, command.clone()).unwrap_or_default();
            completions += events.iter().filter(|it| it.name() == "PaymentCompleted").count();
            state = events.iter().fold(state, payment::evolve);
            let again = payment::decide(&state, command).unwrap_or_default();
            prop_assert_eq!(again, vec![]);
        }
        prop_assert!(completions <= 1);
    }

    #[test]
    fn whoever_is_seated_twice_sits_once(
        said in prop::collection::vec((0..4_i64, prop::option::of("[abc]")), 1..20),
    ) {
        use assignments::{AssignableSeat, Command, SeatAssignments};
        let seat = AssignableSeat { seat_type_id: GENERAL, seat_type_name: "Seat".into(), quantity: 3 };
        let create = Command::Create { order_id: ORDERS[0], seats: vec![seat] };
        let mut state = SeatAssignments::default();
        let seated = said.into_iter().map(|(position, name)| match name {
            None => Command::UnassignSeat { position },
            Some(name) => {
                let email = format!("{name}@example.org");
                let attendee = Person { first_name: name, last_name: "L".into(), email };
                Command::AssignSeat { position, attendee: Personal::new(attendee) }
            }
        });
        for command in std::iter::once(create).chain(seated) {
            let events = assignments::decide(&state, command.clone()).unwrap_or_default();
            state = events.iter().fold(state, assignments::evolve);
            prop_assert_eq!(assignments::decide(&state, command).unwrap_or_default(), vec![]);
            prop_assert_eq!(state.seats().len(), 3);
        }
    }
}
