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

    fn into_terms(self) -> Option<Terms> {
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

/// Decides what happens when `command` meets `state`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the command.
pub fn decide(state: &Payment, command: Command) -> Result<Vec<Event>, Refusal> {
    use Command::{Complete, Initiate, Refund, Reject};
    use Payment::{Completed, Initiated, NotInitiated, Refunded, Rejected};
    match (state, command) {
        (NotInitiated, Initiate { total, .. }) if total.amount <= 0 => Err(Refusal::NothingToPay),
        (NotInitiated, Initiate { payment_id, order_id, conference_id, description, total }) => {
            Ok(vec![Event::PaymentInitiated { payment_id, order_id, conference_id, description, total }])
        }
        (NotInitiated, Complete { .. } | Reject | Refund) => Err(Refusal::NotInitiated),

        (Initiated(terms) | Rejected(terms), Complete { amount }) => Ok(vec![terms.completed(amount)]),
        (Initiated(terms), Reject) => Ok(vec![terms.rejected()]),
        (Initiated(_) | Rejected(_), Refund) => Err(Refusal::NothingToRefund),

        (Completed { terms, amount }, Refund) => Ok(vec![terms.refunded(*amount)]),
        (Initiated(_), Initiate { .. })
        | (Completed { .. }, Initiate { .. } | Complete { .. } | Reject)
        | (Rejected(_), Initiate { .. } | Reject)
        | (Refunded { .. }, Initiate { .. } | Complete { .. } | Reject | Refund) => Ok(vec![]),
    }
}

impl Terms {
    fn completed(&self, amount: Money) -> Event {
        let Self { payment_id, order_id, conference_id, .. } = *self;
        Event::PaymentCompleted { payment_id, order_id, conference_id, amount }
    }

    fn rejected(&self) -> Event {
        let Self { payment_id, order_id, conference_id, .. } = *self;
        Event::PaymentRejected { payment_id, order_id, conference_id }
    }

    fn refunded(&self, amount: Money) -> Event {
        let Self { payment_id, order_id, conference_id, .. } = *self;
        Event::PaymentRefunded { payment_id, order_id, conference_id, amount }
    }
}

/// Folds one recorded event into the state. Never fails and never decides.
#[must_use]
pub fn evolve(state: Payment, event: &Event) -> Payment {
    match (state.into_terms(), event) {
        (_, Event::PaymentInitiated { payment_id, order_id, conference_id, description, total }) => {
            Payment::Initiated(Terms {
                payment_id: *payment_id,
                order_id: *order_id,
                conference_id: *conference_id,
                description: description.clone(),
                total: *total,
            })
        }
        (None, _) => Payment::NotInitiated,
        (Some(terms), Event::PaymentCompleted { amount, .. }) => {
            Payment::Completed { terms, amount: *amount }
        }
        (Some(terms), Event::PaymentRejected { .. }) => Payment::Rejected(terms),
        (Some(terms), Event::PaymentRefunded { amount, .. }) => Payment::Refunded { terms, amount: *amount },
    }
}

#[cfg(test)]
mod tests;
