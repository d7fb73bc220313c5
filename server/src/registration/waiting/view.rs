//! An entry of the wait list as its holder sees it, as somebody without proof does, and as the organizer does.

use plenary_shared::registration::OrderConference;
use plenary_shared::waitlist::{OrganizerWaitListEntry, WaitListEntry, WaitListOffer, WaitListStatus};
use plenary_shared::{ConferenceId, Timestamp, WaitListEntryId};
use serde::{Deserialize, Serialize};

use crate::eventstore::RecordedEvent;
use crate::registration::catalogue::Catalogue;
use crate::registration::order::HolderId;
use crate::registration::projections::Form;
use crate::registration::wait_list::{Entry, Event, Offer};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitListEntryView {
    pub conference_id: ConferenceId,
    pub entry: Entry,
    pub joined_at: Timestamp,
    /// The position in the log that gave it its place.
    pub ordinal: i64,
    /// The version of the list after the last event that happened to it.
    pub version: i64,
}

impl WaitListEntryView {
    /// The view that `happened` makes, if it makes one.
    pub fn joined(event: &RecordedEvent, happened: &Event) -> Option<Self> {
        Some(Self {
            conference_id: event.conference_id,
            entry: Entry::joined(happened)?,
            joined_at: event.recorded_at,
            ordinal: event.position,
            version: event.version,
        })
    }

    pub const fn id(&self) -> WaitListEntryId {
        self.entry.id
    }

    /// Folds one event in; an event that it has seen already changes nothing.
    pub fn fold(&mut self, event: &RecordedEvent, happened: &Event) {
        if event.version <= self.version {
            return;
        }
        self.entry.apply(happened);
        if matches!(happened, Event::WaitListEntryEnlarged { .. }) {
            self.ordinal = event.position;
        }
        // Nobody will write to it any more.
        if self.entry.has_ended() {
            self.entry.email = None;
        }
        self.version = event.version;
    }

    pub fn status(&self) -> WaitListStatus {
        self.entry.status()
    }

    pub fn is_held_by(&self, holder: &HolderId) -> bool {
        self.entry.holders.contains(holder)
    }

    /// As it crosses HTTP. `place` is counted among those that wait for the same seat type.
    pub fn to_entry(
        &self,
        form: Form,
        place: Option<i64>,
        (conference, catalogue): (OrderConference, &Catalogue),
        now: Timestamp,
    ) -> WaitListEntry {
        let entry = &self.entry;
        let held = form == Form::Full;
        let offers = if held { offers(entry) } else { Vec::new() };
        WaitListEntry {
            id: entry.id,
            conference,
            seat_type_id: entry.seat_type_id,
            seat_type_name: catalogue.name_of(entry.seat_type_id).to_owned(),
            wanted: entry.wanted,
            place,
            status: self.status(),
            offer: offers.iter().copied().min_by_key(|offer| offer.offered_until),
            offers,
            held,
            version: self.version,
            server_time: now,
        }
    }

    /// As the organizer's list shows it.
    pub fn to_organizer(&self, place: Option<i64>, catalogue: &Catalogue) -> OrganizerWaitListEntry {
        let entry = &self.entry;
        OrganizerWaitListEntry {
            id: entry.id,
            email: entry.email.as_ref().and_then(|email| email.reveal().cloned()),
            seat_type_id: entry.seat_type_id,
            seat_type_name: catalogue.name_of(entry.seat_type_id).to_owned(),
            wanted: entry.wanted,
            offered: entry.offered(),
            accepted: entry.accepted,
            status: self.status(),
            place,
            offers: offers(entry),
            joined_at: self.joined_at,
            version: self.version,
        }
    }
}

fn offers(entry: &Entry) -> Vec<WaitListOffer> {
    let offer =
        |&Offer { order_id, seats, offered_until }: &Offer| WaitListOffer { order_id, seats, offered_until };
    entry.offers.iter().map(offer).collect()
}
