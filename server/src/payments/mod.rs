//! Payments: one attempt to pay for an order, state stored. It knows processors, and of orders no more than
//! their ids.

pub mod payment;
