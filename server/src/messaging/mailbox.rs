//! The mailbox: commands wait in it, and its writers carry out many in one transaction.
//!
//! One durable commit serves a whole batch, so a rush makes batches larger instead of retries more frequent. An
//! answer is given only when its effect is durable. After a commit that failed, the outcome is unknown: everything
//! remembered is forgotten, and the commands are tried again one by one; those that had happened are found by their
//! ids.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use plenary_shared::{ConferenceId, Problem, Timestamp};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::announcer::{self, Announcer, Answer};
use super::queue::{Load, Queue, Turned};
use super::records::BodyHash;
use super::writer::Writer;
use super::{Command, CommandId, DueTimer, Projection, Reactor, Reply};
use crate::clock::{Clock, Entropy};
use crate::db::{Db, Kind};
use crate::eventstore::{Codec, SHARDS, Shard};
use crate::faults::Faults;

/// Writers on PostgreSQL; their number divides that of the shards. Fewer make larger batches, and more wait for the disk at once.
const POSTGRES_WRITERS: i16 = 4;

/// What the rooms bring, put together once at start.
#[derive(Debug)]
pub struct Parts {
    pub db: Db,
    pub codec: Codec,
    pub clock: Clock,
    pub entropy: Entropy,
    pub reactors: Vec<Arc<dyn Reactor>>,
    pub projections: Vec<Arc<dyn Projection>>,
    /// The command for a timer that has come due.
    pub on_timer: fn(DueTimer) -> Arc<dyn Command>,
    /// Told when a batch has put something into the outbox.
    pub outbox: Arc<Notify>,
    pub faults: Faults,
}

/// Why a command was not carried out.
#[derive(Debug, Clone)]
pub enum SendError {
    /// A rule forbids it.
    Refused(Box<Problem>),
    /// Too much is waiting already.
    Overloaded,
    /// It failed; whether it had its effect can be found out by sending it again under the same id.
    Unavailable,
}

/// A command on its way.
#[derive(Debug)]
pub(super) struct Envelope {
    pub conference_id: ConferenceId,
    pub id: CommandId,
    pub body_hash: BodyHash,
    pub command: Arc<dyn Command>,
    /// Recorded under its id even when it changed nothing: whoever sent it chose the id.
    pub keyed: bool,
    pub reply: announcer::Sender,
}

/// Takes commands for all conferences of this process.
#[derive(Debug, Clone)]
pub struct Mailbox {
    queues: Arc<[Arc<Queue<Envelope>>]>,
    load: Arc<Load>,
    clock: Clock,
    entropy: Entropy,
    pub statistics: Arc<Statistics>,
}

/// Counters for the operator.
#[derive(Debug, Default)]
pub struct Statistics {
    pub commands: AtomicU64,
    pub refusals: AtomicU64,
    /// Commands whose sender was told to come back, because too much waited.
    pub turned_away: AtomicU64,
    pub batches: AtomicU64,
    pub failed_batches: AtomicU64,
    pub events: AtomicU64,
    /// Seconds since 1970 of the last commit.
    pub last_commit_s: AtomicI64,
}

impl Statistics {
    /// Counts a batch that is durable.
    pub(super) fn count(&self, answers: &[Answer], events: usize, now: Timestamp) {
        let refusals = answers.iter().filter(|answer| answer.is_err()).count();
        self.commands.fetch_add(answers.len() as u64, Ordering::Relaxed);
        self.refusals.fetch_add(refusals as u64, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        self.last_commit_s.store(now.as_millis() / 1000, Ordering::Relaxed);
    }
}

/// The threads behind a mailbox, and what announces their commits.
#[derive(Debug)]
pub struct Writers {
    /// Each thread holds the sender of its channel for as long as it runs.
    running: Vec<oneshot::Receiver<Infallible>>,
    announcers: Vec<JoinHandle<()>>,
}

impl Writers {
    /// Returns when everything that was accepted is answered. The mailbox must be closed first.
    pub async fn finished(self) {
        for running in self.running {
            let _ = running.await;
        }
        for announcer in self.announcers {
            let _ = announcer.await;
        }
    }
}

impl Mailbox {
    /// Starts the writers, each with a range of shards: one on SQLite, which has one write lock, some on PostgreSQL.
    ///
    /// Each has a thread and a runtime of its own. On the runtime of the requests it would stand in line behind them whenever it
    /// has waited for the database.
    ///
    /// # Panics
    ///
    /// When the system has no thread to give.
    pub fn start(parts: Parts) -> (Self, Writers) {
        let parts = Arc::new(parts);
        let (writers, at_once) = match parts.db.kind() {
            // The next batch is decided while one is on its way.
            Kind::Sqlite => (1, 2),
            Kind::Postgres => (POSTGRES_WRITERS, 1),
        };
        let each = SHARDS / writers;
        let ranges = (0..writers).map(|index| (Shard(index * each), Shard((index + 1) * each - 1)));
        let load = Arc::<Load>::default();
        let statistics = Arc::<Statistics>::default();
        let queue = |_| Arc::new(Queue::new(Arc::clone(&load), at_once));
        let queues: Arc<[_]> = ranges.clone().map(queue).collect();
        let (mut running, mut announcers) = (Vec::new(), Vec::new());
        for (shards, queue) in ranges.zip(queues.iter()) {
            let announcer = Announcer { outbox: Arc::clone(&parts.outbox), faults: parts.faults.clone() };
            let (announcements, announcer) = announcer.start();
            announcers.push(announcer);
            let (parts, queue, statistics) = (Arc::clone(&parts), Arc::clone(queue), Arc::clone(&statistics));
            running.push(Writer::new(parts, queue, announcements, shards, statistics).start());
        }
        let writers = Writers { running, announcers };
        let (clock, entropy) = (parts.clock.clone(), parts.entropy);
        (Self { queues, load, clock, entropy, statistics }, writers)
    }

    /// Has `command` carried out and gives its answer when the effect is durable.
    ///
    /// # Errors
    ///
    /// When a rule forbids it, too much is waiting, or the database fails.
    pub async fn send(
        &self,
        conference_id: ConferenceId,
        command: impl Command + 'static,
    ) -> Result<Reply, SendError> {
        let id = CommandId(self.entropy.id(self.clock.now()));
        self.submit(conference_id, id, BodyHash::default(), false, Arc::new(command)).await
    }

    /// As [`send`](Self::send), under an id that the sender chose: the same again has no second effect.
    ///
    /// # Errors
    ///
    /// As for `send`; also when the same id came with another body.
    pub async fn send_once(
        &self,
        conference_id: ConferenceId,
        (id, body_hash): (CommandId, BodyHash),
        command: impl Command + 'static,
    ) -> Result<Reply, SendError> {
        self.submit(conference_id, id, body_hash, true, Arc::new(command)).await
    }

    /// As `send_once`, for a command that may be sent again.
    #[cfg(test)]
    pub(crate) async fn send_shared(
        &self,
        conference_id: ConferenceId,
        id: CommandId,
        command: Arc<dyn Command>,
    ) -> Result<Reply, SendError> {
        self.submit(conference_id, id, BodyHash::default(), true, command).await
    }

    async fn submit(
        &self,
        conference_id: ConferenceId,
        id: CommandId,
        body_hash: BodyHash,
        keyed: bool,
        command: Arc<dyn Command>,
    ) -> Result<Reply, SendError> {
        let (reply, answer) = oneshot::channel();
        let shard = usize::try_from(Shard::of(conference_id).0).unwrap_or(0);
        let queue = &self.queues[shard * self.queues.len() / usize::try_from(SHARDS).unwrap_or(1)];
        let envelope = Envelope { conference_id, id, body_hash, command, keyed, reply };
        queue.push(conference_id, envelope).map_err(|turned| match turned {
            Turned::Full => {
                self.statistics.turned_away.fetch_add(1, Ordering::Relaxed);
                SendError::Overloaded
            }
            Turned::Closed => SendError::Unavailable,
        })?;
        answer.await.unwrap_or(Err(SendError::Unavailable))
    }

    /// How many commands wait.
    pub fn waiting(&self) -> usize {
        self.load.waiting()
    }

    /// Takes no more commands; those accepted are still carried out.
    pub fn close(&self) {
        self.queues.iter().for_each(|queue| queue.close());
    }
}

/// The id of a command that its sender named by `key`: within `scope`, the method and path of the request.
///
/// A key that is a UUID of version 7 keeps its time, so that commands recorded together lie together.
pub fn command_id(scope: &str, key: &str) -> CommandId {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new().chain_update(scope).chain_update([0]).chain_update(key).finalize();
    let mut bytes: [u8; 16] = std::array::from_fn(|index| digest[index]);
    if let Ok(id) = key.parse::<Uuid>()
        && id.get_version_num() == 7
    {
        bytes[..6].copy_from_slice(&id.as_bytes()[..6]);
    }
    CommandId(Uuid::from_bytes(bytes))
}

/// What tells one request body from another.
pub fn body_hash(body: &[u8]) -> BodyHash {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(body);
    std::array::from_fn(|index| digest[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_the_same_command_only_on_the_same_path() {
        assert_eq!(command_id("PUT /a", "key"), command_id("PUT /a", "key"));
        assert_ne!(command_id("PUT /a", "key"), command_id("PUT /b", "key"));
        assert_ne!(command_id("PUT /a", "key"), command_id("PUT /a", "yek"));
    }

    #[test]
    fn a_time_ordered_key_gives_a_time_ordered_id() {
        let key = Entropy.id(Timestamp::from_millis(1_700_000_000_000));
        let id = command_id("POST /a", &key.to_string());
        assert_eq!(id.0.as_bytes()[..6], key.as_bytes()[..6]);
        assert_ne!(id.0, key);
    }
}
