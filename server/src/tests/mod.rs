//! Tests of everything together, which need to see inside.

mod messages;
mod model;
