//! Registration: orders, the seats they hold, who sits on them, and the process that ties these together.
//!
//! The rules are pure: time, ids, codes and prices come in commands, and nothing here waits, reads or writes.

pub mod order;
pub mod process;
pub mod seat_assignments;
pub mod seats_availability;
