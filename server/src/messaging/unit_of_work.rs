//! The unit of work: what a command sees of the world, and where it puts what it decided.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

use plenary_shared::{ConferenceId, Timestamp};
use uuid::Uuid;

use super::directory::{Claim, claim_of};
use super::hot::{FoldedProcess, Hot, Kept};
use super::outbox::NewMessage;
use super::records::{self, NewProcessState};
use super::transaction::Transaction;
use super::{Error, Process};
use crate::clock::Entropy;
use crate::db::{Conn, Writes};
use crate::eventstore::{self, Aggregate, Codec, DomainEvent, NewEvent, Shard, StreamId};
use crate::faults::Faults;

/// The kind of the outbox messages whose payload is the subject of personal data that was erased.
pub const PERSONAL_DATA_ERASED: &str = "personal_data_erased";

/// A transaction and everything that waits to be written at its end.
#[derive(Debug)]
pub struct UnitOfWork<'t> {
    transaction: &'t mut Transaction,
    codec: &'t Codec,
    entropy: Entropy,
    hot: &'t mut Hot,
    faults: &'t Faults,
    now: Timestamp,
    subject: Subject,
    /// What this batch is the first to claim or to enter: nothing is stored of it.
    pub(super) fresh: HashSet<Claim>,
    pub(super) beneath: Beneath,
    pub(super) staged: Staged,
}

/// Where streams and processes are read from that the batch knows nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beneath {
    Database,
    /// There are none.
    Nothing,
}

/// Whom the command at hand concerns, and what led to it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "these are the names that the log has for them")]
struct Subject {
    conference_id: ConferenceId,
    correlation_id: Uuid,
    causation_id: Uuid,
}

/// Rows that a room gathers during a batch and writes at its end, all of them in few statements.
pub trait LaterRows: Any + Debug + Send + Sync {
    /// Has them written.
    ///
    /// # Errors
    ///
    /// When they cannot be written as JSON; the batch is given up then.
    fn write(&self, writes: &mut Writes) -> Result<(), Error>;
}

/// What waits for the end of the batch.
#[derive(Debug, Default)]
pub(super) struct Staged {
    pub events: Vec<NewEvent>,
    /// How many of the events have been reacted to.
    pub reacted: usize,
    pub processes: BTreeMap<Uuid, NewProcessState>,
    pub outbox: Vec<NewMessage>,
    pub rows: Vec<Box<dyn LaterRows>>,
    /// Ids that were made in this batch, for the directory.
    pub entries: Vec<(&'static str, Uuid, ConferenceId)>,
    /// How many ids were made.
    pub ids: u64,
    /// Rows of rooms that were written already or wait among `rows`.
    pub direct_writes: usize,
    /// Whose personal data can be read no more once the batch is durable.
    pub erased: BTreeSet<Uuid>,
}

impl Staged {
    /// Grows with everything that is written.
    pub fn size(&self) -> usize {
        let of_rooms = self.direct_writes + self.entries.len();
        self.events.len() + self.processes.len() + self.outbox.len() + of_rooms + self.erased.len()
    }
}

impl<'t> UnitOfWork<'t> {
    pub(super) fn new(
        transaction: &'t mut Transaction,
        codec: &'t Codec,
        hot: &'t mut Hot,
        faults: &'t Faults,
        entropy: Entropy,
        now: Timestamp,
    ) -> Self {
        let nobody = Subject {
            conference_id: ConferenceId(Uuid::nil()),
            correlation_id: Uuid::nil(),
            causation_id: Uuid::nil(),
        };
        Self {
            transaction,
            codec,
            entropy,
            hot,
            faults,
            now,
            subject: nobody,
            fresh: HashSet::new(),
            beneath: Beneath::Database,
            staged: Staged::default(),
        }
    }

    /// Turns to the next command.
    pub(super) fn begin(&mut self, conference_id: ConferenceId, command_id: Uuid) {
        self.subject = Subject { conference_id, correlation_id: conference_id.0, causation_id: command_id };
    }

    /// Turns to the reactions to an event.
    pub(super) fn begin_reaction(&mut self, event: &NewEvent) {
        self.subject = Subject {
            conference_id: event.conference_id,
            correlation_id: event.correlation_id,
            causation_id: event.event_id,
        };
    }

    /// The conference that everything here belongs to.
    pub const fn conference_id(&self) -> ConferenceId {
        self.subject.conference_id
    }

    /// The order that the conversation is about, when it is about one; else the conference.
    pub const fn correlation_id(&self) -> Uuid {
        self.subject.correlation_id
    }

    /// Says what the conversation is about from here on.
    pub const fn correlate(&mut self, id: Uuid) {
        self.subject.correlation_id = id;
    }

    pub fn shard(&self) -> Shard {
        Shard::of(self.subject.conference_id)
    }

    /// The time of the batch. It never runs backwards within a shard.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id. It sorts after those that the batch has made before, however many fall in the same millisecond, so that
    /// what was made together and comes due together comes due in the order in which it was made.
    pub fn new_id(&mut self) -> Uuid {
        self.staged.ids += 1;
        self.entropy.id_after(self.now, self.staged.ids)
    }

    /// The generator of codes and ids.
    pub const fn entropy(&self) -> Entropy {
        self.entropy
    }

    /// What a test has fail.
    pub const fn faults(&self) -> &Faults {
        self.faults
    }

    /// The transaction, for reading rows. It begins here, when nothing before has needed it.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn conn(&mut self) -> Result<Conn<'_>, Error> {
        self.transaction.conn().await
    }

    /// The transaction, for writing rows at once. After this the command can no longer be refused.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn write(&mut self) -> Result<Conn<'_>, Error> {
        self.staged.direct_writes += 1;
        self.transaction.conn().await
    }

    /// Rows to be written at the end of the batch. After this the command can no longer be refused.
    pub fn later<R: LaterRows + Default>(&mut self) -> &mut R {
        self.staged.direct_writes += 1;
        let known = self.staged.rows.iter().position(|rows| (&**rows as &dyn Any).is::<R>());
        let index = known.unwrap_or_else(|| {
            self.staged.rows.push(Box::<R>::default());
            self.staged.rows.len() - 1
        });
        let rows: &mut dyn Any = &mut *self.staged.rows[index];
        rows.downcast_mut().expect("it was found by its type")
    }

    /// The rows of this type that wait for the end of the batch.
    pub fn waiting<R: LaterRows>(&self) -> Option<&R> {
        self.staged.rows.iter().find_map(|rows| (&**rows as &dyn Any).downcast_ref())
    }

    /// What the room remembers from one batch to the next: nothing, unless it has put it there since the writer last lost
    /// sight of the database.
    pub fn kept(&mut self) -> &mut Kept {
        &mut self.hot.kept
    }

    /// Enters an id into a directory that was made just now, so that nobody else can have it.
    pub fn enter(&mut self, kind: &'static str, id: Uuid) {
        self.staged.entries.push((kind, id, self.subject.conference_id));
        self.fresh.insert(claim_of(kind, id));
    }

    /// Whether this batch was the first to claim or enter an id in the directory `kind`: nothing is stored under it.
    pub fn is_fresh(&self, kind: &'static str, id: Uuid) -> bool {
        self.fresh.contains(&claim_of(kind, id))
    }

    /// The aggregate of type `A` with this id, folded from its stream and from what this batch has added.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read.
    pub async fn load<A: Aggregate>(&mut self, id: Uuid) -> Result<&A, Error> {
        let stream = StreamId::of::<A>(id);
        if self.hot.stream(stream).is_none_or(|folded| folded.get::<A>().is_none()) {
            self.fold::<A>(stream).await?;
        }
        let folded = self.hot.stream(stream).and_then(|folded| folded.get::<A>());
        Ok(folded.expect("the stream was folded just now"))
    }

    /// Where to look for what has an id that is claimed in the directory `kind`.
    fn beneath_claim(&self, kind: Option<&'static str>, id: Uuid) -> Beneath {
        if kind.is_some_and(|kind| self.is_fresh(kind, id)) { Beneath::Nothing } else { self.beneath }
    }

    async fn fold<A: Aggregate>(&mut self, stream: StreamId) -> Result<(), Error> {
        let shard = self.shard();
        let stored = match self.beneath_claim(A::CLAIMED_AS, stream.id_of::<A>()) {
            Beneath::Database => {
                let conn = self.transaction.conn().await?;
                eventstore::load_stream(conn, self.codec, shard, stream, 0).await?
            }
            Beneath::Nothing => Vec::new(),
        };
        let staged =
            self.staged.events.iter().filter(|event| event.stream_id == stream).map(|event| &event.event);
        let all = stored.iter().map(|event| &event.event).chain(staged);
        let (mut state, mut version) = (A::default(), 0);
        for event in all {
            let event = event.get::<A::Event>().ok_or(Error::ForeignEvent(A::STREAM_TYPE))?;
            state = state.evolve(event);
            version += 1;
        }
        self.hot.put_stream(stream, version, state);
        Ok(())
    }

    /// Adds events to the stream of the aggregate with this id, and gives the stream's version after them.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read.
    pub async fn append<A: Aggregate>(&mut self, id: Uuid, events: Vec<A::Event>) -> Result<i64, Error> {
        self.load::<A>(id).await?;
        let stream = StreamId::of::<A>(id);
        let folded = self.hot.stream(stream).expect("the stream was loaded just now");
        let before = folded.version;
        let events: Vec<Arc<A::Event>> = events.into_iter().map(Arc::new).collect();
        if !events.is_empty() {
            folded.evolve::<A>(&events);
        }
        for (version, event) in (before + 1..).zip(events) {
            self.stage::<A>(stream, version, event);
        }
        Ok(self.hot.stream(stream).map_or(before, |folded| folded.version))
    }

    fn stage<A: Aggregate>(&mut self, stream: StreamId, version: i64, event: Arc<dyn DomainEvent>) {
        let event_id = self.new_id();
        self.staged.events.push(NewEvent {
            shard: self.shard(),
            conference_id: self.subject.conference_id,
            stream_id: stream,
            stream_type: A::STREAM_TYPE,
            version,
            event_id,
            correlation_id: self.subject.correlation_id,
            causation_id: self.subject.causation_id,
            recorded_at: self.now,
            event,
        });
    }

    /// The version of the stream of the aggregate with this id: how many events it has.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read.
    pub async fn version_of<A: Aggregate>(&mut self, id: Uuid) -> Result<i64, Error> {
        self.load::<A>(id).await?;
        Ok(self.hot.stream(StreamId::of::<A>(id)).map_or(0, |folded| folded.version))
    }

    /// The state of a process, its default when it has not begun.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn process<P: Process>(&mut self, id: Uuid) -> Result<P, Error> {
        if let Some(folded) = self.hot.process(id)
            && let Some(state) = folded.state.downcast_ref::<P>()
        {
            return Ok(state.clone());
        }
        let shard = self.shard();
        let staged = self.staged.processes.get(&id).map(|it| (it.version, it.state.clone()));
        let stored = match (staged, self.beneath_claim(P::CLAIMED_AS, id)) {
            (Some(staged), _) => Some(staged),
            (None, Beneath::Database) => {
                records::load_process(self.transaction.conn().await?, shard, id).await?
            }
            (None, Beneath::Nothing) => None,
        };
        let Some((version, json)) = stored else { return Ok(P::default()) };
        let state: P = serde_json::from_str(&json)?;
        self.hot.put_process(id, FoldedProcess { version, state: Box::new(state.clone()) });
        Ok(state)
    }

    /// Stores the next state of a process.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn put_process<P: Process>(&mut self, id: Uuid, state: P) -> Result<(), Error> {
        let version = self.hot.process(id).map_or(0, |folded| folded.version) + 1;
        let row = NewProcessState {
            shard: self.shard(),
            process_id: id,
            conference_id: self.subject.conference_id,
            version,
            state: serde_json::to_string(&state)?,
            due: state.due_at(),
        };
        self.staged.processes.insert(id, row);
        self.hot.put_process(id, FoldedProcess { version, state: Box::new(state) });
        Ok(())
    }

    /// Deletes the key of a subject's personal data, for ever: of an order, a conference's owner or an entry of a
    /// wait list. What the log holds of it reads as erased from then on, and nothing more can be recorded of it. Views
    /// and folded states are blanked by the event that says so; whoever keeps copies elsewhere is told by a message of
    /// kind [`PERSONAL_DATA_ERASED`].
    pub fn erase_personal_data(&mut self, subject: Uuid) {
        if self.staged.erased.insert(subject) {
            self.send(PERSONAL_DATA_ERASED, subject.to_string());
        }
    }

    /// Has something sent once the batch is durable, at least once.
    pub fn send(&mut self, kind: &'static str, payload: String) {
        let id = self.new_id();
        let message = NewMessage { id, kind, payload, due_at: self.now };
        self.staged.outbox.push(message);
    }
}
