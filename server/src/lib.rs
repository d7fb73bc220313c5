//! The server of Plenary: one process, one database.

#![forbid(unsafe_code)]

pub mod clock;
pub mod conference;
pub mod db;
pub mod eventstore;
pub mod http;
pub mod messaging;
pub mod payments;
pub mod personal;
pub mod registration;
#[cfg(test)]
pub(crate) mod testing;
