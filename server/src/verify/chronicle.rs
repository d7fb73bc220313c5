//! The log itself: positions, versions, time, and where each stream lies.

use std::collections::HashMap;

use plenary_shared::{ConferenceId, Timestamp};

use super::Violations;
use crate::eventstore::{RecordedEvent, Shard, StreamId};

/// How far the log was read, and every stream in it.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    shard: i16,
    position: i64,
    last: Option<Timestamp>,
    streams: HashMap<StreamId, Stream>,
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    version: i64,
    conference_id: ConferenceId,
}

impl Chronicle {
    /// Turns to the next shard.
    pub fn begin(&mut self, shard: Shard) {
        (self.shard, self.position, self.last) = (shard.0, 0, None);
    }

    /// The last position read.
    pub const fn position(&self) -> i64 {
        self.position
    }

    pub fn streams(&self) -> impl Iterator<Item = StreamId> {
        self.streams.keys().copied()
    }

    pub fn event(&mut self, event: &RecordedEvent, violations: &mut Violations) {
        // Whoever reads the log asserts that positions have no hole.
        self.position = event.position;
        if self.last.is_some_and(|last| event.recorded_at < last) {
            violations.add(format!("time runs backwards at {}-{}", self.shard, event.position));
        }
        self.last = Some(event.recorded_at);
        if Shard::of(event.conference_id) != event.shard {
            violations.add(format!("conference {} is in the wrong shard", event.conference_id));
        }
        self.stream(event, violations);
    }

    fn stream(&mut self, event: &RecordedEvent, violations: &mut Violations) {
        let id = event.stream_id;
        let conference_id = event.conference_id;
        let stream = self.streams.entry(id).or_insert(Stream { version: 0, conference_id });
        stream.version += 1;
        if event.version != stream.version {
            let due = stream.version;
            violations.add(format!("stream {} has version {} where {due} was due", id.0, event.version));
        }
        if event.conference_id != stream.conference_id {
            violations.add(format!("stream {} belongs to more than one conference", id.0));
        }
    }

    /// Checks the end of a shard against its head.
    pub fn end(&self, (head, head_at): (i64, Timestamp), violations: &mut Violations) {
        let at = self.last.unwrap_or(Timestamp::from_micros(0));
        if (self.position, at) != (head, head_at) {
            let (shard, end) = (self.shard, self.position);
            violations.add(format!("the head of shard {shard} is at {head}, its log ends at {end}"));
        }
    }
}
