//! Recorded events in plain words, in the language of whoever reads them.

use plenary_shared::format::{self, Locale};
use plenary_shared::registration::{HistoryEvent, Person, ProcessDecision, SeatQuantity};
use plenary_shared::{Money, OrderId};

use super::catalogue::Catalogue;
use super::order::{self, AttentionReason};
use super::promo_code_uses;
use super::reactors::Decision;
use super::seat_assignments;
use super::seats_availability;
use super::wait_list;
use crate::conference::contracts as management;
use crate::eventstore::RecordedEvent;
use crate::payments::contracts as payments;
use crate::personal::Personal;
use crate::say;

mod orders;
mod others;

/// What an event says to the organizer.
pub fn tell(event: &RecordedEvent, catalogue: &Catalogue, locale: Locale) -> HistoryEvent {
    // A conversation that is not about the conference as a whole is about one order.
    let order_id = (event.correlation_id != event.conference_id.0).then_some(OrderId(event.correlation_id));
    HistoryEvent {
        position: event.position,
        recorded_at: event.recorded_at,
        kind: event.event.name().to_owned(),
        order_id,
        text: Words { locale, catalogue }.of(event),
    }
}

/// What sentences are made of: the reader's language, and what seats and codes are called.
#[derive(Debug, Clone, Copy)]
struct Words<'c> {
    locale: Locale,
    catalogue: &'c Catalogue,
}

impl Words<'_> {
    fn of(self, event: &RecordedEvent) -> String {
        if let Some(happened) = event.get::<order::Event>() {
            return self.of_order(happened);
        }
        if let Some(happened) = event.get::<seats_availability::Event>() {
            return self.of_seats(happened);
        }
        if let Some(happened) = event.get::<promo_code_uses::Event>() {
            return self.of_code_uses(happened);
        }
        if let Some(happened) = event.get::<seat_assignments::Event>() {
            return self.of_assignments(happened);
        }
        if let Some(happened) = event.get::<wait_list::Event>() {
            return self.of_wait_list(happened);
        }
        if let Some(happened) = event.get::<management::Event>() {
            return self.of_management(happened);
        }
        let of_payment = payments::in_words(event.event.as_ref(), self.locale);
        of_payment.unwrap_or_else(|| event.event.name().to_owned())
    }

    fn money(self, money: Money) -> String {
        format::money(money, self.locale)
    }

    fn quantities(self, seats: &[SeatQuantity]) -> String {
        let name = |seat: &SeatQuantity| self.catalogue.name_of(seat.seat_type_id);
        listed(seats.iter().map(|seat| format!("{} × {}", seat.quantity, name(seat))))
    }

    /// Who a person is or, after her data was erased, that there was one.
    fn named(self, person: &Personal<Person>) -> String {
        match person.reveal() {
            Some(it) => format!("{} ({})", it.full_name(), it.email),
            None => say!(
                self.locale,
                "somebody whose personal data was erased",
                "jemand, dessen Personendaten gelöscht wurden"
            ),
        }
    }
}

/// Why somebody has to look at a charge.
pub fn needs_attention(reason: AttentionReason, amount: Money, locale: Locale) -> String {
    let amount = format::money(amount, locale);
    match reason {
        AttentionReason::LateAndSoldOut => say!(
            locale,
            "{amount} was paid too late: the seats could not be had any more.",
            "{amount} kamen zu spät: Die Plätze waren nicht mehr zu haben."
        ),
        AttentionReason::SecondCharge => {
            say!(locale, "{amount} was paid a second time.", "{amount} wurden ein zweites Mal bezahlt.")
        }
        AttentionReason::WrongAmount => say!(
            locale,
            "{amount} was paid, which is not what the order costs.",
            "{amount} wurden bezahlt, die Bestellung kostet aber etwas anderes."
        ),
    }
}

/// What a registration process decided, as it is recorded.
pub fn decided(decision: &Decision, locale: Locale) -> ProcessDecision {
    let steps = decision.commands.iter().map(|name| step(name, locale));
    let then = say!(locale, ", then to ", ", dann ");
    let steps = steps.collect::<Vec<_>>().join(&then);
    let text = say!(
        locale,
        "The registration process decided to {steps}.",
        "Der Ablauf der Bestellung entschied: {steps}."
    );
    ProcessDecision { at: decision.at, commands: decision.commands.clone(), text }
}

/// A command of the process; one that is no longer given keeps its name.
fn step(command: &str, locale: Locale) -> &str {
    let [english, german] = match command {
        "MakeSeatReservation" => ["ask for the seats", "die Plätze anfragen"],
        "MarkSeatsAsReserved" => {
            ["tell the order which seats it holds", "der Bestellung sagen, welche Plätze sie hat"]
        }
        "RecordPaymentRejected" => [
            "tell the order that the payment was rejected",
            "der Bestellung sagen, dass die Zahlung abgelehnt wurde",
        ],
        "CompletePayment" => {
            ["tell the order that the payment was completed", "der Bestellung sagen, dass die Zahlung da ist"]
        }
        "ExpireOrder" => [
            "let the order expire, because its time was up",
            "die Bestellung verfallen lassen, weil ihre Zeit um war",
        ],
        "CancelSeatReservation" => ["give the held seats back", "die gehaltenen Plätze zurückgeben"],
        "CommitSeatReservation" => {
            ["sell the held seats for good", "die gehaltenen Plätze endgültig verkaufen"]
        }
        other => [other, other],
    };
    match locale {
        Locale::En => english,
        Locale::De => german,
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
