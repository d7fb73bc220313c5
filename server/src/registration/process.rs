//! The registration process: one per order. It only decides which command comes next.
//!
//! Every input may come twice, late or out of order; what no longer matters gives the same state and nothing to
//! do. A completed payment is always passed on to the order: money is never dropped. Expiry and confirmation are
//! decided here alone: once a payment is known to be completed, the hold can no longer expire.

use std::collections::BTreeSet;

use plenary_shared::registration::SeatQuantity;
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened, as far as it matters to the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    OrderPlaced {
        order_id: OrderId,
        conference_id: ConferenceId,
        seats: Vec<SeatQuantity>,
        release_at: Timestamp,
    },
    SeatsChanged {
        seats: Vec<SeatQuantity>,
    },
    /// The answer to [`Output::MakeSeatReservation`]: everything that the reservation holds now. It is given even
    /// when asking changed nothing and therefore no event was recorded.
    SeatsReserved {
        details: Vec<SeatQuantity>,
    },
    PaymentStarted {
        payment_id: PaymentId,
    },
    PaymentRejected {
        payment_id: PaymentId,
    },
    PaymentCompleted {
        payment_id: PaymentId,
        amount: Money,
    },
    OrderConfirmed,
    OrderCancelled,
    OrderExpired,
    OrderNeedsAttention {
        payment_id: PaymentId,
    },
    /// The organizer has offered the seats that were missing when this payment completed.
    QuotaOverridden {
        payment_id: PaymentId,
        amount: Money,
    },
    PaymentRefunded {
        payment_id: PaymentId,
    },
    ExpirationExtended {
        release_at: Timestamp,
    },
    /// The timer that was set with `token` went off.
    TimedOut {
        token: i64,
        now: Timestamp,
    },
}

/// What to do next, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    MakeSeatReservation {
        seats: Vec<SeatQuantity>,
    },
    MarkSeatsAsReserved {
        reserved: Vec<SeatQuantity>,
    },
    RecordPaymentRejected {
        payment_id: PaymentId,
    },
    RecordPaymentRefunded {
        payment_id: PaymentId,
    },
    /// Has the quotas that Management has set count at once, before anybody else asks for the seats.
    AdoptQuotas,
    /// Whoever carries it out says what the reservation holds at that moment.
    CompletePayment {
        payment_id: PaymentId,
        amount: Money,
    },
    ExpireOrder,
    CancelSeatReservation,
    CommitSeatReservation,
}

impl Output {
    /// The name that the record of decisions shows.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::MakeSeatReservation { .. } => "MakeSeatReservation",
            Self::MarkSeatsAsReserved { .. } => "MarkSeatsAsReserved",
            Self::RecordPaymentRejected { .. } => "RecordPaymentRejected",
            Self::RecordPaymentRefunded { .. } => "RecordPaymentRefunded",
            Self::AdoptQuotas => "AdoptQuotas",
            Self::CompletePayment { .. } => "CompletePayment",
            Self::ExpireOrder => "ExpireOrder",
            Self::CancelSeatReservation => "CancelSeatReservation",
            Self::CommitSeatReservation => "CommitSeatReservation",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Process {
    #[default]
    NotStarted,
    /// Seats were asked for.
    AwaitingReservation(Registration),
    /// The order knows what it holds; its registrant has the word.
    AwaitingPayment(Registration),
    /// The order was told to expire.
    AwaitingExpiry(Registration),
    /// Money came in. `unanswered` names the payments of which the order has not yet said what they mean.
    AwaitingConfirmation { registration: Registration, unanswered: BTreeSet<PaymentId> },
    /// The order is confirmed and its seats are committed.
    Confirmed(Registration),
    /// The order expired, was cancelled, needs attention or was refunded; it holds nothing.
    Ended(Registration),
}

/// What the process remembers of its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    order_id: OrderId,
    conference_id: ConferenceId,
    /// What the order asks for.
    seats: Vec<SeatQuantity>,
    /// The last answer to it.
    reserved: Vec<SeatQuantity>,
    release_at: Timestamp,
    /// Grows when `release_at` moves, so that an older timer means nothing.
    timer_token: i64,
    /// The rejected payments that the order was told of.
    rejected: BTreeSet<PaymentId>,
    /// The completed payments that the order was told of.
    passed_on: BTreeSet<PaymentId>,
    /// The refunded payments that the order was told of.
    #[serde(default)]
    refunded: BTreeSet<PaymentId>,
}

impl Process {
    /// When the order's seats are to be released, and the token to hand back then. `None` while nothing is to expire:
    /// before the order is placed, once money came in, and at the end.
    pub const fn due_at(&self) -> Option<(Timestamp, i64)> {
        match self {
            Self::AwaitingReservation(it) | Self::AwaitingPayment(it) => {
                Some((it.release_at, it.timer_token))
            }
            Self::NotStarted
            | Self::AwaitingExpiry(_)
            | Self::AwaitingConfirmation { .. }
            | Self::Confirmed(_)
            | Self::Ended(_) => None,
        }
    }

    /// The order and its conference; `None` before the order is placed.
    pub fn subject(&self) -> Option<(OrderId, ConferenceId)> {
        self.registration().map(|it| (it.order_id, it.conference_id))
    }

    const fn registration(&self) -> Option<&Registration> {
        match self {
            Self::NotStarted => None,
            Self::AwaitingReservation(it)
            | Self::AwaitingPayment(it)
            | Self::AwaitingExpiry(it)
            | Self::AwaitingConfirmation { registration: it, .. }
            | Self::Confirmed(it)
            | Self::Ended(it) => Some(it),
        }
    }

    const fn registration_mut(&mut self) -> Option<&mut Registration> {
        match self {
            Self::NotStarted => None,
            Self::AwaitingReservation(it)
            | Self::AwaitingPayment(it)
            | Self::AwaitingExpiry(it)
            | Self::AwaitingConfirmation { registration: it, .. }
            | Self::Confirmed(it)
            | Self::Ended(it) => Some(it),
        }
    }

    /// The name of the situation, for the operator.
    pub const fn status(&self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::AwaitingReservation(_) => "awaiting_reservation",
            Self::AwaitingPayment(_) => "awaiting_payment",
            Self::AwaitingExpiry(_) => "awaiting_expiry",
            Self::AwaitingConfirmation { .. } => "awaiting_confirmation",
            Self::Confirmed(_) => "confirmed",
            Self::Ended(_) => "ended",
        }
    }
}

/// Gives the next state and what to do. An input that no longer matters gives the same state and nothing to do.
#[must_use]
pub fn react(process: Process, input: &Input) -> (Process, Vec<Output>) {
    use Process::{
        AwaitingConfirmation, AwaitingExpiry, AwaitingPayment, AwaitingReservation, Confirmed, Ended,
        NotStarted,
    };
    match (process, input) {
        (NotStarted, Input::OrderPlaced { order_id, conference_id, seats, release_at }) => {
            start(*order_id, *conference_id, seats, *release_at)
        }
        (AwaitingReservation(it), Input::SeatsChanged { seats }) if it.seats != *seats => {
            ask_again(it, seats)
        }
        (AwaitingPayment(it), Input::SeatsChanged { seats }) if it.may_gain_from(seats) => {
            ask_again(it, seats)
        }
        // Later answers, and such as give more than is asked for, are answers to an older request.
        (AwaitingReservation(it), Input::SeatsReserved { details }) if it.asks_for(details) => {
            answered(it, details)
        }
        (process, Input::PaymentCompleted { payment_id, amount }) => pass_on(process, *payment_id, *amount),
        (
            AwaitingReservation(it)
            | AwaitingPayment(it)
            | AwaitingExpiry(it)
            | AwaitingConfirmation { registration: it, .. }
            | Ended(it),
            Input::OrderConfirmed,
        ) => (Confirmed(it), vec![Output::CommitSeatReservation]),
        (
            AwaitingReservation(it) | AwaitingPayment(it) | AwaitingExpiry(it),
            Input::OrderExpired | Input::OrderCancelled | Input::OrderNeedsAttention { .. },
        ) => give_back(it),
        (Ended(it), Input::QuotaOverridden { payment_id, amount }) => {
            helped(it, BTreeSet::new(), *payment_id, *amount)
        }
        (
            AwaitingConfirmation { registration, unanswered },
            Input::QuotaOverridden { payment_id, amount },
        ) if !unanswered.contains(payment_id) => helped(registration, unanswered, *payment_id, *amount),
        (process, Input::PaymentRefunded { payment_id }) => pass_refund_on(process, *payment_id),
        (AwaitingConfirmation { registration, unanswered }, Input::OrderNeedsAttention { payment_id }) => {
            without_answer(registration, unanswered, *payment_id)
        }
        (AwaitingReservation(it) | AwaitingPayment(it), &Input::TimedOut { token, now })
            if it.timer_token == token && it.release_at <= now =>
        {
            (AwaitingExpiry(it), vec![Output::ExpireOrder])
        }
        (AwaitingReservation(it), input) => remember(it, input, AwaitingReservation),
        (AwaitingPayment(it), input) => remember(it, input, AwaitingPayment),
        (process, _) => (process, vec![]),
    }
}

fn start(
    order_id: OrderId,
    conference_id: ConferenceId,
    seats: &[SeatQuantity],
    release_at: Timestamp,
) -> (Process, Vec<Output>) {
    let registration = Registration {
        order_id,
        conference_id,
        seats: seats.to_vec(),
        reserved: vec![],
        release_at,
        timer_token: 0,
        rejected: BTreeSet::new(),
        passed_on: BTreeSet::new(),
        refunded: BTreeSet::new(),
    };
    let ask = Output::MakeSeatReservation { seats: seats.to_vec() };
    (Process::AwaitingReservation(registration), vec![ask])
}

fn ask_again(mut it: Registration, seats: &[SeatQuantity]) -> (Process, Vec<Output>) {
    it.seats = seats.to_vec();
    let ask = Output::MakeSeatReservation { seats: seats.to_vec() };
    (Process::AwaitingReservation(it), vec![ask])
}

fn answered(mut it: Registration, details: &[SeatQuantity]) -> (Process, Vec<Output>) {
    it.reserved = details.to_vec();
    let mark = Output::MarkSeatsAsReserved { reserved: details.to_vec() };
    (Process::AwaitingPayment(it), vec![mark])
}

/// Tells the order of a completed payment, whatever has become of it; at the end, after asking for its seats again.
fn pass_on(process: Process, payment_id: PaymentId, amount: Money) -> (Process, Vec<Output>) {
    use Process::{
        AwaitingConfirmation, AwaitingExpiry, AwaitingPayment, AwaitingReservation, Confirmed, Ended,
        NotStarted,
    };
    let complete = Output::CompletePayment { payment_id, amount };
    if process.registration().is_some_and(|it| it.passed_on.contains(&payment_id)) {
        return (process, vec![]);
    }
    match process {
        // Nothing is known here of such an order: it has to refuse the payment aloud.
        NotStarted => (NotStarted, vec![complete]),
        AwaitingReservation(it) | AwaitingPayment(it) | AwaitingExpiry(it) => {
            (it.awaiting_answer(BTreeSet::new(), payment_id), vec![complete])
        }
        AwaitingConfirmation { registration, unanswered } => {
            (registration.awaiting_answer(unanswered, payment_id), vec![complete])
        }
        Confirmed(mut it) => {
            it.passed_on.insert(payment_id);
            (Confirmed(it), vec![complete])
        }
        Ended(it) => {
            let ask = Output::MakeSeatReservation { seats: it.seats.clone() };
            (it.awaiting_answer(BTreeSet::new(), payment_id), vec![ask, complete])
        }
    }
}

/// Seats were offered for a completed payment: they are asked for before anybody else hears of them.
fn helped(
    it: Registration,
    unanswered: BTreeSet<PaymentId>,
    payment_id: PaymentId,
    amount: Money,
) -> (Process, Vec<Output>) {
    let ask = Output::MakeSeatReservation { seats: it.seats.clone() };
    let complete = Output::CompletePayment { payment_id, amount };
    (it.awaiting_answer(unanswered, payment_id), vec![Output::AdoptQuotas, ask, complete])
}

/// Tells the order once that the money is back.
fn pass_refund_on(mut process: Process, payment_id: PaymentId) -> (Process, Vec<Output>) {
    let is_new = process.registration_mut().is_some_and(|it| it.refunded.insert(payment_id));
    let tell = Output::RecordPaymentRefunded { payment_id };
    (process, if is_new { vec![tell] } else { vec![] })
}

/// The payment did not confirm the order. The seats are kept while another payment still may.
fn without_answer(
    it: Registration,
    mut unanswered: BTreeSet<PaymentId>,
    payment_id: PaymentId,
) -> (Process, Vec<Output>) {
    unanswered.remove(&payment_id);
    if unanswered.is_empty() {
        return give_back(it);
    }
    (Process::AwaitingConfirmation { registration: it, unanswered }, vec![])
}

fn give_back(it: Registration) -> (Process, Vec<Output>) {
    (Process::Ended(it), vec![Output::CancelSeatReservation])
}

/// What is worth knowing and leads nowhere else: a rejected payment, more time.
fn remember(
    mut it: Registration,
    input: &Input,
    situation: fn(Registration) -> Process,
) -> (Process, Vec<Output>) {
    let mut outputs = vec![];
    match *input {
        Input::PaymentRejected { payment_id } if it.rejected.insert(payment_id) => {
            outputs.push(Output::RecordPaymentRejected { payment_id });
        }
        Input::ExpirationExtended { release_at } if release_at > it.release_at => {
            it.release_at = release_at;
            it.timer_token += 1;
        }
        _ => {}
    }
    (situation(it), outputs)
}

impl Registration {
    /// Whether asking for `seats` can give anything but the last answer: other seats, or what was sold out then.
    fn may_gain_from(&self, seats: &[SeatQuantity]) -> bool {
        self.seats != seats || self.reserved != seats
    }

    fn asks_for(&self, details: &[SeatQuantity]) -> bool {
        let is_asked_for = |got: &SeatQuantity| {
            self.seats
                .iter()
                .any(|seat| seat.seat_type_id == got.seat_type_id && seat.quantity >= got.quantity)
        };
        details.iter().all(is_asked_for)
    }

    fn awaiting_answer(mut self, mut unanswered: BTreeSet<PaymentId>, payment_id: PaymentId) -> Process {
        self.passed_on.insert(payment_id);
        unanswered.insert(payment_id);
        Process::AwaitingConfirmation { registration: self, unanswered }
    }
}

#[cfg(test)]
mod tests;
