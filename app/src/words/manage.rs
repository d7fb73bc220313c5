//! The organizer's words.
