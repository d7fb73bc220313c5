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
    /// The order expired, was cancelled or needs attention; it holds nothing.
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
    open_payment: Option<PaymentId>,
    /// The completed payments that the order was told of.
    passed_on: BTreeSet<PaymentId>,
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
    pub const fn subject(&self) -> Option<(OrderId, ConferenceId)> {
        match self {
            Self::NotStarted => None,
            Self::AwaitingReservation(it)
            | Self::AwaitingPayment(it)
            | Self::AwaitingExpiry(it)
            | Self::AwaitingConfirmation { registration: it, .. }
            | Self::Confirmed(it)
            | Self::Ended(it) => Some((it.order_id, it.conference_id)),
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
