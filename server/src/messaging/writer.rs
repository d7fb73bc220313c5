//! A writer: takes what waits for a range of shards, decides it batch by batch and has the database keep it.
//!
//! While a batch is on its way into the database, the next is decided on what this one will have left there, when enough
//! waits for it. Nobody is told of anything before it is durable, and a batch that follows one that was lost is decided anew.

mod batch;
#[cfg(test)]
pub(super) mod in_memory;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use plenary_shared::{ConferenceId, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use self::batch::Decided;
use super::announcer::Announcement;
use super::directory::Claim;
use super::hot::Hot;
use super::mailbox::{Envelope, Parts, SendError, Statistics};
use super::queue::Queue;
use super::records::{self, BodyHash, Recorded};
use super::transaction::Fate;
use super::{CommandId, DueTimer, Error, Reply};
use crate::db::{Db, Kind};
use crate::eventstore::{Head, KeyCache, NotedForms, Shard};
use crate::fault_point;

/// Commands in one transaction. More would make the first of them wait for the last.
const BATCH: usize = 512;
/// How many must wait for the next batch to be decided while one is on its way. Fewer are better off together with those who
/// come meanwhile: a small batch costs nearly as much as a large one.
const AHEAD: usize = 64;
/// How often a writer looks for timers that others have set, and may have died with, however busy it is.
const SWEEP: Duration = Duration::from_secs(5);
/// How late a timer may be before those who wait in line wait for it. Until then it waits for the line to be empty, so that
/// many go off together.
const LATE: Duration = Duration::from_secs(1);
/// How long a writer leaves a timer alone whose command has failed.
const TIMER_RETRY: Duration = Duration::from_secs(2);

/// Carries out the commands of a range of shards.
#[derive(Debug)]
pub(super) struct Writer {
    parts: Arc<Parts>,
    db: Db,
    queue: Arc<Queue<Envelope>>,
    announcements: mpsc::UnboundedSender<Announcement>,
    shards: (Shard, Shard),
    hot: Hot,
    keys: KeyCache,
    forms: NotedForms,
    /// The heads of the shards as of the last batch. A head that has moved since was moved by another process.
    heads: BTreeMap<Shard, Head>,
    /// How often derived rows had been mended, as of the last batch.
    generation: Option<i64>,
    last: LastSent,
    /// The batch that is on its way.
    trip: Option<Trip>,
    next_due: Option<Timestamp>,
    /// When timers were last looked for.
    looked: Instant,
    statistics: Arc<Statistics>,
}

/// What the last batch that was sent to the database puts there. Whoever reads beside it may not see it yet.
#[derive(Debug, Default)]
struct LastSent {
    outcomes: HashMap<CommandId, Recorded>,
    owners: HashMap<Claim, ConferenceId>,
    /// Whose keys are deleted.
    erased: BTreeSet<Uuid>,
}

/// A batch on its way into the database.
#[derive(Debug)]
struct Trip {
    running: JoinHandle<Result<(), Lost>>,
    fate: watch::Receiver<Fate>,
}

/// A batch that was not kept, as far as is known.
#[derive(Debug)]
struct Lost {
    error: Error,
    batch: Vec<Envelope>,
}

impl Writer {
    pub fn new(
        parts: Arc<Parts>,
        queue: Arc<Queue<Envelope>>,
        announcements: mpsc::UnboundedSender<Announcement>,
        shards: (Shard, Shard),
        statistics: Arc<Statistics>,
    ) -> Self {
        Self {
            db: parts.db.clone(),
            parts,
            queue,
            announcements,
            shards,
            hot: Hot::default(),
            keys: KeyCache::default(),
            forms: NotedForms::default(),
            heads: BTreeMap::new(),
            generation: None,
            last: LastSent::default(),
            trip: None,
            next_due: None,
            looked: Instant::now(),
            statistics,
        }
    }

    pub fn start(mut self) -> oneshot::Receiver<Infallible> {
        let (running, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("the system has files and memory for a runtime");
        let body = move || {
            runtime.block_on(async {
                self.db = self.db.apart();
                self.run().await;
            });
            drop(running);
        };
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(body)
            .expect("the system has a thread to give");
        ended
    }

    async fn run(mut self) {
        self.look_for_timers().await;
        while !self.queue.is_finished() {
            if self.queue.waiting() < self.ahead() {
                self.settle().await;
            }
            if self.looked.elapsed() >= SWEEP {
                self.settle().await;
                self.look_for_timers().await;
            }
            if self.is_late() {
                self.settle().await;
                self.fire_timers().await;
            }
            let batch = self.queue.take(BATCH);
            if !batch.is_empty() {
                self.carry_out(batch).await;
                continue;
            }
            self.settle().await;
            if self.next_due.is_some_and(|due| due <= self.parts.clock.now()) {
                self.fire_timers().await;
            } else {
                self.wait().await;
            }
        }
        self.settle().await;
        self.db.leave().await;
    }

    /// On PostgreSQL a batch takes the heads of its shards before it decides, and waits for the batch before.
    fn ahead(&self) -> usize {
        match self.db.kind() {
            Kind::Sqlite => AHEAD,
            Kind::Postgres => usize::MAX,
        }
    }

    /// Whether a timer has been due for so long that it goes off although others wait.
    fn is_late(&self) -> bool {
        self.next_due.is_some_and(|due| due + LATE <= self.parts.clock.now())
    }

    async fn wait(&mut self) {
        let due = self.next_due;
        let clock = self.parts.clock.clone();
        let timer = async move {
            match due {
                Some(due) => clock.sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.queue.arrived() => {}
            () = timer => {}
            () = tokio::time::sleep_until(self.looked + SWEEP) => {}
        }
    }

    /// Nothing may be on its way: what it sets would not be seen.
    async fn look_for_timers(&mut self) {
        self.looked = Instant::now();
        let next = async {
            let mut reader = self.db.read().await?;
            records::next_due(reader.conn(), self.shards).await
        };
        match next.await {
            Ok(next_due) => self.next_due = next_due,
            Err(error) => {
                tracing::warn!(%error, "timers could not be looked up");
                self.next_due = Some(self.parts.clock.now() + TIMER_RETRY);
            }
        }
    }

    async fn fire_timers(&mut self) {
        let now = self.parts.clock.now();
        let due = async {
            let mut reader = self.db.read().await?;
            let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
            let due = records::due_timers(reader.conn(), self.shards, now, limit).await?;
            fault_point!(self.parts.faults, "timer: read");
            Ok::<_, sqlx::Error>(due)
        };
        let due = due.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "timers could not be read");
            Vec::new()
        });
        let (batch, answers): (Vec<_>, Vec<_>) =
            due.into_iter().map(|timer| self.timer_envelope(timer)).unzip();
        if !batch.is_empty() {
            self.carry_out(batch).await;
            self.settle().await;
        }
        let mut failed = false;
        for answer in answers {
            failed |= !matches!(answer.await, Ok(Ok(_)));
        }
        self.look_for_timers().await;
        if failed {
            let retry = self.parts.clock.now() + TIMER_RETRY;
            self.next_due = self.next_due.map(|due| due.max(retry));
        }
    }

    fn timer_envelope(&self, timer: DueTimer) -> (Envelope, oneshot::Receiver<Result<Reply, SendError>>) {
        let (reply, answer) = oneshot::channel();
        let id = CommandId(self.parts.entropy.id(self.parts.clock.now()));
        let command = (self.parts.on_timer)(timer);
        let (conference_id, body_hash) = (timer.conference_id, BodyHash::default());
        (Envelope { conference_id, id, body_hash, command, keyed: false, reply }, answer)
    }

    /// Decides a batch, waits until the one before is durable, and sends this one off.
    async fn carry_out(&mut self, batch: Vec<Envelope>) {
        let decided = self.attempt(&batch).await;
        let kept = self.settle().await;
        match decided {
            Ok(decided) if kept => self.trip = self.send_off(batch, decided),
            Ok(_) => self.carry_out_one_by_one(batch).await,
            Err(error) => {
                self.give_up(&error, batch.len());
                self.carry_out_one_by_one(batch).await;
            }
        }
    }

    async fn carry_out_one_by_one(&mut self, batch: Vec<Envelope>) {
        for envelope in batch {
            let alone = vec![envelope];
            let lost = match self.attempt(&alone).await {
                Err(error) => Some(Lost { error, batch: alone }),
                Ok(decided) => match self.send_off(alone, decided) {
                    Some(trip) => trip.ended().await.err(),
                    None => None,
                },
            };
            let Some(Lost { error, batch }) = lost else { continue };
            self.give_up(&error, batch.len());
            for Envelope { reply, .. } in batch {
                let _ = reply.send(Err(SendError::Unavailable));
            }
        }
    }

    /// Waits for the batch that is on its way, if one is, and gives whether it was kept. If not, its commands have been tried
    /// again one by one.
    async fn settle(&mut self) -> bool {
        let Some(trip) = self.trip.take() else { return true };
        let Err(Lost { error, batch }) = trip.ended().await else { return true };
        self.give_up(&error, batch.len());
        self.carry_out_one_by_one(batch).await;
        false
    }

    /// Has the database keep what a batch has decided, and everybody told when it has. Gives the trip that this is, if there
    /// is anything to keep.
    fn send_off(&mut self, batch: Vec<Envelope>, decided: Decided) -> Option<Trip> {
        let Decided { kept, after, wake_outbox, answers } = decided;
        let announcements = self.announcements.clone();
        let announce = move |batch: Vec<Envelope>, answers| {
            let answers = batch.into_iter().map(|envelope| envelope.reply).zip(answers).collect();
            // There is nobody left to be told when the process stops without waiting for its writers.
            let _ = announcements.send(Announcement { after, wake_outbox, answers });
        };
        let Some(kept) = kept else {
            announce(batch, answers);
            return None;
        };
        self.heads.extend(kept.heads);
        self.next_due = kept.due.into_iter().chain(self.next_due).min();
        self.last = kept.last;
        let (transaction, writes, events, now) = (kept.transaction, kept.writes, kept.events, kept.now);
        let (statistics, faults) = (Arc::clone(&self.statistics), self.parts.faults.clone());
        let (ended, fate) = watch::channel(Fate::UnderWay);
        let running = tokio::spawn(async move {
            let committed = AssertUnwindSafe(transaction.commit(writes, &faults)).catch_unwind().await;
            let lost = match committed.unwrap_or(Err(Error::Panicked)) {
                Ok(()) => {
                    statistics.count(&answers, events, now);
                    announce(batch, answers);
                    Ok(())
                }
                Err(error) => Err(Lost { error, batch }),
            };
            let _ = ended.send(if lost.is_ok() { Fate::Kept } else { Fate::Lost });
            lost
        });
        Some(Trip { running, fate })
    }

    /// Forgets everything: it is not known what the database holds.
    fn give_up(&mut self, error: &Error, commands: usize) {
        self.statistics.failed_batches.fetch_add(1, Ordering::Relaxed);
        tracing::error!(error = ?error, commands, "a batch failed: {error}");
        self.hot.forget();
        self.keys.forget();
        self.forms.forget();
        self.heads.clear();
        self.last = LastSent::default();
        if is_disk_failure(error) {
            tracing::error!("the disk failed; what it holds is unknown until it is read again");
            std::process::abort();
        }
    }
}

impl Trip {
    async fn ended(self) -> Result<(), Lost> {
        // It does not panic, and nobody cuts it off.
        self.running.await.unwrap_or(Err(Lost { error: Error::Panicked, batch: Vec::new() }))
    }
}

/// Whether the database reported that reading or writing the disk failed, not counting a full one.
fn is_disk_failure(error: &Error) -> bool {
    const SQLITE_IOERR: u32 = 10;
    let Error::Database(sqlx::Error::Database(error)) = error else { return false };
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    // Extended codes keep the primary one in their last byte. PostgreSQL's codes are five characters long, and its
    // server decides for itself when to stop.
    error.code().is_some_and(|code| code.len() < 5) && code.is_some_and(|code| code & 0xff == SQLITE_IOERR)
}
