//! What happened to an order.

use plenary_shared::Money;
use plenary_shared::pricing::AppliedCode;
use plenary_shared::registration::{Discount, SeatQuantity};

use super::super::order::{ErasedBy, Event as E, OrderLine, OrderedSeat};
use super::{Words, listed, needs_attention};
use crate::say;

impl Words<'_> {
    pub(super) fn of_order(self, event: &E) -> String {
        match event {
            E::OrderPlaced { seats, promo_codes, .. } => {
                let (seats, codes) = (ordered(seats), self.with_codes(promo_codes));
                say!(self.locale, "An order was placed for {seats}{codes}.", "Bestellt: {seats}{codes}.")
            }
            E::OrderTotalsCalculated { lines, discounts, total, free } => {
                let free =
                    if *free { say!(self.locale, ", free of charge", ", kostenlos") } else { String::new() };
                self.totals(lines, discounts, *total, &free)
            }
            E::OrderSeatsChanged { seats, promo_codes } => self.seats_changed(seats, promo_codes),
            E::OrderPromoCodesChanged { promo_codes } => self.codes_changed(promo_codes),
            E::OrderPartiallyReserved { reserved } => self.partly_held(reserved),
            E::OrderReservationCompleted { reserved } => {
                let seats = self.quantities(reserved);
                say!(
                    self.locale,
                    "Everything asked for is held: {seats}.",
                    "Alles Gewünschte wird gehalten: {seats}."
                )
            }
            E::OrderHolderAdded { .. } => say!(
                self.locale,
                "The order was found with e-mail and access code.",
                "Die Bestellung wurde mit E-Mail und Zugangscode gefunden."
            ),
            E::OrderRegistrantAssigned { registrant, .. } => {
                let who = self.named(registrant);
                say!(self.locale, "The registrant is {who}.", "Bestellt hat {who}.")
            }
            E::OrderPaymentStarted { total, .. } => {
                let total = self.money(*total);
                say!(
                    self.locale,
                    "The registrant went to pay {total}.",
                    "Die Zahlung von {total} wurde begonnen."
                )
            }
            E::OrderPaymentRejected { .. } => say!(
                self.locale,
                "The payment was rejected; the seats are still held.",
                "Die Zahlung wurde abgelehnt; die Plätze werden noch gehalten."
            ),
            E::OrderConfirmed { payment_id, late, total, .. } => {
                self.confirmed(payment_id.map(|_| self.money(*total)), *late)
            }
            E::OrderExpirationExtended { .. } => say!(
                self.locale,
                "The registrant asked for more time and got it.",
                "Die Bestellung hat auf Wunsch mehr Zeit."
            ),
            E::OrderExpired { held } => self.expired(held),
            E::OrderCancelled { held } => self.cancelled(held),
            E::OrderNeedsAttention { reason, amount, .. } => needs_attention(*reason, *amount, self.locale),
            E::OrderRefundDecided { amount, .. } => self.refund_decided(*amount),
            E::OrderPaymentRefunded { amount, .. } => {
                let amount = self.money(*amount);
                say!(self.locale, "{amount} was given back.", "{amount} wurden erstattet.")
            }
            E::OrderQuotaOverridden { missing, .. } => self.quota_overridden(missing),
            E::OrderPersonalDataErased { by: ErasedBy::Organizer, .. } => say!(
                self.locale,
                "The organizer had the order's personal data erased.",
                "Die Veranstalter ließen die Personendaten der Bestellung löschen."
            ),
        }
    }

    fn totals(self, lines: &[OrderLine], discounts: &[Discount], total: Money, free: &str) -> String {
        let total = self.money(total);
        if lines.iter().all(|line| line.quantity == 0) {
            return say!(
                self.locale,
                "The total was calculated: {total}, because no seats are held.",
                "Der Gesamtpreis wurde berechnet: {total}, weil keine Plätze gehalten werden."
            );
        }
        let (seats, discounts) = (self.priced(lines), self.after_discounts(discounts));
        say!(
            self.locale,
            "The total was calculated: {total}{free}, for {seats}{discounts}.",
            "Der Gesamtpreis wurde berechnet: {total}{free}, für {seats}{discounts}."
        )
    }

    fn seats_changed(self, seats: &[OrderedSeat], codes: &[AppliedCode]) -> String {
        let (seats, codes) = (ordered(seats), self.with_codes(codes));
        say!(
            self.locale,
            "The registrant changed the seats to {seats}{codes}.",
            "Die Plätze wurden geändert: {seats}{codes}."
        )
    }

    fn codes_changed(self, codes: &[AppliedCode]) -> String {
        if codes.is_empty() {
            return say!(
                self.locale,
                "The registrant uses no promotional code any more.",
                "Die Bestellung nutzt keinen Aktionscode mehr."
            );
        }
        let codes = self.with_codes(codes);
        say!(
            self.locale,
            "The registrant changed the order to be{codes}.",
            "Die Bestellung gilt jetzt{codes}."
        )
    }

    fn partly_held(self, reserved: &[SeatQuantity]) -> String {
        if reserved.is_empty() {
            return say!(self.locale, "No seats could be held.", "Es konnten keine Plätze gehalten werden.");
        }
        let seats = self.quantities(reserved);
        say!(
            self.locale,
            "Only a part could be held: {seats}.",
            "Nur ein Teil konnte gehalten werden: {seats}."
        )
    }

    /// `paid` is nothing where there was nothing to pay.
    fn confirmed(self, paid: Option<String>, late: bool) -> String {
        match paid {
            Some(paid) if late => say!(
                self.locale,
                "Paid after the seats had been released, and they could be had again: confirmed for {paid}.",
                "Bezahlt, als die Plätze schon frei waren, und sie waren noch zu haben: bestätigt für {paid}."
            ),
            Some(paid) => say!(self.locale, "Confirmed for {paid}.", "Bestätigt für {paid}."),
            None => say!(self.locale, "Confirmed, free of charge.", "Bestätigt, kostenlos."),
        }
    }

    fn expired(self, held: &[SeatQuantity]) -> String {
        if held.is_empty() {
            return say!(
                self.locale,
                "The order expired; it held no seats.",
                "Die Bestellung ist verfallen; sie hatte keine Plätze."
            );
        }
        let seats = self.quantities(held);
        say!(
            self.locale,
            "The order expired and gave back {seats}.",
            "Die Bestellung ist verfallen; wieder frei sind {seats}."
        )
    }

    fn cancelled(self, held: &[SeatQuantity]) -> String {
        if held.is_empty() {
            return say!(
                self.locale,
                "The registrant gave the order up.",
                "Die Bestellung wurde zurückgegeben."
            );
        }
        let seats = self.quantities(held);
        say!(
            self.locale,
            "The registrant gave the order up, and with it {seats}.",
            "Die Bestellung wurde zurückgegeben; wieder frei sind {seats}."
        )
    }

    fn refund_decided(self, amount: Money) -> String {
        let amount = self.money(amount);
        say!(
            self.locale,
            "The organizer decided to give {amount} back.",
            "Die Veranstalter haben entschieden, {amount} zu erstatten."
        )
    }

    fn quota_overridden(self, missing: &[SeatQuantity]) -> String {
        if missing.is_empty() {
            return say!(
                self.locale,
                "The organizer decided to confirm the order; its seats are free again.",
                "Die Veranstalter haben entschieden, die Bestellung zu bestätigen; ihre Plätze sind wieder frei."
            );
        }
        let seats = self.quantities(missing);
        say!(
            self.locale,
            "The organizer decided to offer more seats than before, so that the order has its own: {seats}.",
            "Die Veranstalter haben entschieden, mehr Plätze anzubieten, damit die Bestellung ihre hat: {seats}."
        )
    }

    /// Ends a sentence about an order that uses codes.
    fn with_codes(self, codes: &[AppliedCode]) -> String {
        let all = listed(codes.iter().map(|it| it.code.clone()));
        match codes {
            [] => String::new(),
            [_] => say!(self.locale, " with the promotional code {all}", " mit dem Aktionscode {all}"),
            _ => say!(self.locale, " with the promotional codes {all}", " mit den Aktionscodes {all}"),
        }
    }

    /// What each code took off, inside a sentence about a total.
    fn after_discounts(self, discounts: &[Discount]) -> String {
        if discounts.is_empty() {
            return String::new();
        }
        let taken = listed(discounts.iter().map(|it| {
            let (amount, code) = (self.money(it.amount), &it.code);
            say!(self.locale, "{amount} with {code}", "{amount} mit {code}")
        }));
        say!(self.locale, ", after {taken} off", ", nach Abzug von {taken}")
    }

    fn priced(self, lines: &[OrderLine]) -> String {
        listed(lines.iter().filter(|line| line.quantity > 0).map(|line| {
            let (quantity, name) = (line.quantity, self.catalogue.name_of(line.seat_type_id));
            let price = self.money(line.unit_price);
            say!(self.locale, "{quantity} × {name} at {price}", "{quantity} × {name} zu {price}")
        }))
    }
}

fn ordered(seats: &[OrderedSeat]) -> String {
    listed(seats.iter().map(|seat| format!("{} × {}", seat.quantity, seat.name)))
}
