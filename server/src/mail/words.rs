//! What letters say, in every language of the site.

use plenary_shared::conference::Conference;
use plenary_shared::format::{self, Locale};
use plenary_shared::registration::Person;

use super::draft::{Block, Draft};
use super::letter::{Access, Attention, Offer, Order, Seat};

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

/// Seats as a list: `2 × General`.
fn seats(seats: &[(i64, String)]) -> Block {
    Block::List(seats.iter().map(|(quantity, name)| format!("{quantity} × {name}")).collect())
}

fn greeting(locale: Locale, person: &Person) -> Block {
    let name = person.full_name();
    let name = name.trim();
    match locale {
        Locale::En => text(format!("Hello {name},")),
        Locale::De => text(format!("Hallo {name},")),
    }
}

/// When and where: `1 – 2 June 2026, Berlin`.
fn when_and_where(locale: Locale, it: &Conference) -> String {
    let days = format::date_range(it.start_date, it.end_date, locale);
    [days, it.location.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The access code of a new conference.
pub fn access(locale: Locale, it: &Access, url: String) -> Draft {
    let (subject, created, keep, code, link) = match locale {
        Locale::En => (
            format!("The access code of {}", it.name),
            format!("{} was created. Manage it with your e-mail address and this access code.", it.name),
            "Keep this letter: the code is shown nowhere again.",
            "Access code",
            "Manage the conference",
        ),
        Locale::De => (
            format!("Der Zugangscode von {}", it.name),
            format!(
                "{} wurde angelegt. Du verwaltest die Konferenz mit deiner E-Mail-Adresse und diesem Zugangscode.",
                it.name
            ),
            "Bewahre diesen Brief auf: Der Code wird nirgends wieder angezeigt.",
            "Zugangscode",
            "Konferenz verwalten",
        ),
    };
    let blocks = vec![
        greeting(locale, &it.owner),
        text(created),
        Block::Code { label: code, code: it.access_code.clone() },
        text(keep),
        Block::Link { label: link, url },
    ];
    Draft { language: locale.tag(), subject, blocks }
}

/// A confirmed order: `url` proves its reader to be a holder of it.
pub fn order(locale: Locale, it: &Order, url: String) -> Draft {
    let (name, total) = (&it.conference.name, format::money(it.total, locale));
    let free = it.total.amount == 0;
    let (subject, confirmed, total, code, find, link) = match locale {
        Locale::En => (
            format!("Your registration for {name}"),
            format!("your registration for {name} is confirmed. These are your seats:"),
            if free { "Free of charge.".to_owned() } else { format!("Paid: {total}.") },
            "Access code of the order",
            "With this code and your e-mail address you find the order again. Whoever has this letter can change the \
             order: do not pass it on.",
            "See the order and assign its seats",
        ),
        Locale::De => (
            format!("Deine Anmeldung zu {name}"),
            format!("deine Anmeldung zu {name} ist bestätigt. Das sind deine Plätze:"),
            if free { "Kostenlos.".to_owned() } else { format!("Bezahlt: {total}.") },
            "Zugangscode der Bestellung",
            "Mit diesem Code und deiner E-Mail-Adresse findest du die Bestellung wieder. Wer diesen Brief hat, kann die \
             Bestellung ändern: Gib ihn nicht weiter.",
            "Bestellung ansehen und Plätze vergeben",
        ),
    };
    let blocks = vec![
        greeting(locale, &it.registrant),
        text(confirmed),
        seats(&it.seats),
        text(total),
        text(when_and_where(locale, &it.conference)),
        Block::Code { label: code, code: it.access_code.clone() },
        text(find),
        Block::Link { label: link, url },
    ];
    Draft { language: locale.tag(), subject, blocks }
}

/// A seat that somebody was given.
pub fn seat(locale: Locale, it: &Seat, url: String) -> Draft {
    let name = &it.conference.name;
    let (subject, given, link) = match locale {
        Locale::En => (
            format!("Your seat at {name}"),
            format!("a seat at {name} is yours: {}.", it.seat_type_name),
            "See the conference",
        ),
        Locale::De => (
            format!("Dein Platz bei {name}"),
            format!("du hast einen Platz bei {name}: {}.", it.seat_type_name),
            "Konferenz ansehen",
        ),
    };
    let blocks = vec![
        greeting(locale, &it.attendee),
        text(given),
        text(when_and_where(locale, &it.conference)),
        Block::Link { label: link, url },
    ];
    Draft { language: locale.tag(), subject, blocks }
}

/// Seats that are held for somebody who waits: `url` proves its reader to be a holder of the order. `until` is in the
/// conference's own time.
pub fn offer(locale: Locale, it: &Offer, until: &str, url: String) -> Draft {
    let name = &it.conference.name;
    let (subject, offered, terms, link) = match locale {
        Locale::En => (
            format!("Seats for you at {name}"),
            format!("You are on the wait list of {name}. These seats are held for you now:"),
            format!(
                "They are yours if you complete the order by {until}; then they are offered to the next."
            ),
            "Take the seats, or give them back",
        ),
        Locale::De => (
            format!("Plätze für dich bei {name}"),
            format!("Du stehst auf der Warteliste von {name}. Diese Plätze sind jetzt für dich reserviert:"),
            format!(
                "Sie gehören dir, wenn du die Bestellung bis {until} abschließt; danach werden sie den Nächsten \
                 angeboten."
            ),
            "Plätze nehmen oder zurückgeben",
        ),
    };
    let blocks = vec![
        text(offered),
        seats(std::slice::from_ref(&it.seats)),
        text(terms),
        Block::Link { label: link, url },
    ];
    Draft { language: locale.tag(), subject, blocks }
}

/// A charge that the organizer has to decide about.
pub fn attention(locale: Locale, it: &Attention, url: String) -> Draft {
    let (subject, asked, link) = match locale {
        Locale::En => (
            format!("A payment for {} needs your decision", it.name),
            "a payment needs your decision: give the money back, or find the seats.",
            "Decide",
        ),
        Locale::De => (
            format!("Eine Zahlung für {} braucht deine Entscheidung", it.name),
            "eine Zahlung braucht deine Entscheidung: Geld zurückgeben oder Plätze schaffen.",
            "Entscheiden",
        ),
    };
    let blocks = vec![
        greeting(locale, &it.owner),
        text(asked),
        text(it.reason.clone()),
        Block::Link { label: link, url },
    ];
    Draft { language: locale.tag(), subject, blocks }
}
