//! Promotional codes: what their organizer makes of them. Their use is Registration's affair.

mod commands;
mod http;
mod rules;
mod store;

pub use commands::{CreatePromoCode, UpdatePromoCode};
pub(super) use http::routes;
pub(super) use rules::{may_change_currency, may_delete_seat_type};
pub(super) use store::promo_codes;
