//! Payments: one attempt to pay for an order, state stored. It knows processors, and of orders no more than
//! their ids.

mod callbacks;
mod commands;
pub mod contracts;
pub mod http;
pub mod payment;
mod processor;
pub mod store;
mod streams;

pub use callbacks::{Inbox, signed_text};
#[cfg(test)]
pub(crate) use commands::RecordRefund;
pub use commands::{HandleCallback, PAYMENTS, PaymentInitiator, RefundRequester};
pub(crate) use processor::REFUND;
pub use processor::{CallbackDelivery, Processor, Refund, RefundDelivery, Simulated};
pub use streams::stream_types;
