//! What waits for a writer: bounded, and fair between conferences.
//!
//! A rush may make the line [`LONG`] for a moment: it is let in whole and carried out. When the line has been long for longer
//! than that, more comes than can be carried out, and whoever is let in would wait ever longer. From then on, until nobody
//! had to be turned away for as long, conferences are let in up to their share of a [`SHORT`] line and what others leave of
//! theirs, and the rest is told to come back. How long a line is, is told by the pace of the last batches. One between the two is left alone: those in it
//! come back when they are answered, and are answered soon enough.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use plenary_shared::ConferenceId;
use tokio::sync::Notify;

/// Commands that may wait in a process. More would wait longer than their senders do; they are told to come back.
pub(super) const CAPACITY: usize = 16_384;
/// How many of them may be of one conference, so that there is room for the others.
const OF_ONE: usize = CAPACITY / 4 * 3;

/// A line is long when whoever comes is answered later than this, on the average of so many who came last. Nobody is to be
/// after 250 ms, and one in a hundred waits nearly twice as long as most.
const LONG: Duration = Duration::from_millis(130);
/// How many those are: some batches, after each of which the line is shorter for a moment.
const LAST: usize = 1024;
/// How long the last one waits in a line that is kept short. The batches that are under way then take as long each.
const SHORT: Duration = Duration::from_millis(25);
/// What the batches are supposed to have been before there were any.
const SUPPOSED: (usize, Duration) = (500, Duration::from_millis(25));
/// The fewest that any line is taken for, however slow the database is: small batches cost the most.
const FEWEST: usize = 64;
/// How long the line may be long before it is no rush any more.
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
    /// How much each of the last batches has carried out, and for how long it has kept the writer.
    batches: [(usize, Duration); 8],
    /// When something was last taken.
    last_taken: Option<Instant>,
    /// How much was taken in each of the batches that may be under way, the newest first. Nothing is, once nothing waited
    /// when the next was to be taken.
    under_way: VecDeque<usize>,
    /// How many batches are under way at most.
    at_once: usize,
    /// How much waited or was under way whenever somebody came, on average, times [`LAST`].
    length: usize,
    /// When the line became long.
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
        // What others leave of their shares is for whoever comes.
        let short = self.within(SHORT);
        self.waiting >= short && self.waiting_of(conference) >= (short / self.turns.len().max(1)).max(1)
    }

    fn waiting_of(&self, conference: ConferenceId) -> usize {
        self.by_conference.get(&conference).map_or(0, VecDeque::len)
    }

    /// How many can be carried out in that time.
    fn within(&self, time: Duration) -> usize {
        let (count, took) = self
            .batches
            .iter()
            .fold((0, Duration::ZERO), |(counts, times), &(count, took)| (counts + count, times + took));
        let fit = time.as_micros() * count as u128 / took.as_micros().max(1);
        usize::try_from(fit).unwrap_or(CAPACITY).clamp(FEWEST, CAPACITY)
    }

    /// Learns from how long the last batch has kept the writer.
    fn note_pace(&mut self, now: Instant) {
        let (Some(at), Some(&count)) = (self.last_taken, self.under_way.front()) else { return };
        self.batches.rotate_right(1);
        self.batches[0] = (count, now.duration_since(at));
    }

    /// Learns how long the line is as somebody comes.
    fn note_length(&mut self, now: Instant) {
        let length = self.waiting + self.under_way.iter().sum::<usize>();
        self.length = self.length - self.length / LAST + length;
        if self.length / LAST > self.within(LONG) {
            self.long_since.get_or_insert(now);
        } else {
            self.long_since = None;
        }
    }

    /// The writer has nothing to do: whatever was too much has been carried out.
    fn note_rest(&mut self) {
        self.under_way.clear();
        self.length = 0;
        self.long_since = None;
    }
}

/// Why something was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    Full,
    Closed,
}

impl<T: Debug> Queue<T> {
    /// One of those that share the load, for a writer that has so many batches under way `at_once`.
    pub fn new(load: Arc<Load>, at_once: usize) -> Self {
        let lines = Lines {
            by_conference: HashMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
            batches: [SUPPOSED; 8],
            last_taken: None,
            under_way: VecDeque::new(),
            at_once,
            length: 0,
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
        if lines.waiting_of(conference) >= OF_ONE || !self.load.enter() {
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
        // Whoever takes another has ended one.
        let rest = lines.at_once - 1;
        lines.under_way.truncate(rest);
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
        if taken.is_empty() {
            lines.note_rest();
        } else {
            lines.under_way.push_front(taken.len());
            lines.last_taken = Some(now);
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

    /// How many wait in a short line before the pace is known.
    const SHORT_LINE: usize = SUPPOSED.0;
    /// More than are in a line that is not long, whoever comes last.
    const MANY: usize = 10_000;

    /// Lets in what comes until one is turned away, and gives how many were let in.
    fn fill(queue: &Queue<u32>, conference: ConferenceId, now: Instant) -> usize {
        (0..2 * CAPACITY).take_while(|_| queue.push_at(now, conference, 0).is_ok()).count()
    }

    #[test]
    fn a_rush_is_let_in_whole_and_what_goes_on_for_longer_is_not() {
        let (queue, begin) = (queue(), Instant::now());
        (0..MANY).for_each(|_| queue.push_at(begin, BUSY, 0).unwrap());
        assert_eq!(queue.push_at(begin + RUSH / 2, BUSY, 0), Ok(()));
        let late = begin + RUSH;
        assert_eq!(queue.push_at(late, BUSY, 0), Err(Turned::Full));
        // The line is short again and more goes on coming: it is kept short.
        assert_eq!(queue.take_at(late, MANY - 99).len(), MANY - 99);
        assert_eq!(fill(&queue, BUSY, late), SHORT_LINE - 100);
    }

    #[test]
    fn those_who_were_turned_away_may_come_back_and_nobody_else_is_let_in_for_them() {
        let (queue, mut now) = (queue(), Instant::now());
        (0..MANY).for_each(|_| queue.push_at(now, BUSY, 0).unwrap());
        now += RUSH;
        assert_eq!(queue.push_at(now, BUSY, 0), Err(Turned::Full));
        // That nothing waits for a moment changes nothing: they were told to stay away for as long.
        assert_eq!(queue.take_at(now, CAPACITY).len(), MANY);
        // As many as are supposed to be carried out in that time.
        now += Duration::from_millis(500);
        assert!(queue.take_at(now, 1).is_empty());
        for _ in 0..3 {
            now += RUSH / 2;
            assert_eq!(fill(&queue, BUSY, now), SHORT_LINE);
            assert_eq!(queue.take_at(now, CAPACITY).len(), SHORT_LINE);
            assert!(queue.take_at(now + SHORT, 1).is_empty());
        }
        // Once nobody had to be, a rush may come again.
        assert_eq!(fill(&queue, BUSY, now + RUSH), OF_ONE);
    }

    #[test]
    fn a_rush_that_was_carried_out_is_forgotten() {
        let (queue, begin) = (queue(), Instant::now());
        for rush in 0..3 {
            let now = begin + 2 * RUSH * rush;
            assert_eq!(fill(&queue, BUSY, now), OF_ONE);
            assert_eq!(queue.take_at(now, CAPACITY).len(), OF_ONE);
            assert!(queue.take_at(now + SHORT, CAPACITY).is_empty());
        }
    }

    #[test]
    fn a_line_between_short_and_long_is_left_alone() {
        // So many come back as soon as they are answered, 500 in each 25 ms. The line of the second crowd is long on average,
        // and not long for a moment after each batch.
        for (crowd, left_alone) in [(2_400, true), (2_950, false)] {
            for at_once in [1, 2] {
                let (queue, mut now) = (Queue::new(Arc::default(), at_once), Instant::now());
                (0..crowd).for_each(|_| queue.push_at(now, BUSY, 0).unwrap());
                let (mut under_way, end) = (VecDeque::new(), now + 2 * RUSH);
                while now < end && queue.lines().turned_away.is_none() {
                    under_way.push_back(queue.take_at(now, 500).len());
                    let answered = if under_way.len() > at_once { under_way.pop_front() } else { None };
                    // Some may be turned away.
                    (0..answered.unwrap_or(0)).for_each(|_| _ = queue.push_at(now, BUSY, 0));
                    now += SHORT;
                }
                assert_eq!(queue.lines().turned_away.is_none(), left_alone, "{crowd}, {at_once} at once");
            }
        }
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
            let short = queue.lines().within(SHORT);
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
        assert!(queue.lines().within(SHORT).abs_diff(400) <= 8);
    }

    #[test]
    fn a_slow_writer_that_takes_all_that_waits_has_a_long_line_all_the_same() {
        let (queue, begin) = (queue(), Instant::now());
        let mut now = begin;
        // What comes in a quarter of a second, which takes as long: 100 wait at most, and none after each batch.
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
        queue.take_at(begin, OF_ONE - MANY);
        let late = begin + RUSH;
        assert_eq!(queue.push_at(late, BUSY, 0), Err(Turned::Full));
        assert_eq!(fill(&queue, CALM, late), SHORT_LINE / 2);
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
    fn what_calm_conferences_leave_of_their_shares_is_for_whoever_comes() {
        let (queue, begin) = (queue(), Instant::now());
        fill(&queue, BUSY, begin);
        let late = begin + RUSH;
        assert_eq!(queue.push_at(late, BUSY, 0), Err(Turned::Full));
        assert_eq!(queue.take_at(late, CAPACITY).len(), OF_ONE);
        for calm in 0..SHORT_LINE as u128 / 2 {
            queue.push_at(late, ConferenceId(Uuid::from_u128(100 + calm)), 0).unwrap();
        }
        assert_eq!(fill(&queue, BUSY, late), SHORT_LINE / 2);
        // Each of them has a place of its own beyond.
        assert_eq!(queue.push_at(late, CALM, 0), Ok(()));
        assert_eq!(queue.push_at(late, CALM, 0), Err(Turned::Full));
    }

    #[test]
    fn a_full_queue_turns_away_and_recovers_and_no_conference_fills_it() {
        let (queue, now) = (queue(), Instant::now());
        assert_eq!(fill(&queue, BUSY, now), OF_ONE);
        assert_eq!(fill(&queue, CALM, now), CAPACITY - OF_ONE);
        let other = ConferenceId(Uuid::from_u128(3));
        assert_eq!(queue.push_at(now, other, 0), Err(Turned::Full));
        queue.take_at(now, 1);
        assert_eq!(queue.push_at(now, other, 0), Ok(()));
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
