//! The code on a ticket: short enough to be read out at the door, and the same on paper, in the browser and in lists.
//!
//! It names a seat and proves nothing: only whoever is signed in to the conference can do anything with it.

use crate::OrderId;

/// The symbols of a code: no I, L, O or 0, which look like others.
const SYMBOLS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ123456789";
/// How many symbols say which order it is, five random bits each. With fewer, orders come to share a code: with eight,
/// two of ten thousand orders do so in one of twenty thousand conferences, and the door then shows both.
const ORDER_SYMBOLS: u32 = 8;

/// The code of the seat at `position`, counted from 0, of an order: `K7M2QXAB-3` for its third seat.
pub fn code(order_id: OrderId, position: i64) -> String {
    // The last bits of an id are random; its first ones are the time.
    let bits = order_id.0.as_u128();
    let symbol = |index: u32| {
        let five = (bits >> (5 * index)) & 31;
        char::from(SYMBOLS[usize::try_from(five).unwrap_or(0)])
    };
    let order: String = (0..ORDER_SYMBOLS).rev().map(symbol).collect();
    format!("{order}-{}", position + 1)
}

/// A code as somebody types it, or what a code on paper leads to, as [`code`] writes it.
pub fn normalized(text: &str) -> String {
    let typed = text.trim();
    let after = typed.rsplit_once("ticket=").map_or(typed, |(_, code)| code);
    after.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str) -> OrderId {
        id.parse().unwrap()
    }

    #[test]
    fn a_code_says_which_order_and_which_seat() {
        let id = order("01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!(code(id, 0), "AJE3YAC1-1");
        assert_eq!(code(id, 11), "AJE3YAC1-12");
        let other = order("01890a5d-ac96-774b-bcce-b302099a8058");
        assert_ne!(code(id, 0), code(other, 0));
    }

    #[test]
    fn a_code_is_read_however_it_comes() {
        for text in ["k7m2qxab-3", " K7M2 QXAB-3 ", "https://a.example/manage/x/check-in?ticket=K7M2QXAB-3"] {
            assert_eq!(normalized(text), "K7M2QXAB-3");
        }
    }
}
