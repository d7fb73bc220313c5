//! `SeatsAvailability`: how many seats of each type a conference still has, and who holds which.
//!
//! Promises that `remaining + held + committed = quota` for every seat type after every event, and that no more is
//! held and committed than the quota, unless an organizer cut the quota below what was already given away.

use std::collections::BTreeMap;

use plenary_shared::registration::SeatQuantity;
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
    #[error("A quota is a number from 0 to {}.", plenary_shared::validation::MAX_QUOTA)]
    QuotaOutOfRange { seat_type_id: SeatTypeId, quota: i64 },
    #[error("One or more items are required.")]
    NothingChosen,
    #[error("The conference has no such seat type.")]
    UnknownSeatType { index: usize, seat_type_id: SeatTypeId },
    #[error("Each seat type can be named only once.")]
    DuplicateSeatType { index: usize, seat_type_id: SeatTypeId },
    #[error("A quantity cannot be negative.")]
    NegativeQuantity { index: usize, seat_type_id: SeatTypeId },
    #[error("An order has at most {} seats of one type.", plenary_shared::pricing::MAX_SEATS_PER_TYPE)]
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

fn quantity_of(seats: &[SeatQuantity], seat_type_id: SeatTypeId) -> i64 {
    seats.iter().filter(|seat| seat.seat_type_id == seat_type_id).map(|seat| seat.quantity).sum()
}
