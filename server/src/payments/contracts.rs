//! What Payments tells the other rooms.

use plenary_shared::{Money, OrderId, PaymentId};

use super::payment;
use crate::eventstore::DomainEvent;

/// What a payment came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Completed { order_id: OrderId, payment_id: PaymentId, amount: Money },
    Rejected { order_id: OrderId, payment_id: PaymentId },
    Refunded { order_id: OrderId, payment_id: PaymentId },
}

/// What an event says that a payment came to, if it says so.
pub fn settled(event: &dyn DomainEvent) -> Option<Settled> {
    match *event.get::<payment::Event>()? {
        payment::Event::PaymentCompleted { payment_id, order_id, amount, .. } => {
            Some(Settled::Completed { order_id, payment_id, amount })
        }
        payment::Event::PaymentRejected { payment_id, order_id, .. } => {
            Some(Settled::Rejected { order_id, payment_id })
        }
        payment::Event::PaymentRefunded { payment_id, order_id, .. } => {
            Some(Settled::Refunded { order_id, payment_id })
        }
        payment::Event::PaymentInitiated { .. } => None,
    }
}

/// An event of this room in plain words, if it is one.
pub fn in_words(event: &dyn DomainEvent) -> Option<String> {
    use payment::Event as E;
    Some(match event.get::<payment::Event>()? {
        E::PaymentInitiated { total, .. } => format!("A payment of {total} was started with the processor."),
        E::PaymentCompleted { amount, .. } => format!("The processor took {amount}."),
        E::PaymentRejected { .. } => "The processor rejected the payment.".to_owned(),
        E::PaymentRefunded { amount, .. } => format!("The processor gave {amount} back."),
    })
}
