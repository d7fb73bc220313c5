//! The message catalogue: every string of the interface, compiled to a function per message.
//!
//! A message is a method of [`Language`], so a message that lacks a language does not compile.

#[cfg(any(feature = "organizer", feature = "ssr"))]
mod check_in;
mod common;
mod decisions;
#[cfg(feature = "ssr")]
mod mailbox;
mod manage;
#[cfg(feature = "ssr")]
mod preview;
mod problems;
#[cfg(feature = "ssr")]
mod processor;
mod promo_codes;
mod registration;
mod wait_list;

use plenary_shared::format::Locale;
use serde::{Deserialize, Serialize};

pub use self::problems::Explanation;

/// A language of the interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    De,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The tag of the language, for `lang` attributes: `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// How numbers, money and dates are written.
    pub const fn locale(self) -> Locale {
        match self {
            Self::En => Locale::En,
            Self::De => Locale::De,
        }
    }

    /// The best language for an `Accept-Language` header; English where none fits.
    pub fn accepted(header: &str) -> Self {
        Self::from(Locale::accepted(header))
    }
}

impl From<Locale> for Language {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::En => Self::En,
            Locale::De => Self::De,
        }
    }
}

/// Declares messages without parts that vary: `name: "English", "German";`.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident: $en:expr, $de:expr;)*) => {
        impl $crate::words::Language {
            $(
                $(#[$doc])*
                pub const fn $name(self) -> &'static str {
                    match self {
                        Self::En => $en,
                        Self::De => $de,
                    }
                }
            )*
        }
    };
}
pub(crate) use messages;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_of_the_highest_weight_is_spoken() {
        let cases = [
            ("", Language::En),
            ("fr, de;q=0.8, en;q=0.7", Language::De),
            ("en-GB,en;q=0.9,de;q=0.8", Language::En),
            ("de-AT", Language::De),
            ("de;q=0", Language::En),
            ("*;q=0.5, nonsense;q=x", Language::En),
        ];
        for (header, language) in cases {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
