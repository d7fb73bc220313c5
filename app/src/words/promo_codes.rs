//! Words about promotional codes, for those who use them and for those who make them.

use plenary_shared::promo_codes::{Combines, DiscountRule};
use plenary_shared::{FieldError, format};

use super::{Language, messages};

messages! {
    have_a_code: "Have a promotional code?", "Hast du einen Aktionscode?";
    promo_code: "Promotional code", "Aktionscode";
    several_codes: "Several with spaces between them.", "Mehrere mit Leerzeichen dazwischen.";
    apply: "Apply", "Einlösen";
    code_refused: "This code cannot be used.", "Dieser Code lässt sich nicht einlösen.";

    promo_codes: "Promotional codes", "Aktionscodes";
    promo_codes_lead:
        "What somebody types to pay less. Orders that were placed keep the discount they were given.",
        "Was jemand eingibt, um weniger zu zahlen. Bestellungen behalten den Nachlass, den sie bekommen haben.";
    new_promo_code: "New promotional code", "Neuer Aktionscode";
    add_promo_code: "Add promotional code", "Aktionscode hinzufügen";
    no_promo_codes_yet: "No promotional codes yet", "Noch keine Aktionscodes";
    no_promo_codes_yet_detail:
        "Add one for speakers, early birds, or a friend.",
        "Lege einen an: für Vortragende, Frühbucher oder Freunde.";
    code: "Code", "Code";
    code_hint: "3 to 32 letters, digits, underscores and hyphens. It cannot be changed later.", "3 bis 32 Buchstaben, Ziffern, Unter- und Bindestriche. Später nicht mehr änderbar.";
    code_description_hint: "Buyers see it beside the discount.", "Steht bei der Bestellung neben dem Nachlass.";
    discount: "Discount", "Nachlass";
    discount_kind: "Kind of discount", "Art des Nachlasses";
    in_percent: "Percentage of each seat", "Prozent je Platz";
    in_money: "Amount, once per order", "Betrag, einmal je Bestellung";
    applies_to: "Applies to", "Gilt für";
    applies_to_hint: "None ticked means every seat type.", "Ohne Häkchen gilt er für jede Platzart.";
    every_seat_type: "Every seat type", "Jede Platzart";
    uses: "Uses", "Einlösungen";
    most_uses: "Most uses", "Höchstens einlösbar";
    most_uses_hint: "How many orders may use it. Empty for any number.", "In so vielen Bestellungen. Leer heißt: beliebig oft.";
    combines: "With other codes", "Mit anderen Codes";
    combines_with_none: "Not with any other", "Mit keinem anderen";
    combines_with_all: "With all others", "Mit allen anderen";
    combines_with_some: "Only with these", "Nur mit diesen";
    named_codes: "Which codes", "Mit welchen Codes";
    named_codes_hint: "Spaces between them. Each of them must allow this one, too.", "Mit Leerzeichen dazwischen. Auch sie müssen diesen zulassen.";
    switched_on: "On", "An";
    switched_off: "Off", "Aus";
    switch_on: "Switch on", "Einschalten";
    switch_off: "Switch off", "Ausschalten";
    stale_promo_code: "Somebody else has changed this code.", "Jemand anderes hat diesen Code geändert.";
}

/// What is said of a code that an order cannot use, in English and in German.
fn refusal(rule: &str) -> Option<[&'static str; 2]> {
    Some(match rule {
        "unknown_code" => ["We do not know this code.", "Diesen Code kennen wir nicht."],
        "code_not_active" => ["This code is no longer valid.", "Dieser Code gilt nicht mehr."],
        "code_used_up" => ["This code has been used up.", "Dieser Code ist aufgebraucht."],
        "code_out_of_scope" => [
            "This code is for none of the seats that you chose.",
            "Dieser Code gilt für keinen der gewählten Plätze.",
        ],
        "code_not_combinable" => {
            ["These codes cannot be used together.", "Diese Codes lassen sich nicht zusammen einlösen."]
        }
        "too_many" => ["These are too many codes.", "Das sind zu viele Codes."],
        _ => return None,
    })
}

impl Language {
    /// Why a code was refused; in the words of the server where the catalogue has none.
    pub fn code_refusal(self, error: &FieldError) -> String {
        match (refusal(&error.rule), self) {
            (Some([english, _]), Self::En) => english.to_owned(),
            (Some([_, german]), Self::De) => german.to_owned(),
            (None, _) => error.message.clone(),
        }
    }

    /// What a code takes off.
    pub fn discount_of(self, rule: DiscountRule) -> String {
        match (rule, self) {
            (DiscountRule::Percentage { percent }, Self::En) => format!("{percent}%"),
            (DiscountRule::Percentage { percent }, Self::De) => format!("{percent}\u{a0}%"),
            (DiscountRule::Amount { amount }, _) => format::money(amount, self.locale()),
        }
    }

    /// `3 of 50`, or `3` where any number may be.
    pub fn uses_of(self, uses: i64, most: Option<i64>) -> String {
        let count = |value| format::number(value, self.locale());
        match (self, most) {
            (_, None) => count(uses),
            (Self::En, Some(most)) => format!("{} of {}", count(uses), count(most)),
            (Self::De, Some(most)) => format!("{} von {}", count(uses), count(most)),
        }
    }

    /// Which codes a code goes with.
    pub fn combines_as(self, combines: &Combines) -> String {
        match (self, combines) {
            (_, Combines::None) => self.combines_with_none().to_owned(),
            (_, Combines::All) => self.combines_with_all().to_owned(),
            (Self::En, Combines::With(codes)) => format!("With {}", codes.join(", ")),
            (Self::De, Combines::With(codes)) => format!("Mit {}", codes.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_code_is_explained_in_the_readers_language() {
        let known = FieldError::new("promo_codes[0]", "code_used_up", "The code X has been used up.");
        assert_eq!(Language::De.code_refusal(&known), "Dieser Code ist aufgebraucht.");
        let unknown = FieldError::new("promo_codes[0]", "moon_phase", "Not tonight.");
        assert_eq!(Language::De.code_refusal(&unknown), "Not tonight.");
    }

    #[test]
    fn uses_are_counted_against_their_limit() {
        assert_eq!(Language::En.uses_of(3, Some(1_000)), "3 of 1,000");
        assert_eq!(Language::De.uses_of(3, None), "3");
    }
}
