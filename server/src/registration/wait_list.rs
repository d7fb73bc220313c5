//! The wait list of a conference: who waits for seats that are taken, and what is offered to them.
//!
//! Promises that seats are offered in the order of joining, that an entry is offered no more seats in all than it
//! wants, and that whoever was offered a part keeps her place for the rest. What is free is said by whoever asks: an
//! offer becomes an ordinary order with an ordinary hold, so offers can never exceed the quota.

mod entry;

use std::collections::{BTreeMap, BTreeSet};

use plenary_shared::format::Locale;
use plenary_shared::pricing::MAX_SEATS_PER_TYPE;
use plenary_shared::registration::SeatQuantity;
use plenary_shared::{OrderId, SeatTypeId, Timestamp, WaitListEntryId};
use serde::{Deserialize, Serialize};

pub use self::entry::{Entry, Offer};
use super::order::HolderId;
use crate::personal::Personal;

/// Entries of one conference that still wait or have an open offer. All of them may be offered seats at once, in one
/// unit of work.
pub const MAX_ENTRIES: usize = 1000;
/// Browsers that one entry is known to: each becomes a holder of every order that is offered to it. With more, what
/// follows from seats for all entries at once would be too much for one unit of work.
pub const MAX_HOLDERS: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The same address and seat type again is the same entry: whoever holds it says how many seats it wants now.
    Join {
        /// For a new entry.
        entry_id: WaitListEntryId,
        email: Personal<String>,
        seat_type_id: SeatTypeId,
        wanted: i64,
        /// How many seats of the type can be had right now.
        free: i64,
        holder: HolderId,
        language: Option<Locale>,
    },
    AddHolder {
        entry_id: WaitListEntryId,
        holder: HolderId,
    },
    Leave {
        entry_id: WaitListEntryId,
        by: Leaver,
    },
    /// Offers seats that are free to the first who waits for their type.
    Offer {
        seat_type_id: SeatTypeId,
        free: i64,
        /// For the order that holds them.
        order_id: OrderId,
        offered_until: Timestamp,
    },
    /// The order was given more time.
    ExtendOffer {
        order_id: OrderId,
        offered_until: Timestamp,
    },
    /// The order was decided, one way or another.
    CloseOffer {
        order_id: OrderId,
        end: OfferEnd,
    },
}

/// Who takes an entry off the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Leaver {
    Registrant,
    Organizer,
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferEnd {
    /// The order was confirmed with so many seats of the type.
    Accepted { seats: i64 },
    /// The order was given back.
    Declined,
    /// Its time was up.
    Lapsed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    WaitListJoined {
        entry_id: WaitListEntryId,
        email: Personal<String>,
        seat_type_id: SeatTypeId,
        wanted: i64,
        holder: HolderId,
        /// The language that whoever joined was spoken to in; older logs do not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Locale>,
    },
    /// It wants fewer seats and keeps its place.
    WaitListEntryReduced {
        entry_id: WaitListEntryId,
        wanted: i64,
    },
    /// It wants more seats and goes to the end.
    WaitListEntryEnlarged {
        entry_id: WaitListEntryId,
        wanted: i64,
    },
    WaitListHolderAdded {
        entry_id: WaitListEntryId,
        holder: HolderId,
    },
    WaitListLeft {
        entry_id: WaitListEntryId,
        by: Leaver,
        /// The orders that were on offer to it.
        declined: Vec<OrderId>,
    },
    SeatsOffered {
        entry_id: WaitListEntryId,
        order_id: OrderId,
        seat_type_id: SeatTypeId,
        seats: i64,
        offered_until: Timestamp,
    },
    SeatsOfferExtended {
        entry_id: WaitListEntryId,
        order_id: OrderId,
        offered_until: Timestamp,
    },
    SeatsOfferAccepted {
        entry_id: WaitListEntryId,
        order_id: OrderId,
        /// How many of the seats on offer were taken.
        seats: i64,
    },
    SeatsOfferDeclined {
        entry_id: WaitListEntryId,
        order_id: OrderId,
    },
    SeatsOfferLapsed {
        entry_id: WaitListEntryId,
        order_id: OrderId,
    },
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WaitListJoined { .. } => "WaitListJoined",
            Self::WaitListEntryReduced { .. } => "WaitListEntryReduced",
            Self::WaitListEntryEnlarged { .. } => "WaitListEntryEnlarged",
            Self::WaitListHolderAdded { .. } => "WaitListHolderAdded",
            Self::WaitListLeft { .. } => "WaitListLeft",
            Self::SeatsOffered { .. } => "SeatsOffered",
            Self::SeatsOfferExtended { .. } => "SeatsOfferExtended",
            Self::SeatsOfferAccepted { .. } => "SeatsOfferAccepted",
            Self::SeatsOfferDeclined { .. } => "SeatsOfferDeclined",
            Self::SeatsOfferLapsed { .. } => "SeatsOfferLapsed",
        }
    }

    /// The entry that it happened to.
    pub const fn entry_id(&self) -> WaitListEntryId {
        match self {
            Self::WaitListJoined { entry_id, .. }
            | Self::WaitListEntryReduced { entry_id, .. }
            | Self::WaitListEntryEnlarged { entry_id, .. }
            | Self::WaitListHolderAdded { entry_id, .. }
            | Self::WaitListLeft { entry_id, .. }
            | Self::SeatsOffered { entry_id, .. }
            | Self::SeatsOfferExtended { entry_id, .. }
            | Self::SeatsOfferAccepted { entry_id, .. }
            | Self::SeatsOfferDeclined { entry_id, .. }
            | Self::SeatsOfferLapsed { entry_id, .. } => *entry_id,
        }
    }
}

/// Why the list refused a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("One can wait for 1 to {} seats.", MAX_SEATS_PER_TYPE)]
    QuantityOutOfRange,
    #[error("Seats are available: order them.")]
    SeatsAvailable { free: i64 },
    #[error("So many wait already that nobody more can join.")]
    ListFull,
    #[error("This place on the wait list does not exist.")]
    UnknownEntry,
    #[error("This place on the wait list is known to too many browsers already.")]
    TooManyHolders,
    #[error("What was offered can be made fewer; other seats need an order of their own.")]
    OnlyFewerSeats { offered: i64 },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WaitList {
    /// Those that wait or have an open offer, in the order in which seats are offered.
    live: Vec<Entry>,
    /// Those that have left or are done.
    ended: BTreeSet<WaitListEntryId>,
    /// Open offers, and whose they are.
    offers: BTreeMap<OrderId, WaitListEntryId>,
}

impl WaitList {
    /// Those that wait or have an open offer, in the order in which seats are offered.
    pub fn entries(&self) -> &[Entry] {
        &self.live
    }

    /// The entry with this id, while it waits or has an open offer.
    pub fn entry(&self, id: WaitListEntryId) -> Option<&Entry> {
        self.live.iter().find(|entry| entry.id == id)
    }

    /// How many seats are waited for, of every type that somebody waits for.
    pub fn awaited(&self) -> Vec<SeatQuantity> {
        let mut by_type = BTreeMap::new();
        for entry in self.live.iter().filter(|entry| entry.waits_for() > 0) {
            *by_type.entry(entry.seat_type_id).or_default() += entry.waits_for();
        }
        by_type.into_iter().map(|(seat_type_id, quantity)| SeatQuantity { seat_type_id, quantity }).collect()
    }

    /// The entry of this address for this seat type, while it waits or has an open offer.
    pub fn entry_of(&self, email: &Personal<String>, seat_type_id: SeatTypeId) -> Option<&Entry> {
        self.live.iter().find(|entry| entry.seat_type_id == seat_type_id && entry.belongs_to(email))
    }

    /// The seat type that an order offers to somebody who waits for it.
    pub fn seat_type_on_offer(&self, order_id: OrderId) -> Option<SeatTypeId> {
        self.offer(order_id).map(|(entry, _)| entry.seat_type_id)
    }

    /// Whether an order may have these seats instead. One that is on offer is kept for a day or more, and so for nothing
    /// but what was offered.
    ///
    /// # Errors
    ///
    /// When it is on offer and would have other seats, or more.
    pub fn check_change(&self, order_id: OrderId, seats: &[SeatQuantity]) -> Result<(), Refusal> {
        let Some((entry, offer)) = self.offer(order_id) else { return Ok(()) };
        let fits = |seat: &SeatQuantity| {
            seat.quantity == 0 || (seat.seat_type_id == entry.seat_type_id && seat.quantity <= offer.seats)
        };
        if seats.iter().all(fits) { Ok(()) } else { Err(Refusal::OnlyFewerSeats { offered: offer.seats }) }
    }

    fn offer(&self, order_id: OrderId) -> Option<(&Entry, &Offer)> {
        let entry = self.entry(*self.offers.get(&order_id)?)?;
        Some((entry, entry.offers.iter().find(|offer| offer.order_id == order_id)?))
    }
}

/// Decides what happens when `command` meets `list`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the command.
pub fn decide(list: &WaitList, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Join { entry_id, email, seat_type_id, wanted, free, holder, language } => {
            check_quantity(wanted)?;
            if let Some(entry) = list.entry_of(&email, seat_type_id) {
                return Ok(want(entry, wanted, &holder));
            }
            let joined = Event::WaitListJoined { entry_id, email, seat_type_id, wanted, holder, language };
            join(list, free, joined)
        }
        Command::AddHolder { entry_id, holder } => match situation(list, entry_id)? {
            Situation::Live(entry) => add_holder(entry, holder),
            Situation::Ended => Ok(vec![]),
        },
        Command::Leave { entry_id, by } => match situation(list, entry_id)? {
            Situation::Live(entry) => {
                let declined = entry.offers.iter().map(|offer| offer.order_id).collect();
                Ok(vec![Event::WaitListLeft { entry_id, by, declined }])
            }
            Situation::Ended => Ok(vec![]),
        },
        Command::Offer { seat_type_id, free, order_id, offered_until } => {
            Ok(offer(list, seat_type_id, free, order_id, offered_until))
        }
        Command::ExtendOffer { order_id, offered_until } => Ok(extend(list, order_id, offered_until)),
        Command::CloseOffer { order_id, end } => Ok(close(list, order_id, end)),
    }
}

/// An entry that is named by its id.
enum Situation<'l> {
    Live(&'l Entry),
    Ended,
}

fn situation(list: &WaitList, id: WaitListEntryId) -> Result<Situation<'_>, Refusal> {
    match list.entry(id) {
        Some(entry) => Ok(Situation::Live(entry)),
        None if list.ended.contains(&id) => Ok(Situation::Ended),
        None => Err(Refusal::UnknownEntry),
    }
}

fn check_quantity(wanted: i64) -> Result<(), Refusal> {
    if (1..=MAX_SEATS_PER_TYPE).contains(&wanted) { Ok(()) } else { Err(Refusal::QuantityOutOfRange) }
}

/// Whoever wants no more than there is can have it without waiting.
fn join(list: &WaitList, free: i64, joined: Event) -> Result<Vec<Event>, Refusal> {
    let Event::WaitListJoined { wanted, .. } = joined else { return Ok(vec![]) };
    if free >= wanted {
        return Err(Refusal::SeatsAvailable { free });
    }
    if list.live.len() >= MAX_ENTRIES { Err(Refusal::ListFull) } else { Ok(vec![joined]) }
}

/// A stranger who knows the address changes nothing. Who wants more goes to the end: the others were first.
fn want(entry: &Entry, wanted: i64, holder: &HolderId) -> Vec<Event> {
    let entry_id = entry.id;
    if !entry.holders.contains(holder) || wanted == entry.wanted {
        return vec![];
    }
    if wanted < entry.wanted {
        return vec![Event::WaitListEntryReduced { entry_id, wanted }];
    }
    vec![Event::WaitListEntryEnlarged { entry_id, wanted }]
}

fn add_holder(entry: &Entry, holder: HolderId) -> Result<Vec<Event>, Refusal> {
    if entry.holders.contains(&holder) {
        return Ok(vec![]);
    }
    if entry.holders.len() >= MAX_HOLDERS {
        return Err(Refusal::TooManyHolders);
    }
    Ok(vec![Event::WaitListHolderAdded { entry_id: entry.id, holder }])
}

fn offer(
    list: &WaitList,
    seat_type_id: SeatTypeId,
    free: i64,
    order_id: OrderId,
    offered_until: Timestamp,
) -> Vec<Event> {
    let waits = |entry: &&Entry| entry.seat_type_id == seat_type_id && entry.waits_for() > 0;
    let Some(first) = list.live.iter().find(waits).filter(|_| free > 0) else { return vec![] };
    let (entry_id, seats) = (first.id, first.waits_for().min(free));
    vec![Event::SeatsOffered { entry_id, order_id, seat_type_id, seats, offered_until }]
}

fn extend(list: &WaitList, order_id: OrderId, offered_until: Timestamp) -> Vec<Event> {
    let longer = list.offer(order_id).filter(|(_, offer)| offer.offered_until < offered_until);
    let extended = |(entry, _): (&Entry, &Offer)| Event::SeatsOfferExtended {
        entry_id: entry.id,
        order_id,
        offered_until,
    };
    longer.map(extended).into_iter().collect()
}

fn close(list: &WaitList, order_id: OrderId, end: OfferEnd) -> Vec<Event> {
    let Some((entry, offer)) = list.offer(order_id) else { return vec![] };
    let entry_id = entry.id;
    vec![match end {
        OfferEnd::Accepted { seats } => {
            Event::SeatsOfferAccepted { entry_id, order_id, seats: seats.clamp(0, offer.seats) }
        }
        OfferEnd::Declined => Event::SeatsOfferDeclined { entry_id, order_id },
        OfferEnd::Lapsed => Event::SeatsOfferLapsed { entry_id, order_id },
    }]
}

/// Folds one recorded event into the state. Never fails and never decides.
#[must_use]
pub fn evolve(mut list: WaitList, event: &Event) -> WaitList {
    list.keep_offers(event);
    if let Some(entry) = Entry::joined(event) {
        list.live.push(entry);
        return list;
    }
    let Some(index) = list.live.iter().position(|entry| entry.id == event.entry_id()) else { return list };
    list.live[index].apply(event);
    if list.live[index].has_ended() {
        let entry = list.live.remove(index);
        list.ended.insert(entry.id);
    } else if matches!(event, Event::WaitListEntryEnlarged { .. }) {
        let entry = list.live.remove(index);
        list.live.push(entry);
    }
    list
}

impl WaitList {
    fn keep_offers(&mut self, event: &Event) {
        match event {
            Event::SeatsOffered { entry_id, order_id, .. } => {
                self.offers.insert(*order_id, *entry_id);
            }
            Event::SeatsOfferAccepted { order_id, .. }
            | Event::SeatsOfferDeclined { order_id, .. }
            | Event::SeatsOfferLapsed { order_id, .. } => {
                self.offers.remove(order_id);
            }
            Event::WaitListLeft { declined, .. } => {
                self.offers.retain(|order_id, _| !declined.contains(order_id));
            }
            Event::WaitListJoined { .. }
            | Event::WaitListEntryReduced { .. }
            | Event::WaitListEntryEnlarged { .. }
            | Event::WaitListHolderAdded { .. }
            | Event::SeatsOfferExtended { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
