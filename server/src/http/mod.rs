//! The edge's toolkit: what every room's HTTP handlers share. It knows no room.

pub mod command;
pub mod headers;
pub mod input;
pub mod problem;
pub mod sse;
