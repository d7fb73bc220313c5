//! What Registration tells the other rooms.

use plenary_shared::{Money, OrderId, PaymentId};

use crate::eventstore::NewEvent;

use super::order;

/// An order asks for a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentWanted {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub total: Money,
}

/// The payment that an event asks for, if it asks for one.
pub fn payment_wanted(event: &NewEvent) -> Option<PaymentWanted> {
    match event.event.get::<order::Event>()? {
        order::Event::OrderPaymentStarted { payment_id, total } => Some(PaymentWanted {
            order_id: OrderId(event.stream_id.0),
            payment_id: *payment_id,
            total: *total,
        }),
        _ => None,
    }
}
