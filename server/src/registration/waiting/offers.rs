//! Seats that are free go to those who wait for them, in the unit of work that frees them: nobody else ever sees them.

use async_trait::async_trait;
use plenary_shared::registration::{OrderStatus, SeatQuantity};
use plenary_shared::{OrderId, Problem, SeatTypeId};

use super::super::catalogue::Catalogue;
use super::super::commands::ORDERS;
use super::super::order::{self, HolderId, Order};
use super::super::process::Input;
use super::super::reactors::{advance, tell_order};
use super::super::seats_availability::{self, SeatsAvailability};
use super::super::wait_list::{self, Command, Event, OfferEnd, WaitList};
use crate::conference::contracts as management;
use crate::eventstore::NewEvent;
use crate::messaging::{Error, Reactor, UnitOfWork};

/// Offers free seats to those who wait for them, and follows what becomes of the offers.
#[derive(Debug)]
pub struct SeatOfferer;

#[async_trait]
impl Reactor for SeatOfferer {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        if let Some(happened) = event.event.get::<order::Event>() {
            return follow(work, OrderId(event.stream_id.0), happened).await;
        }
        if let Some(happened) = event.event.get::<Event>() {
            forget_ended(work, happened).await?;
        }
        if let Some(Event::WaitListLeft { declined, .. }) = event.event.get() {
            return decline(work, declined).await;
        }
        if may_be_offered_after(event) { offer_all(work).await } else { Ok(()) }
    }
}

/// Nobody writes to those who have left or are done: what tells who they were is erased.
async fn forget_ended(work: &mut UnitOfWork<'_>, happened: &Event) -> Result<(), Error> {
    let id = happened.entry_id();
    if work.load::<WaitList>(work.conference_id().0).await?.entry(id).is_none() {
        work.erase_personal_data(id.0);
    }
    Ok(())
}

/// Whether there may be seats now that somebody waits for.
fn may_be_offered_after(event: &NewEvent) -> bool {
    use seats_availability::Event as Seats;
    if let Some(happened) = event.event.get::<Seats>() {
        return match happened {
            Seats::SeatQuotaSet { availability_change, .. } => *availability_change > 0,
            Seats::SeatsReserved { availability_changes, .. }
            | Seats::SeatsReservationCancelled { availability_changes, .. } => {
                availability_changes.iter().any(|change| change.change > 0)
            }
            Seats::SeatsReservationCommitted { .. } => false,
        };
    }
    matches!(event.event.get(), Some(Event::WaitListJoined { .. } | Event::WaitListEntryEnlarged { .. }))
        || matches!(event.event.get(), Some(management::Event::ConferencePublished))
}

/// What becomes of an order that is on offer becomes of the offer.
async fn follow(work: &mut UnitOfWork<'_>, order_id: OrderId, happened: &order::Event) -> Result<(), Error> {
    use order::Event as E;
    let close = |end| Command::CloseOffer { order_id, end };
    let command = match happened {
        E::OrderConfirmed { seats, .. } => {
            let list = work.load::<WaitList>(work.conference_id().0).await?;
            let Some(seat_type_id) = list.seat_type_on_offer(order_id) else { return Ok(()) };
            let taken = seats.iter().filter(|seat| seat.seat_type_id == seat_type_id);
            close(OfferEnd::Accepted { seats: taken.map(|seat| seat.quantity).sum() })
        }
        E::OrderCancelled { .. } => close(OfferEnd::Declined),
        // Charged for wrongly, its seats are given back.
        E::OrderExpired { .. } | E::OrderNeedsAttention { .. } => close(OfferEnd::Lapsed),
        E::OrderExpirationExtended { expires_at, .. } => {
            Command::ExtendOffer { order_id, offered_until: *expires_at }
        }
        _ => return Ok(()),
    };
    decide(work, command).await.map(drop)
}

/// The orders that were on offer to somebody who has left are given back.
async fn decline(work: &mut UnitOfWork<'_>, orders: &[OrderId]) -> Result<(), Error> {
    for order_id in orders {
        let status = work.load::<Order>(order_id.0).await?.status();
        let open = matches!(
            status,
            OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending
        );
        if open {
            tell_order(work, *order_id, order::Command::Cancel).await?;
        }
    }
    Ok(())
}

/// Nothing is offered while the conference is not published; what is free then is kept for those who wait. Seat types
/// are looked at in the order in which they were announced.
async fn offer_all(work: &mut UnitOfWork<'_>) -> Result<(), Error> {
    let id = work.conference_id().0;
    let awaited = work.load::<WaitList>(id).await?.awaited();
    if awaited.is_empty() {
        return Ok(());
    }
    let catalogue = work.load::<Catalogue>(id).await?.clone();
    if !catalogue.published {
        return Ok(());
    }
    let is_awaited = |id: &SeatTypeId| awaited.iter().any(|it| it.seat_type_id == *id);
    for seat_type_id in catalogue.seats.iter().map(|seat| seat.id).filter(is_awaited) {
        while offer_next(work, &catalogue, seat_type_id).await? {}
    }
    Ok(())
}

/// Offers what is free of one seat type to the first who waits for it. Tells whether there was something to offer and
/// somebody to offer it to.
async fn offer_next(
    work: &mut UnitOfWork<'_>,
    catalogue: &Catalogue,
    seat_type_id: SeatTypeId,
) -> Result<bool, Error> {
    let availability = work.load::<SeatsAvailability>(work.conference_id().0).await?;
    let free = availability.remaining(seat_type_id).unwrap_or(0);
    let (order_id, offered_until) = (OrderId(work.new_id()), work.now() + catalogue.waitlist_offer());
    work.correlate(order_id.0);
    let offer = Command::Offer { seat_type_id, free, order_id, offered_until };
    match decide(work, offer).await?.first() {
        Some(offered) => place(work, catalogue, offered).await.map(|()| true),
        None => Ok(false),
    }
}

/// Places the order that an offer is, at today's prices, and takes its seats.
async fn place(work: &mut UnitOfWork<'_>, catalogue: &Catalogue, offered: &Event) -> Result<(), Error> {
    let Event::SeatsOffered { entry_id, order_id, seat_type_id, seats, offered_until } = *offered else {
        return Ok(());
    };
    let conference_id = work.conference_id();
    work.enter(ORDERS, order_id.0);
    let wanted = vec![SeatQuantity { seat_type_id, quantity: seats }];
    let unknown = |errors: Vec<plenary_shared::FieldError>| {
        Error::ReactionRefused(errors.into_iter().map(|error| error.message).collect())
    };
    let release_at = offered_until + catalogue.reservation_buffer();
    let list = work.load::<WaitList>(conference_id.0).await?;
    let holders = list.entry(entry_id).map(|entry| entry.holders.clone()).unwrap_or_default();
    let mut holders: Vec<HolderId> = holders.into_iter().collect();
    let place = order::Command::Place {
        conference_id,
        seats: catalogue.order(&wanted).map_err(unknown)?,
        promo_codes: Vec::new(),
        currency: catalogue.currency(),
        expires_at: offered_until,
        release_at,
        access_code: work.entropy().code::<6>(),
        holder: holders.pop(),
    };
    tell_order(work, order_id, place).await?;
    for holder in holders {
        tell_order(work, order_id, order::Command::AddHolder { holder }).await?;
    }
    // The process is told at once, so that the seats are taken before anything else is offered. It is told again when
    // its turn comes, which changes nothing.
    advance(work, order_id, Input::OrderPlaced { order_id, conference_id, seats: wanted, release_at }).await
}

async fn decide(work: &mut UnitOfWork<'_>, command: Command) -> Result<Vec<Event>, Error> {
    let id = work.conference_id().0;
    let list = work.load::<WaitList>(id).await?;
    let events = wait_list::decide(list, command)
        .map_err(|refusal| Error::ReactionRefused(Problem::from(refusal).title))?;
    work.append::<WaitList>(id, events.clone()).await?;
    Ok(events)
}
