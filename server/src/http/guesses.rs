//! Failed look-ups by e-mail and code, counted so that codes cannot be guessed.
//!
//! Three things are counted: an e-mail from one address, an e-mail from anywhere, and an address. Each waits after
//! too many failures, twice as long after every further one. A stranger who guesses at an owner's e-mail makes
//! himself wait long before he makes her wait. The counters are rows, so they survive restarts and are shared by all
//! nodes; what they count is hashed.
//!
//! An attempt counts as failed from the start, until it is known to have succeeded: otherwise many at once would all
//! be let through before the first of them is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use plenary_shared::Timestamp;

use super::client_address::ClientAddress;
use super::problem::ApiError;
use super::secrets::Secrets;
use crate::clock::Clock;
use crate::db::{Conn, Db};
use crate::{execute, fetch_optional};

/// Failures older than this no longer count, unless there was a wait since.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Failures after which an e-mail waits for one address.
const FAILURES_OF_A_PAIR: i64 = 5;
/// Failures after which an e-mail waits for everyone, and an address for every e-mail.
const FAILURES_OF_ONE: i64 = 50;
/// The first wait; every further failure doubles it.
const SHORTEST_WAIT: Duration = Duration::from_secs(60);
/// No wait is longer, so that nobody is locked out for good.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// How often counters that no longer count are deleted.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// The counters of this database.
#[derive(Debug, Clone)]
pub struct Guesses {
    db: Db,
    clock: Clock,
    secrets: Secrets,
    /// When the counters were swept last, in microseconds since 1970.
    swept_at: Arc<AtomicI64>,
}

/// What is counted, by its hash, and how often it may fail.
#[derive(Debug)]
struct Subject {
    hash: [u8; 16],
    limit: i64,
}

/// What one attempt counts for. Everyone locks them in this order, so that two attempts never wait for each other.
#[derive(Debug)]
struct Subjects {
    email: Subject,
    address: Subject,
    pair: Subject,
}

impl Subjects {
    const fn all(&self) -> [&Subject; 3] {
        [&self.email, &self.address, &self.pair]
    }
}

impl Guesses {
    pub fn new(db: Db, clock: Clock, secrets: Secrets) -> Self {
        Self { db, clock, secrets, swept_at: Arc::default() }
    }

    /// Asks to try one e-mail and code. It counts as a failure unless [`succeeded`](Self::succeeded) follows.
    ///
    /// # Errors
    ///
    /// [`ApiError::SlowDown`] when there were too many failures; then nothing may be looked up.
    pub async fn attempt(&self, email: &str, address: ClientAddress) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.sweep(now).await?;
        let subjects = self.subjects(email, address);
        // Whoever waits does not even take the lock that writers share.
        if let Some(until) = self.waits_until(&subjects, now).await? {
            return Err(slow_down(until, now));
        }
        let mut tx = self.db.begin().await?;
        for subject in subjects.all() {
            if !count(tx.conn(), subject, now).await? {
                tx.rollback().await?;
                let until = self.waits_until(&subjects, now).await?;
                return Err(slow_down(until.unwrap_or(now), now));
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes an attempt back: e-mail and code were right.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn succeeded(&self, email: &str, address: ClientAddress) -> Result<(), ApiError> {
        let now = self.clock.now();
        let Subjects { email, address, pair } = self.subjects(email, address);
        let mut tx = self.db.begin().await?;
        for subject in [email, address] {
            // Only this one attempt: otherwise somebody could guess at others for ever by finding her own in between.
            execute!(
                tx.conn(),
                "update guesses set failures = failures - 1,
                    blocked_until = case when blocked_until > $2 then $2 else blocked_until end
                 where subject = $1 and failures > 0",
                subject.hash.as_slice(),
                now.as_micros(),
            )?;
        }
        execute!(tx.conn(), "delete from guesses where subject = $1", pair.hash.as_slice())?;
        tx.commit().await?;
        Ok(())
    }

    fn subjects(&self, email: &str, address: ClientAddress) -> Subjects {
        let (email, address) = (email.trim(), address.subject());
        let hash = |kind: &str, text: &str| self.secrets.keyed_hash(&format!("guesses of {kind}\0{text}"));
        Subjects {
            email: Subject { hash: hash("email", email), limit: FAILURES_OF_ONE },
            address: Subject { hash: hash("address", &address), limit: FAILURES_OF_ONE },
            pair: Subject { hash: hash("pair", &format!("{address}\0{email}")), limit: FAILURES_OF_A_PAIR },
        }
    }

    /// Until when an attempt has to wait, if it has to.
    async fn waits_until(&self, subjects: &Subjects, now: Timestamp) -> sqlx::Result<Option<Timestamp>> {
        let mut reader = self.db.read().await?;
        let row = fetch_optional!(
            reader.conn(),
            (Option<i64>,),
            "select max(blocked_until) from guesses where subject in ($1, $2, $3)",
            subjects.email.hash.as_slice(),
            subjects.address.hash.as_slice(),
            subjects.pair.hash.as_slice(),
        )?;
        let until = row.and_then(|(until,)| until).map(Timestamp::from_micros);
        Ok(until.filter(|until| *until > now))
    }

    async fn sweep(&self, now: Timestamp) -> sqlx::Result<()> {
        let due = (now - SWEEP).as_micros();
        let swept_at = self.swept_at.load(Ordering::Relaxed);
        let mine = swept_at <= due
            && self
                .swept_at
                .compare_exchange(swept_at, now.as_micros(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !mine {
            return Ok(());
        }
        let past = (now - WINDOW).as_micros();
        let mut tx = self.db.begin().await?;
        execute!(tx.conn(), "delete from guesses where window_start <= $1 and blocked_until <= $1", past)?;
        tx.commit().await
    }
}

/// Counts one failure, and says whether the subject was free to try.
async fn count(mut conn: Conn<'_>, subject: &Subject, now: Timestamp) -> sqlx::Result<bool> {
    let counted = fetch_optional!(
        conn.again(),
        (i64,),
        "insert into guesses (subject, failures, window_start, blocked_until) values ($1, 1, $2, 0)
         on conflict (subject) do update set
            failures = case when guesses.window_start <= $3 and guesses.blocked_until <= $3
                then 1 else guesses.failures + 1 end,
            window_start = case when guesses.window_start <= $3 and guesses.blocked_until <= $3
                then $2 else guesses.window_start end
         where guesses.blocked_until <= $2
         returning failures",
        subject.hash.as_slice(),
        now.as_micros(),
        (now - WINDOW).as_micros(),
    )?;
    let Some((failures,)) = counted else { return Ok(false) };
    if failures >= subject.limit {
        execute!(
            conn,
            "update guesses set blocked_until = $2 where subject = $1",
            subject.hash.as_slice(),
            (now + wait(failures - subject.limit)).as_micros(),
        )?;
    }
    Ok(true)
}

/// How long to wait after so many failures beyond the limit.
fn wait(beyond: i64) -> Duration {
    let doublings = u32::try_from(beyond.clamp(0, 16)).unwrap_or(0);
    SHORTEST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

fn slow_down(until: Timestamp, now: Timestamp) -> ApiError {
    let wait_ms = until.since(now).as_millis();
    ApiError::SlowDown { retry_after_s: u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX).max(1) }
}
