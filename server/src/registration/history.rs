//! Recorded events in plain words.

use plenary_shared::pricing::AppliedCode;
use plenary_shared::promo_codes::DiscountRule;
use plenary_shared::registration::{Discount, HistoryEvent, Person, ProcessDecision, SeatQuantity};
use plenary_shared::{OrderId, PromoCodeId};

use super::catalogue::Catalogue;
use super::order::{self, AttentionReason, OrderLine, OrderedSeat};
use super::promo_code_uses;
use super::reactors::Decision;
use super::seat_assignments;
use super::seats_availability;
use super::wait_list::{self, Leaver};
use crate::conference::contracts as management;
use crate::eventstore::RecordedEvent;
use crate::payments::contracts as payments;
use crate::personal::Personal;

/// What an event says to the organizer.
pub fn tell(event: &RecordedEvent, catalogue: &Catalogue) -> HistoryEvent {
    // A conversation that is not about the conference as a whole is about one order.
    let order_id = (event.correlation_id != event.conference_id.0).then_some(OrderId(event.correlation_id));
    HistoryEvent {
        position: event.position,
        recorded_at: event.recorded_at,
        kind: event.event.name().to_owned(),
        order_id,
        text: in_words(event, catalogue),
    }
}

fn in_words(event: &RecordedEvent, catalogue: &Catalogue) -> String {
    if let Some(happened) = event.get::<order::Event>() {
        return of_order(happened, catalogue);
    }
    if let Some(happened) = event.get::<seats_availability::Event>() {
        return of_seats(happened, catalogue);
    }
    if let Some(happened) = event.get::<promo_code_uses::Event>() {
        return of_code_uses(happened, catalogue);
    }
    if let Some(happened) = event.get::<seat_assignments::Event>() {
        return of_assignments(happened);
    }
    if let Some(happened) = event.get::<wait_list::Event>() {
        return of_wait_list(happened, catalogue);
    }
    if let Some(happened) = event.get::<management::Event>() {
        return of_management(happened);
    }
    payments::in_words(event.event.as_ref()).unwrap_or_else(|| event.event.name().to_owned())
}

fn of_order(event: &order::Event, catalogue: &Catalogue) -> String {
    use order::Event as E;
    match event {
        E::OrderPlaced { seats, promo_codes, .. } => {
            format!("An order was placed for {}{}.", ordered(seats), with_codes(promo_codes))
        }
        E::OrderTotalsCalculated { lines, total, .. } if lines.iter().all(|line| line.quantity == 0) => {
            format!("The total was calculated: {total}, because no seats are held.")
        }
        E::OrderTotalsCalculated { lines, discounts, total, free } => {
            let free = if *free { ", free of charge" } else { "" };
            let (seats, discounts) = (priced(lines, catalogue), after_discounts(discounts));
            format!("The total was calculated: {total}{free}, for {seats}{discounts}.")
        }
        E::OrderSeatsChanged { seats, promo_codes } => {
            format!("The registrant changed the seats to {}{}.", ordered(seats), with_codes(promo_codes))
        }
        E::OrderPromoCodesChanged { promo_codes } if promo_codes.is_empty() => {
            "The registrant uses no promotional code any more.".to_owned()
        }
        E::OrderPromoCodesChanged { promo_codes } => {
            format!("The registrant changed the order to be{}.", with_codes(promo_codes))
        }
        E::OrderPartiallyReserved { reserved } if reserved.is_empty() => "No seats could be held.".to_owned(),
        E::OrderPartiallyReserved { reserved } => {
            format!("Only a part could be held: {}.", quantities(reserved, catalogue))
        }
        E::OrderReservationCompleted { reserved } => {
            format!("Everything asked for is held: {}.", quantities(reserved, catalogue))
        }
        E::OrderHolderAdded { .. } => "The order was found with e-mail and access code.".to_owned(),
        E::OrderRegistrantAssigned { registrant, .. } => {
            format!("The registrant is {}.", named(registrant))
        }
        E::OrderPaymentStarted { total, .. } => format!("The registrant went to pay {total}."),
        E::OrderPaymentRejected { .. } => "The payment was rejected; the seats are still held.".to_owned(),
        E::OrderConfirmed { late: true, total, .. } => {
            format!(
                "Paid after the seats had been released, and they could be had again: confirmed for {total}."
            )
        }
        E::OrderConfirmed { payment_id: None, .. } => "Confirmed, free of charge.".to_owned(),
        E::OrderConfirmed { total, .. } => format!("Confirmed for {total}."),
        E::OrderExpirationExtended { .. } => "The registrant asked for more time and got it.".to_owned(),
        E::OrderExpired { held } if held.is_empty() => "The order expired; it held no seats.".to_owned(),
        E::OrderExpired { held } => {
            format!("The order expired and gave back {}.", quantities(held, catalogue))
        }
        E::OrderCancelled { held } if held.is_empty() => "The registrant gave the order up.".to_owned(),
        E::OrderCancelled { held } => {
            format!("The registrant gave the order up, and with it {}.", quantities(held, catalogue))
        }
        E::OrderNeedsAttention { reason, amount, .. } => needs_attention(*reason, &amount.to_string()),
        E::OrderRefundDecided { amount, .. } => format!("The organizer decided to give {amount} back."),
        E::OrderPaymentRefunded { amount, .. } => format!("{amount} was given back."),
        E::OrderQuotaOverridden { missing, .. } if missing.is_empty() => {
            "The organizer decided to confirm the order; its seats are free again.".to_owned()
        }
        E::OrderQuotaOverridden { missing, .. } => format!(
            "The organizer decided to offer more seats than before, so that the order has its own: {}.",
            quantities(missing, catalogue)
        ),
        E::OrderPersonalDataErased { by: order::ErasedBy::Organizer, .. } => {
            "The organizer had the order's personal data erased.".to_owned()
        }
    }
}

/// Why somebody has to look at a charge.
pub fn needs_attention(reason: AttentionReason, amount: &str) -> String {
    match reason {
        AttentionReason::LateAndSoldOut => {
            format!("{amount} was paid too late: the seats could not be had any more.")
        }
        AttentionReason::SecondCharge => format!("{amount} was paid a second time."),
        AttentionReason::WrongAmount => format!("{amount} was paid, which is not what the order costs."),
    }
}

fn of_seats(event: &seats_availability::Event, catalogue: &Catalogue) -> String {
    use seats_availability::Event as E;
    match event {
        E::SeatQuotaSet { seat_type_id, quota, .. } => {
            format!("{} seats of {} are offered.", quota, catalogue.name_of(*seat_type_id))
        }
        E::SeatsReserved { details, .. } if details.is_empty() => {
            "The order holds no seats any more.".to_owned()
        }
        E::SeatsReserved { details, .. } => {
            format!("Held for the order: {}.", quantities(details, catalogue))
        }
        E::SeatsReservationCommitted { details, .. } => format!("Sold: {}.", quantities(details, catalogue)),
        E::SeatsReservationCancelled { .. } => "The held seats are free again.".to_owned(),
    }
}

fn of_assignments(event: &seat_assignments::Event) -> String {
    use seat_assignments::Event as E;
    match event {
        E::SeatAssignmentsCreated { seats, .. } if seats.len() == 1 => "The seat can be assigned.".to_owned(),
        E::SeatAssignmentsCreated { seats, .. } => format!("{} seats can be assigned.", seats.len()),
        E::SeatAssigned { position, attendee } => {
            format!("Seat {} was given to {}.", position + 1, named(attendee))
        }
        E::SeatUnassigned { position } => format!("Seat {} has nobody assigned any more.", position + 1),
        E::SeatAssignmentUpdated { position, attendee } => {
            format!("Who sits on seat {} was corrected to {}.", position + 1, named(attendee))
        }
        E::SeatCheckedIn { position, .. } => format!("Seat {} was checked in.", position + 1),
        E::SeatCheckInUndone { position } => format!("The check-in of seat {} was taken back.", position + 1),
        E::AttendeesErased => "Who sits on the seats was erased.".to_owned(),
    }
}

/// Who a person is or, after her data was erased, that there was one.
fn named(person: &Personal<Person>) -> String {
    person.reveal().map_or_else(
        || "somebody whose personal data was erased".to_owned(),
        |it| format!("{} {} ({})", it.first_name, it.last_name, it.email),
    )
}

/// Who waits is not said: the list says it for as long as it is needed.
fn of_wait_list(event: &wait_list::Event, catalogue: &Catalogue) -> String {
    use wait_list::Event as E;
    match event {
        E::WaitListJoined { seat_type_id, wanted, .. } => {
            format!("Somebody joined the wait list for {wanted} × {}.", catalogue.name_of(*seat_type_id))
        }
        E::WaitListEntryReduced { wanted, .. } => {
            format!("Somebody on the wait list wants only {wanted} seats now, and keeps her place.")
        }
        E::WaitListEntryEnlarged { wanted, .. } => {
            format!("Somebody on the wait list wants {wanted} seats now, and goes to its end.")
        }
        E::WaitListHolderAdded { .. } => "A link to a place on the wait list was followed.".to_owned(),
        E::WaitListLeft { by: Leaver::Registrant, .. } => "Somebody left the wait list.".to_owned(),
        E::WaitListLeft { by: Leaver::Organizer, .. } => {
            "The organizer took somebody off the wait list.".to_owned()
        }
        E::SeatsOffered { seat_type_id, seats, .. } => {
            format!("Offered to the next on the wait list: {seats} × {}.", catalogue.name_of(*seat_type_id))
        }
        E::SeatsOfferExtended { .. } => "The offer to somebody on the wait list stands longer.".to_owned(),
        E::SeatsOfferAccepted { .. } => "The offer to somebody on the wait list was taken.".to_owned(),
        E::SeatsOfferDeclined { .. } => "The offer to somebody on the wait list was declined.".to_owned(),
        E::SeatsOfferLapsed { .. } => {
            "The offer to somebody on the wait list was not taken in time.".to_owned()
        }
    }
}

fn of_management(event: &management::Event) -> String {
    use management::Event as E;
    match event {
        E::ConferenceCreated { details, .. } => format!("The conference {} was created.", details.name),
        E::ConferenceUpdated { .. } => "The conference's details were changed.".to_owned(),
        E::ConferencePublished => "The conference was published.".to_owned(),
        E::ConferenceUnpublished { redirect_url: Some(url) } => {
            format!("The conference was unpublished; visitors are sent to {url}.")
        }
        E::ConferenceUnpublished { redirect_url: None } => "The conference was unpublished.".to_owned(),
        E::SeatCreated { seat, .. } => {
            format!("{} went on offer: {} seats at {}.", seat.name, seat.quota, seat.price)
        }
        E::SeatUpdated { seat, .. } => {
            format!("{} was changed: {} seats at {}.", seat.name, seat.quota, seat.price)
        }
        E::PromoCodeCreated { promo_code, .. } => {
            format!("The promotional code {} was added: {}.", promo_code.code, offer(promo_code))
        }
        E::PromoCodeUpdated { promo_code, .. } if !promo_code.active => {
            format!("The promotional code {} is switched off.", promo_code.code)
        }
        E::PromoCodeUpdated { promo_code, .. } => {
            format!("The promotional code {} was changed: {}.", promo_code.code, offer(promo_code))
        }
    }
}

/// What a code takes off, and how often.
fn offer(code: &management::PromoCode) -> String {
    let discount = match code.discount {
        DiscountRule::Percentage { percent } => format!("{percent} % off"),
        DiscountRule::Amount { amount } => format!("{amount} off"),
    };
    let scope = match code.seat_type_ids.as_deref() {
        None => "",
        Some([_]) => " one seat type",
        Some(_) => " some seat types",
    };
    let uses = match code.max_uses {
        None => String::new(),
        Some(1) => ", once".to_owned(),
        Some(most) => format!(", at most {most} times"),
    };
    format!("{discount}{scope}{uses}")
}

/// Ends a sentence about an order that uses codes.
fn with_codes(codes: &[AppliedCode]) -> String {
    match codes {
        [] => String::new(),
        [only] => format!(" with the promotional code {}", only.code),
        several => {
            format!(" with the promotional codes {}", listed(several.iter().map(|it| it.code.clone())))
        }
    }
}

/// What each code took off, inside a sentence about a total.
fn after_discounts(discounts: &[Discount]) -> String {
    if discounts.is_empty() {
        return String::new();
    }
    let taken = discounts.iter().map(|it| format!("{} with {}", it.amount, it.code));
    format!(", after {} off", listed(taken))
}

fn of_code_uses(event: &promo_code_uses::Event, catalogue: &Catalogue) -> String {
    use promo_code_uses::Event as E;
    let codes = |ids: &[PromoCodeId]| {
        let name = |id: &PromoCodeId| {
            let known = catalogue.promo_codes.iter().find(|it| it.id == *id);
            known.map_or("a promotional code", |it| &it.promo_code.code).to_owned()
        };
        listed(ids.iter().map(name))
    };
    match event {
        E::PromoCodesUsed { promo_code_ids, late: true, .. } => {
            format!("Counted as used again, because the order was paid late: {}.", codes(promo_code_ids))
        }
        E::PromoCodesUsed { promo_code_ids, late: false, .. } => {
            format!("Counted as used: {}.", codes(promo_code_ids))
        }
        E::PromoCodesGivenBack { promo_code_ids, .. } => {
            format!("No longer counted as used: {}.", codes(promo_code_ids))
        }
    }
}

fn priced(lines: &[OrderLine], catalogue: &Catalogue) -> String {
    listed(lines.iter().filter(|line| line.quantity > 0).map(|line| {
        let name = catalogue.name_of(line.seat_type_id);
        format!("{} × {name} at {}", line.quantity, line.unit_price)
    }))
}

/// What a registration process decided, as it is recorded.
pub fn decided(decision: &Decision) -> ProcessDecision {
    let steps: Vec<_> = decision.commands.iter().map(|name| step(name)).collect();
    let text = format!("The registration process decided to {}.", steps.join(", then to "));
    ProcessDecision { at: decision.at, commands: decision.commands.clone(), text }
}

/// A command of the process; one that is no longer given keeps its name.
fn step(command: &str) -> &str {
    match command {
        "MakeSeatReservation" => "ask for the seats",
        "MarkSeatsAsReserved" => "tell the order which seats it holds",
        "RecordPaymentRejected" => "tell the order that the payment was rejected",
        "CompletePayment" => "tell the order that the payment was completed",
        "ExpireOrder" => "let the order expire, because its time was up",
        "CancelSeatReservation" => "give the held seats back",
        "CommitSeatReservation" => "sell the held seats for good",
        other => other,
    }
}

fn ordered(seats: &[OrderedSeat]) -> String {
    listed(seats.iter().map(|seat| format!("{} × {}", seat.quantity, seat.name)))
}

fn quantities(seats: &[SeatQuantity], catalogue: &Catalogue) -> String {
    listed(seats.iter().map(|seat| format!("{} × {}", seat.quantity, catalogue.name_of(seat.seat_type_id))))
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
