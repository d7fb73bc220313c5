//! Personal data inside events: one wrapper type, so that names and addresses are found, hidden and erased in
//! one place.
//!
//! Rules see and compare plain values. The log seals them with the key of whoever they are about (`eventstore`), and
//! after that key is deleted they read as [`Personal::Erased`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that tells who somebody is. It never shows in logs: its `Debug` form is `Personal(…)`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal<T> {
    /// The log finds these by the name that they have in JSON, `{"plain":…}`; no field of an event has that name.
    Plain(T),
    /// Somebody was named here once.
    Erased,
}

impl<T> Personal<T> {
    pub const fn new(plain: T) -> Self {
        Self::Plain(plain)
    }

    /// The value itself, unless it was erased. Whoever asks for it decides who may see it.
    pub const fn reveal(&self) -> Option<&T> {
        match self {
            Self::Plain(plain) => Some(plain),
            Self::Erased => None,
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_never_shows_in_logs() {
        assert_eq!(format!("{:?}", Personal::new("ada@example.org")), "Personal(…)");
    }

    #[test]
    fn the_form_that_logs_have_held_from_the_beginning_is_read() {
        let read = |json: &str| serde_json::from_str::<Personal<String>>(json).unwrap();
        assert_eq!(read(r#"{"plain":"Ada"}"#), Personal::new("Ada".to_owned()));
        assert_eq!(read(r#""erased""#), Personal::Erased);
    }
}
