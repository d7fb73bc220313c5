//! Order, availability and process together, driven by whatever may happen to them.

use std::collections::VecDeque;
use std::time::Duration;

use plenary_shared::registration::{OrderStatus, Person};
use proptest::prelude::*;

use super::*;
use crate::personal::Personal;
use crate::registration::{order, seats_availability as availability};

const ORDER: OrderId = OrderId(Uuid::from_u128(4));
const STRANGER: OrderId = OrderId(Uuid::from_u128(6));
const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(3));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(7));

/// What the world does to an order.
#[derive(Debug, Clone)]
enum Happening {
    MinutesPass(u64),
    QuotaSet { quota: i64 },
    StrangerAsks { general: i64 },
    StrangerLeaves,
    Place { general: i64, workshop: i64, price: i64 },
    ChangeSeats { general: i64, workshop: i64 },
    AssignRegistrant,
    StartPayment,
    RejectPayment { nth: usize },
    CompletePayment { nth: usize, wrong_by: i64 },
    ConfirmFree,
    Extend,
    Cancel,
    Refund { nth: usize },
    OverrideQuota { nth: usize },
    RefundArrives { nth: usize },
    TimerGoesOff,
    InputComesAgain { nth: usize },
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        2 => (1..20_u64).prop_map(Happening::MinutesPass),
        1 => (0..8_i64).prop_map(|quota| Happening::QuotaSet { quota }),
        2 => (0..6_i64).prop_map(|general| Happening::StrangerAsks { general }),
        1 => Just(Happening::StrangerLeaves),
        3 => (0..6_i64, 0..3_i64, prop_oneof![Just(0_i64), Just(100)])
            .prop_map(|(general, workshop, price)| Happening::Place { general, workshop, price }),
        2 => (0..6_i64, 0..3_i64)
            .prop_map(|(general, workshop)| Happening::ChangeSeats { general, workshop }),
        3 => Just(Happening::AssignRegistrant),
        4 => Just(Happening::StartPayment),
        2 => (0..4_usize).prop_map(|nth| Happening::RejectPayment { nth }),
        4 => (0..4_usize, prop_oneof![9 => Just(0_i64), 1 => Just(1)])
            .prop_map(|(nth, wrong_by)| Happening::CompletePayment { nth, wrong_by }),
        2 => Just(Happening::ConfirmFree),
        1 => Just(Happening::Extend),
        1 => Just(Happening::Cancel),
        2 => (0..4_usize).prop_map(|nth| Happening::Refund { nth }),
        2 => (0..4_usize).prop_map(|nth| Happening::OverrideQuota { nth }),
        1 => (0..4_usize).prop_map(|nth| Happening::RefundArrives { nth }),
        4 => Just(Happening::TimerGoesOff),
        2 => (0..40_usize).prop_map(|nth| Happening::InputComesAgain { nth }),
    ]
}

/// A small unit of work: runs what the process decides until nothing is left to do.
#[derive(Debug, Default)]
struct World {
    minutes: u64,
    quota_version: i64,
    price: i64,
    process: Process,
    order: order::Order,
    availability: availability::SeatsAvailability,
    /// Started payments and what they are for.
    payments: Vec<(PaymentId, Money)>,
    charged: Vec<PaymentId>,
    committed: Vec<SeatQuantity>,
    /// By how much quotas were raised that the process has not adopted yet.
    offered: Vec<SeatQuantity>,
    seen: Vec<Input>,
    waiting: VecDeque<Input>,
}

impl World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0) + Duration::from_mins(self.minutes)
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::MinutesPass(minutes) => self.minutes += minutes,
            Happening::QuotaSet { quota } => self.set_quota(quota),
            Happening::StrangerAsks { general } => {
                let seats = vec![SeatQuantity { seat_type_id: GENERAL, quantity: general }];
                self.seats(availability::Command::MakeSeatReservation {
                    reservation_id: STRANGER,
                    seats,
                    kept: vec![],
                });
            }
            Happening::StrangerLeaves => {
                self.seats(availability::Command::CancelSeatReservation { reservation_id: STRANGER });
            }
            Happening::TimerGoesOff => {
                if let Some((due, token)) = self.process.due_at() {
                    self.minutes = self.minutes.max(due.since(Timestamp::from_millis(0)).as_secs() / 60);
                    self.tell(Input::TimedOut { token, now: self.now() });
                }
            }
            Happening::RejectPayment { nth } => {
                if let Some(&(payment_id, _)) = self.payments.get(nth) {
                    self.tell(Input::PaymentRejected { payment_id });
                }
            }
            Happening::CompletePayment { nth, wrong_by } => self.charge(nth, wrong_by),
            Happening::Refund { nth } => {
                self.decide_about(nth, |payment_id| order::Command::Refund { payment_id });
            }
            Happening::OverrideQuota { nth } => {
                let wanted = self.order.terms().map(order::Terms::requested).unwrap_or_default();
                let missing = self.availability.missing(ORDER, &wanted, &[]);
                self.decide_about(nth, |payment_id| order::Command::OverrideQuota { payment_id, missing });
            }
            Happening::RefundArrives { nth } => {
                if let Some(&(payment_id, _)) = self.payments.get(nth) {
                    self.tell(Input::PaymentRefunded { payment_id });
                }
            }
            Happening::InputComesAgain { nth } => {
                if let Some(input) = self.seen.get(nth) {
                    self.tell(input.clone());
                }
            }
            by_registrant => self.registrant(&by_registrant),
        }
    }

    fn decide_about(&mut self, nth: usize, decision: impl FnOnce(Option<PaymentId>) -> order::Command) {
        let payment_id = self.payments.get(nth).map(|(payment_id, _)| *payment_id);
        self.order(decision(payment_id));
        self.settle();
    }

    /// Management raises its quotas; nothing counts before the process adopts them.
    fn adopt_quotas(&mut self) {
        self.quota_version += 1;
        for SeatQuantity { seat_type_id, quantity } in std::mem::take(&mut self.offered) {
            let quota = self.availability.quota(seat_type_id).unwrap_or(0) + quantity;
            let quota_version = self.quota_version;
            self.seats(availability::Command::SetSeatQuota { seat_type_id, quota, quota_version });
        }
    }

    fn set_quota(&mut self, quota: i64) {
        self.quota_version += 1;
        for seat_type_id in [GENERAL, WORKSHOP] {
            let quota_version = self.quota_version;
            self.seats(availability::Command::SetSeatQuota { seat_type_id, quota, quota_version });
        }
    }

    fn charge(&mut self, nth: usize, wrong_by: i64) {
        let Some(&(payment_id, total)) = self.payments.get(nth) else { return };
        if !self.charged.contains(&payment_id) {
            self.charged.push(payment_id);
            let amount = Money { amount: total.amount + wrong_by, ..total };
            self.tell(Input::PaymentCompleted { payment_id, amount });
        }
    }

    fn registrant(&mut self, happening: &Happening) {
        let now = self.now();
        let command = match *happening {
            Happening::Place { general, workshop, price } => {
                self.price = if self.process == Process::NotStarted { price } else { self.price };
                order::Command::Place {
                    conference_id: ConferenceId(Uuid::from_u128(5)),
                    seats: self.ordered(general, workshop),
                    promo_codes: vec![],
                    currency: Currency::USD,
                    expires_at: now + Duration::from_mins(15),
                    release_at: now + Duration::from_mins(29),
                    access_code: "ABC123".into(),
                    holder: None,
                }
            }
            Happening::ChangeSeats { general, workshop } => {
                let seats = self.ordered(general, workshop);
                order::Command::ChangeSeats { seats, promo_codes: vec![], now }
            }
            Happening::AssignRegistrant => {
                let (first_name, last_name, email) = ("A".into(), "L".into(), "a@l.org".into());
                let registrant = Personal::new(Person { first_name, last_name, email });
                order::Command::AssignRegistrant { registrant, language: None, now }
            }
            Happening::StartPayment => {
                let payment_id = PaymentId(Uuid::from_u128(100 + self.payments.len() as u128));
                order::Command::StartPayment { payment_id, now }
            }
            Happening::ConfirmFree => order::Command::ConfirmFree { now },
            Happening::Extend => order::Command::ExtendExpiration { now, by: Duration::from_mins(10) },
            _ => order::Command::Cancel,
        };
        self.order(command);
        self.settle();
    }

    fn ordered(&self, general: i64, workshop: i64) -> Vec<order::OrderedSeat> {
        [(GENERAL, general), (WORKSHOP, workshop)]
            .into_iter()
            .filter(|(_, quantity)| *quantity > 0)
            .map(|(seat_type_id, quantity)| order::OrderedSeat {
                seat_type_id,
                name: "Seat".into(),
                quantity,
                unit_price: Money::new(self.price, Currency::USD),
            })
            .collect()
    }

    fn tell(&mut self, input: Input) {
        self.waiting.push_back(input);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(input) = self.waiting.pop_front() {
            let (process, outputs) = react(std::mem::take(&mut self.process), &input);
            self.process = process;
            self.seen.push(input);
            for output in outputs {
                self.carry_out(output);
            }
        }
    }

    fn holds(&self) -> Vec<SeatQuantity> {
        self.availability.holds(ORDER).unwrap_or_default().to_vec()
    }

    fn carry_out(&mut self, output: Output) {
        let reservation_id = ORDER;
        match output {
            Output::MakeSeatReservation { seats } => {
                self.seats(availability::Command::MakeSeatReservation {
                    reservation_id,
                    seats,
                    kept: vec![],
                });
                let details = self.holds();
                self.waiting.push_back(Input::SeatsReserved { details });
            }
            Output::CommitSeatReservation => {
                self.seats(availability::Command::CommitSeatReservation { reservation_id });
            }
            Output::CancelSeatReservation => {
                self.seats(availability::Command::CancelSeatReservation { reservation_id });
            }
            Output::MarkSeatsAsReserved { reserved } => {
                self.order(order::Command::MarkSeatsAsReserved { reserved });
            }
            Output::RecordPaymentRejected { payment_id } => {
                self.order(order::Command::RejectPayment { payment_id });
            }
            Output::CompletePayment { payment_id, amount } => {
                let held = self.holds();
                self.order(order::Command::CompletePayment { payment_id, amount, held });
            }
            Output::RecordPaymentRefunded { payment_id } => {
                self.order(order::Command::RecordRefund { payment_id });
            }
            Output::AdoptQuotas => self.adopt_quotas(),
            Output::ExpireOrder => self.order(order::Command::Expire),
        }
    }

    fn seats(&mut self, command: availability::Command) {
        for event in availability::decide(&self.availability, command).unwrap_or_default() {
            self.availability = availability::evolve(std::mem::take(&mut self.availability), &event);
            if let availability::Event::SeatsReservationCommitted { reservation_id: ORDER, details } = event {
                self.committed.extend(details);
            }
        }
    }

    fn order(&mut self, command: order::Command) {
        for event in order::decide(&self.order, command).unwrap_or_default() {
            self.order = order::evolve(std::mem::take(&mut self.order), &event);
            let input = self.input_of(&event);
            self.waiting.extend(input);
        }
    }

    fn input_of(&mut self, event: &order::Event) -> Option<Input> {
        use order::Event;
        let seats_of = |order: &order::Order| order.terms().map(order::Terms::requested).unwrap_or_default();
        Some(match *event {
            Event::OrderPlaced { conference_id, release_at, .. } => {
                let seats = seats_of(&self.order);
                Input::OrderPlaced { order_id: ORDER, conference_id, seats, release_at }
            }
            Event::OrderSeatsChanged { .. } => Input::SeatsChanged { seats: seats_of(&self.order) },
            Event::OrderPaymentStarted { payment_id, total } => {
                self.payments.push((payment_id, total));
                Input::PaymentStarted { payment_id }
            }
            Event::OrderConfirmed { .. } => Input::OrderConfirmed,
            Event::OrderExpired { .. } => Input::OrderExpired,
            Event::OrderCancelled { .. } => Input::OrderCancelled,
            Event::OrderExpirationExtended { release_at, .. } => Input::ExpirationExtended { release_at },
            Event::OrderNeedsAttention { payment_id, .. } => Input::OrderNeedsAttention { payment_id },
            Event::OrderQuotaOverridden { payment_id, amount, ref missing } => {
                self.offered.clone_from(missing);
                Input::QuotaOverridden { payment_id, amount }
            }
            Event::OrderRefundDecided { .. }
            | Event::OrderPaymentRefunded { .. }
            | Event::OrderTotalsCalculated { .. }
            | Event::OrderPromoCodesChanged { .. }
            | Event::OrderPartiallyReserved { .. }
            | Event::OrderReservationCompleted { .. }
            | Event::OrderHolderAdded { .. }
            | Event::OrderRegistrantAssigned { .. }
            | Event::OrderPersonalDataErased { .. }
            | Event::OrderPaymentRejected { .. } => return None,
        })
    }

    /// Whether what was charged with `payment_id` has a consequence.
    fn is_accounted_for(&self, payment_id: PaymentId) -> bool {
        let confirmed_by =
            matches!(&self.order, order::Order::Confirmed { payment_id: by, .. } if *by == Some(payment_id));
        let terms = self.order.terms();
        let listed =
            terms.is_some_and(|terms| terms.attention.iter().any(|entry| entry.payment_id == payment_id));
        confirmed_by || listed
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.availability.check(), Ok(()));
        let undecided = |it: &order::Attention| it.resolution.is_none();
        let waits = self.order.terms().is_some_and(|terms| terms.attention.iter().any(undecided));
        prop_assert!(
            self.order.status() != OrderStatus::NeedsAttention || waits,
            "nobody will ever decide: {:#?}",
            self
        );
        for payment_id in &self.charged {
            prop_assert!(self.is_accounted_for(*payment_id), "{:?} is lost: {:#?}", payment_id, self);
        }
        let status = self.order.status();
        if status == OrderStatus::Confirmed {
            let requested = self.order.terms().map(order::Terms::requested).unwrap_or_default();
            prop_assert_eq!(&self.committed, &requested, "{:#?}", self);
        } else {
            prop_assert!(self.committed.is_empty());
        }
        let holds_nothing = matches!(
            status,
            OrderStatus::Confirmed
                | OrderStatus::Expired
                | OrderStatus::Cancelled
                | OrderStatus::NeedsAttention
                | OrderStatus::Refunded
        );
        prop_assert!(!holds_nothing || self.holds().is_empty(), "a hold is left: {:#?}", self);
        let terminates =
            holds_nothing || self.process == Process::NotStarted || self.process.due_at().is_some();
        prop_assert!(terminates, "nothing will ever end this: {:#?}", self);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn who_is_charged_is_confirmed_or_looked_after_and_who_is_confirmed_has_every_seat(
        quota in 0..8_i64,
        price in prop_oneof![Just(0_i64), Just(100)],
        happenings in prop::collection::vec(any_happening(), 1..60),
    ) {
        let mut world = World::default();
        world.happen(Happening::QuotaSet { quota });
        world.happen(Happening::Place { general: 3, workshop: 1, price });
        for happening in happenings {
            world.happen(happening);
            world.check()?;
        }
    }
}
