//! What Payments tells the other rooms.

use plenary_shared::format::{self, Locale};
use plenary_shared::{Money, OrderId, PaymentId};

use super::payment;
use crate::eventstore::DomainEvent;
use crate::say;

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
pub fn in_words(event: &dyn DomainEvent, locale: Locale) -> Option<String> {
    use payment::Event as E;
    let money = |amount: &Money| format::money(*amount, locale);
    Some(match event.get::<payment::Event>()? {
        E::PaymentInitiated { total, .. } => {
            let total = money(total);
            say!(
                locale,
                "A payment of {total} was started with the processor.",
                "Beim Zahlungsdienst wurde eine Zahlung von {total} begonnen."
            )
        }
        E::PaymentCompleted { amount, .. } => {
            let amount = money(amount);
            say!(locale, "The processor took {amount}.", "Der Zahlungsdienst hat {amount} eingezogen.")
        }
        E::PaymentRejected { .. } => say!(
            locale,
            "The processor rejected the payment.",
            "Der Zahlungsdienst hat die Zahlung abgelehnt."
        ),
        E::PaymentRefunded { amount, .. } => {
            let amount = money(amount);
            say!(locale, "The processor gave {amount} back.", "Der Zahlungsdienst hat {amount} erstattet.")
        }
    })
}
