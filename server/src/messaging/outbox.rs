//! What leaves the database: sent at least once, with an id that makes a repeat harmless.
//!
//! A message is claimed with a lease, which its worker renews for as long as it is busy with it; whoever dies is soon
//! followed by another. Every change to a message checks the lease's epoch: a worker that slept through its lease begins
//! nothing more of what it had claimed, and cannot undo what another has done since. After the last try a message is
//! parked for the operator.

use std::collections::{HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use plenary_shared::Timestamp;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::clock::{Clock, Entropy};
use crate::db::{Conn, Db, Writes};
use crate::faults::Faults;
use crate::{execute, fault_point, fetch_all, fetch_optional, later, planted, row};

/// The wait after the first failure; it doubles from there.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_hours(1);
/// Tries before a message is parked: about a day.
const LAST_ATTEMPT: i32 = 30;
/// How long others leave alone what a worker has claimed, counted from when it last said that it is there. The clocks of
/// the processes have to agree better than that, else some messages are sent twice.
pub const LEASE: Duration = Duration::from_secs(5);
/// A lease is renewed so many times before it would run out.
const RENEWALS: u32 = 3;
/// What was delivered is noted within this time, together with what else was delivered in it: quick deliveries share a
/// transaction. Whoever dies in between has sent these twice.
const NOTED_WITHIN: Duration = Duration::from_millis(100);
/// A worker that has taken all there was lets so much time pass before it looks again: what comes meanwhile shares the
/// transactions of its claim and of its note, which the writers would have to wait for.
const GATHERED_WITHIN: Duration = Duration::from_millis(250);
/// How often the worker looks without being told, for what others wrote and for leases that ran out.
const IDLE: Duration = Duration::from_secs(1);

/// A message on its way into the outbox.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub id: Uuid,
    pub kind: &'static str,
    pub payload: String,
    pub due_at: Timestamp,
}

row! {
    /// A message to deliver.
    #[derive(Debug, Clone)]
    pub struct Message {
        /// The same at every try.
        pub message_id: Uuid,
        pub kind: String,
        pub payload: String,
        pub attempts: i32,
        epoch: i64,
    }
}

/// Brings messages of one kind to where they go.
#[async_trait]
pub trait Delivery: Debug + Send + Sync {
    /// The kind that it delivers.
    fn kind(&self) -> &'static str;

    /// Delivers one message. It may be given the same one again.
    ///
    /// # Errors
    ///
    /// Why it could not be delivered.
    async fn deliver(&self, message: &Message) -> Result<(), Undelivered>;
}

/// Why a message was not delivered, for the operator, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// It may go another time.
    Later(String),
    /// It will never go as it is: it is parked at once.
    Never(String),
}

impl From<String> for Undelivered {
    fn from(reason: String) -> Self {
        Self::Later(reason)
    }
}

pub(crate) fn store(writes: &mut Writes, messages: &[NewMessage]) {
    if messages.is_empty() {
        return;
    }
    let rows: Vec<_> =
        messages.iter().map(|it| (it.id, it.kind, &it.payload, it.due_at.as_micros())).collect();
    let rows = serde_json::to_string(&rows).expect("texts, numbers and ids are JSON");
    later!(
        writes,
        sqlite: "insert into outbox (message_id, kind, payload, due_at, attempts, epoch, state)
            select unhex(value->>0, '-'), value->>1, value->>2, value->>3, 0, 0, 'waiting' from jsonb_each($1)",
        postgres: "insert into outbox (message_id, kind, payload, due_at, attempts, epoch, state)
            select (value->>0)::uuid, value->>1, value->>2, (value->>3)::bigint, 0, 0, 'waiting'
            from jsonb_array_elements($1::jsonb) as rows(value)",
        rows,
    );
}

/// Sends what waits in the outbox, until told to stop.
#[derive(Debug)]
pub struct Worker {
    pub db: Db,
    pub clock: Clock,
    pub entropy: Entropy,
    /// It takes messages of their kinds alone, so that slow kinds can have workers of their own.
    pub deliveries: Vec<Arc<dyn Delivery>>,
    /// Messages claimed at once.
    pub claim: i64,
    /// How long others leave alone what this one has claimed and says nothing more of.
    pub lease: Duration,
    /// How long a recipient may take to answer.
    pub patience: Duration,
    /// Told when something was put into the outbox.
    pub wake: Arc<Notify>,
    pub faults: Faults,
}

/// What a worker has claimed and not begun with, and when it last said that it is there.
#[derive(Debug)]
struct Claimed {
    messages: VecDeque<Message>,
    renewed: Timestamp,
    /// What was delivered, or not, and is not noted yet.
    unnoted: Vec<Settled>,
}

/// What became of a message.
#[derive(Debug)]
struct Settled {
    at: Timestamp,
    id: Uuid,
    epoch: i64,
    state: &'static str,
    due_at: Timestamp,
}

impl Worker {
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let by_kind: HashMap<_, _> = self.deliveries.iter().map(|it| (it.kind(), Arc::clone(it))).collect();
        while !*stop.borrow() {
            match self.round(&by_kind).await {
                Ok(0) => {}
                Ok(count) if i64::try_from(count).is_ok_and(|count| count < self.claim) => {
                    tokio::select! {
                        () = tokio::time::sleep(GATHERED_WITHIN) => {}
                        _ = stop.changed() => {}
                    }
                    continue;
                }
                Ok(_) => continue,
                Err(error) => tracing::warn!(%error, "the outbox could not be read"),
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = self.clock.sleep_until(self.clock.now() + IDLE) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn round(&self, by_kind: &HashMap<&str, Arc<dyn Delivery>>) -> sqlx::Result<usize> {
        let mut claimed = self.claim().await?;
        let count = claimed.messages.len();
        if count == 0 {
            return Ok(0);
        }
        while let Some(message) = self.next_of(&mut claimed).await? {
            if planted!(self.faults, SettlesBeforeDelivering) {
                claimed.unnoted.push(self.settled(&message, Ok(())));
                self.note(&mut claimed.unnoted).await?;
                fault_point!(self.faults, "outbox: settled");
            }
            let sent = match by_kind.get(message.kind.as_str()) {
                Some(delivery) => self.deliver(&**delivery, &message, &mut claimed).await,
                None => {
                    Err(Undelivered::Later(format!("nothing delivers messages of kind {}", message.kind)))
                }
            };
            fault_point!(self.faults, "outbox: delivered");
            claimed.unnoted.push(self.settled(&message, sent));
        }
        self.note(&mut claimed.unnoted).await?;
        fault_point!(self.faults, "outbox: settled");
        Ok(count)
    }

    /// The next message that nobody else has taken meanwhile.
    async fn next_of(&self, claimed: &mut Claimed) -> sqlx::Result<Option<Message>> {
        // Whoever stood still for a while does not know what has become of the rest.
        if !claimed.messages.is_empty() && self.clock.now() >= claimed.renewed + self.lease / RENEWALS {
            self.renew(claimed, None).await?;
        }
        Ok(claimed.messages.pop_front())
    }

    /// Delivers a message and says meanwhile that somebody is busy with it. Whoever does not answer in time keeps nobody
    /// else waiting any longer.
    async fn deliver(
        &self,
        delivery: &dyn Delivery,
        message: &Message,
        rest: &mut Claimed,
    ) -> Result<(), Undelivered> {
        let delivered = tokio::time::timeout(self.patience, delivery.deliver(message));
        // Both go on at once: a delivery may be in the middle of a transaction that a renewal has to wait for.
        tokio::select! {
            delivered = delivered => {
                delivered.unwrap_or_else(|_| Err(Undelivered::Later("there was no answer in time".to_owned())))
            }
            never = self.keep(rest, message) => match never {},
        }
    }

    /// Notes what was delivered before, and renews the lease again and again.
    async fn keep(&self, rest: &mut Claimed, message: &Message) -> Infallible {
        if let Some(oldest) = rest.unnoted.first() {
            self.clock.sleep_until(oldest.at + NOTED_WITHIN).await;
            if let Err(error) = self.note(&mut rest.unnoted).await {
                tracing::warn!(%error, "it could not be noted what was delivered");
            }
        }
        let mut next = rest.renewed + self.lease / RENEWALS;
        loop {
            self.clock.sleep_until(next).await;
            next = self.clock.now() + self.lease / RENEWALS;
            if let Err(error) = self.renew(rest, Some(message)).await {
                tracing::warn!(%error, "the lease of messages could not be renewed");
            }
        }
    }

    /// Says that this worker is still busy with a message, and with the rest of what it has claimed. What another has
    /// taken since is no longer part of it.
    async fn renew(&self, claimed: &mut Claimed, at_hand: Option<&Message>) -> sqlx::Result<()> {
        let now = self.clock.now();
        let all: Vec<_> =
            at_hand.into_iter().chain(&claimed.messages).map(|it| (it.message_id, it.epoch)).collect();
        let all = serde_json::to_string(&all).expect("ids and numbers are JSON");
        let mut tx = self.db.begin().await?;
        let kept = fetch_all!(
            tx.conn(),
            (Uuid,),
            sqlite: "update outbox set due_at = $1
                from (select unhex(value->>0, '-') as id, value->>1 as claimed_epoch from jsonb_each($2)) as claimed
                where message_id = claimed.id and epoch = claimed.claimed_epoch and state = 'waiting'
                returning message_id",
            postgres: "update outbox set due_at = $1
                from (select (value->>0)::uuid as id, (value->>1)::bigint as claimed_epoch
                    from jsonb_array_elements($2::jsonb) as rows(value)) as claimed
                where message_id = claimed.id and epoch = claimed.claimed_epoch and state = 'waiting'
                returning message_id",
            (now + self.lease).as_micros(),
            all,
        )?;
        tx.commit().await?;
        claimed.renewed = now;
        let kept: HashSet<_> = kept.into_iter().map(|(id,)| id).collect();
        let before = claimed.messages.len();
        claimed.messages.retain(|it| kept.contains(&it.message_id));
        let lost = before - claimed.messages.len();
        if lost > 0 {
            tracing::warn!(lost, "the lease of messages was lost; another worker has them");
        }
        Ok(())
    }

    /// Looks without the write lock first: an idle outbox must not cost a write transaction a second.
    async fn claim(&self) -> sqlx::Result<Claimed> {
        let now = self.clock.now();
        let kinds: Vec<_> = self.deliveries.iter().map(|it| it.kind()).collect();
        let kinds = serde_json::to_string(&kinds).expect("names are JSON");
        let mut reader = self.db.read().await?;
        let waiting = fetch_all!(
            reader.conn(),
            (Uuid,),
            sqlite: "select message_id from outbox where state = 'waiting' and due_at <= $1
                and kind in (select value from jsonb_each($3)) order by due_at limit $2",
            postgres: "select message_id from outbox where state = 'waiting' and due_at <= $1
                and kind in (select value from jsonb_array_elements_text($3::jsonb) as rows(value))
                order by due_at limit $2",
            now.as_micros(),
            self.claim,
            kinds.as_str(),
        )?;
        drop(reader);
        if waiting.is_empty() {
            return Ok(Claimed { messages: VecDeque::new(), renewed: now, unnoted: Vec::new() });
        }
        fault_point!(self.faults, "outbox: waiting");
        let mut tx = self.db.begin().await?;
        let mut claimed = fetch_all!(
            tx.conn(),
            Message,
            sqlite: "update outbox set due_at = $1, attempts = attempts + 1, epoch = epoch + 1
                where message_id in (select message_id from outbox
                    where state = 'waiting' and due_at <= $2 and kind in (select value from jsonb_each($4))
                    order by due_at limit $3)
                returning message_id, kind, payload, attempts, epoch",
            postgres: "update outbox set due_at = $1, attempts = attempts + 1, epoch = epoch + 1
                where message_id in (select message_id from outbox
                    where state = 'waiting' and due_at <= $2
                        and kind in (select value from jsonb_array_elements_text($4::jsonb) as rows(value))
                    order by due_at limit $3 for update skip locked)
                returning message_id, kind, payload, attempts, epoch",
            (now + self.lease).as_micros(),
            now.as_micros(),
            self.claim,
            kinds.as_str(),
        )?;
        fault_point!(self.faults, "outbox: claiming");
        tx.commit().await?;
        fault_point!(self.faults, "outbox: claimed");
        // In the order in which they were written.
        claimed.sort_by_key(|message| message.message_id);
        Ok(Claimed { messages: claimed.into(), renewed: now, unnoted: Vec::new() })
    }

    /// What becomes of a message.
    fn settled(&self, message: &Message, sent: Result<(), Undelivered>) -> Settled {
        let (state, wait) = match sent {
            Ok(()) => ("delivered", Duration::ZERO),
            Err(Undelivered::Later(reason)) if message.attempts < LAST_ATTEMPT => {
                tracing::warn!(id = %message.message_id, kind = message.kind, reason, "a message was not delivered");
                ("waiting", self.backoff(message.attempts))
            }
            Err(Undelivered::Later(reason) | Undelivered::Never(reason)) => {
                tracing::error!(id = %message.message_id, kind = message.kind, reason, "a message was parked");
                ("parked", Duration::ZERO)
            }
        };
        let at = self.clock.now();
        Settled { at, id: message.message_id, epoch: message.epoch, state, due_at: at + wait }
    }

    /// Writes down what has become of messages, of all of them or of none. What is written is taken away.
    async fn note(&self, unnoted: &mut Vec<Settled>) -> sqlx::Result<()> {
        if unnoted.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> =
            unnoted.iter().map(|it| (it.id, it.epoch, it.state, it.due_at.as_micros())).collect();
        let rows = serde_json::to_string(&rows).expect("texts, numbers and ids are JSON");
        let mut tx = self.db.begin().await?;
        let noted = execute!(
            tx.conn(),
            sqlite: "update outbox set state = settled.state, due_at = settled.due_at
                from (select unhex(value->>0, '-') as id, value->>1 as epoch, value->>2 as state, value->>3 as due_at
                    from jsonb_each($1)) as settled
                where message_id = settled.id and outbox.epoch = settled.epoch",
            postgres: "update outbox set state = settled.state, due_at = settled.due_at
                from (select (value->>0)::uuid as id, (value->>1)::bigint as epoch, value->>2 as state,
                    (value->>3)::bigint as due_at from jsonb_array_elements($1::jsonb) as rows(value)) as settled
                where message_id = settled.id and outbox.epoch = settled.epoch",
            rows,
        )?;
        fault_point!(self.faults, "outbox: settling");
        tx.commit().await?;
        let lost = unnoted.len().saturating_sub(usize::try_from(noted).unwrap_or(usize::MAX));
        if lost > 0 {
            tracing::warn!(lost, "the lease of messages was lost; another worker has them");
        }
        unnoted.clear();
        Ok(())
    }

    /// Doubles with every try, and is spread so that messages that failed together do not come back together.
    fn backoff(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
        let wait = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
        let jitter = u32::from(self.entropy.bytes::<1>()[0]);
        wait / 2 + wait / 2 * jitter / 255
    }
}

/// Passes on to every worker that something was put into the outbox, until told to stop.
pub async fn wake_all(told: Arc<Notify>, workers: Vec<Arc<Notify>>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = told.notified() => workers.iter().for_each(|worker| worker.notify_one()),
            _ = stop.changed() => {}
        }
    }
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    pub id: Uuid,
    pub kind: String,
    pub attempts: i32,
}

/// How many messages wait, and how many were given up.
///
/// # Errors
///
/// When the database fails.
pub async fn figures(conn: Conn<'_>) -> sqlx::Result<(i64, i64)> {
    let row = fetch_optional!(
        conn,
        (i64, i64),
        "select (select count(*) from outbox where state = 'waiting'),
            (select count(*) from outbox where state = 'parked')",
    )?;
    Ok(row.unwrap_or_default())
}

/// The messages that were given up, the oldest first.
///
/// # Errors
///
/// When the database fails.
pub async fn parked(conn: Conn<'_>) -> sqlx::Result<Vec<Parked>> {
    let rows = fetch_all!(
        conn,
        (Uuid, String, i32),
        "select message_id, kind, attempts from outbox where state = 'parked' order by message_id",
    )?;
    Ok(rows.into_iter().map(|(id, kind, attempts)| Parked { id, kind, attempts }).collect())
}

/// Has a message that was given up tried again, from its first try on. Gives whether there was such a one.
///
/// # Errors
///
/// When the database fails.
pub async fn retry(conn: Conn<'_>, id: Uuid, now: Timestamp) -> sqlx::Result<bool> {
    let changed = execute!(
        conn,
        "update outbox set state = 'waiting', attempts = 0, due_at = $1 where message_id = $2 and state = 'parked'",
        now.as_micros(),
        id,
    )?;
    Ok(changed == 1)
}

#[cfg(test)]
mod tests;
