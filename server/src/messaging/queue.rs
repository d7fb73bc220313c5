//! What waits for a writer: bounded, and fair between conferences.
//!
//! A rush may make the line long for a moment: it is let in whole and carried out. When the line has been long for longer
//! than that, more comes than can be carried out, and whoever is let in would wait ever longer. From then on, until nobody
//! had to be turned away for as long, conferences are let in up to their share of a short line, and the rest is told to
//! come back. A line is short when it can be carried out within [`SHORT`] at the pace of the last batches.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use plenary_shared::ConferenceId;
use tokio::sync::Notify;

/// Commands that may wait in a process. More would wait longer than their senders do; they are told to come back.
pub(super) const CAPACITY: usize = 16_384;

/// How long the last one in a short line waits. Its batch and the one before take as long each.
const SHORT: Duration = Duration::from_millis(25);
/// How many that are until the pace is known.
const SUPPOSED: usize = 512;
/// The fewest that it is taken for, however slow the database is: small batches cost the most.
const FEWEST: usize = 64;
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
}

#[derive(Debug)]
struct Lines<T> {
    by_conference: HashMap<ConferenceId, VecDeque<T>>,
    /// The conferences with something waiting, the next one first.
    turns: VecDeque<ConferenceId>,
    waiting: usize,
    /// The length of the line from which on it is long.
    short: usize,
    /// When something was last taken, and how much. Nothing, if nothing waited then.
    last_taken: Option<(Instant, usize)>,
    /// When the line became long. It stays so until it is found short when something is taken.
    long_since: Option<Instant>,
    /// When somebody was last turned away because the line was to be short. Those come back as they were told: that they
    /// are gone for a moment does not mean that more can be let in.
    turned_away: Option<Instant>,
    closed: bool,
}

impl<T> Lines<T> {
    /// Whether so much waits of a conference, for so long already, that no more of it is let in.
    fn has_enough_of(&self, conference: ConferenceId, now: Instant) -> bool {
        let was_long = self.long_since.is_some_and(|since| now.duration_since(since) >= RUSH);
        let turned_away = self.turned_away.is_some_and(|last| now.duration_since(last) < RUSH);
        if !was_long && !turned_away {
            return false;
        }
        let waiting = self.by_conference.get(&conference).map_or(0, VecDeque::len);
        waiting >= (self.short / self.turns.len().max(1)).max(1)
    }

    /// Learns from how long the last batch has kept the writer how many it can carry out in a while.
    fn note_pace(&mut self, now: Instant) {
        let Some((at, count)) = self.last_taken else { return };
        let took = now.duration_since(at).max(Duration::from_micros(1));
        let fit = SHORT.as_micros() * count as u128 / took.as_micros();
        let fit = usize::try_from(fit).unwrap_or(CAPACITY).clamp(FEWEST, CAPACITY);
        // One slow or small batch among many does not count for much.
        self.short = (7 * self.short + fit) / 8;
    }

    fn note_length(&mut self, now: Instant) {
        if self.waiting > self.short {
            self.long_since.get_or_insert(now);
        }
    }
}

/// Why something was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    Full,
    Closed,
}

impl<T: Debug> Queue<T> {
    /// One of those that share the load.
    pub fn new(load: Arc<Load>) -> Self {
        let lines = Lines {
            by_conference: HashMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
            short: SUPPOSED,
            last_taken: None,
            long_since: None,
            turned_away: None,
            closed: false,
        };
        Self { lines: Mutex::new(lines), arrived: Notify::new(), load }
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
        if lines.has_enough_of(conference, now) {
            lines.turned_away = Some(now);
            return Err(Turned::Full);
        }
        if !self.load.enter() {
            return Err(Turned::Full);
        }
        let line = lines.by_conference.entry(conference).or_default();
        line.push_back(item);
        if line.len() == 1 {
            lines.turns.push_back(conference);
        }
        lines.waiting += 1;
        lines.note_length(now);
        drop(lines);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes up to `limit`, one from each conference in turn.
    pub fn take(&self, limit: usize) -> Vec<T> {
        self.take_at(Instant::now(), limit)
    }

    fn take_at(&self, now: Instant, limit: usize) -> Vec<T> {
        let mut lines = self.lines();
        lines.note_pace(now);
        if lines.waiting <= lines.short {
            lines.long_since = None;
        }
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
        lines.last_taken = (!taken.is_empty()).then_some((now, taken.len()));
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
        Queue::new(Arc::default())
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
        let late = begin + RUSH;
        assert_eq!(queue.push_at(late, BUSY, 0), Err(Turned::Full));
        // The line is short again and more goes on coming: it is kept short.
        assert_eq!(queue.take_at(late, 9_901).len(), 9_901);
        assert_eq!(fill(&queue, BUSY, late), SUPPOSED - 100);
    }

    #[test]
    fn those_who_were_turned_away_may_come_back_and_nobody_else_is_let_in_for_them() {
        let (queue, mut now) = (queue(), Instant::now());
        (0..=SUPPOSED).for_each(|_| queue.push_at(now, BUSY, 0).unwrap());
        now += RUSH;
        assert_eq!(queue.push_at(now, BUSY, 0), Err(Turned::Full));
        // That nothing waits for a moment changes nothing: they were told to stay away for as long.
        assert_eq!(queue.take_at(now, CAPACITY).len(), SUPPOSED + 1);
        assert!(queue.take_at(now + SHORT, 1).is_empty());
        for _ in 0..3 {
            now += RUSH / 2;
            assert_eq!(fill(&queue, BUSY, now), SUPPOSED);
            assert_eq!(queue.take_at(now, SUPPOSED).len(), SUPPOSED);
            assert!(queue.take_at(now + SHORT, 1).is_empty());
        }
        // Once nobody had to be, a rush may come again.
        assert_eq!(fill(&queue, BUSY, now + RUSH), CAPACITY);
    }

    #[test]
    fn a_line_is_as_short_as_what_is_carried_out_in_a_moment() {
        // How long a batch of a hundred takes, and how many are let in then.
        let cases = [(SHORT, 100), (SHORT / 10, 1_000), (SHORT * 4, FEWEST), (Duration::ZERO, CAPACITY)];
        for (batch, expected) in cases {
            let (queue, mut now) = (queue(), Instant::now());
            fill(&queue, BUSY, now);
            now += RUSH;
            for _ in 0..100 {
                assert_eq!(queue.take_at(now, 100).len(), 100);
                now += batch;
            }
            let short = queue.lines().short;
            assert!(short.abs_diff(expected) <= 8, "{batch:?}: {short}, not {expected}");
        }
    }

    #[test]
    fn a_writer_that_had_nothing_to_do_is_not_slow() {
        let (queue, mut now) = (queue(), Instant::now());
        for _ in 0..100 {
            (0..200).for_each(|_| queue.push_at(now, BUSY, 0).unwrap());
            assert_eq!(queue.take_at(now, 200).len(), 200);
            assert!(queue.take_at(now + SHORT / 2, 200).is_empty());
            now += RUSH;
        }
        assert!(queue.lines().short.abs_diff(400) <= 8);
    }

    #[test]
    fn a_slow_writer_that_takes_all_that_waits_has_a_long_line_all_the_same() {
        let (queue, begin) = (queue(), Instant::now());
        let mut now = begin;
        // What comes in half a second, which takes half a second: 100 wait at most, and none after each batch.
        while now < begin + 5 * RUSH {
            let let_in = (0..100).filter(|_| queue.push_at(now, BUSY, 0).is_ok()).count();
            queue.take_at(now, 512);
            now += SHORT * 10;
            if let_in < 100 {
                assert!(let_in >= FEWEST, "{let_in}");
                return;
            }
        }
        panic!("nobody was turned away");
    }

    #[test]
    fn one_conference_that_goes_on_for_longer_keeps_no_other_out() {
        let (queue, begin) = (queue(), Instant::now());
        fill(&queue, BUSY, begin);
        queue.take_at(begin, CAPACITY - 1_000);
        let late = begin + RUSH;
        assert_eq!(queue.push_at(late, BUSY, 0), Err(Turned::Full));
        assert_eq!(fill(&queue, CALM, late), SUPPOSED / 2);
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
