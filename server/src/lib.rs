//! The server of Plenary: one process, one database.

#![forbid(unsafe_code)]

pub mod bench;
pub mod calendar;
pub mod clock;
pub mod conference;
pub mod config;
pub mod db;
pub mod demo;
pub mod eventstore;
pub mod faults;
pub mod hex;
pub mod http;
pub mod mail;
pub mod messaging;
mod migrations;
pub mod openapi;
pub mod operations;
pub mod pages;
pub mod payments;
pub mod personal;
mod preview;
pub mod rebuild;
pub mod registration;
pub mod schema;
pub mod startup;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod transfer;
pub mod verify;
