//! Words of the registrant's way: choose, check out, pay, done, assign.

use plenary_shared::Money;
use plenary_shared::conference::Conference;
use plenary_shared::format;

use super::{Language, messages};

messages! {
    steps: "Steps", "Schritte";
    step_seats: "Seats", "Plätze";
    step_details: "Details", "Angaben";
    step_done: "Done", "Fertig";

    choose_seats: "Choose your seats", "Plätze auswählen";
    about: "About", "Über die Konferenz";
    when: "When", "Wann";
    place: "Where", "Wo";
    free: "Free", "Kostenlos";
    sold_out: "Sold out", "Ausverkauft";
    no_seat_types: "Seats are not on sale yet.", "Noch sind keine Plätze im Verkauf.";
    total: "Total", "Gesamt";
    order_now: "Order now", "Jetzt bestellen";
    choose_some: "Choose at least one seat.", "Wähle mindestens einen Platz.";
    still_held: "You have an order in progress.", "Du hast eine offene Bestellung.";
    to_the_order: "Continue with it", "Weiter zur Bestellung";
    back_to_choice: "Back to the choice of seats", "Zurück zur Auswahl";

    check_out: "Almost there", "Fast geschafft";
    your_order: "Your order", "Deine Bestellung";
    your_details: "Your details", "Deine Angaben";
    your_details_hint: "You find your order again with this address.", "Mit dieser Adresse findest du die Bestellung wieder.";
    seat: "Seat", "Platz";
    quantity: "Quantity", "Anzahl";
    price: "Price", "Preis";
    first_name: "First name", "Vorname";
    last_name: "Last name", "Nachname";
    use_it: "Use it", "Übernehmen";
    pay: "Pay", "Bezahlen";
    confirm: "Confirm", "Bestätigen";
    leaving_to_pay: "Taking you to the payment…", "Weiter zur Zahlung…";
    confirming: "Confirming…", "Wird bestätigt…";
    one_moment: "One moment…", "Einen Moment…";

    holding: "Holding your seats…", "Deine Plätze werden reserviert…";
    held: "Your seats are held for you.", "Deine Plätze sind reserviert.";
    time_left: "Time left", "Verbleibende Zeit";
    more_time: "More time", "Mehr Zeit";
    five_minutes_left: "5 minutes left to complete your order.", "Noch 5 Minuten für deine Bestellung.";
    one_minute_left: "1 minute left to complete your order.", "Noch 1 Minute für deine Bestellung.";
    change_seats: "Change the seats", "Plätze ändern";
    update_seats: "Update the seats", "Plätze übernehmen";
    give_back: "Give the seats back", "Plätze zurückgeben";

    partly_held: "We could not hold everything.", "Nicht alles war noch zu haben.";
    none_held: "These seats have just gone.", "Diese Plätze sind gerade weg.";
    partly_held_detail:
        "What we could get is held for you. How do you want to go on?",
        "Was noch da war, ist für dich reserviert. Wie soll es weitergehen?";
    none_held_detail: "You can choose others.", "Du kannst andere wählen.";
    go_on_with_these: "Continue with these", "Damit weitermachen";
    keep_choosing: "Change", "Ändern";

    time_is_up: "Time is up", "Die Zeit ist um";
    time_is_up_detail:
        "Your seats were held for as long as we can. Nothing was charged.",
        "Länger konnten wir die Plätze nicht halten. Es wurde nichts berechnet.";
    try_again: "Try again with the same seats", "Mit denselben Plätzen noch einmal";
    given_back: "The seats are given back", "Die Plätze sind zurückgegeben";
    given_back_detail: "Nothing was charged.", "Es wurde nichts berechnet.";
    choose_again: "Choose again", "Neu auswählen";

    payment_declined: "The payment was declined.", "Die Zahlung wurde abgelehnt.";
    payment_declined_detail:
        "Nothing was charged, and your seats are still held. You can try again.",
        "Es wurde nichts berechnet, und deine Plätze sind noch reserviert. Versuch es noch einmal.";
    payment_pending: "Waiting for your payment", "Wir warten auf deine Zahlung";
    payment_pending_detail:
        "As soon as the payment provider tells us, your order is confirmed here by itself.",
        "Sobald der Zahlungsanbieter sich meldet, erscheint hier die Bestätigung von selbst.";
    to_the_payment: "Go to the payment", "Zur Zahlung";
    needs_attention: "We have your payment, but not your seats", "Deine Zahlung ist da, die Plätze nicht mehr";
    needs_attention_detail:
        "It arrived after the seats had been given back. The organizer decides now: you get your seats or your money. You need do nothing.",
        "Sie kam an, als die Plätze schon vergeben waren. Die Veranstalter entscheiden: Plätze oder Geld zurück. Du musst nichts tun.";
    refunded: "Your money is on its way back", "Dein Geld ist unterwegs zu dir";
    refunded_detail:
        "This order was refunded. Your bank may take a few days to show it.",
        "Diese Bestellung wurde erstattet. Bis deine Bank es zeigt, können ein paar Tage vergehen.";

    confirmed: "You are in", "Du bist dabei";
    your_code: "Your access code", "Dein Zugangscode";
    your_code_hint:
        "With it and your e-mail address you find this order again, on any device.",
        "Damit und mit deiner E-Mail-Adresse findest du diese Bestellung überall wieder.";
    who_comes: "Who is coming?", "Wer kommt?";
    who_comes_detail: "Now or later; a name per seat.", "Jetzt oder später: ein Name je Platz.";
    i_come: "I'm the first attendee", "Ich nehme den ersten Platz";
    copy_down: "Copy down", "Nach unten kopieren";
    save: "Save", "Speichern";
    saved: "Saved", "Gespeichert";
    change: "Change", "Ändern";
    paste_list: "Paste a list", "Liste einfügen";
    people_list: "Attendees, one a line", "Teilnehmende, je Zeile eine Person";
    people_list_hint:
        "First name, last name and e-mail address, as a spreadsheet copies them or between commas.",
        "Vorname, Nachname und E-Mail-Adresse, aus einer Tabelle kopiert oder mit Kommas getrennt.";
    nobody_in_list: "No e-mail address was found in it.", "Darin war keine E-Mail-Adresse zu finden.";
    seat_them: "Put them on the free seats", "Auf die freien Plätze setzen";
    free_the_seat: "Clear", "Leeren";
    nobody_yet: "Nobody yet", "Noch niemand";

    tickets: "Tickets", "Tickets";
    tickets_lead:
        "Print this page, or show it at the entrance. Each ticket is for one person.",
        "Zum Ausdrucken oder Vorzeigen am Einlass. Jedes Ticket gilt für eine Person.";
    all_tickets: "All tickets", "Alle Tickets";
    ticket: "Ticket", "Ticket";
    back_to_the_order: "Back to the order", "Zurück zur Bestellung";
    add_to_calendar: "Add to calendar", "In den Kalender";

    redacted: "Is this your order?", "Ist das deine Bestellung?";
    redacted_detail:
        "Open it with your e-mail address and access code to see and change everything.",
        "Öffne sie mit E-Mail-Adresse und Zugangscode, um alles zu sehen und zu ändern.";

    offline: "You are offline, or we are.", "Keine Verbindung.";
    offline_detail:
        "Everything you typed is kept. We go on by ourselves when the connection is back.",
        "Deine Eingaben bleiben erhalten. Sobald die Verbindung zurück ist, geht es von selbst weiter.";
    unreachable: "We could not reach the server.", "Der Server war nicht zu erreichen.";
    unreachable_detail: "Nothing is lost. Please try again.", "Nichts ist verloren. Bitte noch einmal versuchen.";
    outdated: "This page is older than the server.", "Diese Seite ist älter als der Server.";
    outdated_detail: "Please load it again.", "Bitte neu laden.";
}

impl Language {
    /// `7 left`, or a warning when few are.
    pub fn seats_left(self, available: i64) -> String {
        let count = format::number(available, self.locale());
        match (self, available) {
            (_, ..=0) => self.sold_out().to_owned(),
            (Self::En, 1..=10) => format!("Only {count} left"),
            (Self::De, 1..=10) => format!("Nur noch {count}"),
            (Self::En, _) => format!("{count} left"),
            (Self::De, _) => format!("{count} verfügbar"),
        }
    }

    /// `3 seats`.
    pub fn seat_count(self, count: i64) -> String {
        match (self, count) {
            (Self::En, 1) => "1 seat".to_owned(),
            (Self::En, _) => format!("{count} seats"),
            (Self::De, 1) => "1 Platz".to_owned(),
            (Self::De, _) => format!("{count} Plätze"),
        }
    }

    /// A time that runs down: `14:05`, or in hours where it is long.
    pub fn remaining(self, seconds: u64) -> String {
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        match (self, hours) {
            (_, 0) => format::minutes_and_seconds(seconds),
            (Self::En, _) => format!("{hours}\u{a0}h\u{a0}{minutes:02}\u{a0}min"),
            (Self::De, _) => format!("{hours}\u{a0}Std.\u{a0}{minutes:02}\u{a0}Min."),
        }
    }

    /// The label of a seat type's quantity.
    pub fn quantity_for(self, seat_type: &str) -> String {
        match self {
            Self::En => format!("Quantity for {seat_type}"),
            Self::De => format!("Anzahl für {seat_type}"),
        }
    }

    pub fn one_fewer(self, seat_type: &str) -> String {
        match self {
            Self::En => format!("One fewer {seat_type}"),
            Self::De => format!("Weniger {seat_type}"),
        }
    }

    pub fn one_more(self, seat_type: &str) -> String {
        match self {
            Self::En => format!("One more {seat_type}"),
            Self::De => format!("Mehr {seat_type}"),
        }
    }

    /// What could be held of what was asked for.
    pub fn asked_and_held(self, requested: i64, reserved: i64) -> String {
        match self {
            Self::En => format!("You asked for {requested}, we could hold {reserved}."),
            Self::De => format!("Gewünscht: {requested}, reserviert: {reserved}."),
        }
    }

    /// Says that fewer are left than were chosen.
    pub fn fewer_left_than_chosen(self, seat_type: &str, available: i64) -> String {
        let left = self.seats_left(available);
        format!("{seat_type}: {left}")
    }

    /// A likely slip in an e-mail address.
    pub fn did_you_mean(self, email: &str) -> String {
        match self {
            Self::En => format!("Did you mean {email}?"),
            Self::De => format!("Meintest du {email}?"),
        }
    }

    /// A price, or that there is none.
    pub fn price_of(self, money: Money) -> String {
        if money.amount == 0 { self.free().to_owned() } else { format::money(money, self.locale()) }
    }

    /// `Confirmed: RustConf`.
    pub fn see_you_at(self, conference: &str) -> String {
        match self {
            Self::En => format!("Your order for {conference} is confirmed."),
            Self::De => format!("Deine Bestellung für {conference} ist bestätigt."),
        }
    }

    /// The legend of a seat's fields; people count from one.
    pub fn seat_number(self, position: i64, seat_type: &str) -> String {
        match self {
            Self::En => format!("Seat {}: {seat_type}", position + 1),
            Self::De => format!("Platz {}: {seat_type}", position + 1),
        }
    }

    /// How many of a pasted list have a seat now.
    pub fn people_seated(self, seated: usize, listed: usize) -> String {
        match (self, seated == listed) {
            (_, _) if listed == 0 => self.nobody_in_list().to_owned(),
            (Self::En, true) => format!("{seated} seated."),
            (Self::De, true) => format!("{seated} eingetragen."),
            (Self::En, false) => format!("{seated} of {listed} seated; no more seats are free."),
            (Self::De, false) => format!("{seated} von {listed} eingetragen; mehr Plätze sind nicht frei."),
        }
    }

    /// A ticket's code, for those who cannot see it.
    pub fn code_of_ticket(self, seat: &str) -> String {
        match self {
            Self::En => format!("Code to scan, {seat}"),
            Self::De => format!("Code zum Scannen, {seat}"),
        }
    }

    /// When a conference is: `March 1–3, 2026`.
    pub fn days_of(self, conference: &Conference) -> String {
        format::date_range(conference.start_date, conference.end_date, self.locale())
    }

    /// Leads to where the organizer sends visitors.
    pub fn go_to(self, url: &str) -> String {
        let place = url.split_once("://").map_or(url, |(_, rest)| rest);
        match self {
            Self::En => format!("Continue to {place}"),
            Self::De => format!("Weiter zu {place}"),
        }
    }
}
