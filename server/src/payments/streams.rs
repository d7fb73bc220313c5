//! How payments lie in the log: their events, beside the rows that hold their state.

use std::sync::Arc;

use super::payment::{self, Payment};
use crate::conference::contracts as management;
use crate::eventstore::{Aggregate, DomainEvent, StreamType};

impl DomainEvent for payment::Event {
    fn name(&self) -> &'static str {
        Self::name(self)
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("events are JSON")
    }
}

impl Aggregate for Payment {
    type Event = payment::Event;
    const STREAM_TYPE: &'static str = "payment";

    fn evolve(self, event: &payment::Event) -> Self {
        payment::evolve(self, event)
    }
}

/// How the log reads the events of this room.
pub fn stream_types() -> [StreamType; 1] {
    [StreamType {
        name: Payment::STREAM_TYPE,
        decode: |_, _, payload| Ok(Arc::new(serde_json::from_str::<payment::Event>(payload)?)),
    }]
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
