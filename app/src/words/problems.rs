//! Refusals in the reader's words.

use plenary_shared::{FieldError, Problem};

use super::Language;

/// Why something did not happen, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub title: String,
    pub detail: String,
}

impl Explanation {
    pub fn new(title: &str, detail: &str) -> Self {
        Self { title: title.to_owned(), detail: detail.to_owned() }
    }
}

/// What is said of a problem: title and detail in English, then in German.
type Said = [(&'static str, &'static str); 2];

/// What is said of a problem, by its slug.
const SAID: [(&str, Said); 21] = [
    (
        "seat-in-use",
        [
            ("Whoever has this seat is inside already.", "It can be given to nobody else."),
            ("Wer diesen Platz hat, ist schon eingelassen.", "Er lässt sich nicht weitergeben."),
        ],
    ),
    (
        "not-found",
        [
            ("This page does not exist.", "The link may be old or mistyped."),
            ("Diese Seite gibt es nicht.", "Vielleicht ist der Link alt oder vertippt."),
        ],
    ),
    (
        "conference-not-found",
        [
            (
                "This conference is not open for registration.",
                "It may not be published yet, or its link may be mistyped.",
            ),
            (
                "Für diese Konferenz ist keine Anmeldung offen.",
                "Vielleicht ist sie noch nicht veröffentlicht, oder der Link ist vertippt.",
            ),
        ],
    ),
    (
        "price-changed",
        [
            (
                "The price has changed.",
                "Nothing was ordered. You see the new price now; your choice is still here.",
            ),
            (
                "Der Preis hat sich geändert.",
                "Es wurde nichts bestellt. Hier steht der neue Preis; deine Auswahl ist noch da.",
            ),
        ],
    ),
    (
        "proof-required",
        [
            ("Only the registrant can do this.", "Open the order with your e-mail address and access code."),
            ("Das kann nur, wer bestellt hat.", "Öffne die Bestellung mit E-Mail-Adresse und Zugangscode."),
        ],
    ),
    (
        "time-is-up",
        [
            ("The time for this order is over.", "You can try again with the same seats."),
            (
                "Die Zeit für diese Bestellung ist um.",
                "Du kannst es mit denselben Plätzen noch einmal versuchen.",
            ),
        ],
    ),
    (
        "already-extended",
        [
            ("You have had more time already.", "It can be given once."),
            ("Die Zeit wurde schon verlängert.", "Das geht einmal."),
        ],
    ),
    (
        "reservation-incomplete",
        [
            (
                "The order is not complete yet.",
                "Every seat must be held and your details known before you pay.",
            ),
            (
                "Die Bestellung ist noch nicht vollständig.",
                "Vor dem Bezahlen müssen alle Plätze gehalten und deine Angaben bekannt sein.",
            ),
        ],
    ),
    (
        "payment-open",
        [
            ("A payment is on its way.", "The seats can be changed again when it is decided."),
            ("Eine Zahlung ist unterwegs.", "Die Plätze lassen sich ändern, sobald sie entschieden ist."),
        ],
    ),
    (
        "order-not-confirmed",
        [
            ("The order is not confirmed yet.", "Seats can be assigned once it is."),
            ("Die Bestellung ist noch nicht bestätigt.", "Danach lassen sich die Plätze vergeben."),
        ],
    ),
    (
        "order-not-found",
        [
            ("There is no such order.", "Find it with your e-mail address and access code."),
            ("Diese Bestellung gibt es nicht.", "Finde deine mit E-Mail-Adresse und Zugangscode."),
        ],
    ),
    (
        "invalid-input",
        [
            ("Something needs another look.", "The fields below say what."),
            ("Etwas stimmt noch nicht.", "Die Felder unten sagen, was."),
        ],
    ),
    (
        "slow-down",
        [
            ("That was a little fast.", "Please wait a moment and try again."),
            ("Das war etwas schnell.", "Bitte einen Moment warten und noch einmal versuchen."),
        ],
    ),
    (
        "overloaded",
        [
            (
                "Very many people are registering right now.",
                "Nothing was ordered. Please try again in a moment.",
            ),
            (
                "Gerade melden sich sehr viele an.",
                "Es wurde nichts bestellt. Bitte gleich noch einmal versuchen.",
            ),
        ],
    ),
    (
        "unavailable",
        [
            ("Something went wrong on our side.", "It is not your fault. Please try again in a moment."),
            (
                "Bei uns ist etwas schiefgegangen.",
                "Es liegt nicht an dir. Bitte gleich noch einmal versuchen.",
            ),
        ],
    ),
    (
        "order-expired",
        [
            ("The time for this order is over.", "You can try again with the same seats."),
            (
                "Die Zeit für diese Bestellung ist um.",
                "Du kannst es mit denselben Plätzen noch einmal versuchen.",
            ),
        ],
    ),
    (
        "order-cancelled",
        [
            ("This order has been given back.", "You can choose again."),
            ("Diese Bestellung wurde zurückgegeben.", "Du kannst neu auswählen."),
        ],
    ),
    (
        "order-confirmed",
        [
            ("This order is confirmed already.", "There is nothing left to do."),
            ("Diese Bestellung ist schon bestätigt.", "Es ist nichts mehr zu tun."),
        ],
    ),
    (
        "seats-available",
        [
            ("There are seats left.", "No need to wait: order them now."),
            ("Es gibt noch Plätze.", "Du musst nicht warten: Bestelle sie jetzt."),
        ],
    ),
    (
        "wait-list-full",
        [
            ("The wait list is full.", "Please try again later."),
            ("Die Warteliste ist voll.", "Bitte später noch einmal versuchen."),
        ],
    ),
    (
        "order-exists",
        [
            ("This order exists already, with other seats.", "Please order again."),
            ("Diese Bestellung gibt es schon, mit anderen Plätzen.", "Bitte noch einmal bestellen."),
        ],
    ),
];

fn said(slug: &str) -> Option<Said> {
    SAID.iter().find(|(of, _)| *of == slug).map(|(_, said)| *said)
}

/// What is said where only the status is known.
fn said_of_status(status: u16) -> Option<Said> {
    Some(match status {
        401 | 403 => said("proof-required")?,
        429 => said("slow-down")?,
        503 => said("overloaded")?,
        500.. => said("unavailable")?,
        _ => return None,
    })
}

/// What is said of a broken rule, in English and in German.
fn said_of_rule(rule: &str) -> Option<[&'static str; 2]> {
    Some(match rule {
        "required" => ["Please fill this in.", "Bitte ausfüllen."],
        "email" => {
            ["This does not look like an e-mail address.", "Das sieht nicht wie eine E-Mail-Adresse aus."]
        }
        "too_long" => ["This is too long.", "Das ist zu lang."],
        "too_many" => {
            ["An order has at most 20 seats of one kind.", "Höchstens 20 Plätze einer Art je Bestellung."]
        }
        "negative" => ["A quantity cannot be negative.", "Eine Anzahl kann nicht negativ sein."],
        "control_characters" => ["Please use letters only.", "Bitte nur Buchstaben verwenden."],
        _ => return None,
    })
}

impl Language {
    /// A refusal in this language; in the words of the server where the catalogue has none.
    pub fn problem(self, problem: &Problem) -> Explanation {
        if let Some(error) = problem.errors.iter().find(|error| error.field == "seats") {
            return Explanation::new(
                self.choose_some(),
                if error.rule == "required" { "" } else { &error.message },
            );
        }
        if let Some(error) = problem.errors.iter().find(|error| error.field.starts_with("promo_codes")) {
            return Explanation::new(self.code_refused(), &self.code_refusal(error));
        }
        match said(problem.slug()).or_else(|| said_of_status(problem.status)) {
            Some([english, german]) => {
                let (title, detail) = self.one_of(english, german);
                Explanation::new(title, detail)
            }
            None => Explanation::new(&problem.title, &problem.detail),
        }
    }

    /// Why an order could not be found again: the same whichever of the two was wrong.
    pub fn not_found_again(self, problem: &Problem) -> Explanation {
        if problem.status != 404 {
            return self.problem(problem);
        }
        let (title, detail) = self.one_of(
            ("We found no such order.", "Please check the address and the code."),
            ("Wir haben keine solche Bestellung gefunden.", "Bitte Adresse und Code prüfen."),
        );
        Explanation::new(title, detail)
    }

    /// A broken rule in this language; in the words of the server where the catalogue has none.
    pub fn field_error(self, error: &FieldError) -> String {
        match said_of_rule(&error.rule) {
            Some([english, german]) => self.one_of(english, german).to_owned(),
            None => error.message.clone(),
        }
    }

    const fn one_of<T: Copy>(self, english: T, german: T) -> T {
        match self {
            Self::En => english,
            Self::De => german,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_explained_in_the_readers_language() {
        let problem = Problem::new("time-is-up", 410, "Time is up").with_detail("Too late.");
        assert_eq!(Language::De.problem(&problem).title, "Die Zeit für diese Bestellung ist um.");
    }

    #[test]
    fn an_unknown_refusal_keeps_the_words_of_the_server() {
        let problem = Problem::new("brand-new", 409, "Brand new").with_detail("Never seen.");
        assert_eq!(Language::De.problem(&problem), Explanation::new("Brand new", "Never seen."));
    }

    #[test]
    fn a_fault_of_the_server_shows_nothing_of_its_inside() {
        let problem = Problem::new("internal", 500, "panicked at src/main.rs");
        assert_eq!(Language::En.problem(&problem).title, "Something went wrong on our side.");
    }

    #[test]
    fn a_broken_rule_is_said_in_the_readers_language() {
        let known = FieldError::new("email", "email", "Invalid.");
        let unknown = FieldError::new("email", "astrology", "Not today.");
        assert_eq!(Language::De.field_error(&known), "Das sieht nicht wie eine E-Mail-Adresse aus.");
        assert_eq!(Language::De.field_error(&unknown), "Not today.");
    }
}
