//! Conference Management: conferences, seat types and who may change them.
//!
//! Rows hold the truth of this room. What the other rooms need to know goes into the log as integration events, in
//! the transaction that changes the rows.

pub mod contracts;
