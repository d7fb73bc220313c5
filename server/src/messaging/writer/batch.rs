//! One batch: what it finds, what its commands decide, and what the database is to keep of that.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use plenary_shared::{ConferenceId, Problem, Timestamp};
use uuid::Uuid;

use super::{Envelope, LastSent, Writer};
use crate::db::{Conn, Kind, Writes};
use crate::eventstore::{self, Head, KeyState, RecordedEvent, Shard};
use crate::messaging::announcer::Answer;
use crate::messaging::directory::{self, Claim, Claimed};
use crate::messaging::records::{self, Found, NewRecord, Recorded};
use crate::messaging::transaction::{Source, Transaction};
use crate::messaging::unit_of_work::{Staged, UnitOfWork};
use crate::messaging::{AfterCommit, CommandId, Error, Failure, Position, Reactor, Reply, outbox};
use crate::{fault_point, planted};

/// Events that may follow from one command. A chain that is longer has no end.
const REACTIONS: usize = 10_000;
/// Events of other nodes that a writer takes in between two batches of its own. After more of them it reads anew what it needs.
const FOLLOWED: i64 = 1000;
/// Commands that are decided before a batch on its way may be heard of.
const STRETCH: usize = 16;

/// What a batch came to, before the database knows of it.
pub(super) struct Decided {
    /// Nothing when the batch has changed nothing.
    pub kept: Option<ToKeep>,
    /// What is to be done once it is durable.
    pub after: Vec<AfterCommit>,
    pub wake_outbox: bool,
    pub answers: Vec<Answer>,
}

/// What the database is to keep of a batch, and what the writer remembers of it.
pub(super) struct ToKeep {
    pub transaction: Transaction,
    pub writes: Writes,
    pub heads: BTreeMap<Shard, Head>,
    /// The earliest time at which a process wants to be woken.
    pub due: Option<Timestamp>,
    pub last: LastSent,
    /// How many events.
    pub events: usize,
    /// The time of the batch.
    pub now: Timestamp,
}

impl Writer {
    pub(super) async fn attempt(&mut self, batch: &[Envelope]) -> Result<Decided, Error> {
        let attempt = AssertUnwindSafe(self.decide(batch)).catch_unwind();
        attempt.await.unwrap_or(Err(Error::Panicked))
    }

    async fn decide(&mut self, batch: &[Envelope]) -> Result<Decided, Error> {
        let parts = Arc::clone(&self.parts);
        let under_way = self.trip.as_ref().map(|trip| trip.fate.clone());
        let mut stretch = under_way.is_some().then_some(STRETCH);
        let mut transaction = Transaction::later(&self.db, under_way);
        let mut writes = Writes::default();
        let (mut run, fresh, now) = self.find(&mut transaction, &mut writes, batch).await?;

        let hot = &mut self.hot;
        let mut work =
            UnitOfWork::new(&mut transaction, &parts.codec, hot, &parts.faults, parts.entropy, now);
        work.fresh = fresh;
        for envelope in batch {
            let answer = run.one(envelope, &mut work, &parts.reactors).await?;
            run.answers.push(answer);
            if let Some(left) = &mut stretch {
                *left -= 1;
                if *left == 0 {
                    *left = STRETCH;
                    tokio::task::yield_now().await;
                }
            }
        }
        let staged = work.staged;
        if staged.size() == 0 && run.records.is_empty() {
            transaction.roll_back().await?;
            let (answers, _) = run.end(&BTreeMap::new(), BTreeSet::new());
            return Ok(Decided { kept: None, after: Vec::new(), wake_outbox: false, answers });
        }

        fault_point!(parts.faults, "mailbox: decided");
        let due = staged.processes.values().filter_map(|process| process.due).map(|(due_at, _)| due_at).min();
        let wake_outbox = !staged.outbox.is_empty();
        let erased = staged.erased.clone();
        let entered = staged.entries.iter().map(|(kind, id, owner)| (directory::claim_of(kind, *id), *owner));
        run.owners.extend(entered);
        let events = self.stage(&mut transaction, &mut writes, &run, staged, now).await?;
        let mut after = Vec::new();
        if !events.is_empty() {
            for projection in &parts.projections {
                let mut source = Source::Batch(&mut transaction);
                let kept = &mut self.hot.kept;
                after.extend(projection.project(&events, &mut source, &mut writes, kept).await?);
            }
        }
        fault_point!(parts.faults, "mailbox: projected");
        let moved =
            |event: &RecordedEvent| (event.shard, Head { position: event.position, recorded_at: now });
        let heads: BTreeMap<_, _> = events.iter().map(moved).collect();
        let (answers, last) = run.end(&heads, erased);
        let kept = ToKeep { transaction, writes, heads, due, last, events: events.len(), now };
        Ok(Decided { kept: Some(kept), after, wake_outbox, answers })
    }

    /// What a batch must know before it decides: where the log ends, which of its commands have had their effect, and to whom
    /// belongs what they claim. Gives also which claims nobody has made before, and the time of the batch.
    async fn find(
        &mut self,
        transaction: &mut Transaction,
        writes: &mut Writes,
        batch: &[Envelope],
    ) -> Result<(Run, HashSet<Claim>, Timestamp), Error> {
        let faults = self.parts.faults.clone();
        // On SQLite nobody else appends, and what is asked here does not wait for the batch that is on its way: what that one
        // leaves is remembered. Should somebody else have appended all the same, the heads have moved and the batch fails.
        let alone = self.db.kind() == Kind::Sqlite;
        let mut aside = if alone { Some(self.db.read().await?) } else { None };
        let mut conn = match &mut aside {
            Some(reader) => reader.conn(),
            None => transaction.conn().await?,
        };
        fault_point!(faults, "mailbox: begun");
        let (heads, now) = self.take_heads(conn.again(), alone, batch).await?;
        fault_point!(faults, "mailbox: heads taken");
        let ids = batch.iter().map(|it| (Shard::of(it.conference_id), it.id));
        let Found { outcomes: mut known, generation } = records::find(conn.again(), ids).await?;
        if self.generation.replace(generation).is_some_and(|known| known != generation) {
            self.hot.forget();
        }
        known.extend(batch.iter().filter_map(|it| Some((it.id, *self.last.outcomes.get(&it.id)?))));
        fault_point!(faults, "mailbox: records found");
        let claims: Vec<_> = batch
            .iter()
            .flat_map(|it| it.command.claims().into_iter().map(|claim| (it.conference_id, claim)))
            .collect();
        let Claimed { owners, fresh } = if alone {
            records::require_generation(writes, generation);
            let claimed = directory::look_up(conn, &claims, &self.last.owners).await?;
            directory::claim_later(writes, &claimed);
            claimed
        } else {
            directory::claim(conn, claims).await?
        };
        fault_point!(faults, "mailbox: claimed");
        Ok((Run { heads, known, owners, records: Vec::new(), answers: Vec::new() }, fresh, now))
    }

    /// Has everything written that a batch has decided but the read models, group by group. Gives the events as they lie in
    /// the log then.
    async fn stage(
        &mut self,
        transaction: &mut Transaction,
        writes: &mut Writes,
        run: &Run,
        mut staged: Staged,
        now: Timestamp,
    ) -> Result<Vec<RecordedEvent>, Error> {
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
            transaction.tear(writes).await?;
        }
        fault_point!(parts.faults, "mailbox: processes staged");
        outbox::store(writes, &staged.outbox);
        fault_point!(parts.faults, "mailbox: outbox staged");
        if !planted!(parts.faults, ForgetsCommands) {
            records::store(writes, &run.records, now);
        }
        if planted!(parts.faults, MarksBeforeTheEffect) {
            transaction.tear(writes).await?;
        }
        fault_point!(parts.faults, "mailbox: marked");
        for rows in &staged.rows {
            rows.write(writes)?;
        }
        directory::enter(writes, &staged.entries);
        let unknown = self.keys.unknown(&events);
        let found = self.find_keys(transaction, &unknown).await?;
        let keys = self.keys.for_batch(writes, (&events, found), &staged.erased, parts.entropy, now)?;
        fault_point!(parts.faults, "mailbox: keys made");
        self.forms.note(writes, &events);
        let heads = run.heads.iter().map(|(shard, head)| (*shard, head.position)).collect();
        let events = eventstore::append(writes, &keys, &heads, events)?;
        self.keys.erase(writes, &staged.erased, now);
        fault_point!(parts.faults, "mailbox: staged");
        Ok(events)
    }

    /// What the database knows of the keys of `subjects`. Those that the batch on its way makes are remembered; those that it
    /// deletes are to be waited for.
    async fn find_keys(
        &self,
        transaction: &mut Transaction,
        subjects: &BTreeSet<Uuid>,
    ) -> Result<HashMap<Uuid, KeyState>, Error> {
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        if transaction.has_begun() || !self.last.erased.is_disjoint(subjects) {
            return Ok(eventstore::find_keys(transaction.conn().await?, subjects).await?);
        }
        let mut reader = self.db.read().await?;
        Ok(eventstore::find_keys(reader.conn(), subjects).await?)
    }

    /// The heads of the shards that the batch writes to, taken always in the same order unless nobody else appends.
    async fn take_heads(
        &mut self,
        mut conn: Conn<'_>,
        alone: bool,
        batch: &[Envelope],
    ) -> Result<(BTreeMap<Shard, Head>, Timestamp), Error> {
        let mut shards: Vec<_> = batch.iter().map(|it| Shard::of(it.conference_id)).collect();
        shards.sort_unstable();
        shards.dedup();
        let mut heads = BTreeMap::new();
        if alone {
            let known = |shard: &Shard| Some((*shard, *self.heads.get(shard)?));
            heads.extend(shards.iter().filter_map(known));
            shards.retain(|shard| !heads.contains_key(shard));
        }
        if !shards.is_empty() {
            for (shard, head) in eventstore::begin_append(conn.again(), &shards).await? {
                let known = self.heads.get(&shard).map(|head| head.position);
                if let Some(known) = known.filter(|known| *known != head.position) {
                    self.follow(conn.again(), shard, known, head.position).await?;
                }
                // At once: a batch that only reads and refuses has folded what lies below this head, too.
                self.heads.insert(shard, head);
                heads.insert(shard, head);
            }
        }
        let now = heads.values().fold(self.parts.clock.now(), |now, head| now.max(head.recorded_at));
        Ok((heads, now))
    }

    /// Takes in what other nodes have recorded in a shard between two of its heads.
    async fn follow(&mut self, conn: Conn<'_>, shard: Shard, known: i64, head: i64) -> Result<(), Error> {
        // Keys may have been erased.
        self.keys.forget();
        if !(0..=FOLLOWED).contains(&(head - known)) {
            self.hot.forget();
            return Ok(());
        }
        let events = eventstore::read_after(conn, &self.parts.codec, shard, known, FOLLOWED).await?;
        for event in &events {
            self.hot.follow(event);
        }
        Ok(())
    }
}

/// One batch while it runs.
#[derive(Debug, Default)]
pub(super) struct Run {
    heads: BTreeMap<Shard, Head>,
    known: HashMap<CommandId, Recorded>,
    pub owners: HashMap<Claim, ConferenceId>,
    pub records: Vec<NewRecord>,
    answers: Vec<Answer>,
}

impl Run {
    pub async fn one(
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

    fn owns(&self, envelope: &Envelope, claim: &Claim) -> bool {
        self.owners.get(claim) == Some(&envelope.conference_id)
    }

    /// The answers, with the position that the log has after the batch, and what is to be remembered of it.
    fn end(self, moved: &BTreeMap<Shard, Head>, erased: BTreeSet<Uuid>) -> (Vec<Answer>, LastSent) {
        let Self { heads, owners, records, answers, .. } = self;
        let with_position = |mut reply: Reply| {
            let head = moved.get(&reply.position.shard).or_else(|| heads.get(&reply.position.shard));
            reply.position.position = head.map_or(0, |head| head.position);
            reply
        };
        let answers = answers.into_iter().map(|answer| answer.map(with_position)).collect();
        let outcomes = records.into_iter().map(|it| (it.id, it.recorded)).collect();
        (answers, LastSent { outcomes, owners, erased })
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
