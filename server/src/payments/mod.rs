//! Payments: one attempt to pay for an order, state stored. It knows processors, and of orders no more than
//! their ids.

mod commands;
pub mod contracts;
pub mod payment;
pub mod store;
mod streams;

pub use commands::{HandleCallback, PAYMENTS, PaymentInitiator};
pub use streams::stream_types;
