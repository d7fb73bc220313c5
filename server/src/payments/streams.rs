//! How payments lie in the log: their events, beside the rows that hold their state.

use super::commands::PAYMENTS;
use super::payment::{self, Payment};
use crate::conference::contracts as management;
use crate::eventstore::{Aggregate, StoredEvent, StreamType};

impl StoredEvent for payment::Event {
    fn name(&self) -> &'static str {
        Self::name(self)
    }
}

impl Aggregate for Payment {
    type Event = payment::Event;
    const STREAM_TYPE: &'static str = "payment";
    const CLAIMED_AS: Option<&'static str> = Some(PAYMENTS);

    fn evolve(self, event: &payment::Event) -> Self {
        payment::evolve(self, event)
    }
}

/// How the log reads the events of this room.
pub fn stream_types() -> [StreamType; 1] {
    [StreamType::of::<payment::Event>(Payment::STREAM_TYPE)]
}

/// What this room knows of a conference: what to call it on a bill.
#[derive(Debug, Clone, Default)]
pub(super) struct Billing {
    pub conference_name: String,
}

impl Aggregate for Billing {
    type Event = management::Event;
    const STREAM_TYPE: &'static str = management::STREAM_TYPE;

    fn evolve(mut self, event: &management::Event) -> Self {
        use management::Event::{ConferenceCreated, ConferenceUpdated};
        if let ConferenceCreated { details, .. } | ConferenceUpdated { details } = event {
            self.conference_name.clone_from(&details.name);
        }
        self
    }
}
