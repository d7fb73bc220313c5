//! The event log: append-only, spread over shards, with contiguous positions.
//!
//! Every conference belongs to one shard, and every shard has a log of its own whose positions are 1, 2, 3, …
//! without a hole, because the row that holds the last position is moved inside the transaction that appends.
//! Whoever reads asserts it: a reader that meets a hole stops and says so.

mod codec;
mod forms;
mod keys;
mod log;
mod names;
mod sealing;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use plenary_shared::{ConferenceId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

pub use codec::{Codec, DecodeError, Fields, StreamType, Unread, Upcaster, newest_version};
pub use forms::{NotedForms, forms_not_noted, require_known_forms};
pub use keys::{KeyCache, Keys, find as find_keys};
pub use log::{
    Head, Touched, append, begin_append, create_shards, events_at, head, heads, load_stream, read_after,
    read_conference_after, touched_after,
};
pub use sealing::{KeyState, Unopened};

/// How many shards a log has. The number belongs to the log and never changes.
pub const SHARDS: i16 = 16;

/// One of the logs that conferences are spread over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shard(pub i16);

impl Shard {
    /// The shard that a conference belongs to, for ever.
    pub fn of(conference: ConferenceId) -> Self {
        // The last bytes of a version 7 id are random; the first are its time and would follow the calendar.
        let random = conference.0.as_bytes()[15];
        Self(i16::from(random) % SHARDS)
    }

    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }
}

/// A stream: the events of one aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub Uuid);

impl StreamId {
    /// The stream of the aggregate of type `A` that has this id.
    ///
    /// Two aggregates may have the same id, as a conference and its seats availability have; the last byte keeps
    /// their streams apart, and the first bytes keep them sorted by time.
    pub fn of<A: Aggregate>(id: Uuid) -> Self {
        let mut bytes = id.into_bytes();
        bytes[15] ^= A::STREAM_CODE;
        Self(Uuid::from_bytes(bytes))
    }

    /// The id of the aggregate of type `A` whose stream this is.
    pub fn id_of<A: Aggregate>(self) -> Uuid {
        // What was done to the last byte is undone by doing it again.
        Self::of::<A>(self.0).0
    }
}

/// Something that has happened, as a room's own type: an enum with a variant per event.
pub trait StoredEvent: Any + Debug + Send + Sync + Serialize {
    /// Lift the forms that these events once had. Whoever changes a form adds one, and a sample of the new form to
    /// `tests/events`.
    const UPCASTERS: &'static [Upcaster] = &[];

    /// The event's name as the log and the history show it: that of its variant.
    fn name(&self) -> &'static str;

    /// Whose personal data it holds, if it holds any, when it lies in this stream: an order, a conference's owner (by
    /// the conference) or an entry of a wait list. The log seals it with the key of that subject.
    fn data_subject(&self, _stream: StreamId) -> Option<Uuid> {
        None
    }
}

/// A stored event whose type is not known.
pub trait DomainEvent: Any + Debug + Send + Sync {
    /// The event's name as the log and the history show it.
    fn name(&self) -> &'static str;

    /// The version of the payload's form.
    fn schema_version(&self) -> i16;

    /// The payload as JSON.
    fn to_json(&self) -> String;

    /// Whose personal data it holds when it lies in this stream.
    fn data_subject(&self, stream: StreamId) -> Option<Uuid>;
}

impl<E: StoredEvent> DomainEvent for E {
    fn name(&self) -> &'static str {
        StoredEvent::name(self)
    }

    fn schema_version(&self) -> i16 {
        newest_version(E::UPCASTERS, StoredEvent::name(self))
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("events are JSON")
    }

    fn data_subject(&self, stream: StreamId) -> Option<Uuid> {
        StoredEvent::data_subject(self, stream)
    }
}

impl dyn DomainEvent {
    /// The event as `E`, if it is one.
    pub fn get<E: DomainEvent>(&self) -> Option<&E> {
        let any: &dyn Any = self;
        any.downcast_ref()
    }
}

/// What is folded from a stream.
pub trait Aggregate: Default + Debug + Send + Sync + 'static {
    type Event: StoredEvent;

    /// The name of the stream's type in the log.
    const STREAM_TYPE: &'static str;
    /// Sets the streams of aggregates apart that share an id; 0 for the one that the id was made for.
    const STREAM_CODE: u8 = 0;
    /// The directory in which the id is claimed before the stream begins, if it is: a claim that is the first tells that
    /// there is no stream yet.
    const CLAIMED_AS: Option<&'static str> = None;

    /// Folds one event in.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;
}

/// An event on its way into the log, its position not given yet.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub shard: Shard,
    pub conference_id: ConferenceId,
    pub stream_id: StreamId,
    pub stream_type: &'static str,
    /// Counted from 1 within the stream.
    pub version: i64,
    pub event_id: Uuid,
    pub correlation_id: Uuid,
    pub causation_id: Uuid,
    pub recorded_at: Timestamp,
    pub event: Arc<dyn DomainEvent>,
}

/// An event of the log.
#[derive(Debug, Clone)]
pub struct RecordedEvent {
    pub shard: Shard,
    /// Counted from 1 within the shard, without holes.
    pub position: i64,
    pub conference_id: ConferenceId,
    pub stream_id: StreamId,
    pub stream_type: String,
    pub version: i64,
    pub event_id: Uuid,
    pub correlation_id: Uuid,
    pub causation_id: Uuid,
    pub recorded_at: Timestamp,
    pub event: Arc<dyn DomainEvent>,
}

impl RecordedEvent {
    /// The event as `E`, if it is one.
    pub fn get<E: DomainEvent>(&self) -> Option<&E> {
        self.event.get()
    }
}

/// Why the log cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the log of shard {shard} has a hole: position {expected} was expected and {found} found")]
    Hole { shard: i16, expected: i64, found: i64 },
    #[error("stream {stream} has a hole: version {expected} was expected and {found} found")]
    StreamHole { stream: Uuid, expected: i64, found: i64 },
    #[error("the event at {shard}-{position} cannot be read: {reason}")]
    Unread { shard: i16, position: i64, reason: DecodeError },
    #[error("the log holds events that cannot be read: {0}")]
    UnknownForm(DecodeError),
    #[error("the event at {shard}-{position} cannot be opened: {reason}")]
    Sealed { shard: i16, position: i64, reason: Unopened },
    #[error("{0} holds personal data and says not whose")]
    NoSubject(&'static str),
    #[error("the personal data of {0} was erased, and more of it would be recorded")]
    ErasedSubject(Uuid),
    #[error("shard {0} has no head")]
    NoHead(i16),
}
