//! Registration: orders, the seats they hold, who sits on them, and the process that ties these together.
//!
//! The rules are pure: time, ids, codes and prices come in commands, and nothing there waits, reads or writes. Around
//! them are the commands that ask them, the reactors that carry on, and the read models.

pub mod attention;
pub mod catalogue;
mod check_in;
pub mod commands;
pub mod contracts;
pub mod generation;
mod history;
pub mod http;
pub mod live;
pub mod order;
mod problems;
pub mod process;
pub mod projections;
mod promo_code_counter;
pub mod promo_code_uses;
pub mod promo_codes;
pub mod queries;
mod reactors;
pub mod seat_assignments;
pub mod seats_availability;
mod streams;
mod tables;
pub mod tail;
pub mod wait_list;
pub mod waiting;

pub use promo_code_counter::PromoCodeCounter;
pub use reactors::{
    Decision, ExpireRegistrationProcess, PersonalDataEraser, QuotaTranslator, RegistrationProcessRouter,
    SeatAssigner, StoredProcess, input_of,
};
pub use streams::stream_types;
pub use waiting::SeatOfferer;
