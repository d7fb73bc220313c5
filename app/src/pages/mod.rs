//! The pages, one file per task.

#[cfg(any(feature = "organizer", feature = "ssr"))]
pub mod manage;
pub mod registration;
