//! What leaves the database: sent at least once, with an id that makes a repeat harmless.
//!
//! A message is claimed with a lease, and every change to it checks the lease's epoch: a worker that slept through
//! its lease cannot undo what another has done since. After the last try a message is parked for the operator.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use plenary_shared::Timestamp;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::clock::{Clock, Entropy};
use crate::db::{Conn, Db};
use crate::faults::Faults;
use crate::{execute, fault_point, fetch_all, fetch_optional, planted, row};

/// The wait after the first failure; it doubles from there.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_hours(1);
/// Tries before a message is parked: about a day.
const LAST_ATTEMPT: i32 = 30;
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

pub(crate) async fn store(conn: Conn<'_>, messages: &[NewMessage]) -> sqlx::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let row = |it: &NewMessage| serde_json::json!([it.id, it.kind, it.payload, it.due_at.as_micros()]);
    let rows = serde_json::Value::Array(messages.iter().map(row).collect()).to_string();
    execute!(
        conn,
        sqlite: "insert into outbox (message_id, kind, payload, due_at, attempts, epoch, state)
            select unhex(value->>0, '-'), value->>1, value->>2, value->>3, 0, 0, 'waiting' from json_each($1)",
        postgres: "insert into outbox (message_id, kind, payload, due_at, attempts, epoch, state)
            select (value->>0)::uuid, value->>1, value->>2, (value->>3)::bigint, 0, 0, 'waiting'
            from json_array_elements($1::json) as rows(value)",
        rows,
    )?;
    Ok(())
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
    /// How long it may take for them before another worker may try.
    pub lease: Duration,
    /// Told when something was put into the outbox.
    pub wake: Arc<Notify>,
    pub faults: Faults,
}

impl Worker {
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let by_kind: HashMap<_, _> = self.deliveries.iter().map(|it| (it.kind(), Arc::clone(it))).collect();
        while !*stop.borrow() {
            match self.round(&by_kind).await {
                Ok(0) => {}
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
        let messages = self.claim().await?;
        for message in &messages {
            if planted!(self.faults, SettlesBeforeDelivering) {
                self.settle(message, Ok(())).await?;
                fault_point!(self.faults, "outbox: settled");
            }
            let sent = match by_kind.get(message.kind.as_str()) {
                Some(delivery) => self.deliver(&**delivery, message).await,
                None => {
                    Err(Undelivered::Later(format!("nothing delivers messages of kind {}", message.kind)))
                }
            };
            fault_point!(self.faults, "outbox: delivered");
            self.settle(message, sent).await?;
            fault_point!(self.faults, "outbox: settled");
        }
        Ok(messages.len())
    }

    /// Whoever does not answer within the lease keeps nobody else waiting any longer.
    async fn deliver(&self, delivery: &dyn Delivery, message: &Message) -> Result<(), Undelivered> {
        let delivered = tokio::time::timeout(self.lease, delivery.deliver(message)).await;
        delivered.unwrap_or_else(|_| Err(Undelivered::Later("there was no answer in time".to_owned())))
    }

    /// Looks without the write lock first: an idle outbox must not cost a write transaction a second.
    async fn claim(&self) -> sqlx::Result<Vec<Message>> {
        let now = self.clock.now();
        let kinds: Vec<_> = self.deliveries.iter().map(|it| it.kind()).collect();
        let kinds = serde_json::to_string(&kinds).expect("names are JSON");
        let mut reader = self.db.read().await?;
        let waiting = fetch_all!(
            reader.conn(),
            (Uuid,),
            sqlite: "select message_id from outbox where state = 'waiting' and due_at <= $1
                and kind in (select value from json_each($3)) order by due_at limit $2",
            postgres: "select message_id from outbox where state = 'waiting' and due_at <= $1
                and kind in (select value from json_array_elements_text($3::json) as rows(value))
                order by due_at limit $2",
            now.as_micros(),
            self.claim,
            kinds.as_str(),
        )?;
        drop(reader);
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        fault_point!(self.faults, "outbox: waiting");
        let mut tx = self.db.begin().await?;
        let claimed = fetch_all!(
            tx.conn(),
            Message,
            sqlite: "update outbox set due_at = $1, attempts = attempts + 1, epoch = epoch + 1
                where message_id in (select message_id from outbox
                    where state = 'waiting' and due_at <= $2 and kind in (select value from json_each($4))
                    order by due_at limit $3)
                returning message_id, kind, payload, attempts, epoch",
            postgres: "update outbox set due_at = $1, attempts = attempts + 1, epoch = epoch + 1
                where message_id in (select message_id from outbox
                    where state = 'waiting' and due_at <= $2
                        and kind in (select value from json_array_elements_text($4::json) as rows(value))
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
        Ok(claimed)
    }

    async fn settle(&self, message: &Message, sent: Result<(), Undelivered>) -> sqlx::Result<()> {
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
        let mut tx = self.db.begin().await?;
        let settled = execute!(
            tx.conn(),
            "update outbox set state = $1, due_at = $2 where message_id = $3 and epoch = $4",
            state,
            (self.clock.now() + wait).as_micros(),
            message.message_id,
            message.epoch,
        )?;
        fault_point!(self.faults, "outbox: settling");
        tx.commit().await?;
        if settled == 0 {
            tracing::warn!(id = %message.message_id, "a message's lease was lost; another worker has it");
        }
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
mod tests {
    use super::*;
    use crate::testing;

    /// Says nothing to what it does not want to hear.
    #[derive(Debug, Default)]
    struct Mute {
        heard: Notify,
    }

    #[async_trait]
    impl Delivery for Mute {
        fn kind(&self) -> &'static str {
            "letter"
        }

        async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
            if message.payload == "never answered" {
                std::future::pending::<()>().await;
            }
            self.heard.notify_one();
            Ok(())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_recipient_that_never_answers_keeps_nobody_else_waiting() {
        for it in testing::databases().await {
            let (clock, _) = testing::clock();
            let letter = |payload: &str| NewMessage {
                id: Entropy.id(clock.now()),
                kind: "letter",
                payload: payload.to_owned(),
                due_at: clock.now(),
            };
            let mut tx = it.db.begin().await.unwrap();
            for payload in ["never answered", "answered"] {
                store(tx.conn(), &[letter(payload)]).await.unwrap();
            }
            tx.commit().await.unwrap();
            let mute = Arc::<Mute>::default();
            let worker = Worker {
                db: it.db.clone(),
                clock: clock.clone(),
                entropy: Entropy,
                deliveries: vec![mute.clone()],
                claim: 2,
                lease: Duration::from_millis(20),
                wake: Arc::default(),
                faults: Faults::default(),
            };
            let (stop, stopped) = watch::channel(false);
            let running = tokio::spawn(worker.run(stopped));
            mute.heard.notified().await;
            stop.send(true).unwrap();
            running.await.unwrap();
            let mut reader = it.db.read().await.unwrap();
            let rows = fetch_all!(
                reader.conn(),
                (String, String, i32),
                "select payload, state, attempts from outbox order by payload",
            );
            let row = |payload: &str, state: &str| (payload.to_owned(), state.to_owned(), 1);
            assert_eq!(rows.unwrap(), [row("answered", "delivered"), row("never answered", "waiting")]);
        }
    }
}
