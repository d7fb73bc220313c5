//! The only source of time and of randomness.
//!
//! Everything else is given instants, ids and codes, so that a test can move the clock and repeat a run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use plenary_shared::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

/// No I, L, O and 0: they are mistaken for others when read aloud.
const CODE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ123456789";

/// The server's time.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    /// Stands still until a test moves it.
    Test(Arc<TestClock>),
}

impl Clock {
    /// A clock for tests that starts at `start`.
    pub fn test(start: Timestamp) -> (Self, Arc<TestClock>) {
        let clock = Arc::new(TestClock { now: Mutex::new(start), moved: Notify::new() });
        (Self::Test(clock.clone()), clock)
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_now(),
            Self::Test(clock) => clock.now(),
        }
    }

    /// Returns when it is `due` or later.
    pub async fn sleep_until(&self, due: Timestamp) {
        match self {
            Self::System => tokio::time::sleep(due.since(system_now())).await,
            Self::Test(clock) => clock.reach(due).await,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place that the others are pointed to")]
fn system_now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since_epoch.map_or(0, |duration| duration.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// Time in the hands of a test.
#[derive(Debug)]
pub struct TestClock {
    now: Mutex<Timestamp>,
    moved: Notify,
}

impl TestClock {
    pub fn now(&self) -> Timestamp {
        *self.now.lock().expect("no holder of this lock panics")
    }

    /// Moves the clock and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        *self.now.lock().expect("no holder of this lock panics") = self.now() + by;
        self.moved.notify_waiters();
    }

    async fn reach(&self, due: Timestamp) {
        loop {
            let moved = self.moved.notified();
            if self.now() >= due {
                return;
            }
            moved.await;
        }
    }
}

/// Where random bytes come from: the operating system's generator, which is fit for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entropy;

impl Entropy {
    /// Random bytes.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give: nothing that needs a secret can go on then.
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    /// A UUID of version 7. Ids made later sort later, which keeps every index that they are in compact.
    pub fn id(self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// An id that sorts after those of the same millisecond with a lower `ordinal`, up to 4,095; those that follow sort
    /// among each other by chance.
    pub fn id_after(self, now: Timestamp, ordinal: u64) -> Uuid {
        const LAST: u64 = 0xfff;
        let mut bytes = self.bytes::<10>();
        // What stands between the time and the random rest (RFC 9562, 6.2, method 1).
        bytes[..2].copy_from_slice(&u16::try_from(ordinal.min(LAST)).unwrap_or(0).to_be_bytes());
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// A code for people to type, `length` of 32 symbols.
    pub fn code<const LENGTH: usize>(self) -> String {
        self.bytes::<LENGTH>().iter().map(|byte| char::from(CODE_ALPHABET[usize::from(byte % 32)])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let at = |millis| Entropy.id(Timestamp::from_millis(millis));
        assert!(at(1) < at(2));
        assert_eq!(at(1).get_version_num(), 7);
    }

    #[test]
    fn ids_of_one_instant_sort_by_their_ordinals() {
        let ids: Vec<_> = (0..=4_095).map(|it| Entropy.id_after(Timestamp::from_millis(1), it)).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[0].get_version_num(), 7);
        let beyond = Entropy.id_after(Timestamp::from_millis(1), 70_000);
        assert!(beyond > ids[4_094] && beyond < Entropy.id(Timestamp::from_millis(2)));
    }

    #[test]
    fn codes_have_no_symbol_that_is_mistaken_for_another() {
        let code = Entropy.code::<200>();
        assert_eq!(code.len(), 200);
        assert!(!code.contains(['I', 'L', 'O', '0']));
    }

    #[tokio::test]
    async fn a_moved_clock_wakes_its_sleepers() {
        let (clock, hand) = Clock::test(Timestamp::from_millis(0));
        let sleeper = tokio::spawn(async move { clock.sleep_until(Timestamp::from_millis(1000)).await });
        tokio::task::yield_now().await;
        hand.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }
}
