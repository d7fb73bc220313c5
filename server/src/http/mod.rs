//! The edge's toolkit: what every room's HTTP handlers share. It knows no room.

pub mod assets;
pub mod client_address;
pub mod command;
pub mod cookies;
pub mod guesses;
pub mod headers;
pub mod holder;
pub mod input;
pub mod language;
pub mod limits;
pub mod problem;
pub mod proof;
pub mod secrets;
pub mod serve;
pub mod sessions;
pub mod sse;
