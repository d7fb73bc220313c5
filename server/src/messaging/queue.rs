//! What waits for a writer: bounded, and fair between conferences.
//!
//! A rush may make the line long for a moment: it is let in whole and carried out. When the line has been long for longer
//! than that, more comes than can be carried out, and whoever is let in would wait ever longer. From then on, until the line
//! has been empty once, conferences are let in up to their share of a short line, and the rest is told to come back.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use plenary_shared::ConferenceId;
use tokio::sync::Notify;

/// Commands that may wait in a process. More would wait longer than their senders do; they are told to come back.
pub(super) const CAPACITY: usize = 16_384;

/// Commands that wait in all queues of a process while more come than can be carried out: about 100 ms of work.
pub(super) const SHORT: usize = 512;
/// How long the line may be longer than that before it is no rush any more.
const RUSH: Duration = Duration::from_secs(3);

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
    /// The length of the line from which on it is long.
    short: usize,
}

#[derive(Debug)]
struct Lines<T> {
    by_conference: HashMap<ConferenceId, VecDeque<T>>,
    /// The conferences with something waiting, the next one first.
    turns: VecDeque<ConferenceId>,
    waiting: usize,
    /// When the line became long. It stays so until nothing waits.
    long_since: Option<Instant>,
    closed: bool,
}

impl<T> Lines<T> {
    /// Whether so much waits of a conference, for so long already, that no more of it is let in.
    fn has_enough_of(&self, conference: ConferenceId, short: usize, now: Instant) -> bool {
        if self.long_since.is_none_or(|since| now.duration_since(since) < RUSH) {
            return false;
        }
        let waiting = self.by_conference.get(&conference).map_or(0, VecDeque::len);
        waiting >= (short / self.turns.len().max(1)).max(1)
    }
}

/// Why something was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    Full,
    Closed,
}

impl<T: Debug> Queue<T> {
    /// One of `queues` that share the load.
    pub fn new(load: Arc<Load>, queues: usize) -> Self {
        let lines = Lines {
            by_conference: HashMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
            long_since: None,
            closed: false,
        };
        Self { lines: Mutex::new(lines), arrived: Notify::new(), load, short: SHORT / queues.max(1) }
    }

    fn lines(&self) -> MutexGuard<'_, Lines<T>> {
        self.lines.lock().expect("no holder of this lock panics")
    }

    /// Lets `item` in at the end of its conference's line.
    pub fn push(&self, conference: ConferenceId, item: T) -> Result<(), Turned> {
        self.push_at(Instant::now(), conference, item)
    }

    fn push_at(&self, now: Instant, conference: ConferenceId, item: T) -> Result<(), Turned> {
        let mut lines = self.lines();
        if lines.closed {
            return Err(Turned::Closed);
        }
        if lines.has_enough_of(conference, self.short, now) || !self.load.enter() {
            return Err(Turned::Full);
        }
        let line = lines.by_conference.entry(conference).or_default();
        line.push_back(item);
        if line.len() == 1 {
            lines.turns.push_back(conference);
        }
        lines.waiting += 1;
        if lines.waiting > self.short {
            lines.long_since.get_or_insert(now);
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
        lines.waiting -= taken.len();
        if lines.waiting == 0 {
            lines.long_since = None;
        }
        drop(lines);
        self.load.leave(taken.len());
        taken
    }

    /// How many wait here.
    pub fn waiting(&self) -> usize {
        self.lines().waiting
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
        Queue::new(Arc::default(), 1)
    }

    /// Lets in what comes until one is turned away, and gives how many were let in.
    fn fill(queue: &Queue<u32>, conference: ConferenceId, now: Instant) -> usize {
        (0..2 * CAPACITY).take_while(|_| queue.push_at(now, conference, 0).is_ok()).count()
    }

    #[test]
    fn a_rush_is_let_in_whole_and_what_goes_on_for_longer_is_not() {
        let (queue, begin) = (queue(), Instant::now());
        for _ in 0..10_000 {
            queue.push_at(begin, BUSY, 0).unwrap();
        }
        assert_eq!(queue.push_at(begin + RUSH / 2, BUSY, 0), Ok(()));
        assert_eq!(queue.push_at(begin + RUSH, BUSY, 0), Err(Turned::Full));
        // The line is short again and more goes on coming: it is kept short.
        assert_eq!(queue.take(9_901).len(), 9_901);
        assert_eq!(fill(&queue, BUSY, begin + RUSH), SHORT - 100);
        queue.take(50);
        assert_eq!(fill(&queue, BUSY, begin + 2 * RUSH), 50);
        // Once nothing waits, a rush may come again.
        queue.take(SHORT);
        assert_eq!(fill(&queue, BUSY, begin + 3 * RUSH), CAPACITY);
    }

    #[test]
    fn one_conference_that_goes_on_for_longer_keeps_no_other_out() {
        let (queue, begin) = (queue(), Instant::now());
        fill(&queue, BUSY, begin);
        queue.take(CAPACITY - 1_000);
        let late = begin + RUSH;
        assert_eq!(queue.push_at(late, BUSY, 0), Err(Turned::Full));
        assert_eq!(fill(&queue, CALM, late), SHORT / 2);
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
