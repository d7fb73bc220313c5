//! Around the rules of the wait list: the commands, the reactor that offers seats, and the read model.

mod check;
pub mod commands;
mod offers;
pub mod queries;
mod rows;
mod view;

pub use check::{Surroundings, check};
pub use offers::SeatOfferer;
pub(super) use rows::{compare, load, store};
pub use view::WaitListEntryView;
