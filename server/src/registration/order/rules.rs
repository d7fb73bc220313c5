//! What may become of an order: a function per situation, and in each an answer to every command.

use std::collections::BTreeMap;
use std::time::Duration;

use plenary_shared::format::Locale;
use plenary_shared::pricing::{AppliedCode, MAX_SEATS_PER_TYPE};
use plenary_shared::registration::{Person, SeatQuantity};
use plenary_shared::{Currency, Money, PaymentId, SeatTypeId, Timestamp};

use super::state::price;
use super::{
    Attention, AttentionReason, Command, ErasedBy, Event, HolderId, Order, OrderedSeat, Refusal, Resolution,
    Terms, Totals,
};
use crate::personal::Personal;

type Decision = Result<Vec<Event>, Refusal>;

const NOTHING: Decision = Ok(Vec::new());

/// Decides what happens when `command` meets `order`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the command.
pub fn decide(order: &Order, command: Command) -> Result<Vec<Event>, Refusal> {
    match order {
        Order::NotPlaced => not_placed(command),
        Order::Placed(terms) | Order::PartiallyReserved(terms) => open(order, terms, command),
        Order::Reserved(terms) => reserved(order, terms, command),
        Order::PaymentPending { terms, payment_id } => payment_pending(order, terms, *payment_id, command),
        Order::Confirmed { terms, payment_id } => confirmed(order, terms, *payment_id, command),
        Order::Expired(terms) => ended(order, terms, Refusal::Expired, command),
        Order::Cancelled(terms) => ended(order, terms, Refusal::Cancelled, command),
        Order::NeedsAttention(terms) => ended(order, terms, Refusal::NeedsAttention, command),
        Order::Refunded(terms) => ended(order, terms, Refusal::Refunded, command),
    }
}

fn not_placed(command: Command) -> Decision {
    match command {
        Command::Place {
            conference_id,
            seats,
            promo_codes,
            currency,
            expires_at,
            release_at,
            access_code,
            holder,
        } => {
            let totals = totals_of_request(&seats, &promo_codes, currency)?;
            let placed = Event::OrderPlaced {
                conference_id,
                seats,
                promo_codes,
                currency,
                expires_at,
                release_at,
                access_code,
                holder,
            };
            Ok(vec![placed, totals])
        }
        Command::Expire => NOTHING,
        Command::AddHolder { .. }
        | Command::ChangeSeats { .. }
        | Command::MarkSeatsAsReserved { .. }
        | Command::AssignRegistrant { .. }
        | Command::StartPayment { .. }
        | Command::RejectPayment { .. }
        | Command::ConfirmFree { .. }
        | Command::CompletePayment { .. }
        | Command::ExtendExpiration { .. }
        | Command::Cancel
        | Command::NeedAttention { .. }
        | Command::Refund { .. }
        | Command::OverrideQuota { .. }
        | Command::RecordRefund { .. }
        | Command::ErasePersonalData { .. } => Err(Refusal::NotPlaced),
    }
}

/// What every order answers that still holds, or may yet hold, its seats.
fn open(order: &Order, terms: &Terms, command: Command) -> Decision {
    match command {
        Command::Place { .. } | Command::RejectPayment { .. } => NOTHING,
        Command::AddHolder { holder } => add_holder(terms, holder),
        Command::ChangeSeats { seats, promo_codes, now } => {
            change_seats(order, terms, seats, promo_codes, now)
        }
        Command::MarkSeatsAsReserved { reserved } => Ok(mark_as_reserved(order, terms, reserved)),
        Command::AssignRegistrant { registrant, language, now } => {
            assign_registrant(terms, registrant, language, now)
        }
        Command::StartPayment { now, .. } => in_time(terms, now).and(Err(Refusal::ReservationIncomplete)),
        Command::ConfirmFree { now } => free_of_charge(terms, now).and(Err(Refusal::ReservationIncomplete)),
        Command::CompletePayment { payment_id, amount, held } => {
            Ok(complete_payment(order, terms, payment_id, amount, &held))
        }
        Command::ExtendExpiration { now, by } => extend(terms, now, by),
        Command::Cancel => Ok(vec![Event::OrderCancelled { held: terms.reserved.clone() }]),
        Command::Expire => Ok(vec![Event::OrderExpired { held: terms.reserved.clone() }]),
        Command::NeedAttention { payment_id, reason, amount } => {
            Ok(need_attention(terms, payment_id, reason, amount))
        }
        Command::Refund { payment_id } => refund(terms, payment_id),
        Command::OverrideQuota { payment_id, missing } => override_quota(order, terms, payment_id, missing),
        Command::RecordRefund { payment_id } => Ok(record_refund(terms, payment_id)),
        Command::ErasePersonalData { now, by } => Ok(erase_personal_data(terms, now, by)),
    }
}

fn reserved(order: &Order, terms: &Terms, command: Command) -> Decision {
    match command {
        Command::StartPayment { payment_id, now } => start_payment(terms, payment_id, now),
        Command::ConfirmFree { now } => confirm_free(terms, now),
        Command::Place { .. }
        | Command::AddHolder { .. }
        | Command::ChangeSeats { .. }
        | Command::MarkSeatsAsReserved { .. }
        | Command::AssignRegistrant { .. }
        | Command::RejectPayment { .. }
        | Command::CompletePayment { .. }
        | Command::ExtendExpiration { .. }
        | Command::Cancel
        | Command::Expire
        | Command::NeedAttention { .. }
        | Command::Refund { .. }
        | Command::OverrideQuota { .. }
        | Command::RecordRefund { .. }
        | Command::ErasePersonalData { .. } => open(order, terms, command),
    }
}

fn payment_pending(order: &Order, terms: &Terms, open_payment: PaymentId, command: Command) -> Decision {
    match command {
        // The same payment is given again, also when time is up: a started payment may finish. An answer about seats
        // is one to an older request; what is held is looked at again when the payment completes.
        Command::StartPayment { .. } | Command::MarkSeatsAsReserved { .. } => NOTHING,
        Command::ChangeSeats { .. } => Err(Refusal::PaymentOpen { payment_id: open_payment }),
        Command::RejectPayment { payment_id } if payment_id == open_payment => {
            Ok(vec![Event::OrderPaymentRejected { payment_id }])
        }
        Command::ConfirmFree { .. } => Err(Refusal::PaymentRequired { total: terms.due() }),
        Command::Place { .. }
        | Command::AddHolder { .. }
        | Command::AssignRegistrant { .. }
        | Command::RejectPayment { .. }
        | Command::CompletePayment { .. }
        | Command::ExtendExpiration { .. }
        | Command::Cancel
        | Command::Expire
        | Command::NeedAttention { .. }
        | Command::Refund { .. }
        | Command::OverrideQuota { .. }
        | Command::RecordRefund { .. }
        | Command::ErasePersonalData { .. } => open(order, terms, command),
    }
}

fn confirmed(order: &Order, terms: &Terms, by: Option<PaymentId>, command: Command) -> Decision {
    match command {
        Command::Place { .. }
        | Command::MarkSeatsAsReserved { .. }
        | Command::RejectPayment { .. }
        | Command::ConfirmFree { .. }
        | Command::Expire => NOTHING,
        Command::AddHolder { holder } => add_holder(terms, holder),
        Command::ChangeSeats { .. }
        | Command::AssignRegistrant { .. }
        | Command::StartPayment { .. }
        | Command::ExtendExpiration { .. }
        | Command::Cancel => Err(Refusal::Confirmed),
        Command::CompletePayment { payment_id, amount, .. } => {
            Ok(complete_payment_again(terms, by, payment_id, amount))
        }
        Command::NeedAttention { payment_id, reason, amount } => {
            Ok(need_attention(terms, payment_id, reason, amount))
        }
        Command::Refund { payment_id } => refund(terms, payment_id),
        Command::OverrideQuota { payment_id, missing } => override_quota(order, terms, payment_id, missing),
        Command::RecordRefund { payment_id } => Ok(record_refund(terms, payment_id)),
        Command::ErasePersonalData { now, by } => Ok(erase_personal_data(terms, now, by)),
    }
}

/// Expired, cancelled, charged for without seats, or refunded: only money still changes anything.
fn ended(order: &Order, terms: &Terms, why: Refusal, command: Command) -> Decision {
    match command {
        Command::Place { .. }
        | Command::MarkSeatsAsReserved { .. }
        | Command::RejectPayment { .. }
        | Command::Expire => NOTHING,
        Command::AddHolder { holder } => add_holder(terms, holder),
        Command::Cancel if why == Refusal::Cancelled => NOTHING,
        Command::ChangeSeats { .. }
        | Command::AssignRegistrant { .. }
        | Command::StartPayment { .. }
        | Command::ConfirmFree { .. }
        | Command::ExtendExpiration { .. }
        | Command::Cancel => Err(why),
        Command::CompletePayment { payment_id, amount, held } => {
            Ok(complete_payment(order, terms, payment_id, amount, &held))
        }
        Command::NeedAttention { payment_id, reason, amount } => {
            Ok(need_attention(terms, payment_id, reason, amount))
        }
        Command::Refund { payment_id } => refund(terms, payment_id),
        Command::OverrideQuota { payment_id, missing } => override_quota(order, terms, payment_id, missing),
        Command::RecordRefund { payment_id } => Ok(record_refund(terms, payment_id)),
        Command::ErasePersonalData { now, by } => Ok(erase_personal_data(terms, now, by)),
    }
}

fn check_seats(seats: &[OrderedSeat], currency: Currency) -> Result<(), Refusal> {
    for (index, seat) in seats.iter().enumerate() {
        let seat_type_id = seat.seat_type_id;
        if seats[..index].iter().any(|earlier| earlier.seat_type_id == seat_type_id) {
            return Err(Refusal::DuplicateSeatType { index, seat_type_id });
        }
        if !(1..=MAX_SEATS_PER_TYPE).contains(&seat.quantity) {
            return Err(Refusal::QuantityOutOfRange { index, seat_type_id });
        }
        if seat.unit_price.currency != currency {
            return Err(Refusal::WrongCurrency { index, seat_type_id, expected: currency });
        }
    }
    if seats.is_empty() { Err(Refusal::NothingChosen) } else { Ok(()) }
}

/// What everything requested costs, if it can be requested. It is not called free before it is held.
fn totals_of_request(
    seats: &[OrderedSeat],
    codes: &[AppliedCode],
    currency: Currency,
) -> Result<Event, Refusal> {
    check_seats(seats, currency)?;
    let Totals { lines, discounts, total } = price(seats, codes, currency);
    Ok(Event::OrderTotalsCalculated { lines, discounts, total, free: false })
}

fn add_holder(terms: &Terms, holder: HolderId) -> Decision {
    if terms.holders.contains(&holder) {
        return NOTHING;
    }
    Ok(vec![Event::OrderHolderAdded { holder }])
}

/// Seats as they are asked for again: until the answer comes, the order is as if just placed. Asking for the same
/// is worth it only while something is missing. Other codes for seats that are all held ask for nothing.
fn change_seats(
    order: &Order,
    terms: &Terms,
    seats: Vec<OrderedSeat>,
    promo_codes: Vec<AppliedCode>,
    now: Timestamp,
) -> Decision {
    in_time(terms, now)?;
    let seats = with_kept_lines(terms, seats);
    let totals = totals_of_request(&seats, &promo_codes, terms.currency)?;
    let (same_seats, same_codes) = (seats == terms.seats, promo_codes == terms.promo_codes);
    match order {
        Order::Reserved(_) if same_seats && !same_codes => Ok(change_codes(terms, promo_codes)),
        Order::PartiallyReserved(_) => Ok(vec![Event::OrderSeatsChanged { seats, promo_codes }, totals]),
        _ if same_seats && same_codes => NOTHING,
        _ => Ok(vec![Event::OrderSeatsChanged { seats, promo_codes }, totals]),
    }
}

/// The seats held cost something else from now on.
fn change_codes(terms: &Terms, promo_codes: Vec<AppliedCode>) -> Vec<Event> {
    let changed = Terms { promo_codes: promo_codes.clone(), ..terms.clone() };
    let totals = new_totals(&changed, &terms.reserved);
    std::iter::once(Event::OrderPromoCodesChanged { promo_codes }).chain(totals).collect()
}

/// A line that the order already has keeps its name and price.
fn with_kept_lines(terms: &Terms, mut seats: Vec<OrderedSeat>) -> Vec<OrderedSeat> {
    for seat in &mut seats {
        if let Some(old) = terms.seats.iter().find(|old| old.seat_type_id == seat.seat_type_id) {
            seat.name.clone_from(&old.name);
            seat.unit_price = old.unit_price;
        }
    }
    seats
}

fn mark_as_reserved(order: &Order, terms: &Terms, reserved: Vec<SeatQuantity>) -> Vec<Event> {
    let is_known = matches!(order, Order::PartiallyReserved(_) | Order::Reserved(_));
    if is_known && same_seats(&reserved, &terms.reserved) {
        return vec![];
    }
    let complete = same_seats(&reserved, &terms.requested());
    let totals = new_totals(terms, &reserved);
    let answer = if complete {
        Event::OrderReservationCompleted { reserved }
    } else {
        Event::OrderPartiallyReserved { reserved }
    };
    std::iter::once(answer).chain(totals).collect()
}

/// What `held` costs, if that is not what the order already says.
fn new_totals(terms: &Terms, held: &[SeatQuantity]) -> Option<Event> {
    let totals = terms.price_of(held);
    let free = totals.total.amount == 0 && same_seats(held, &terms.requested());
    let changed = free != terms.free || totals != terms.totals();
    let Totals { lines, discounts, total } = totals;
    changed.then_some(Event::OrderTotalsCalculated { lines, discounts, total, free })
}

/// Whether two lists name the same seats, whatever their order.
fn same_seats(a: &[SeatQuantity], b: &[SeatQuantity]) -> bool {
    by_type(a) == by_type(b)
}

fn by_type(seats: &[SeatQuantity]) -> BTreeMap<SeatTypeId, i64> {
    seats.iter().filter(|seat| seat.quantity != 0).map(|seat| (seat.seat_type_id, seat.quantity)).collect()
}

fn assign_registrant(
    terms: &Terms,
    registrant: Personal<Person>,
    language: Option<Locale>,
    now: Timestamp,
) -> Decision {
    not_released(terms, now)?;
    if terms.erased_at.is_some() {
        return Err(Refusal::PersonalDataErased);
    }
    if terms.registrant.as_ref() == Some(&registrant) {
        return NOTHING;
    }
    Ok(vec![Event::OrderRegistrantAssigned { registrant, language }])
}

/// Erased once is erased for ever: nobody is named again whose data would have to be erased again.
fn erase_personal_data(terms: &Terms, now: Timestamp, by: ErasedBy) -> Vec<Event> {
    match terms.erased_at {
        Some(_) => vec![],
        None => vec![Event::OrderPersonalDataErased { erased_at: now, by }],
    }
}

fn start_payment(terms: &Terms, payment_id: PaymentId, now: Timestamp) -> Decision {
    in_time(terms, now)?;
    registrant_known(terms)?;
    if terms.due().amount == 0 {
        return Err(Refusal::FreeOfCharge);
    }
    Ok(vec![Event::OrderPaymentStarted { payment_id, total: terms.due() }])
}

fn confirm_free(terms: &Terms, now: Timestamp) -> Decision {
    free_of_charge(terms, now)?;
    registrant_known(terms)?;
    let (seats, total) = (terms.requested(), terms.due());
    Ok(vec![Event::OrderConfirmed { payment_id: None, seats, total, late: false }])
}

/// Everything requested counts, held or not: an order that holds nothing is not free of charge.
fn free_of_charge(terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
    in_time(terms, now)?;
    let total = terms.due();
    if total.amount == 0 { Ok(()) } else { Err(Refusal::PaymentRequired { total }) }
}

fn registrant_known(terms: &Terms) -> Result<(), Refusal> {
    terms.registrant.as_ref().map(|_| ()).ok_or(Refusal::RegistrantMissing)
}

fn not_released(terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
    if now > terms.release_at { Err(Refusal::Expired) } else { Ok(()) }
}

fn in_time(terms: &Terms, now: Timestamp) -> Result<(), Refusal> {
    not_released(terms, now)?;
    if now > terms.expires_at { Err(Refusal::TimeIsUp) } else { Ok(()) }
}

/// Money came in: it confirms the order if it is the right amount and every seat is held, else a person decides.
fn complete_payment(
    order: &Order,
    terms: &Terms,
    payment_id: PaymentId,
    amount: Money,
    held: &[SeatQuantity],
) -> Vec<Event> {
    let (seats, total) = (terms.requested(), terms.due());
    // Money that goes back pays for nothing.
    if terms.is_given_back(payment_id) {
        return vec![];
    }
    if amount != total {
        return need_attention(terms, payment_id, AttentionReason::WrongAmount, amount);
    }
    if !same_seats(held, &seats) {
        return need_attention(terms, payment_id, AttentionReason::LateAndSoldOut, amount);
    }
    let late = order.has_ended();
    let confirmed = Event::OrderConfirmed { payment_id: Some(payment_id), seats, total, late };
    new_totals(terms, held).into_iter().chain([confirmed]).collect()
}

/// Money came in for an order that is confirmed already, `by` a payment or free of charge.
fn complete_payment_again(
    terms: &Terms,
    by: Option<PaymentId>,
    payment_id: PaymentId,
    amount: Money,
) -> Vec<Event> {
    if terms.is_given_back(payment_id) {
        return vec![];
    }
    if by != Some(payment_id) {
        return need_attention(terms, payment_id, AttentionReason::SecondCharge, amount);
    }
    if amount != terms.due() {
        return need_attention(terms, payment_id, AttentionReason::WrongAmount, amount);
    }
    vec![]
}

fn need_attention(
    terms: &Terms,
    payment_id: PaymentId,
    reason: AttentionReason,
    amount: Money,
) -> Vec<Event> {
    let is_listed = |entry: &Attention| {
        entry.payment_id == payment_id && entry.reason == reason && entry.resolution.is_none()
    };
    if terms.attention.iter().any(is_listed) {
        return vec![];
    }
    vec![Event::OrderNeedsAttention { payment_id, reason, amount }]
}

/// The charge that a decision is about: the one named, else the oldest that waits for one.
fn undecided(terms: &Terms, payment_id: Option<PaymentId>) -> Result<&Attention, Refusal> {
    let is_meant = |it: &&Attention| payment_id.is_none_or(|id| id == it.payment_id);
    let mut meant = terms.attention.iter().filter(is_meant);
    if let Some(entry) = meant.clone().find(|it| it.resolution.is_none()) {
        return Ok(entry);
    }
    let decided = meant.next_back().and_then(|it| it.resolution);
    Err(decided.map_or(Refusal::NothingToDecide, Refusal::AlreadyDecided))
}

fn refund(terms: &Terms, payment_id: Option<PaymentId>) -> Decision {
    let Attention { payment_id, amount, .. } = *undecided(terms, payment_id)?;
    Ok(vec![Event::OrderRefundDecided { payment_id, amount }])
}

/// More seats help where the right amount came too late, and nowhere else.
fn override_quota(
    order: &Order,
    terms: &Terms,
    payment_id: Option<PaymentId>,
    missing: Vec<SeatQuantity>,
) -> Decision {
    let Attention { payment_id, reason, amount, .. } = *undecided(terms, payment_id)?;
    let helps = matches!(order, Order::NeedsAttention(_)) && reason == AttentionReason::LateAndSoldOut;
    if !helps {
        return Err(Refusal::OverrideImpossible);
    }
    Ok(vec![Event::OrderQuotaOverridden { payment_id, amount, missing }])
}

fn record_refund(terms: &Terms, payment_id: PaymentId) -> Vec<Event> {
    let on_its_way =
        |it: &&Attention| it.payment_id == payment_id && it.resolution == Some(Resolution::RefundDecided);
    let refunded = |it: &Attention| Event::OrderPaymentRefunded { payment_id, amount: it.amount };
    terms.attention.iter().find(on_its_way).map(refunded).into_iter().collect()
}

/// More time, once: counted from now if time was already up. The release moves by as much.
fn extend(terms: &Terms, now: Timestamp, by: Duration) -> Decision {
    not_released(terms, now)?;
    if terms.extended {
        return Err(Refusal::AlreadyExtended);
    }
    let expires_at = terms.expires_at.max(now) + by;
    let release_at = terms.release_at + expires_at.since(terms.expires_at);
    Ok(vec![Event::OrderExpirationExtended { expires_at, release_at }])
}
