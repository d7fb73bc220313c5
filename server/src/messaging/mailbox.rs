//! The mailbox: commands wait in it, and its writers carry out many in one transaction.
//!
//! One durable commit serves a whole batch, so a rush makes batches larger instead of retries more frequent. An
//! answer is given only when its effect is durable. After a commit that failed, the outcome is unknown: everything
//! remembered is forgotten, and the commands are tried again one by one; those that had happened are found by their
//! ids.

#[cfg(test)]
pub(super) mod in_memory;

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use plenary_shared::{ConferenceId, Problem, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::announcer::{self, Announcement, Announcer, Answer};
use super::directory::Claimed;
use super::hot::Hot;
use super::queue::{Load, Queue, Turned};
use super::records::{self, BodyHash, Found, NewRecord, Recorded};
use super::unit_of_work::{Staged, UnitOfWork};
use super::{
    AfterCommit, Command, CommandId, DueTimer, Error, Failure, Position, Projection, Reactor, Reply,
    directory, outbox,
};
use crate::clock::{Clock, Entropy};
use crate::db::{Db, Kind, Tx, Writes};
use crate::eventstore::{self, Codec, Head, KeyCache, NotedForms, RecordedEvent, SHARDS, Shard};
use crate::faults::Faults;
use crate::{fault_point, planted};

/// Commands in one transaction. More would make the first of them wait for the last.
const BATCH: usize = 512;
/// Writers on PostgreSQL; their number divides that of the shards. Fewer make larger batches, and more wait for the disk at once.
const POSTGRES_WRITERS: i16 = 4;
/// Events that may follow from one command. A chain that is longer has no end.
const REACTIONS: usize = 10_000;
/// Events of other nodes that a writer takes in between two batches of its own. After more of them it reads anew what it needs.
const FOLLOWED: i64 = 1000;
/// How often a writer looks for timers that others have set, and may have died with, however busy it is.
const SWEEP: Duration = Duration::from_secs(5);
/// How long a writer leaves a timer alone whose command has failed.
const TIMER_RETRY: Duration = Duration::from_secs(2);

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

#[derive(Debug)]
struct Envelope {
    conference_id: ConferenceId,
    id: CommandId,
    body_hash: BodyHash,
    command: Arc<dyn Command>,
    /// Recorded under its id even when it changed nothing: whoever sent it chose the id.
    keyed: bool,
    reply: announcer::Sender,
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
    pub batches: AtomicU64,
    pub failed_batches: AtomicU64,
    pub events: AtomicU64,
    /// Seconds since 1970 of the last commit.
    pub last_commit_s: AtomicI64,
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
    /// Each has a thread and a runtime of its own. A writer waits for the database half a dozen times in a batch, and on the
    /// runtime of the requests it would stand in line behind them as often.
    ///
    /// # Panics
    ///
    /// When the system has no thread to give.
    pub fn start(parts: Parts) -> (Self, Writers) {
        let parts = Arc::new(parts);
        let writers = match parts.db.kind() {
            Kind::Sqlite => 1,
            Kind::Postgres => POSTGRES_WRITERS,
        };
        let each = SHARDS / writers;
        let ranges = (0..writers).map(|index| (Shard(index * each), Shard((index + 1) * each - 1)));
        let load = Arc::<Load>::default();
        let statistics = Arc::<Statistics>::default();
        let queues: Arc<[_]> =
            ranges.clone().map(|_| Arc::new(Queue::new(Arc::clone(&load), ranges.len()))).collect();
        let (mut running, mut announcers) = (Vec::new(), Vec::new());
        for (shards, queue) in ranges.zip(queues.iter()) {
            let announcer = Announcer { outbox: Arc::clone(&parts.outbox), faults: parts.faults.clone() };
            let (announcements, announcer) = announcer.start();
            announcers.push(announcer);
            let writer = Writer {
                parts: Arc::clone(&parts),
                db: parts.db.clone(),
                queue: Arc::clone(queue),
                announcements,
                shards,
                hot: Hot::default(),
                keys: KeyCache::default(),
                forms: NotedForms::default(),
                heads: BTreeMap::new(),
                generation: None,
                next_due: None,
                looked: Instant::now(),
                statistics: Arc::clone(&statistics),
            };
            running.push(writer.start());
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
            Turned::Full => SendError::Overloaded,
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

/// Carries out the commands of a range of shards.
#[derive(Debug)]
struct Writer {
    parts: Arc<Parts>,
    db: Db,
    queue: Arc<Queue<Envelope>>,
    announcements: mpsc::UnboundedSender<Announcement>,
    shards: (Shard, Shard),
    hot: Hot,
    keys: KeyCache,
    forms: NotedForms,
    /// The heads of the shards as of the last batch. A head that has moved since was moved by another node.
    heads: BTreeMap<Shard, i64>,
    /// How often derived rows had been mended, as of the last batch.
    generation: Option<i64>,
    next_due: Option<Timestamp>,
    /// When timers were last looked for.
    looked: Instant,
    statistics: Arc<Statistics>,
}

/// What a batch came to, for those whom it concerns.
struct Done {
    answers: Vec<Answer>,
    after: Vec<AfterCommit>,
    wake_outbox: bool,
}

impl Done {
    /// Of a batch that has changed nothing.
    const fn unchanged(answers: Vec<Answer>) -> Self {
        Self { answers, after: Vec::new(), wake_outbox: false }
    }
}

impl Writer {
    fn start(mut self) -> oneshot::Receiver<Infallible> {
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
            if self.looked.elapsed() >= SWEEP {
                self.look_for_timers().await;
            }
            let batch = self.queue.take(BATCH);
            if !batch.is_empty() {
                self.carry_out(batch).await;
            } else if self.next_due.is_some_and(|due| due <= self.parts.clock.now()) {
                self.fire_timers().await;
            } else {
                self.wait().await;
            }
        }
        self.db.leave().await;
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

    async fn carry_out(&mut self, batch: Vec<Envelope>) {
        match self.attempt(&batch).await {
            Ok(done) => self.announce(batch, done),
            Err(error) => {
                self.give_up(&error, batch.len());
                for envelope in batch {
                    self.carry_out_alone(envelope).await;
                }
            }
        }
    }

    async fn carry_out_alone(&mut self, envelope: Envelope) {
        let envelope = [envelope];
        match self.attempt(&envelope).await {
            Ok(done) => self.announce(envelope, done),
            Err(error) => {
                self.give_up(&error, 1);
                let [Envelope { reply, .. }] = envelope;
                let _ = reply.send(Err(SendError::Unavailable));
            }
        }
    }

    fn announce(&self, batch: impl IntoIterator<Item = Envelope>, done: Done) {
        let Done { answers, after, wake_outbox } = done;
        let answers = batch.into_iter().map(|envelope| envelope.reply).zip(answers).collect();
        // There is nobody left to be told when the process stops without waiting for its writers.
        let _ = self.announcements.send(Announcement { after, wake_outbox, answers });
    }

    /// Forgets everything: it is not known what the database holds.
    fn give_up(&mut self, error: &Error, commands: usize) {
        self.statistics.failed_batches.fetch_add(1, Ordering::Relaxed);
        tracing::error!(error = ?error, commands, "a batch failed: {error}");
        self.hot.forget();
        self.keys.forget();
        self.forms.forget();
        self.heads.clear();
        if is_disk_failure(error) {
            tracing::error!("the disk failed; what it holds is unknown until it is read again");
            std::process::abort();
        }
    }

    async fn attempt(&mut self, batch: &[Envelope]) -> Result<Done, Error> {
        let attempt = AssertUnwindSafe(self.try_batch(batch)).catch_unwind();
        attempt.await.unwrap_or(Err(Error::Panicked))
    }

    async fn try_batch(&mut self, batch: &[Envelope]) -> Result<Done, Error> {
        let parts = Arc::clone(&self.parts);
        let mut tx = self.db.begin().await?;
        fault_point!(parts.faults, "mailbox: begun");
        let (heads, now) = self.take_heads(&mut tx, batch).await?;
        fault_point!(parts.faults, "mailbox: heads taken");
        let known = batch.iter().map(|it| (Shard::of(it.conference_id), it.id));
        let Found { outcomes: known, generation } = records::find(tx.conn(), known).await?;
        if self.generation.replace(generation).is_some_and(|known| known != generation) {
            self.hot.forget();
        }
        fault_point!(parts.faults, "mailbox: records found");
        let claims = batch
            .iter()
            .flat_map(|it| it.command.claims().into_iter().map(|claim| (it.conference_id, claim)))
            .collect();
        let Claimed { owners, fresh } = directory::claim(tx.conn(), claims).await?;
        fault_point!(parts.faults, "mailbox: claimed");

        let mut run = Run { heads, known, owners, records: Vec::new(), answers: Vec::new() };
        let mut work =
            UnitOfWork::new(&mut tx, &parts.codec, &mut self.hot, &parts.faults, parts.entropy, now);
        work.fresh = fresh;
        for envelope in batch {
            let answer = run.one(envelope, &mut work, &parts.reactors).await?;
            run.answers.push(answer);
        }
        let staged = work.staged;
        if staged.size() == 0 && run.records.is_empty() {
            tx.rollback().await?;
            return Ok(Done::unchanged(run.replies(&BTreeMap::new())));
        }

        fault_point!(parts.faults, "mailbox: decided");
        let dues: Vec<_> = staged.processes.values().filter_map(|process| process.due).collect();
        let wake_outbox = !staged.outbox.is_empty();
        let mut writes = Writes::default();
        let (mut tx, events, heads) = self.stage(tx, &mut writes, &run, staged, now).await?;
        let mut after = Vec::new();
        if !events.is_empty() {
            for projection in &parts.projections {
                let kept = &mut self.hot.kept;
                after.extend(projection.project(&events, tx.conn(), &mut writes, kept).await?);
            }
        }
        fault_point!(parts.faults, "mailbox: projected");
        writes.send(tx.conn()).await?;
        fault_point!(parts.faults, "mailbox: written");
        tx.commit().await?;
        fault_point!(parts.faults, "mailbox: committed");

        self.heads.extend(heads.iter().map(|(shard, position)| (*shard, *position)));
        self.next_due = dues.into_iter().map(|(due_at, _)| due_at).chain(self.next_due).min();
        self.count(batch.len(), &run.answers, events.len(), now);
        Ok(Done { answers: run.replies(&heads), after, wake_outbox })
    }

    /// Has everything written that a batch has decided but the read models, group by group.
    async fn stage(
        &mut self,
        mut tx: Tx,
        writes: &mut Writes,
        run: &Run,
        mut staged: Staged,
        now: Timestamp,
    ) -> Result<(Tx, Vec<RecordedEvent>, BTreeMap<Shard, i64>), Error> {
        let parts = Arc::clone(&self.parts);
        let events = std::mem::take(&mut staged.events);
        let mut processes: Vec<_> = staged.processes.into_values().collect();
        if planted!(parts.faults, RemembersTimersOnly) {
            for process in &mut processes {
                process.due = None;
            }
        }
        records::store_processes(writes, &processes);
        if planted!(parts.faults, SavesStateApart) {
            tx = self.tear(tx, writes).await?;
        }
        fault_point!(parts.faults, "mailbox: processes staged");
        outbox::store(writes, &staged.outbox);
        fault_point!(parts.faults, "mailbox: outbox staged");
        if !planted!(parts.faults, ForgetsCommands) {
            records::store(writes, &run.records, now);
        }
        if planted!(parts.faults, MarksBeforeTheEffect) {
            tx = self.tear(tx, writes).await?;
        }
        fault_point!(parts.faults, "mailbox: marked");
        for rows in &staged.rows {
            rows.write(writes)?;
        }
        directory::enter(writes, &staged.entries);
        let keys = self.keys.for_batch(tx.conn(), &events, parts.entropy, now).await?;
        fault_point!(parts.faults, "mailbox: keys made");
        self.forms.note(writes, &events);
        let events = eventstore::append(writes, &keys, &run.heads, events)?;
        let heads = events.iter().map(|event| (event.shard, event.position)).collect();
        self.keys.erase(writes, &staged.erased, now);
        fault_point!(parts.faults, "mailbox: staged");
        Ok((tx, events, heads))
    }

    /// Takes the heads of the shards that the batch writes to, always in the same order.
    async fn take_heads(
        &mut self,
        tx: &mut Tx,
        batch: &[Envelope],
    ) -> Result<(BTreeMap<Shard, i64>, Timestamp), Error> {
        let mut shards: Vec<_> = batch.iter().map(|it| Shard::of(it.conference_id)).collect();
        shards.sort_unstable();
        shards.dedup();
        let mut now = self.parts.clock.now();
        let mut heads = BTreeMap::new();
        for (shard, Head { position, recorded_at }) in eventstore::begin_append(tx.conn(), &shards).await? {
            if let Some(known) = self.heads.get(&shard).copied().filter(|known| *known != position) {
                self.follow(tx, shard, known, position).await?;
            }
            // At once: a batch that only reads and refuses has folded what lies below this head, too.
            self.heads.insert(shard, position);
            now = now.max(recorded_at);
            heads.insert(shard, position);
        }
        Ok((heads, now))
    }

    /// Takes in what other nodes have recorded in a shard between two of its heads.
    async fn follow(&mut self, tx: &mut Tx, shard: Shard, known: i64, head: i64) -> Result<(), Error> {
        // Keys may have been erased.
        self.keys.forget();
        if !(0..=FOLLOWED).contains(&(head - known)) {
            self.hot.forget();
            return Ok(());
        }
        let events = eventstore::read_after(tx.conn(), &self.parts.codec, shard, known, FOLLOWED).await?;
        for event in &events {
            self.hot.follow(event);
        }
        Ok(())
    }

    /// Ends a transaction in the middle of its work and begins another, as only a planted bug does.
    async fn tear(&self, mut tx: Tx, writes: &mut Writes) -> Result<Tx, Error> {
        writes.send(tx.conn()).await?;
        tx.commit().await?;
        Ok(self.db.begin().await?)
    }

    fn count(&self, commands: usize, answers: &[Answer], events: usize, now: Timestamp) {
        let refusals = answers.iter().filter(|answer| answer.is_err()).count();
        self.statistics.commands.fetch_add(commands as u64, Ordering::Relaxed);
        self.statistics.refusals.fetch_add(refusals as u64, Ordering::Relaxed);
        self.statistics.batches.fetch_add(1, Ordering::Relaxed);
        self.statistics.events.fetch_add(events as u64, Ordering::Relaxed);
        self.statistics.last_commit_s.store(now.as_millis() / 1000, Ordering::Relaxed);
    }
}

/// One batch while it runs.
#[derive(Debug)]
struct Run {
    heads: BTreeMap<Shard, i64>,
    known: HashMap<CommandId, Recorded>,
    owners: HashMap<directory::Claim, ConferenceId>,
    records: Vec<NewRecord>,
    answers: Vec<Answer>,
}

impl Run {
    async fn one(
        &mut self,
        envelope: &Envelope,
        work: &mut UnitOfWork<'_>,
        reactors: &[Arc<dyn Reactor>],
    ) -> Result<Answer, Error> {
        let shard = Shard::of(envelope.conference_id);
        if let Some(known) = self.known.get(&envelope.id) {
            return Ok(repeated(known, envelope, shard));
        }
        if let Some(claim) = envelope.command.claims().iter().find(|claim| !self.owns(envelope, claim)) {
            return Ok(Err(Box::new(claimed_elsewhere(claim.kind))));
        }
        let before = work.staged.size();
        work.begin(envelope.conference_id, envelope.id.0);
        let outcome = match envelope.command.run(work).await {
            Ok(outcome) => outcome,
            Err(Failure::Refused(_)) if work.staged.size() > before => {
                return Err(Error::RefusedHalfway(envelope.command.name()));
            }
            Err(Failure::Refused(problem)) => return Ok(Err(problem)),
            Err(Failure::Failed(error)) => return Err(error),
        };
        fault_point!(work.faults(), "mailbox: command run");
        until_quiet(work, reactors, envelope.command.name()).await?;
        fault_point!(work.faults(), "mailbox: reacted");
        if envelope.keyed || work.staged.size() > before {
            let recorded = Recorded { outcome, body_hash: envelope.body_hash };
            self.known.insert(envelope.id, recorded);
            self.records.push(NewRecord { shard, id: envelope.id, recorded });
        }
        Ok(Ok(Reply { outcome, position: Position { shard, position: 0 }, repeated: false }))
    }

    fn owns(&self, envelope: &Envelope, claim: &directory::Claim) -> bool {
        self.owners.get(claim) == Some(&envelope.conference_id)
    }

    /// The answers, with the position that the log has after the batch.
    fn replies(self, moved: &BTreeMap<Shard, i64>) -> Vec<Answer> {
        let position = |shard| moved.get(&shard).or_else(|| self.heads.get(&shard)).copied().unwrap_or(0);
        let with_position = |mut reply: Reply| {
            reply.position.position = position(reply.position.shard);
            reply
        };
        self.answers.into_iter().map(|answer| answer.map(with_position)).collect()
    }
}

/// Runs the reactions to everything that was staged, and to what they stage, until nothing more follows.
async fn until_quiet(
    work: &mut UnitOfWork<'_>,
    reactors: &[Arc<dyn Reactor>],
    command: &'static str,
) -> Result<(), Error> {
    let first = work.staged.reacted;
    while let Some(event) = work.staged.events.get(work.staged.reacted).cloned() {
        work.staged.reacted += 1;
        if work.staged.reacted - first > REACTIONS {
            return Err(Error::Restless(command));
        }
        for reactor in reactors {
            work.begin_reaction(&event);
            match reactor.react(&event, work).await {
                Err(_) if planted!(work.faults(), DropsFailedReactions) => {}
                reacted => reacted?,
            }
        }
    }
    Ok(())
}

fn repeated(known: &Recorded, envelope: &Envelope, shard: Shard) -> Answer {
    if known.body_hash != envelope.body_hash {
        let title = "This idempotency key was used for another request.";
        let problem = Problem::new("idempotency-key-reused", 422, title);
        return Err(Box::new(problem.with_detail("Use a new random key for every new request.")));
    }
    Ok(Reply { outcome: known.outcome, position: Position { shard, position: 0 }, repeated: true })
}

fn claimed_elsewhere(kind: &'static str) -> Problem {
    match kind {
        "slug" => Problem::new("slug-taken", 409, "The chosen conference slug is already taken."),
        "order" => Problem::new("order-id-taken", 409, "This order id belongs to another conference."),
        _ => Problem::new("id-taken", 409, "This id belongs to another conference."),
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
