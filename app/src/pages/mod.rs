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
#[cfg(feature = "ssr")]
pub mod mailbox;
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

/// The accents on light ground as the style sheet has them: red, green, blue.
#[cfg(feature = "ssr")]
const ACCENT_COLOURS: [[u8; 3]; 12] = [
    [0x3d, 0x46, 0xb8],
    [0x1d, 0x5f, 0xae],
    [0x0b, 0x6a, 0x71],
    [0x2a, 0x6d, 0x39],
    [0x5a, 0x61, 0x10],
    [0x86, 0x50, 0x05],
    [0xa0, 0x40, 0x1d],
    [0xb0, 0x2a, 0x37],
    [0xa8, 0x26, 0x5f],
    [0x85, 0x3a, 0x91],
    [0x66, 0x43, 0xb5],
    [0x41, 0x58, 0x6e],
];

/// The colour of a conference's accent, for drawings without a style sheet.
#[cfg(feature = "ssr")]
pub fn accent_colour(slug: &str) -> [u8; 3] {
    ACCENT_COLOURS[usize::try_from(accent_of(slug)).unwrap_or(0)]
}

/// The accent of a conference, the same for ever: a number for `data-accent`.
pub fn accent_of(slug: &str) -> u32 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    slug.bytes().map(|byte| byte.to_ascii_lowercase()).fold(2_166_136_261, hash) % ACCENTS
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn the_accents_are_those_of_the_style_sheet() {
        let tokens = include_str!("../../../style/00-tokens.css");
        for (index, [red, green, blue]) in ACCENT_COLOURS.into_iter().enumerate() {
            let line =
                format!("[data-accent=\"{index}\"] {{ --accent-on-light: #{red:02x}{green:02x}{blue:02x};");
            assert!(tokens.contains(&line), "{line}");
        }
    }
}
