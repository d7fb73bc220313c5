//! The pages, one file per task.

pub mod assign_seats;
pub mod checkout;
pub mod conference;
#[cfg(feature = "ssr")]
pub mod conferences;
#[cfg(feature = "ssr")]
pub mod design;
pub mod done;
#[cfg(feature = "ssr")]
pub mod failure;
#[cfg(feature = "ssr")]
pub mod find_order;
#[cfg(any(feature = "organizer", feature = "ssr"))]
pub mod manage;
pub mod outcome;
#[cfg(feature = "ssr")]
pub mod processor;
pub mod promo_code;
pub mod registration;
#[cfg(feature = "ssr")]
pub mod tickets;
#[cfg(feature = "ssr")]
pub mod wait_list;

/// How many accents the style sheet has.
const ACCENTS: u32 = 12;

/// The accent of a conference, the same for ever: a number for `data-accent`.
pub fn accent_of(slug: &str) -> u32 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    slug.bytes().map(|byte| byte.to_ascii_lowercase()).fold(2_166_136_261, hash) % ACCENTS
}
