//! The mailbox with nothing beneath: one batch that never ends. Commands, reactions and processes are those that
//! serve; what they would find in the log they find in the batch. Rows lie in a transaction that is never committed.

use std::sync::Arc;
use std::time::Duration;

use plenary_shared::{ConferenceId, Problem, Timestamp};
use tokio::sync::oneshot;

use super::batch::Run;
use super::{BodyHash, Envelope, Hot};
use crate::clock::Entropy;
use crate::db::{Db, Tx};
use crate::eventstore::{self, Codec};
use crate::faults::Faults;
use crate::messaging::transaction::Transaction;
use crate::messaging::unit_of_work::{Beneath, Staged, UnitOfWork};
use crate::messaging::{Command, CommandId, DueTimer, Reactor, Reply, outbox};

#[derive(Debug)]
pub(crate) struct InMemory {
    transaction: Transaction,
    codec: Codec,
    reactors: Vec<Arc<dyn Reactor>>,
    on_timer: fn(DueTimer) -> Arc<dyn Command>,
    faults: Faults,
    entropy: Entropy,
    now: Timestamp,
    hot: Hot,
    staged: Staged,
    run: Run,
}

impl InMemory {
    /// An empty log at `now`. The rows of an earlier one may lie in `tx`.
    pub fn new(
        (db, tx): (&Db, Tx),
        codec: Codec,
        reactors: Vec<Arc<dyn Reactor>>,
        on_timer: fn(DueTimer) -> Arc<dyn Command>,
        now: Timestamp,
    ) -> Self {
        Self {
            transaction: Transaction::begun(db, tx),
            codec,
            reactors,
            on_timer,
            faults: Faults::default(),
            entropy: Entropy,
            now,
            hot: Hot::default(),
            staged: Staged::default(),
            run: Run::default(),
        }
    }

    /// Everything is as if nothing had happened.
    pub fn begin_anew(&mut self, now: Timestamp) {
        self.now = now;
        (self.hot, self.staged, self.run) = Default::default();
    }

    /// What is remembered between batches is gone.
    pub fn restart(&mut self) {
        self.hot.forget();
    }

    /// Everything that was recorded, oldest first.
    pub fn events(&self) -> &[eventstore::NewEvent] {
        &self.staged.events
    }

    /// What would have been sent since this was asked last.
    pub fn sent(&mut self) -> Vec<outbox::NewMessage> {
        std::mem::take(&mut self.staged.outbox)
    }

    /// Carries a command out.
    ///
    /// # Errors
    ///
    /// When a rule forbids it.
    pub async fn send(
        &mut self,
        conference_id: ConferenceId,
        id: CommandId,
        command: Arc<dyn Command>,
    ) -> Result<Reply, Box<Problem>> {
        for claim in command.claims() {
            self.run.owners.entry(claim).or_insert(conference_id);
        }
        let (reply, _) = oneshot::channel();
        let envelope =
            Envelope { conference_id, id, body_hash: BodyHash::default(), command, keyed: true, reply };
        let mut work = UnitOfWork::new(
            &mut self.transaction,
            &self.codec,
            &mut self.hot,
            &self.faults,
            self.entropy,
            self.now,
        );
        work.beneath = Beneath::Nothing;
        work.staged = std::mem::take(&mut self.staged);
        let answer = self.run.one(&envelope, &mut work, &self.reactors).await;
        self.staged = work.staged;
        self.run.records.clear();
        answer.expect("nothing fails that has nothing beneath it")
    }

    /// Moves the clock and wakes every process whose time has come.
    pub async fn wait(&mut self, pause: Duration) {
        self.now = self.now + pause;
        loop {
            let mut due: Vec<_> =
                self.staged.processes.values().filter_map(|it| Some((it.due?, it))).collect();
            due.retain(|((due_at, _), _)| *due_at <= self.now);
            due.sort_by_key(|((due_at, _), it)| (*due_at, it.process_id));
            let Some(&((_, token), it)) = due.first() else { return };
            let timer = DueTimer { process_id: it.process_id, conference_id: it.conference_id, token };
            let id = CommandId(self.entropy.id(self.now));
            let command = (self.on_timer)(timer);
            self.send(timer.conference_id, id, command).await.expect("no timer is refused");
        }
    }
}
