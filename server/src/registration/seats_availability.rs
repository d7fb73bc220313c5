//! `SeatsAvailability`: how many seats of each type a conference still has, and who holds which.
//!
//! Promises that `remaining + held + committed = quota` for every seat type after every event, and that no more is
//! held and committed than the quota, unless an organizer cut the quota below what was already given away.

use std::collections::BTreeMap;

use plenary_shared::pricing::MAX_SEATS_PER_TYPE;
use plenary_shared::registration::SeatQuantity;
use plenary_shared::validation::MAX_QUOTA;
use plenary_shared::{OrderId, SeatTypeId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Absolute and versioned: a repeat or a late one cannot add seats twice.
    SetSeatQuota {
        seat_type_id: SeatTypeId,
        quota: i64,
        quota_version: i64,
    },
    /// Asks for `seats` in place of whatever the reservation holds; it gets what there is.
    MakeSeatReservation {
        reservation_id: OrderId,
        seats: Vec<SeatQuantity>,
        /// Free seats that are others': of each type, so many wait for some before this reservation's turn.
        kept: Vec<SeatQuantity>,
    },
    CommitSeatReservation {
        reservation_id: OrderId,
    },
    CancelSeatReservation {
        reservation_id: OrderId,
    },
}

/// By how much the seats that remain of one type grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatChange {
    pub seat_type_id: SeatTypeId,
    /// Negative when seats are taken.
    pub change: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    SeatQuotaSet {
        seat_type_id: SeatTypeId,
        quota: i64,
        quota_version: i64,
        availability_change: i64,
    },
    SeatsReserved {
        reservation_id: OrderId,
        /// Everything that the reservation holds from now on, in the order of the request.
        details: Vec<SeatQuantity>,
        availability_changes: Vec<SeatChange>,
    },
    SeatsReservationCommitted {
        reservation_id: OrderId,
        details: Vec<SeatQuantity>,
    },
    SeatsReservationCancelled {
        reservation_id: OrderId,
        availability_changes: Vec<SeatChange>,
    },
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SeatQuotaSet { .. } => "SeatQuotaSet",
            Self::SeatsReserved { .. } => "SeatsReserved",
            Self::SeatsReservationCommitted { .. } => "SeatsReservationCommitted",
            Self::SeatsReservationCancelled { .. } => "SeatsReservationCancelled",
        }
    }
}

/// Why a command was refused as a whole. `index` counts the seats of the request from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("A quota is a number from 0 to {}.", MAX_QUOTA)]
    QuotaOutOfRange { seat_type_id: SeatTypeId, quota: i64 },
    #[error("One or more items are required.")]
    NothingChosen,
    #[error("The conference has no such seat type.")]
    UnknownSeatType { index: usize, seat_type_id: SeatTypeId },
    #[error("Each seat type can be named only once.")]
    DuplicateSeatType { index: usize, seat_type_id: SeatTypeId },
    #[error("A quantity cannot be negative.")]
    NegativeQuantity { index: usize, seat_type_id: SeatTypeId },
    #[error("An order has at most {} seats of one type.", MAX_SEATS_PER_TYPE)]
    TooManySeats { index: usize, seat_type_id: SeatTypeId },
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SeatsAvailability {
    seat_types: BTreeMap<SeatTypeId, Stock>,
    /// What each reservation holds, never empty and never zero.
    held: BTreeMap<OrderId, Vec<SeatQuantity>>,
}

/// The seats of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Stock {
    quota: i64,
    quota_version: i64,
    /// Below zero after the quota was cut below what is held and committed.
    remaining: i64,
    committed: i64,
}

impl SeatsAvailability {
    /// The seats that can still be had; below zero after a cut of the quota. `None` for an unknown seat type.
    pub fn remaining(&self, seat_type_id: SeatTypeId) -> Option<i64> {
        self.seat_types.get(&seat_type_id).map(|stock| stock.remaining)
    }

    /// The quota last set; `None` for an unknown seat type.
    pub fn quota(&self, seat_type_id: SeatTypeId) -> Option<i64> {
        self.seat_types.get(&seat_type_id).map(|stock| stock.quota)
    }

    /// The seats sold for good.
    pub fn committed(&self, seat_type_id: SeatTypeId) -> i64 {
        self.seat_types.get(&seat_type_id).map_or(0, |stock| stock.committed)
    }

    /// The seats that reservations hold.
    pub fn held(&self, seat_type_id: SeatTypeId) -> i64 {
        self.held.values().map(|seats| quantity_of(seats, seat_type_id)).sum()
    }

    /// What a reservation holds; `None` when it holds nothing, be it committed, cancelled or never made.
    pub fn holds(&self, reservation_id: OrderId) -> Option<&[SeatQuantity]> {
        self.held.get(&reservation_id).map(Vec::as_slice)
    }

    /// What of `wanted` this reservation could not have now, beside what it holds, with free seats `kept` for others:
    /// by so much quotas would have to grow.
    pub fn missing(
        &self,
        reservation_id: OrderId,
        wanted: &[SeatQuantity],
        kept: &[SeatQuantity],
    ) -> Vec<SeatQuantity> {
        let existing = self.holds(reservation_id).unwrap_or_default();
        let missing = |seat: &SeatQuantity| {
            let free = self.free(seat.seat_type_id, kept);
            seat.quantity - quantity_of(existing, seat.seat_type_id) - free
        };
        wanted
            .iter()
            .map(|seat| SeatQuantity { quantity: missing(seat), ..*seat })
            .filter(|seat| seat.quantity > 0)
            .collect()
    }

    /// Every seat type that has a quota.
    pub fn seat_types(&self) -> impl Iterator<Item = SeatTypeId> + '_ {
        self.seat_types.keys().copied()
    }

    /// Checks the invariant: `remaining + held + committed = quota` for every seat type.
    ///
    /// # Errors
    ///
    /// Says for which seat type it does not hold, with the numbers.
    pub fn check(&self) -> Result<(), String> {
        for (&seat_type_id, stock) in &self.seat_types {
            let held = self.held(seat_type_id);
            let Stock { quota, remaining, committed, .. } = *stock;
            if remaining + held + committed != quota {
                return Err(format!(
                    "seat type {seat_type_id}: {remaining} remaining + {held} held + {committed} committed is not \
                     the quota of {quota}"
                ));
            }
        }
        let unknown =
            self.held.values().flatten().find(|seat| !self.seat_types.contains_key(&seat.seat_type_id));
        unknown
            .map_or(Ok(()), |seat| Err(format!("seat type {} is held and has no quota", seat.seat_type_id)))
    }
}

impl SeatsAvailability {
    /// The seats of a type that remain beside those `kept` for others; below zero only after a cut of the quota.
    fn free(&self, seat_type_id: SeatTypeId, kept: &[SeatQuantity]) -> i64 {
        let remaining = self.remaining(seat_type_id).unwrap_or(0);
        remaining.min((remaining - quantity_of(kept, seat_type_id)).max(0))
    }

    fn change(&mut self, changes: &[SeatChange]) {
        for change in changes {
            self.seat_types.entry(change.seat_type_id).or_default().remaining += change.change;
        }
    }
}

fn quantity_of(seats: &[SeatQuantity], seat_type_id: SeatTypeId) -> i64 {
    seats.iter().filter(|seat| seat.seat_type_id == seat_type_id).map(|seat| seat.quantity).sum()
}

/// Decides what happens when `command` meets `state`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the whole command.
pub fn decide(state: &SeatsAvailability, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::SetSeatQuota { seat_type_id, quota, quota_version } => {
            set_quota(state, seat_type_id, quota, quota_version)
        }
        Command::MakeSeatReservation { reservation_id, seats, kept } => {
            check_request(state, &seats)?;
            Ok(reserve(state, reservation_id, &seats, &kept))
        }
        Command::CommitSeatReservation { reservation_id } => Ok(commit(state, reservation_id)),
        Command::CancelSeatReservation { reservation_id } => Ok(cancel(state, reservation_id)),
    }
}

fn set_quota(
    state: &SeatsAvailability,
    seat_type_id: SeatTypeId,
    quota: i64,
    quota_version: i64,
) -> Result<Vec<Event>, Refusal> {
    if !(0..=MAX_QUOTA).contains(&quota) {
        return Err(Refusal::QuotaOutOfRange { seat_type_id, quota });
    }
    let known = state.seat_types.get(&seat_type_id);
    if known.is_some_and(|stock| stock.quota_version >= quota_version) {
        return Ok(vec![]);
    }
    // A newer version is recorded even if the quota stays, so that one between the two comes too late.
    let availability_change = quota - known.map_or(0, |stock| stock.quota);
    Ok(vec![Event::SeatQuotaSet { seat_type_id, quota, quota_version, availability_change }])
}

fn check_request(state: &SeatsAvailability, seats: &[SeatQuantity]) -> Result<(), Refusal> {
    for (index, &SeatQuantity { seat_type_id, quantity }) in seats.iter().enumerate() {
        if !state.seat_types.contains_key(&seat_type_id) {
            return Err(Refusal::UnknownSeatType { index, seat_type_id });
        }
        if seats[..index].iter().any(|earlier| earlier.seat_type_id == seat_type_id) {
            return Err(Refusal::DuplicateSeatType { index, seat_type_id });
        }
        if quantity < 0 {
            return Err(Refusal::NegativeQuantity { index, seat_type_id });
        }
        if quantity > MAX_SEATS_PER_TYPE {
            return Err(Refusal::TooManySeats { index, seat_type_id });
        }
    }
    if seats.iter().all(|seat| seat.quantity == 0) { Err(Refusal::NothingChosen) } else { Ok(()) }
}

fn reserve(
    state: &SeatsAvailability,
    reservation_id: OrderId,
    wanted: &[SeatQuantity],
    kept: &[SeatQuantity],
) -> Vec<Event> {
    let existing = state.holds(reservation_id).unwrap_or_default();
    let details: Vec<SeatQuantity> = wanted
        .iter()
        .map(|seat| SeatQuantity { quantity: obtainable(state, existing, *seat, kept), ..*seat })
        .filter(|seat| seat.quantity != 0)
        .collect();
    let given_back = existing.iter().filter(|seat| !names(wanted, seat.seat_type_id));
    let availability_changes: Vec<SeatChange> = wanted
        .iter()
        .chain(given_back)
        .map(|&SeatQuantity { seat_type_id, .. }| SeatChange {
            seat_type_id,
            change: quantity_of(existing, seat_type_id) - quantity_of(&details, seat_type_id),
        })
        .filter(|change| change.change != 0)
        .collect();
    if availability_changes.is_empty() {
        return vec![];
    }
    vec![Event::SeatsReserved { reservation_id, details, availability_changes }]
}

/// A reservation keeps what it has even where the quota was cut below it, and grows only by what is free for it.
fn obtainable(
    state: &SeatsAvailability,
    existing: &[SeatQuantity],
    wanted: SeatQuantity,
    kept: &[SeatQuantity],
) -> i64 {
    let free = state.free(wanted.seat_type_id, kept).max(0);
    wanted.quantity.min(free + quantity_of(existing, wanted.seat_type_id))
}

fn names(seats: &[SeatQuantity], seat_type_id: SeatTypeId) -> bool {
    seats.iter().any(|seat| seat.seat_type_id == seat_type_id)
}

fn commit(state: &SeatsAvailability, reservation_id: OrderId) -> Vec<Event> {
    state
        .holds(reservation_id)
        .map(|held| Event::SeatsReservationCommitted { reservation_id, details: held.to_vec() })
        .into_iter()
        .collect()
}

fn cancel(state: &SeatsAvailability, reservation_id: OrderId) -> Vec<Event> {
    let give_back =
        |seat: &SeatQuantity| SeatChange { seat_type_id: seat.seat_type_id, change: seat.quantity };
    state
        .holds(reservation_id)
        .map(|held| Event::SeatsReservationCancelled {
            reservation_id,
            availability_changes: held.iter().map(give_back).collect(),
        })
        .into_iter()
        .collect()
}

/// Folds one recorded event into the state. Never fails and never decides.
#[must_use]
pub fn evolve(mut state: SeatsAvailability, event: &Event) -> SeatsAvailability {
    match event {
        Event::SeatQuotaSet { seat_type_id, quota, quota_version, availability_change } => {
            let stock = state.seat_types.entry(*seat_type_id).or_default();
            stock.quota = *quota;
            stock.quota_version = *quota_version;
            stock.remaining += availability_change;
        }
        Event::SeatsReserved { reservation_id, details, availability_changes } => {
            state.change(availability_changes);
            if details.is_empty() {
                state.held.remove(reservation_id);
            } else {
                state.held.insert(*reservation_id, details.clone());
            }
        }
        Event::SeatsReservationCommitted { reservation_id, details } => {
            state.held.remove(reservation_id);
            for seat in details {
                state.seat_types.entry(seat.seat_type_id).or_default().committed += seat.quantity;
            }
        }
        Event::SeatsReservationCancelled { reservation_id, availability_changes } => {
            state.held.remove(reservation_id);
            state.change(availability_changes);
        }
    }
    state
}

#[cfg(test)]
mod tests;
