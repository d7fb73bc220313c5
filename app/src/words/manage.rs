//! The organizer's words.

use plenary_shared::registration::{DaySummary, OrderStatus, SeatTypeSummary};
use plenary_shared::{Currency, FieldError, Money, Problem, format};

use super::{Explanation, Language, messages};
use crate::api::ApiError;

messages! {
    sections: "Conference", "Konferenz";
    dashboard: "Dashboard", "Übersicht";
    details: "Details", "Angaben";
    seat_types: "Seat types", "Platzarten";
    orders: "Orders", "Bestellungen";
    attendees: "Attendees", "Teilnehmende";
    sign_out: "Sign out", "Abmelden";
    signed_out: "You are signed out.", "Du bist abgemeldet.";
    session_over: "Please sign in again.", "Bitte melde dich wieder an.";
    session_over_detail:
        "Your session has ended. Once you are signed in, you go on where you were, with everything that you typed.",
        "Deine Sitzung ist abgelaufen. Nach dem Anmelden geht es weiter, wo du warst, mit allem, was du eingegeben hast.";
    try_once_more: "Try again", "Noch einmal versuchen";
    to_locate: "Locate your conference", "Zur Anmeldung";
    optional: "(optional)", "(optional)";
    cancel: "Cancel", "Abbrechen";
    edit: "Edit", "Bearbeiten";
    delete: "Delete", "Löschen";
    actions: "Actions", "Aktionen";
    manage_offline: "The server is out of reach.", "Der Server ist nicht erreichbar.";
    manage_offline_detail:
        "What you see may be old. It follows again as soon as the connection is back.",
        "Was hier steht, ist vielleicht veraltet. Sobald die Verbindung zurück ist, geht es weiter.";

    locate_title: "Manage your conference", "Konferenz verwalten";
    locate_lead:
        "With the e-mail address you created it with, and the access code you were shown then.",
        "Mit der E-Mail-Adresse und dem Zugangscode vom Anlegen der Konferenz.";
    locate: "Locate", "Öffnen";
    email_address: "E-mail address", "E-Mail-Adresse";
    organizer_code_hint: "Five characters. Capital or small letters, both work.", "Fünf Zeichen, groß oder klein geschrieben.";
    no_conference_yet: "No conference yet?", "Noch keine Konferenz?";

    create_conference: "Create conference", "Konferenz anlegen";
    create_lead:
        "It stays invisible until you publish it, and almost all of it can be changed later.",
        "Sie bleibt unsichtbar, bis du sie veröffentlichst, und fast alles lässt sich später ändern.";
    duplicate: "Duplicate this conference", "Konferenz duplizieren";
    duplicate_lead:
        "Everything but the days is copied, with the seat types. Orders and codes stay where they are.",
        "Alles außer den Tagen wird übernommen, auch die Platzarten. Bestellungen und Codes bleiben, wo sie sind.";
    not_all_copied: "Not all seat types could be copied.", "Nicht alle Platzarten ließen sich übernehmen.";
    not_all_copied_detail: "Look at the seat types and add what is missing.", "Sieh bei den Platzarten nach und ergänze, was fehlt.";
    language_of_texts: "Language of these texts", "Sprache dieser Texte";
    language_of_texts_hint:
        "In other languages you give them later, under Details.",
        "In anderen Sprachen gibst du sie später unter Angaben ein.";
    language_not_said: "Not said", "Nicht angegeben";
    in_language_hint:
        "For those who read the page in this language. What stays empty is shown in your own words.",
        "Für alle, die die Seite in dieser Sprache lesen. Was leer bleibt, erscheint in deinen Worten.";
    preview: "Preview", "Vorschau";
    preview_name: "Name of the conference", "Name der Konferenz";
    preview_days: "First to last day", "Erster bis letzter Tag";
    the_conference: "The conference", "Die Konferenz";
    you: "You", "Du";
    name: "Name", "Name";
    slug: "Address", "Adresse";
    slug_hint:
        "What its link ends in: letters, digits and hyphens. It cannot be changed later.",
        "Das Ende des Links: Buchstaben, Ziffern und Bindestriche. Später nicht mehr änderbar.";
    tagline: "Tagline", "Untertitel";
    description: "Description", "Beschreibung";
    location: "Location", "Ort";
    start_date: "First day", "Erster Tag";
    end_date: "Last day", "Letzter Tag";
    currency: "Currency", "Währung";
    time_zone: "Time zone", "Zeitzone";
    owner_name: "Your name", "Dein Name";
    owner_email_hint:
        "With it and your access code you come back.",
        "Damit und mit deinem Zugangscode kommst du zurück.";

    created: "Your conference is ready", "Deine Konferenz ist bereit";
    your_access_code: "Access code", "Zugangscode";
    copy_code: "Copy", "Kopieren";
    copied: "Copied", "Kopiert";
    to_dashboard: "Continue to the dashboard", "Weiter zur Übersicht";

    publication: "Publication", "Veröffentlichung";
    published: "Published", "Veröffentlicht";
    not_published: "Not published", "Nicht veröffentlicht";
    publish: "Publish", "Veröffentlichen";
    unpublish: "Unpublish", "Zurückziehen";
    unpublish_lead:
        "Unpublishing closes the registration and hides the page. Orders stay as they are, and you can publish again.",
        "Zurückziehen beendet die Anmeldung und verbirgt die Seite. Bestellungen bleiben, und du kannst erneut veröffentlichen.";
    redirect_link: "Send visitors to", "Besucher weiterleiten zu";
    redirect_hint: "A link that starts with https://", "Ein Link, der mit https:// beginnt";
    public_page: "Open the public page", "Öffentliche Seite öffnen";

    stale: "Somebody else has changed the conference.", "Jemand anderes hat die Konferenz geändert.";
    stale_detail:
        "Your changes are still here and not saved. Take the other ones and lose yours, or keep yours and save again.",
        "Deine Änderungen sind noch da, aber nicht gespeichert. Übernimm die anderen und verwirf deine, oder behalte deine und speichere noch einmal.";
    take_theirs: "Show the other changes", "Die anderen übernehmen";
    keep_mine: "Keep mine", "Meine behalten";
    stale_seat_type: "Somebody else has changed this seat type.", "Jemand anderes hat diese Platzart geändert.";
    stale_seat_type_detail:
        "Your change is not saved. Look at it as it is now, and change it again.",
        "Deine Änderung ist nicht gespeichert. Sieh dir den neuen Stand an und ändere noch einmal.";
    look_again: "Show it as it is now", "Neuen Stand zeigen";
    seen_as_it_is:
        "Your change was not saved. This is how it is now.",
        "Deine Änderung wurde nicht gespeichert. So ist der Stand jetzt.";

    seat_types_lead:
        "What you sell: each kind of seat with its price and how many of it there are.",
        "Was du verkaufst: jede Platzart mit ihrem Preis und ihrer Anzahl.";
    seat_type: "Seat type", "Platzart";
    new_seat_type: "New seat type", "Neue Platzart";
    add_seat_type: "Add seat type", "Platzart hinzufügen";
    no_seat_types_yet: "No seat types yet", "Noch keine Platzarten";
    no_seat_types_yet_detail:
        "Add the first one, and there is something to sell.",
        "Mit der ersten gibt es etwas zu verkaufen.";
    quota: "Quota", "Kontingent";
    quota_hint: "How many seats there are.", "So viele Plätze gibt es.";
    sold: "Sold", "Verkauft";
    held_now: "Held", "Gehalten";
    left: "Free", "Frei";
    sold_word: "sold", "verkauft";
    held_word: "held", "gehalten";
    free_word: "free", "frei";
    never_deleted:
        "The conference has been published, so its seat types can no longer be deleted. Set a quota to what is sold, and nothing more of it is sold.",
        "Die Konferenz war schon veröffentlicht, deshalb lassen sich Platzarten nicht mehr löschen. Setze das Kontingent auf die verkaufte Anzahl, dann wird nichts mehr davon verkauft.";

    seats_heading: "Seats", "Plätze";
    seats_table: "Seats in numbers", "Plätze in Zahlen";
    revenue: "Revenue", "Einnahmen";
    by_day: "Sales by day", "Verkäufe nach Tagen";
    day: "Day", "Tag";
    as_table: "Show as table", "Als Tabelle zeigen";
    no_sales_yet: "No sales yet.", "Noch nichts verkauft.";
    no_orders_yet: "No orders yet", "Noch keine Bestellungen";
    no_attendees_yet: "No attendees yet", "Noch keine Teilnehmenden";
    nothing_yet_detail:
        "They appear here by themselves as soon as the first order comes.",
        "Sobald die erste Bestellung kommt, steht sie hier von selbst.";
    activity: "Activity", "Was gerade geschieht";
    nothing_happened_yet: "Nothing has happened lately.", "In letzter Zeit ist nichts geschehen.";
    attention: "Needs attention", "Braucht eine Entscheidung";
    to_the_first_sale: "To the first sale", "Bis zum ersten Verkauf";
    step_create: "Create the conference", "Konferenz anlegen";
    step_seat_types: "Add a seat type", "Platzart hinzufügen";
    step_publish: "Publish it", "Veröffentlichen";
    step_share: "Share the link to its page", "Den Link zur Seite teilen";
    done_already: "(done)", "(erledigt)";

    search: "Search", "Suche";
    status_label: "Status", "Status";
    any_status: "All", "Alle";
    any_seat_type: "All", "Alle";
    csv: "Download CSV", "CSV herunterladen";
    load_more: "Load more", "Mehr laden";
    show_them: "Show", "Zeigen";
    nothing_found: "Nothing found", "Nichts gefunden";
    nothing_found_detail: "Try another search or another filter.", "Versuch eine andere Suche oder einen anderen Filter.";
    registrant: "Registrant", "Besteller";
    nobody_named: "Not named yet", "Noch ohne Namen";
    placed: "Placed", "Bestellt";
    one_order: "Order", "Bestellung";
    order_id: "Order number", "Bestellnummer";
    seat_position: "Seat in the order", "Platz der Bestellung";
    free_of_charge: "Free of charge", "Kostenlos";
    yes: "Yes", "Ja";
    columns: "Columns", "Spalten";
    usual_columns: "Show the usual columns", "Übliche Spalten zeigen";
    sort_by: "Sort by", "Sortieren nach";
    ascending: "Ascending", "Aufsteigend";
    descending: "Descending", "Absteigend";
    newest_first: "Newest first", "Neueste zuerst";
    by_order: "Order by order", "Nach Bestellungen";
    all_orders: "All orders", "Alle Bestellungen";
    history: "History", "Verlauf";
}

/// What is said of a problem: title and detail in English, then in German.
type Said = [(&'static str, &'static str); 2];

fn said(slug: &str) -> Option<Said> {
    Some(match slug {
        "wrong-email-or-code" => [
            ("We found no conference with these.", "Please check the e-mail address and the access code."),
            ("Dazu haben wir keine Konferenz gefunden.", "Bitte E-Mail-Adresse und Zugangscode prüfen."),
        ],
        "slow-down" => [
            ("That was tried too often.", "Please wait a few minutes and try again."),
            ("Das waren zu viele Versuche.", "Bitte ein paar Minuten warten und dann noch einmal versuchen."),
        ],
        "not-found" => [
            (
                "There is no such page.",
                "The link may be mistyped, or you are signed in to another conference.",
            ),
            (
                "Diese Seite gibt es nicht.",
                "Vielleicht ist der Link vertippt, oder du bist bei einer anderen Konferenz angemeldet.",
            ),
        ],
        "order-not-found" => [
            ("This conference has no such order.", "The link may be mistyped."),
            ("Diese Konferenz hat keine solche Bestellung.", "Vielleicht ist der Link vertippt."),
        ],
        "slug-taken" => [
            ("This address is taken.", "Please choose another one."),
            ("Diese Adresse ist vergeben.", "Bitte wähle eine andere."),
        ],
        "already-decided" | "nothing-to-decide" => [
            ("This has been decided already.", "Look at the order: it shows what was decided."),
            ("Darüber ist schon entschieden.", "Die Bestellung zeigt, wie."),
        ],
        "override-impossible" => [
            (
                "It cannot be confirmed.",
                "Only a charge that came too late for its seats can. Refund it instead.",
            ),
            (
                "Sie lässt sich nicht bestätigen.",
                "Das geht nur, wenn die Zahlung zu spät für ihre Plätze kam. Erstatte sie stattdessen.",
            ),
        ],
        "published-once" => [
            (
                "It can no longer be deleted.",
                "The conference has been published. Set the quota to what is sold, and nothing more is sold.",
            ),
            (
                "Das lässt sich nicht mehr löschen.",
                "Die Konferenz war schon veröffentlicht. Setze das Kontingent auf die verkaufte Anzahl.",
            ),
        ],
        "stale-version" => [
            ("Somebody else was faster.", "Please look at the newest state and try again."),
            ("Jemand anderes war schneller.", "Bitte den neuesten Stand ansehen und noch einmal versuchen."),
        ],
        _ => return None,
    })
}

/// What is said of a broken rule, in English and in German.
fn said_of_rule(field: &str, rule: &str) -> Option<[&'static str; 2]> {
    Some(match (field, rule) {
        ("slug", "taken") => [
            "This address is taken. Please choose another one.",
            "Diese Adresse ist vergeben. Bitte wähle eine andere.",
        ],
        ("slug", "reserved") => [
            "We need this address ourselves. Please choose another one.",
            "Diese Adresse brauchen wir selbst. Bitte wähle eine andere.",
        ],
        ("slug", _) => [
            "3 to 60 letters, digits and hyphens, a letter or digit first.",
            "3 bis 60 Buchstaben, Ziffern und Bindestriche, vorn ein Buchstabe oder eine Ziffer.",
        ],
        (_, "order") => {
            ["The last day cannot be before the first.", "Der letzte Tag kann nicht vor dem ersten liegen."]
        }
        ("time_zone", _) => ["We do not know this time zone.", "Diese Zeitzone kennen wir nicht."],
        ("currency", "fixed") => {
            ["The currency is fixed once there are seat types.", "Mit Platzarten liegt die Währung fest."]
        }
        (_, "url") => [
            "A link starts with https:// and has no spaces.",
            "Ein Link beginnt mit https:// und hat keine Leerzeichen.",
        ],
        (_, "price") => [
            "Please enter a price, such as 199 or 49.50.",
            "Bitte einen Preis eingeben, etwa 199 oder 49,50.",
        ],
        ("price.amount", "range") => ["This price is too high.", "Dieser Preis ist zu hoch."],
        ("code", "taken") => {
            ["The conference has this code already.", "Diesen Code hat die Konferenz schon."]
        }
        ("code", _) => [
            "3 to 32 letters, digits, underscores and hyphens.",
            "3 bis 32 Buchstaben, Ziffern, Unter- und Bindestriche.",
        ],
        ("discount" | "discount.percent", "percent" | "range") => {
            ["Please enter a whole number from 1 to 100.", "Bitte eine ganze Zahl von 1 bis 100 eingeben."]
        }
        ("discount.amount.amount", "range") => {
            ["This discount is too low or too high.", "Dieser Nachlass ist zu klein oder zu groß."]
        }
        ("max_uses", _) => {
            ["A number from 1 to 1,000,000, or nothing.", "Eine Zahl von 1 bis 1.000.000, oder nichts."]
        }
        (_, "itself") => ["A code cannot go with itself.", "Ein Code geht nicht mit sich selbst zusammen."],
        (_, "promo_code") => ["One of these is no code.", "Einer davon ist kein Code."],
        ("reservation_shown_s" | "reservation_buffer_s" | "waitlist_offer_s", "duration") => {
            ["Please enter a time, such as 15 or 7:30.", "Bitte eine Zeit eingeben, etwa 15 oder 7:30."]
        }
        ("reservation_shown_s" | "reservation_buffer_s" | "waitlist_offer_s", _) => {
            ["This time is too short or too long.", "Diese Zeit ist zu kurz oder zu lang."]
        }
        (_, "count") => ["Please enter a whole number.", "Bitte eine ganze Zahl eingeben."],
        ("quota", "range") => ["A number from 0 to 1,000,000.", "Eine Zahl von 0 bis 1.000.000."],
        _ => return None,
    })
}

impl Language {
    const fn choose<T: Copy>(self, english: T, german: T) -> T {
        match self {
            Self::En => english,
            Self::De => german,
        }
    }

    /// A refusal in the organizer's words.
    pub fn manage_problem(self, problem: &Problem) -> Explanation {
        let known =
            said(problem.slug()).or_else(|| if problem.status == 429 { said("slow-down") } else { None });
        match known {
            Some([english, german]) => {
                let (title, detail) = self.choose(english, german);
                Explanation::new(title, detail)
            }
            None if problem.status == 401 => Explanation::new(self.session_over(), ""),
            None => self.problem(problem),
        }
    }

    /// Why something did not happen.
    pub fn manage_failure(self, error: &ApiError) -> Explanation {
        match error {
            ApiError::Refused(problem) => self.manage_problem(problem),
            ApiError::Unreachable => Explanation::new(self.unreachable(), self.unreachable_detail()),
            ApiError::Unreadable => Explanation::new(self.outdated(), self.outdated_detail()),
        }
    }

    /// What is wrong with which field; a taken address is about its field.
    pub fn manage_field_errors(self, problem: &Problem) -> Vec<FieldError> {
        if problem.slug() == "slug-taken" {
            return vec![FieldError::new("slug", "taken", "")];
        }
        problem.errors.clone()
    }

    /// A broken rule in this language; in the words of the server where the catalogue has none.
    pub fn manage_field_error(self, error: &FieldError) -> String {
        match said_of_rule(&error.field, &error.rule) {
            Some([english, german]) if error.rule != "required" => self.choose(english, german).to_owned(),
            _ => self.field_error(error),
        }
    }

    /// Where an order stands.
    pub const fn status(self, status: OrderStatus) -> &'static str {
        let [english, german] = match status {
            OrderStatus::Pending => ["Pending", "Offen"],
            OrderStatus::PartiallyReserved => ["Partly held", "Teilweise gehalten"],
            OrderStatus::Reserved => ["Held", "Gehalten"],
            OrderStatus::PaymentPending => ["Paying", "In Zahlung"],
            OrderStatus::Confirmed => ["Confirmed", "Bestätigt"],
            OrderStatus::Expired => ["Expired", "Abgelaufen"],
            OrderStatus::Cancelled => ["Given back", "Zurückgegeben"],
            OrderStatus::NeedsAttention => ["Needs attention", "Braucht Entscheidung"],
            OrderStatus::Refunded => ["Refunded", "Erstattet"],
        };
        self.choose(english, german)
    }

    /// `In German`.
    pub const fn in_language(self, other: Self) -> &'static str {
        match (self, other) {
            (Self::En, Self::En) => "In English",
            (Self::En, Self::De) => "In German",
            (Self::De, Self::En) => "Auf Englisch",
            (Self::De, Self::De) => "Auf Deutsch",
        }
    }

    pub fn created_lead(self, conference: &str) -> String {
        match self {
            Self::En => format!("{conference} is created. Nobody sees it until you publish it."),
            Self::De => format!("{conference} ist angelegt. Niemand sieht sie, bis du sie veröffentlichst."),
        }
    }

    /// Why the code must be kept.
    pub fn code_shown_once(self, email: &str) -> String {
        match self {
            Self::En => format!(
                "Keep it safe: it is shown only now. With it and {email} you come back to your conference."
            ),
            Self::De => format!(
                "Bewahre ihn gut auf: Er wird nur jetzt gezeigt. Damit und mit {email} kommst du zurück."
            ),
        }
    }

    pub fn really_delete(self, seat_type: &str) -> String {
        match self {
            Self::En => format!("Really delete {seat_type}?"),
            Self::De => format!("{seat_type} wirklich löschen?"),
        }
    }

    /// In what a price is typed.
    pub fn price_hint(self, currency: Currency) -> String {
        match self {
            Self::En => format!("In {currency}; 0 is free."),
            Self::De => format!("In {currency}; 0 ist kostenlos."),
        }
    }

    /// In what a discount is typed.
    pub fn discount_hint(self, currency: Currency) -> String {
        match self {
            Self::En => format!("In percent from 1 to 100, or in {currency}."),
            Self::De => format!("In Prozent von 1 bis 100, oder in {currency}."),
        }
    }

    /// `120 of 300 sold`.
    pub fn sold_of(self, sold: i64, quota: i64) -> String {
        let (sold, quota) = (format::number(sold, self.locale()), format::number(quota, self.locale()));
        match self {
            Self::En => format!("{sold} of {quota} sold"),
            Self::De => format!("{sold} von {quota} verkauft"),
        }
    }

    /// A bar in words.
    pub fn sold_held_free(self, figures: &SeatTypeSummary) -> String {
        let count = |value| format::number(value, self.locale());
        let (sold, held, free) = (count(figures.sold), count(figures.held), count(figures.free));
        let name = &figures.name;
        match self {
            Self::En => format!("{name}: {sold} sold, {held} held, {free} free"),
            Self::De => format!("{name}: {sold} verkauft, {held} gehalten, {free} frei"),
        }
    }

    /// A column in words.
    pub fn sold_on(self, day: &DaySummary) -> String {
        let date = format::date_short(day.date, self.locale());
        format!("{date}: {}, {}", self.seat_count(day.seats), self.amount(day.revenue))
    }

    fn amount(self, money: Money) -> String {
        format::money(money, self.locale())
    }

    /// The height of the highest column.
    pub fn best_day(self, seats: i64) -> String {
        let seats = self.seat_count(seats);
        match self {
            Self::En => format!("Seats sold by day, at most {seats}"),
            Self::De => format!("Verkaufte Plätze nach Tagen, höchstens {seats}"),
        }
    }

    /// How much of a list is on screen.
    pub fn rows_shown(self, count: usize, has_more: bool) -> String {
        let count = format::number(i64::try_from(count).unwrap_or(i64::MAX), self.locale());
        match (self, has_more) {
            (Self::En, false) => format!("{count} in all"),
            (Self::En, true) => format!("The first {count}"),
            (Self::De, false) => format!("{count} insgesamt"),
            (Self::De, true) => format!("Die ersten {count}"),
        }
    }

    /// What came since the list was loaded.
    pub fn new_orders(self, count: usize) -> String {
        match (self, count) {
            (Self::En, 1) => "1 new order".to_owned(),
            (Self::En, _) => format!("{count} new orders"),
            (Self::De, 1) => "1 neue Bestellung".to_owned(),
            (Self::De, _) => format!("{count} neue Bestellungen"),
        }
    }

    /// Who sits on an order's seats.
    pub fn named_and_unnamed(self, names: &[String], unnamed: usize) -> String {
        let open = match (self, unnamed) {
            (_, 0) => return names.join(", "),
            (Self::En, _) => format!("{unnamed} unassigned"),
            (Self::De, _) => format!("{unnamed} offen"),
        };
        if names.is_empty() { open } else { format!("{}, {open}", names.join(", ")) }
    }

    /// The link from an attendee to the order.
    pub fn order_of_seat(self, name: Option<&str>, position: i64) -> String {
        match (self, name) {
            (Self::En, Some(name)) => format!("Order of {name}"),
            (Self::De, Some(name)) => format!("Bestellung von {name}"),
            (Self::En, None) => format!("Order of seat {}", position + 1),
            (Self::De, None) => format!("Bestellung von Platz {}", position + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organizers_refusal_is_explained_in_her_language() {
        let problem = Problem::new("wrong-email-or-code", 401, "Wrong");
        assert_eq!(Language::De.manage_problem(&problem).title, "Dazu haben wir keine Konferenz gefunden.");
        let problem = Problem::new("brand-new", 429, "Slow");
        assert_eq!(Language::En.manage_problem(&problem).title, "That was tried too often.");
    }

    #[test]
    fn a_taken_address_is_about_its_field() {
        let errors = Language::En.manage_field_errors(&Problem::new("slug-taken", 409, "Taken"));
        assert_eq!(
            Language::En.manage_field_error(&errors[0]),
            "This address is taken. Please choose another one."
        );
    }

    #[test]
    fn names_and_what_is_open_are_said_together() {
        let names = ["Ada".to_owned(), "Bo".to_owned()];
        assert_eq!(Language::En.named_and_unnamed(&names, 1), "Ada, Bo, 1 unassigned");
        assert_eq!(Language::De.named_and_unnamed(&[], 2), "2 offen");
    }
}
