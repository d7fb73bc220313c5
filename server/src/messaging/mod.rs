//! How commands become events: the mailbox, the unit of work, timers and the outbox.
//!
//! A command, everything that the rooms decide in reaction to it, the states of the processes, the outbox and the
//! read models commit together or not at all. Nothing here knows a room: rooms bring commands, reactors,
//! projections and processes.

mod announcer;
mod directory;
mod hot;
mod mailbox;
pub mod outbox;
mod queue;
mod records;
mod transaction;
mod unit_of_work;
mod writer;

use std::fmt::{self, Debug};
use std::str::FromStr;

use async_trait::async_trait;
use plenary_shared::{ConferenceId, Problem, Timestamp};
use uuid::Uuid;

use crate::db::Writes;
use crate::eventstore::{self, RecordedEvent, Shard};

pub use crate::hex::encode as hex;
pub use directory::{Claim, owner_of};
pub use hot::{Kept, Remembered};
pub use mailbox::{Mailbox, Parts, SendError, Writers, body_hash, command_id};
pub use records::BodyHash;
pub use transaction::{Source, Transaction};
pub use unit_of_work::{LaterRows, PERSONAL_DATA_ERASED, UnitOfWork};
#[cfg(test)]
pub(crate) use writer::in_memory::InMemory;

/// Identifies one command: the same again is the same command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub Uuid);

/// Something that a room is asked to do, for one conference.
#[async_trait]
pub trait Command: Debug + Send + Sync {
    /// Imperative, for logs: `RegisterToConference`.
    fn name(&self) -> &'static str;

    /// What must belong to the conference in the directory before the command runs.
    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }

    /// Decides, then writes. It may be run again from the start: after a failure nothing of it was kept.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] when a rule forbids it: then nothing may have been written yet.
    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure>;
}

/// What a command came to, as it is recorded under its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status of the first answer.
    pub status: u16,
    /// The order, conference, seat type or payment that the answer is about.
    pub concerns: Uuid,
    /// The version that it had then.
    pub version: i64,
}

impl Outcome {
    pub fn new(status: u16, concerns: impl Into<Uuid>, version: i64) -> Self {
        Self { status, concerns: concerns.into(), version }
    }
}

/// Where the log stood after a command: what a later read must have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub shard: Shard,
    pub position: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shard.0, self.position)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (shard, position) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { shard: Shard(shard.parse()?), position: position.parse()? })
    }
}

/// The answer to a command. It is given only when its effect is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    pub outcome: Outcome,
    pub position: Position,
    /// The command had had its effect before.
    pub repeated: bool,
}

/// Why a command had no effect.
#[derive(Debug)]
pub enum Failure {
    /// A rule forbids it.
    Refused(Box<Problem>),
    /// Something broke. The batch is given up and its commands are tried one by one.
    Failed(Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<eventstore::Error> for Failure {
    fn from(error: eventstore::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// What can break in a unit of work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Log(eventstore::Error),
    #[error("stored JSON cannot be read")]
    Json(#[from] serde_json::Error),
    #[error("command {0} was refused after it had written something")]
    RefusedHalfway(&'static str),
    #[error("the reactions to command {0} found no end")]
    Restless(&'static str),
    #[error("a reaction was refused: {0}")]
    ReactionRefused(String),
    #[error("the batch before was not kept")]
    BatchBefore,
    #[error("a step of the batch panicked")]
    Panicked,
    #[error("a stream of type {0} holds an event of another type")]
    ForeignEvent(&'static str),
}

impl From<eventstore::Error> for Error {
    fn from(error: eventstore::Error) -> Self {
        match error {
            eventstore::Error::Database(error) => Self::Database(error),
            other => Self::Log(other),
        }
    }
}

/// Reacts to events inside the unit of work that made them.
#[async_trait]
pub trait Reactor: Debug + Send + Sync {
    /// Runs whatever must follow from `event` before anyone sees it.
    ///
    /// # Errors
    ///
    /// When something breaks; the whole command is given up then.
    async fn react(&self, event: &RecordedEventDraft, work: &mut UnitOfWork<'_>) -> Result<(), Error>;
}

/// An event that its unit of work has not committed yet. Its position is not known.
pub type RecordedEventDraft = eventstore::NewEvent;

/// What is to be done once a batch is durable: replace cached views, tell live streams.
pub type AfterCommit = Box<dyn FnOnce() + Send>;

/// Keeps read models: folds events into rows.
#[async_trait]
pub trait Projection: Debug + Send + Sync {
    /// The tables that it writes. They hold nothing but what it makes of events.
    fn tables(&self) -> &'static [&'static str];

    /// Folds the events of a batch, in order; has each touched row written once.
    ///
    /// What it puts into `kept` is given to it again with the next batch, unless the rows in the database may have become
    /// others since: then it is empty.
    ///
    /// # Errors
    ///
    /// When something breaks; the batch is given up then.
    async fn project(
        &self,
        events: &[RecordedEvent],
        source: &mut Source<'_>,
        writes: &mut Writes,
        kept: &mut Kept,
    ) -> Result<Vec<AfterCommit>, Error>;
}

/// The state of a process manager.
pub trait Process:
    Default + Debug + Clone + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static
{
    /// The directory in which its id is claimed before it begins, if it is.
    const CLAIMED_AS: Option<&'static str> = None;

    /// When it wants to be woken, and the token that tells this wish from an older one.
    fn due_at(&self) -> Option<(Timestamp, i64)>;
}

/// A timer that has come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTimer {
    pub process_id: Uuid,
    pub conference_id: ConferenceId,
    pub token: i64,
}
