//! The server of Plenary: one process, one database.

#![forbid(unsafe_code)]

pub mod payments;
pub mod personal;
pub mod registration;
