//! Payment: initiated, then completed or rejected, once.
//!
//! Money that was taken is never dropped: a completion counts even after a rejection.

use plenary_shared::payments::PaymentStatus;
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Initiate {
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
        description: String,
        total: Money,
    },
    /// The processor has taken `amount`, be it the total or not.
    Complete {
        amount: Money,
    },
    Reject,
    Refund,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    PaymentInitiated {
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
        description: String,
        total: Money,
    },
    PaymentCompleted {
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
        amount: Money,
    },
    PaymentRejected {
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
    },
    PaymentRefunded {
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
        amount: Money,
    },
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PaymentInitiated { .. } => "PaymentInitiated",
            Self::PaymentCompleted { .. } => "PaymentCompleted",
            Self::PaymentRejected { .. } => "PaymentRejected",
            Self::PaymentRefunded { .. } => "PaymentRefunded",
        }
    }
}

/// Why a payment refused a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This payment does not exist.")]
    NotInitiated,
    #[error("There is nothing to pay.")]
    NothingToPay,
    #[error("Nothing was taken with this payment, so there is nothing to give back.")]
    NothingToRefund,
}

/// What a payment is for, fixed when it is initiated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub description: String,
    pub total: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Payment {
    #[default]
    NotInitiated,
    Initiated(Terms),
    Completed {
        terms: Terms,
        amount: Money,
    },
    Rejected(Terms),
    Refunded {
        terms: Terms,
        amount: Money,
    },
}

impl Payment {
    /// What it is for; `None` before it is initiated.
    pub const fn terms(&self) -> Option<&Terms> {
        match self {
            Self::NotInitiated => None,
            Self::Initiated(terms)
            | Self::Completed { terms, .. }
            | Self::Rejected(terms)
            | Self::Refunded { terms, .. } => Some(terms),
        }
    }

    /// What has become of it; `None` before it is initiated.
    pub const fn status(&self) -> Option<PaymentStatus> {
        match self {
            Self::NotInitiated => None,
            Self::Initiated(_) => Some(PaymentStatus::Initiated),
            Self::Completed { .. } => Some(PaymentStatus::Completed),
            Self::Rejected(_) => Some(PaymentStatus::Rejected),
            Self::Refunded { .. } => Some(PaymentStatus::Refunded),
        }
    }
}
