//! Parts of pages: no requests, only props and callbacks.

mod banner;
mod changing;
#[cfg(any(feature = "organizer", feature = "ssr"))]
mod columns;
#[cfg(any(feature = "organizer", feature = "ssr"))]
mod confirm;
mod countdown;
mod field;
#[cfg(any(feature = "organizer", feature = "ssr"))]
mod language_switch;
mod order_table;
mod person_fields;
mod progress;
#[cfg(feature = "ssr")]
mod qr;
mod stepper;

pub use self::banner::{Banner, Tone};
pub use self::changing::{changing, listener};
#[cfg(any(feature = "organizer", feature = "ssr"))]
pub use self::columns::{ColumnChoice, Columns, Heading, Kind, SortChoice, headings};
#[cfg(any(feature = "organizer", feature = "ssr"))]
pub use self::confirm::Confirm;
pub use self::countdown::Countdown;
pub use self::field::Field;
#[cfg(any(feature = "organizer", feature = "ssr"))]
pub use self::language_switch::LanguageSwitch;
pub use self::order_table::{OrderTable, reduction};
pub use self::person_fields::{PersonInputs, Whose};
pub use self::progress::{Progress, Step};
#[cfg(feature = "ssr")]
pub use self::qr::qr_code;
pub use self::stepper::Stepper;
