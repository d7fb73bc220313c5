//! Words on the picture that other sites show with a link.

use plenary_shared::format;

use super::Language;

impl Language {
    /// `85 of 120 seats left`.
    pub fn seats_left_of(self, left: i64, all: i64) -> String {
        let count = |value| format::number(value, self.locale());
        match (self, left) {
            (Self::En, 0) => "Sold out".to_owned(),
            (Self::De, 0) => "Ausverkauft".to_owned(),
            (Self::En, _) => format!("{} of {} seats left", count(left), count(all)),
            (Self::De, _) => format!("Noch {} von {} Plätzen frei", count(left), count(all)),
        }
    }
}
