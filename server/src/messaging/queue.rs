//! What waits for a writer: bounded, and fair between conferences.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use plenary_shared::ConferenceId;
use tokio::sync::Notify;

/// Commands that may wait in a process. More would wait longer than their senders do; they are told to come back.
pub(super) const CAPACITY: usize = 16_384;

/// Counts what waits in all queues of a process.
#[derive(Debug, Default)]
pub(super) struct Load(AtomicUsize);

impl Load {
    fn enter(&self) -> bool {
        let enter = |waiting: usize| (waiting < CAPACITY).then_some(waiting + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, enter).is_ok()
    }

    fn leave(&self, count: usize) {
        self.0.fetch_sub(count, Ordering::AcqRel);
    }

    pub fn waiting(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

/// The waiting line of one writer. It takes from the conferences in turn, so that a rush on one does not starve the
/// others.
#[derive(Debug)]
pub(super) struct Queue<T> {
    lines: Mutex<Lines<T>>,
    arrived: Notify,
    load: Arc<Load>,
}

#[derive(Debug)]
struct Lines<T> {
    by_conference: HashMap<ConferenceId, VecDeque<T>>,
    /// The conferences with something waiting, the next one first.
    turns: VecDeque<ConferenceId>,
    closed: bool,
}

/// Why something was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    Full,
    Closed,
}

impl<T: Debug> Queue<T> {
    pub fn new(load: Arc<Load>) -> Self {
        let lines = Lines { by_conference: HashMap::new(), turns: VecDeque::new(), closed: false };
        Self { lines: Mutex::new(lines), arrived: Notify::new(), load }
    }

    fn lines(&self) -> MutexGuard<'_, Lines<T>> {
        self.lines.lock().expect("no holder of this lock panics")
    }

    /// Lets `item` in at the end of its conference's line.
    pub fn push(&self, conference: ConferenceId, item: T) -> Result<(), Turned> {
        let mut lines = self.lines();
        if lines.closed {
            return Err(Turned::Closed);
        }
        if !self.load.enter() {
            return Err(Turned::Full);
        }
        let line = lines.by_conference.entry(conference).or_default();
        line.push_back(item);
        if line.len() == 1 {
            lines.turns.push_back(conference);
        }
        drop(lines);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes up to `limit`, one from each conference in turn.
    pub fn take(&self, limit: usize) -> Vec<T> {
        let mut lines = self.lines();
        let mut taken = Vec::new();
        while taken.len() < limit {
            let Some(conference) = lines.turns.pop_front() else { break };
            let Some(line) = lines.by_conference.get_mut(&conference) else { continue };
            taken.extend(line.pop_front());
            if line.is_empty() {
                lines.by_conference.remove(&conference);
            } else {
                lines.turns.push_back(conference);
            }
        }
        drop(lines);
        self.load.leave(taken.len());
        taken
    }

    /// Returns when something has arrived or the queue was closed.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Lets nothing in any more.
    pub fn close(&self) {
        self.lines().closed = true;
        self.arrived.notify_one();
    }

    /// Closed, and nothing waits.
    pub fn is_finished(&self) -> bool {
        let lines = self.lines();
        lines.closed && lines.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const BUSY: ConferenceId = ConferenceId(Uuid::from_u128(1));
    const CALM: ConferenceId = ConferenceId(Uuid::from_u128(2));

    fn queue() -> Queue<u32> {
        Queue::new(Arc::default())
    }

    #[test]
    fn conferences_take_turns() {
        let queue = queue();
        for item in 0..3 {
            queue.push(BUSY, item).unwrap();
        }
        queue.push(CALM, 100).unwrap();
        assert_eq!(queue.take(3), [0, 100, 1]);
        assert_eq!(queue.take(9), [2]);
    }

    #[test]
    fn a_full_queue_turns_away_and_recovers() {
        let queue = queue();
        for item in 0..u32::try_from(CAPACITY).unwrap() {
            queue.push(BUSY, item).unwrap();
        }
        assert_eq!(queue.push(CALM, 0), Err(Turned::Full));
        queue.take(1);
        assert_eq!(queue.push(CALM, 0), Ok(()));
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_has() {
        let queue = queue();
        queue.push(BUSY, 1).unwrap();
        queue.close();
        assert_eq!(queue.push(BUSY, 2), Err(Turned::Closed));
        assert!(!queue.is_finished());
        assert_eq!(queue.take(9), [1]);
        assert!(queue.is_finished());
    }
}
