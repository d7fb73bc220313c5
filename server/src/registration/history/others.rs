//! What happened to seats, codes, the wait list and the conference.

use plenary_shared::PromoCodeId;
use plenary_shared::promo_codes::DiscountRule;

use super::{Words, listed};
use crate::conference::contracts::{self as management, PromoCode};
use crate::registration::wait_list::Leaver;
use crate::registration::{promo_code_uses, seat_assignments, seats_availability, wait_list};
use crate::say;

impl Words<'_> {
    pub(super) fn of_seats(self, event: &seats_availability::Event) -> String {
        use seats_availability::Event as E;
        match event {
            E::SeatQuotaSet { seat_type_id, quota, .. } => {
                let name = self.catalogue.name_of(*seat_type_id);
                say!(self.locale, "On offer now: {quota} × {name}.", "Jetzt im Angebot: {quota} × {name}.")
            }
            E::SeatsReserved { details, .. } if details.is_empty() => {
                say!(
                    self.locale,
                    "The order holds no seats any more.",
                    "Die Bestellung hält keine Plätze mehr."
                )
            }
            E::SeatsReserved { details, .. } => {
                let seats = self.quantities(details);
                say!(self.locale, "Held for the order: {seats}.", "Für die Bestellung gehalten: {seats}.")
            }
            E::SeatsReservationCommitted { details, .. } => {
                let seats = self.quantities(details);
                say!(self.locale, "Sold: {seats}.", "Verkauft: {seats}.")
            }
            E::SeatsReservationCancelled { .. } => {
                say!(self.locale, "The held seats are free again.", "Die gehaltenen Plätze sind wieder frei.")
            }
        }
    }

    pub(super) fn of_assignments(self, event: &seat_assignments::Event) -> String {
        use seat_assignments::Event as E;
        match event {
            E::SeatAssignmentsCreated { seats, .. } if seats.len() == 1 => {
                say!(self.locale, "The seat can be assigned.", "Der Platz kann vergeben werden.")
            }
            E::SeatAssignmentsCreated { seats, .. } => {
                let count = seats.len();
                say!(self.locale, "{count} seats can be assigned.", "{count} Plätze können vergeben werden.")
            }
            E::SeatAssigned { position, attendee } => {
                let (seat, who) = (position + 1, self.named(attendee));
                say!(self.locale, "Seat {seat} was given to {who}.", "Auf Platz {seat} sitzt jetzt {who}.")
            }
            E::SeatUnassigned { position } => {
                let seat = position + 1;
                say!(
                    self.locale,
                    "Seat {seat} has nobody assigned any more.",
                    "Auf Platz {seat} sitzt niemand mehr."
                )
            }
            E::SeatAssignmentUpdated { position, attendee } => {
                let (seat, who) = (position + 1, self.named(attendee));
                say!(
                    self.locale,
                    "Who sits on seat {seat} was corrected to {who}.",
                    "Wer auf Platz {seat} sitzt, wurde berichtigt: {who}."
                )
            }
            E::SeatCheckedIn { position, .. } => {
                let seat = position + 1;
                say!(self.locale, "Seat {seat} was checked in.", "Platz {seat} wurde eingelassen.")
            }
            E::SeatCheckInUndone { position } => {
                let seat = position + 1;
                say!(
                    self.locale,
                    "The check-in of seat {seat} was taken back.",
                    "Der Einlass von Platz {seat} wurde zurückgenommen."
                )
            }
            E::AttendeesErased => {
                say!(
                    self.locale,
                    "Who sits on the seats was erased.",
                    "Wer auf den Plätzen sitzt, wurde gelöscht."
                )
            }
        }
    }

    /// Who waits is not said: the list says it for as long as it is needed.
    pub(super) fn of_wait_list(self, event: &wait_list::Event) -> String {
        use wait_list::Event as E;
        match event {
            E::WaitListJoined { seat_type_id, wanted, .. } => {
                let name = self.catalogue.name_of(*seat_type_id);
                say!(
                    self.locale,
                    "Somebody joined the wait list for {wanted} × {name}.",
                    "Neu auf der Warteliste: {wanted} × {name}."
                )
            }
            E::WaitListEntryReduced { wanted, .. } => say!(
                self.locale,
                "Somebody on the wait list wants only {wanted} seats now, and keeps her place.",
                "Jemand auf der Warteliste will nur noch {wanted} Plätze und bleibt an der Reihe."
            ),
            E::WaitListEntryEnlarged { wanted, .. } => say!(
                self.locale,
                "Somebody on the wait list wants {wanted} seats now, and goes to its end.",
                "Jemand auf der Warteliste will jetzt {wanted} Plätze und steht wieder hinten."
            ),
            E::WaitListHolderAdded { .. } => say!(
                self.locale,
                "A link to a place on the wait list was followed.",
                "Ein Link zu einem Platz auf der Warteliste wurde geöffnet."
            ),
            E::WaitListLeft { by: Leaver::Registrant, .. } => {
                say!(self.locale, "Somebody left the wait list.", "Jemand hat die Warteliste verlassen.")
            }
            E::WaitListLeft { by: Leaver::Organizer, .. } => say!(
                self.locale,
                "The organizer took somebody off the wait list.",
                "Die Veranstalter haben jemanden von der Warteliste genommen."
            ),
            E::SeatsOffered { seat_type_id, seats, .. } => {
                let name = self.catalogue.name_of(*seat_type_id);
                say!(
                    self.locale,
                    "Offered to the next on the wait list: {seats} × {name}.",
                    "Den Nächsten auf der Warteliste angeboten: {seats} × {name}."
                )
            }
            E::SeatsOfferExtended { .. } => self.of_offer(["stands longer", "gilt länger"]),
            E::SeatsOfferAccepted { .. } => self.of_offer(["was taken", "wurde angenommen"]),
            E::SeatsOfferDeclined { .. } => self.of_offer(["was declined", "wurde abgelehnt"]),
            E::SeatsOfferLapsed { .. } => {
                self.of_offer(["was not taken in time", "wurde nicht rechtzeitig angenommen"])
            }
        }
    }

    fn of_offer(self, [english, german]: [&str; 2]) -> String {
        say!(
            self.locale,
            "The offer to somebody on the wait list {english}.",
            "Das Angebot an jemanden auf der Warteliste {german}."
        )
    }

    pub(super) fn of_management(self, event: &management::Event) -> String {
        use management::Event as E;
        match event {
            E::ConferenceCreated { details, .. } => {
                let name = &details.name;
                say!(
                    self.locale,
                    "The conference {name} was created.",
                    "Die Konferenz {name} wurde angelegt."
                )
            }
            E::ConferenceUpdated { .. } => say!(
                self.locale,
                "The conference's details were changed.",
                "Die Angaben zur Konferenz wurden geändert."
            ),
            E::ConferencePublished => {
                say!(self.locale, "The conference was published.", "Die Konferenz wurde veröffentlicht.")
            }
            E::ConferenceUnpublished { redirect_url: Some(url) } => say!(
                self.locale,
                "The conference was unpublished; visitors are sent to {url}.",
                "Die Konferenz wurde zurückgezogen; Besucher werden zu {url} geleitet."
            ),
            E::ConferenceUnpublished { redirect_url: None } => {
                say!(self.locale, "The conference was unpublished.", "Die Konferenz wurde zurückgezogen.")
            }
            E::SeatCreated { seat, .. } => {
                let (name, quota, price) = (&seat.name, seat.quota, self.money(seat.price));
                say!(
                    self.locale,
                    "{name} went on offer: {quota} seats at {price}.",
                    "{name} ist neu im Angebot: {quota} Plätze zu {price}."
                )
            }
            E::SeatUpdated { seat, .. } => {
                let (name, quota, price) = (&seat.name, seat.quota, self.money(seat.price));
                say!(
                    self.locale,
                    "{name} was changed: {quota} seats at {price}.",
                    "{name} wurde geändert: {quota} Plätze zu {price}."
                )
            }
            E::PromoCodeCreated { promo_code, .. } => {
                let (code, offer) = (&promo_code.code, self.offer(promo_code));
                say!(
                    self.locale,
                    "The promotional code {code} was added: {offer}.",
                    "Neuer Aktionscode {code}: {offer}."
                )
            }
            E::PromoCodeUpdated { promo_code, .. } => self.code_updated(promo_code),
        }
    }

    fn code_updated(self, promo_code: &PromoCode) -> String {
        let code = &promo_code.code;
        if !promo_code.active {
            return say!(
                self.locale,
                "The promotional code {code} is switched off.",
                "Der Aktionscode {code} ist ausgeschaltet."
            );
        }
        let offer = self.offer(promo_code);
        say!(
            self.locale,
            "The promotional code {code} was changed: {offer}.",
            "Der Aktionscode {code} wurde geändert: {offer}."
        )
    }

    /// What a code takes off, and how often.
    fn offer(self, code: &PromoCode) -> String {
        let discount = match code.discount {
            DiscountRule::Percentage { percent } => {
                say!(self.locale, "{percent}% off", "{percent}\u{a0}% Nachlass")
            }
            DiscountRule::Amount { amount } => {
                let amount = self.money(amount);
                say!(self.locale, "{amount} off", "{amount} Nachlass")
            }
        };
        let scope = match code.seat_type_ids.as_deref() {
            None => String::new(),
            Some([_]) => say!(self.locale, " one seat type", " auf eine Platzart"),
            Some(_) => say!(self.locale, " some seat types", " auf einige Platzarten"),
        };
        let uses = match code.max_uses {
            None => String::new(),
            Some(1) => say!(self.locale, ", once", ", einmal"),
            Some(most) => say!(self.locale, ", at most {most} times", ", höchstens {most}-mal"),
        };
        format!("{discount}{scope}{uses}")
    }

    pub(super) fn of_code_uses(self, event: &promo_code_uses::Event) -> String {
        use promo_code_uses::Event as E;
        match event {
            E::PromoCodesUsed { promo_code_ids, late: true, .. } => {
                let codes = self.codes(promo_code_ids);
                say!(
                    self.locale,
                    "Counted as used again, because the order was paid late: {codes}.",
                    "Wieder als eingelöst gezählt, weil spät bezahlt wurde: {codes}."
                )
            }
            E::PromoCodesUsed { promo_code_ids, late: false, .. } => {
                let codes = self.codes(promo_code_ids);
                say!(self.locale, "Counted as used: {codes}.", "Als eingelöst gezählt: {codes}.")
            }
            E::PromoCodesGivenBack { promo_code_ids, .. } => {
                let codes = self.codes(promo_code_ids);
                say!(
                    self.locale,
                    "No longer counted as used: {codes}.",
                    "Nicht mehr als eingelöst gezählt: {codes}."
                )
            }
        }
    }

    fn codes(self, ids: &[PromoCodeId]) -> String {
        listed(ids.iter().map(|id| {
            let known = self.catalogue.promo_codes.iter().find(|it| it.id == *id);
            match known {
                Some(known) => known.promo_code.code.clone(),
                None => say!(self.locale, "a promotional code", "ein Aktionscode"),
            }
        }))
    }
}
