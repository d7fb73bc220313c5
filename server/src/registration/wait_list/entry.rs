//! One entry of the wait list: what it wants, and what was offered to it.

use std::collections::BTreeSet;

use plenary_shared::format::Locale;
use plenary_shared::validation::same_email;
use plenary_shared::waitlist::WaitListStatus;
use plenary_shared::{OrderId, SeatTypeId, Timestamp, WaitListEntryId};
use serde::{Deserialize, Serialize};

use super::{Event, HolderId};
use crate::personal::Personal;

/// Somebody who waits for seats of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: WaitListEntryId,
    /// `None` once it is forgotten.
    pub email: Option<Personal<String>>,
    pub seat_type_id: SeatTypeId,
    /// How many seats it asks for in all.
    pub wanted: i64,
    /// How many it has taken.
    pub accepted: i64,
    /// How many were offered to it and not taken: they went to the next.
    pub passed_on: i64,
    /// Open offers, oldest first.
    pub offers: Vec<Offer>,
    pub holders: BTreeSet<HolderId>,
    /// The language to write to it in, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    pub left: bool,
}

/// Seats that are held for an entry by an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub order_id: OrderId,
    pub seats: i64,
    pub offered_until: Timestamp,
}

impl Entry {
    /// The entry that `event` makes, if it makes one.
    pub fn joined(event: &Event) -> Option<Self> {
        let Event::WaitListJoined { entry_id, email, seat_type_id, wanted, holder, language } = event else {
            return None;
        };
        Some(Self {
            id: *entry_id,
            email: Some(email.clone()),
            seat_type_id: *seat_type_id,
            wanted: *wanted,
            accepted: 0,
            passed_on: 0,
            offers: Vec::new(),
            holders: BTreeSet::from([holder.clone()]),
            language: *language,
            left: false,
        })
    }

    /// How many seats are on offer to it.
    pub fn offered(&self) -> i64 {
        self.offers.iter().map(|offer| offer.seats).sum()
    }

    /// How many seats it still waits for. Each seat is offered once, and none to somebody who cannot be written to.
    pub fn waits_for(&self) -> i64 {
        let forgotten = self.email.as_ref().and_then(Personal::reveal).is_none();
        if self.left || forgotten {
            0
        } else {
            (self.wanted - self.accepted - self.passed_on - self.offered()).max(0)
        }
    }

    /// Whether nothing will be offered to it any more and nothing is.
    pub fn has_ended(&self) -> bool {
        self.waits_for() == 0 && self.offers.is_empty()
    }

    /// Where it stands.
    pub fn status(&self) -> WaitListStatus {
        if self.left {
            WaitListStatus::Left
        } else if !self.offers.is_empty() {
            WaitListStatus::Offered
        } else if self.waits_for() > 0 {
            WaitListStatus::Waiting
        } else {
            WaitListStatus::Done
        }
    }

    pub(super) fn belongs_to(&self, email: &Personal<String>) -> bool {
        let own = self.email.as_ref().and_then(Personal::reveal);
        own.zip(email.reveal()).is_some_and(|(own, email)| same_email(own, email))
    }

    /// Folds one event in that happened to it after it joined.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::WaitListJoined { .. } => {}
            Event::WaitListEntryReduced { wanted, .. } | Event::WaitListEntryEnlarged { wanted, .. } => {
                self.wanted = *wanted;
            }
            Event::WaitListHolderAdded { holder, .. } => {
                self.holders.insert(holder.clone());
            }
            Event::WaitListLeft { .. } => {
                self.passed_on += self.offered();
                self.offers.clear();
                self.left = true;
            }
            Event::SeatsOffered { order_id, seats, offered_until, .. } => {
                self.offers.push(Offer { order_id: *order_id, seats: *seats, offered_until: *offered_until });
            }
            Event::SeatsOfferExtended { order_id, offered_until, .. } => {
                let extended = self.offers.iter_mut().filter(|offer| offer.order_id == *order_id);
                extended.for_each(|offer| offer.offered_until = *offered_until);
            }
            Event::SeatsOfferAccepted { order_id, seats, .. } => self.close(*order_id, *seats),
            Event::SeatsOfferDeclined { order_id, .. } | Event::SeatsOfferLapsed { order_id, .. } => {
                self.close(*order_id, 0);
            }
        }
    }

    fn close(&mut self, order_id: OrderId, taken: i64) {
        let Some(index) = self.offers.iter().position(|offer| offer.order_id == order_id) else { return };
        let offer = self.offers.remove(index);
        self.accepted += taken;
        self.passed_on += offer.seats - taken;
    }
}
