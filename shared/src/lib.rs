//! What crosses HTTP, and the rules that the browser and the server compute alike.
//!
//! Requests and views are plain data; pricing and validation are pure functions. Nothing here reads a
//! clock, makes an id or touches a network: the browser and the server pass such things in.

#![forbid(unsafe_code)]

pub mod conference;
pub mod format;
pub mod ids;
pub mod live;
pub mod money;
pub mod payments;
pub mod pricing;
pub mod problem;
pub mod promo_codes;
pub mod registration;
pub mod tables;
pub mod ticket;
pub mod time;
pub mod validation;
pub mod waitlist;

pub use ids::{ConferenceId, OrderId, PaymentId, PromoCodeId, SeatTypeId, WaitListEntryId};
pub use money::{Currency, Money};
pub use problem::{FieldError, Problem};
pub use time::{Date, Timestamp};
