//! Words at the door.

use plenary_shared::format;

use super::{Language, messages};

messages! {
    check_in: "Check-in", "Einlass";
    check_in_lead:
        "One tap lets somebody in. Without a network it goes on, and is sent later.",
        "Ein Tippen lässt jemanden ein. Auch ohne Netz: Gesendet wird dann später.";
    search_guests: "Name, e-mail or ticket code", "Name, E-Mail oder Ticketcode";
    scan: "Scan tickets", "Tickets scannen";
    stop_scanning: "Stop scanning", "Scannen beenden";
    camera_view: "What the camera sees", "Bild der Kamera";
    no_camera: "The camera cannot be used.", "Die Kamera lässt sich nicht benutzen.";
    no_camera_detail:
        "Allow it for this site in the browser's settings, or search by name or code.",
        "Erlaube sie dieser Seite in den Einstellungen des Browsers, oder suche nach Name oder Code.";
    let_in: "Check in", "Einlassen";
    undo: "Undo", "Rückgängig";
    is_in: "Checked in", "Eingelassen";
    is_in_already: "Already checked in", "Schon eingelassen";
    not_in_yet: "Not checked in yet", "Noch nicht eingelassen";
    taken_back: "Check-in taken back", "Einlass zurückgenommen";
    is_waiting: "Waiting to be sent", "Wartet auf Verbindung";
    unknown_ticket: "No such ticket", "Kein solches Ticket";
    unknown_ticket_detail:
        "It is not one of this conference, or its order is not confirmed.",
        "Es gehört nicht zu dieser Konferenz, oder die Bestellung ist nicht bestätigt.";
    guests: "Attendees", "Teilnehmende";
    no_guest_found: "Nobody found", "Niemand gefunden";
    sent_by_itself:
        "It is kept on this device and sent as soon as the connection is back. Go on.",
        "Alles bleibt auf diesem Gerät und wird gesendet, sobald die Verbindung zurück ist. Mach einfach weiter.";
    ticket_code: "Ticket code", "Ticketcode";
}

impl Language {
    fn count(self, value: usize) -> String {
        format::number(i64::try_from(value).unwrap_or(i64::MAX), self.locale())
    }

    /// `12 of 120 checked in`.
    pub fn in_of(self, inside: usize, all: usize) -> String {
        let (inside, all) = (self.count(inside), self.count(all));
        match self {
            Self::En => format!("{inside} of {all} checked in"),
            Self::De => format!("{inside} von {all} eingelassen"),
        }
    }

    /// Since when somebody is in.
    pub fn since(self, instant: &str) -> String {
        match self {
            Self::En => format!("since {instant}"),
            Self::De => format!("seit {instant}"),
        }
    }

    /// What has not reached the server yet.
    pub fn waiting_to_be_sent(self, count: usize) -> String {
        match (self, count) {
            (Self::En, 1) => "1 change at the door is waiting to be sent".to_owned(),
            (Self::En, _) => format!("{} changes at the door are waiting to be sent", self.count(count)),
            (Self::De, 1) => "1 Änderung am Einlass wartet auf die Verbindung".to_owned(),
            (Self::De, _) => format!("{} Änderungen am Einlass warten auf die Verbindung", self.count(count)),
        }
    }

    /// That more were found than are shown.
    pub fn more_found(self, count: usize) -> String {
        let count = self.count(count);
        match self {
            Self::En => format!("and {count} more: search to find them"),
            Self::De => format!("und {count} weitere: such nach ihnen"),
        }
    }

    /// A button about one of many.
    pub fn regarding(self, action: &str, whom: &str) -> String {
        format!("{action}: {whom}")
    }
}
