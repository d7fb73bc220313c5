//! Personal data inside events: one wrapper type, so that names and addresses are found, hidden and erased in
//! one place.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that tells who somebody is. It never shows in logs: its `Debug` form is `Personal(…)`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Personal<T> {
    plain: T,
}

impl<T> Personal<T> {
    pub const fn new(plain: T) -> Self {
        Self { plain }
    }

    /// The value itself. Whoever asks for it decides who may see it.
    pub const fn reveal(&self) -> &T {
        &self.plain
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
}
