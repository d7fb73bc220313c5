//! The server of Plenary: one process, one database.

#![forbid(unsafe_code)]

pub mod http {
    pub mod assets;
}
pub mod personal;
