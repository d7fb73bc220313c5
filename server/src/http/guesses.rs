//! Failed look-ups by e-mail and code, counted so that codes cannot be guessed.
//!
//! Three things are counted: an e-mail from one address, an e-mail from anywhere, and an address. Each waits after
//! too many failures, twice as long after every further one. A stranger who guesses at an owner's e-mail makes
//! himself wait long before he makes her wait. The counters are rows, so they survive restarts and are shared by all
//! nodes; what they count is hashed.
//!
//! Promotional codes are counted by address alone, at one conference and everywhere: a conference whose codes are guessed
//! at goes on selling with them.
//!
//! An attempt at an e-mail and code counts as failed from the start, until it is known to have succeeded: otherwise many at once would all
//! be let through before the first of them is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use plenary_shared::{ConferenceId, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use super::client_address::ClientAddress;
use super::problem::ApiError;
use super::secrets::Secrets;
use crate::clock::Clock;
use crate::db::{Conn, Db};
use crate::{execute, fetch_optional};

/// Failures older than this no longer count, unless there was a wait since.
const WINDOW: Duration = Duration::from_mins(15);
/// Failures after which an e-mail waits for one address.
const FAILURES_OF_A_PAIR: i64 = 5;
/// Failures after which an e-mail waits for everyone, and an address for every e-mail.
const FAILURES_OF_ONE: i64 = 50;
/// Unknown promotional codes of one conference after which an address waits to name any there.
const FAILURES_WITH_CODES: i64 = 10;
/// How many addresses can look at promotional codes at the same moment, at most.
const LANES: usize = 64;
/// The first wait; every further failure doubles it.
const SHORTEST_WAIT: Duration = Duration::from_mins(1);
/// No wait is longer, so that nobody is locked out for good.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// How often counters that no longer count are deleted.
const SWEEP: Duration = Duration::from_hours(1);

/// What is counted apart from everything else, and how often each may be tried.
#[derive(Debug, Clone, Copy)]
struct Count {
    name: &'static str,
    of_a_pair: i64,
    of_an_email: i64,
    of_an_address: i64,
}

/// Failed look-ups.
const GUESSES: Count = Count {
    name: "guesses",
    of_a_pair: FAILURES_OF_A_PAIR,
    of_an_email: FAILURES_OF_ONE,
    of_an_address: FAILURES_OF_ONE,
};
/// Places taken on wait lists, which are never taken back: with each of them somebody may keep seats from others.
const JOINS: Count = Count { name: "joins", of_a_pair: 20, of_an_email: 20, of_an_address: 100 };

/// The counters of this database.
#[derive(Debug, Clone)]
pub struct Guesses {
    counted: Count,
    db: Db,
    clock: Clock,
    secrets: Secrets,
    /// When the counters were swept last, in microseconds since 1970.
    swept_at: Arc<AtomicI64>,
    /// One address looks at promotional codes in one of these at a time.
    lanes: Arc<[Mutex<()>; LANES]>,
}

/// One address's turn to name promotional codes. While it lasts no other of the same address begins, so that of many
/// guesses at once no more get through than one by one.
#[derive(Debug)]
pub struct Turn<'g> {
    guesses: &'g Guesses,
    subjects: [Subject; 2],
    _lane: MutexGuard<'g, ()>,
}

impl Turn<'_> {
    /// Counts that a code was named that cannot be used by anybody.
    ///
    /// # Errors
    ///
    /// [`ApiError::SlowDown`] when there have been too many meanwhile; then what is wrong with the code may not be said.
    pub async fn failed(self) -> Result<(), ApiError> {
        self.guesses.count_all(self.subjects.iter(), self.guesses.clock.now()).await
    }
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
        let lanes = Arc::new(std::array::from_fn(|_| Mutex::new(())));
        Self { counted: GUESSES, db, clock, secrets, swept_at: Arc::default(), lanes }
    }

    /// Counts places taken on wait lists, apart from guesses.
    #[must_use]
    pub fn of_joins(&self) -> Self {
        Self { counted: JOINS, ..self.clone() }
    }

    /// Asks to name promotional codes of a conference. Nothing is counted unless [`Turn::failed`] follows, so that
    /// whoever knows her codes never waits for the database's writer.
    ///
    /// # Errors
    ///
    /// [`ApiError::SlowDown`] when there were too many failures; then no code may be looked up.
    pub async fn turn(&self, conference: ConferenceId, address: ClientAddress) -> Result<Turn<'_>, ApiError> {
        let address = address.subject();
        let subjects = [
            Subject { hash: self.hash("codes", &address), limit: FAILURES_OF_ONE },
            Subject {
                hash: self.hash("codes of a conference", &format!("{address}\0{conference}")),
                limit: FAILURES_WITH_CODES,
            },
        ];
        let lane = usize::from(subjects[0].hash[0]) % LANES;
        let lane = self.lanes[lane].lock().await;
        let now = self.clock.now();
        if let Some(until) = self.waits_until(subjects.iter(), now).await? {
            return Err(slow_down(until, now));
        }
        Ok(Turn { guesses: self, subjects, _lane: lane })
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
        if let Some(until) = self.waits_until(subjects.all().into_iter(), now).await? {
            return Err(slow_down(until, now));
        }
        self.count_all(subjects.all().into_iter(), now).await
    }

    /// Counts a failure of every subject, or of none when one of them has to wait.
    async fn count_all<'s>(
        &self,
        subjects: impl Iterator<Item = &'s Subject> + Clone + Send,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let mut tx = self.db.begin().await?;
        for subject in subjects.clone() {
            if !count(tx.conn(), subject, now).await? {
                tx.rollback().await?;
                let until = self.waits_until(subjects, now).await?;
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
        let Count { of_a_pair, of_an_email, of_an_address, .. } = self.counted;
        Subjects {
            email: Subject { hash: self.hash("email", email), limit: of_an_email },
            address: Subject { hash: self.hash("address", &address), limit: of_an_address },
            pair: Subject { hash: self.hash("pair", &format!("{address}\0{email}")), limit: of_a_pair },
        }
    }

    fn hash(&self, kind: &str, text: &str) -> [u8; 16] {
        self.secrets.keyed_hash(&format!("{} of {kind}\0{text}", self.counted.name))
    }

    /// Until when an attempt has to wait, if it has to.
    async fn waits_until<'s>(
        &self,
        subjects: impl Iterator<Item = &'s Subject> + Send,
        now: Timestamp,
    ) -> sqlx::Result<Option<Timestamp>> {
        let mut reader = self.db.read().await?;
        let mut latest = None;
        for subject in subjects {
            let row = fetch_optional!(
                reader.conn(),
                (i64,),
                "select blocked_until from guesses where subject = $1",
                subject.hash.as_slice(),
            )?;
            latest = latest.max(row.map(|(until,)| Timestamp::from_micros(until)));
        }
        Ok(latest.filter(|until| *until > now))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Entropy, TestClock};
    use crate::testing;

    const EMAIL: &str = "ada@example.org";

    fn address(last: u32) -> ClientAddress {
        ClientAddress(std::net::Ipv4Addr::from(0x0a00_0000 + last).into())
    }

    async fn guesses(db: &Db) -> (Guesses, Arc<TestClock>) {
        let (clock, hand) = testing::clock();
        let secrets = Secrets::open(db, Entropy).await.unwrap();
        (Guesses::new(db.clone(), clock, secrets), hand)
    }

    /// The seconds to wait, 0 when the attempt was let through.
    async fn attempt(guesses: &Guesses, email: &str, from: u32) -> u32 {
        match guesses.attempt(email, address(from)).await {
            Ok(()) => 0,
            Err(ApiError::SlowDown { retry_after_s }) => retry_after_s,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn after_five_failures_an_email_waits_for_one_address_longer_each_time() {
        for it in testing::databases().await {
            let (guesses, hand) = guesses(&it.db).await;
            for _ in 0..5 {
                assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
            }
            assert_eq!(attempt(&guesses, "ADA@example.org", 1).await, 60);
            assert_eq!(attempt(&guesses, EMAIL, 2).await, 0);
            assert_eq!(attempt(&guesses, "grace@example.org", 1).await, 0);
            hand.advance(Duration::from_mins(1));
            assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
            assert_eq!(attempt(&guesses, EMAIL, 1).await, 120);
        }
    }

    #[tokio::test]
    async fn after_fifty_failures_an_email_waits_for_everyone() {
        for it in testing::databases().await {
            let (guesses, _) = guesses(&it.db).await;
            for from in 0..50 {
                assert_eq!(attempt(&guesses, EMAIL, from).await, 0);
            }
            assert_eq!(attempt(&guesses, EMAIL, 99).await, 60);
            assert_eq!(attempt(&guesses, "grace@example.org", 99).await, 0);
        }
    }

    #[tokio::test]
    async fn after_fifty_failures_an_address_waits_and_its_own_success_does_not_help() {
        for it in testing::databases().await {
            let (guesses, _) = guesses(&it.db).await;
            for victim in 0..50 {
                assert_eq!(attempt(&guesses, &format!("{victim}@example.org"), 1).await, 0);
                if victim == 25 {
                    assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
                    guesses.succeeded(EMAIL, address(1)).await.unwrap();
                }
            }
            assert_eq!(attempt(&guesses, EMAIL, 1).await, 60);
            assert_eq!(attempt(&guesses, EMAIL, 2).await, 0);
        }
    }

    #[tokio::test]
    async fn joins_are_counted_apart_from_guesses() {
        for it in testing::databases().await {
            let (guesses, _) = guesses(&it.db).await;
            let joins = guesses.of_joins();
            for _ in 0..20 {
                assert_eq!(attempt(&joins, EMAIL, 1).await, 0);
            }
            assert_eq!(attempt(&joins, EMAIL, 2).await, 60);
            assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
            for number in 20..100 {
                assert_eq!(attempt(&joins, &format!("{number}@example.org"), 1).await, 0);
            }
            assert_eq!(attempt(&joins, "grace@example.org", 1).await, 60);
            assert_eq!(attempt(&joins, "grace@example.org", 2).await, 0);
        }
    }

    #[tokio::test]
    async fn success_and_time_make_failures_forgotten() {
        for it in testing::databases().await {
            let (guesses, hand) = guesses(&it.db).await;
            for _ in 0..5 {
                assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
            }
            guesses.succeeded(EMAIL, address(1)).await.unwrap();
            for _ in 0..4 {
                assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
            }
            hand.advance(WINDOW);
            for _ in 0..5 {
                assert_eq!(attempt(&guesses, EMAIL, 1).await, 0);
            }
            assert_eq!(attempt(&guesses, EMAIL, 1).await, 60);
        }
    }

    #[tokio::test]
    async fn of_many_attempts_at_once_only_five_are_let_through() {
        for it in testing::databases().await {
            let (guesses, _) = guesses(&it.db).await;
            let attempts = (0..20).map(|_| attempt(&guesses, EMAIL, 1));
            let waits = futures_util::future::join_all(attempts).await;
            assert_eq!(waits.iter().filter(|wait| **wait == 0).count(), 5);
        }
    }

    #[tokio::test]
    async fn counters_survive_a_restart_and_are_deleted_when_they_no_longer_count() {
        for it in testing::databases().await {
            let (before, hand) = guesses(&it.db).await;
            for _ in 0..5 {
                attempt(&before, EMAIL, 1).await;
            }
            let (after, _) = guesses(&it.db).await;
            assert_eq!(attempt(&after, EMAIL, 1).await, 60);

            hand.advance(Duration::from_hours(2));
            attempt(&before, "grace@example.org", 2).await;
            let mut reader = it.db.read().await.unwrap();
            let left = fetch_optional!(reader.conn(), (i64,), "select count(*) from guesses");
            assert_eq!(left.unwrap(), Some((3,)));
        }
    }

    const FAIR: ConferenceId = ConferenceId(uuid::Uuid::from_u128(1));
    const OTHER_FAIR: ConferenceId = ConferenceId(uuid::Uuid::from_u128(2));

    /// Names a code that is not known. Gives the seconds to wait, 0 when it was let through.
    async fn wrong_code(guesses: &Guesses, conference: ConferenceId, from: u32) -> u32 {
        let named = async { guesses.turn(conference, address(from)).await?.failed().await };
        match named.await {
            Ok(()) => 0,
            Err(ApiError::SlowDown { retry_after_s }) => retry_after_s,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn after_ten_unknown_codes_an_address_waits_at_that_conference() {
        for it in testing::databases().await {
            let (guesses, hand) = guesses(&it.db).await;
            for _ in 0..10 {
                drop(guesses.turn(FAIR, address(1)).await.unwrap());
                assert_eq!(wrong_code(&guesses, FAIR, 1).await, 0);
            }
            assert!(matches!(guesses.turn(FAIR, address(1)).await, Err(ApiError::SlowDown { .. })));
            assert_eq!(wrong_code(&guesses, FAIR, 2).await, 0);
            assert_eq!(wrong_code(&guesses, OTHER_FAIR, 1).await, 0);
            assert_eq!(attempt(&guesses, EMAIL, 1).await, 0, "looking for orders is another matter");
            let (after_restart, _) = self::guesses(&it.db).await;
            assert_eq!(wrong_code(&after_restart, FAIR, 1).await, 60);
            hand.advance(Duration::from_mins(1));
            assert_eq!(wrong_code(&guesses, FAIR, 1).await, 0);
            assert_eq!(wrong_code(&guesses, FAIR, 1).await, 120);
        }
    }

    #[tokio::test]
    async fn after_fifty_unknown_codes_an_address_waits_at_every_conference() {
        for it in testing::databases().await {
            let (guesses, _) = guesses(&it.db).await;
            for number in 0..50 {
                let conference = ConferenceId(uuid::Uuid::from_u128(100 + number));
                assert_eq!(wrong_code(&guesses, conference, 1).await, 0);
            }
            assert_eq!(wrong_code(&guesses, FAIR, 1).await, 60);
            assert_eq!(wrong_code(&guesses, FAIR, 2).await, 0);
        }
    }

    #[tokio::test]
    async fn of_many_unknown_codes_at_once_only_ten_are_let_through() {
        for it in testing::databases().await {
            let (guesses, _) = guesses(&it.db).await;
            let named = (0..30).map(|_| wrong_code(&guesses, FAIR, 1));
            let waits = futures_util::future::join_all(named).await;
            assert_eq!(waits.iter().filter(|wait| **wait == 0).count(), 10);
        }
    }

    #[test]
    fn no_wait_is_longer_than_an_hour() {
        let waits: Vec<_> = [0, 1, 5, 6, 100].into_iter().map(|beyond| wait(beyond).as_secs()).collect();
        assert_eq!(waits, [60, 120, 1920, 3600, 3600]);
    }
}
