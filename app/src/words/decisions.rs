//! Words about what only the organizer can decide: late charges, the clocks, the past, erasure.

use plenary_shared::{Money, format};

use super::{Language, messages};

messages! {
    decide: "A decision is needed", "Eine Entscheidung ist nötig";
    decided: "Decided", "Entschieden";
    refund_detail:
        "The whole charge is given back. The order gets no seats; whoever paid is told.",
        "Der ganze Betrag wird erstattet. Die Bestellung bekommt keine Plätze; wer bezahlt hat, erfährt es.";
    refund_second_detail:
        "This charge is given back. The order stays confirmed.",
        "Diese Zahlung wird erstattet. Die Bestellung bleibt bestätigt.";
    override_quota: "Confirm it anyway", "Trotzdem bestätigen";
    override_detail:
        "The quota is raised by exactly the seats that are missing, and the order is confirmed. Make sure that there is room.",
        "Das Kontingent wächst um genau die fehlenden Plätze, und die Bestellung wird bestätigt. Prüfe, ob genug Platz da ist.";
    really_decide: "This cannot be undone.", "Das lässt sich nicht rückgängig machen.";
    refunding: "The refund is on its way.", "Die Erstattung ist unterwegs.";
    refund_done: "The refund has arrived.", "Die Erstattung ist angekommen.";
    quota_overridden: "Confirmed beyond the quota.", "Über das Kontingent hinaus bestätigt.";
    decided_already: "Somebody has decided this already.", "Darüber ist schon entschieden.";

    erase: "Erase personal data", "Personendaten löschen";
    erase_detail:
        "The names and e-mail addresses of this order are erased everywhere, for ever: registrant and attendees. The order, its seats and its payments stay in the books. It can no longer be found by e-mail and code.",
        "Namen und E-Mail-Adressen dieser Bestellung werden überall und endgültig gelöscht: Besteller und Teilnehmende. Bestellung, Plätze und Zahlungen bleiben in den Büchern. Mit E-Mail und Code ist sie nicht mehr zu finden.";
    erased_now: "The personal data of this order are erased.", "Die Personendaten dieser Bestellung sind gelöscht.";
    privacy: "Privacy", "Datenschutz";

    clocks: "How long seats are held", "Wie lange Plätze gehalten werden";
    clocks_hint: "For new orders; those that are open keep their time.", "Für neue Bestellungen; offene behalten ihre Zeit.";
    shown_minutes: "Time to complete an order, in minutes", "Zeit für eine Bestellung, in Minuten";
    shown_minutes_hint: "What the countdown shows.", "So viel zeigt der Countdown.";
    buffer_minutes: "Extra time for payments on their way, in minutes", "Zusätzliche Zeit für Zahlungen unterwegs, in Minuten";
    buffer_minutes_hint: "Seats are free again after both.", "Erst nach beiden werden die Plätze frei.";
    offer_hours: "Time to accept an offer of the wait list, in hours", "Zeit für ein Angebot der Warteliste, in Stunden";

    now: "Now", "Jetzt";
    back_to_now: "Back to now", "Zurück zu jetzt";
    time_slider: "Show the numbers as they were", "Zahlen zu einem früheren Zeitpunkt";
    funnel: "What became of the orders", "Was aus den Bestellungen wurde";
    sold_so_far: "Sold so far", "Bisher verkauft";
    other_way: "Keep it as it is", "So lassen";
}

impl Language {
    /// The way to give a charge back.
    pub fn refund(self, amount: Money) -> String {
        let amount = format::money(amount, self.locale());
        match self {
            Self::En => format!("Refund {amount}"),
            Self::De => format!("{amount} erstatten"),
        }
    }

    /// That the organizer has promised more than there is.
    pub fn more_sold_than_quota(self, seats: i64) -> String {
        let count = format::number(seats, self.locale());
        match self {
            Self::En => format!("{count} more sold than the quota"),
            Self::De => format!("{count} mehr verkauft als das Kontingent"),
        }
    }

    /// `As of Mar 1, 2026, 09:30`.
    pub fn as_of(self, instant: &str) -> String {
        match self {
            Self::En => format!("As of {instant}"),
            Self::De => format!("Stand: {instant}"),
        }
    }

    /// The whole of the drawing of what is sold against what there is.
    pub fn sold_against(self, sold: i64, quota: i64) -> String {
        let [sold, quota] = [sold, quota].map(|value| format::number(value, self.locale()));
        match self {
            Self::En => format!("Sold so far: {sold} of {quota} seats"),
            Self::De => format!("Bisher verkauft: {sold} von {quota} Plätzen"),
        }
    }
}
