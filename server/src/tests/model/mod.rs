//! Random sequences of whatever people, processors, clocks and restarts do, against a reference that is written from
//! the rules and knows nothing of the code. What is in memory and both databases must agree with it after every
//! step, and with each other event by event: seats, orders, payments, promotional codes and what they take off, the wait
//! list with its offers, and that nobody is named any more who was erased.
//!
//! `PLENARY_MODEL_SEED=<seed>` runs one sequence in memory; a failure prints its seed and the shortest sequence found
//! that still fails.

mod asked;
mod reference;
mod run;
mod steps;
mod stores;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use self::reference::Reference;
use self::run::{Failure, run};
use self::steps::{Step, sequence};
use self::stores::{BEGINNING, Memory, Stored, normalized};
use crate::{startup, testing};

/// Sequences that are run in memory.
const SEQUENCES: u64 = 20_000;
/// Sequences that are run on each database, and how many of them share a server and its clock.
const STORED: u64 = 300;
const TOGETHER: u64 = 60;
/// Runs one sequence alone.
const SEED: &str = "PLENARY_MODEL_SEED";

/// Makes failing sequences shorter for as long as they still fail.
async fn shrunk(memory: &mut Memory, mut steps: Vec<Step>) -> (Vec<Step>, Failure) {
    let mut failure = fails(memory, &steps).await.expect("it failed before");
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(from..(from + size).min(steps.len()));
            match fails(memory, &fewer).await {
                Some(still) => (steps, failure) = (fewer, still),
                None => from += size,
            }
        }
        size /= 2;
    }
    (steps, failure)
}

async fn fails(memory: &mut Memory, steps: &[Step]) -> Option<Failure> {
    memory.begin_anew(BEGINNING);
    run(memory, Reference::default(), steps).await.err()
}

/// Runs sequences in memory until none is left.
async fn work_through(next: &AtomicU64, end: u64) {
    let mut memory = Memory::open().await;
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return;
        }
        let steps = sequence(seed, seed);
        if fails(&mut memory, &steps).await.is_some() {
            let (steps, failure) = shrunk(&mut memory, steps).await;
            panic!("{SEED}={seed}: {failure}\nafter {steps:#?}");
        }
    }
}

#[test]
fn twenty_thousand_sequences_come_to_what_the_rules_say() {
    let one = std::env::var(SEED).ok().map(|seed| seed.parse().expect("a seed is a number"));
    let (first, end) = one.map_or((0, SEQUENCES), |seed: u64| (seed, seed + 1));
    let next = AtomicU64::new(first);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(work_through(&next, end));
            });
        }
    });
}

/// Sequences beside each other on one server, step by step; each must leave the events that it leaves in memory.
async fn agrees_with_memory(mut stored: Stored) {
    let mut memory = Memory::open().await;
    for group in 0..STORED / TOGETHER {
        let seeds = group * TOGETHER..(group + 1) * TOGETHER;
        let sequences: Vec<_> = seeds.clone().map(|seed| sequence(seed, 1_000_000 + group)).collect();
        let (began, conferences) = stored.run_together(&sequences).await;
        for ((seed, steps), conference) in seeds.zip(&sequences).zip(conferences) {
            memory.begin_anew(began);
            let found = run(&mut memory, Reference::default(), steps).await;
            assert!(found.is_ok(), "{SEED}={seed}: {found:?}");
            let (kept, expected) = (stored.history_of(conference), memory.history());
            assert_eq!(normalized(&kept), normalized(&expected), "seed {seed} of group {group}\n{steps:#?}");
        }
    }
    stored.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_sequences_leave_the_same_events_on_sqlite() {
    agrees_with_memory(Stored::on(testing::sqlite().await).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_sequences_leave_the_same_events_on_postgres() {
    agrees_with_memory(Stored::on(testing::postgres().await).await).await;
}

/// What no step leads to: an edit of what a conference is called, another browser of somebody who is known, and the doors.
const UNTOLD: [&str; 5] =
    ["ConferenceUpdated", "OrderHolderAdded", "SeatCheckInUndone", "SeatCheckedIn", "WaitListHolderAdded"];

#[tokio::test]
async fn the_sequences_come_to_everything_that_can_happen() {
    let mut memory = Memory::open().await;
    let mut seen = BTreeSet::new();
    for seed in 0..2_000 {
        memory.begin_anew(BEGINNING);
        run(&mut memory, Reference::default(), &sequence(seed, seed)).await.unwrap();
        seen.extend(memory.history().iter().map(|(_, _, event)| event.name()));
    }
    let codec = startup::codec();
    let all = codec.stream_types().flat_map(|it| it.event_types().map(|(name, _)| name));
    let untold: BTreeSet<_> = all.filter(|name| !seen.contains(name)).collect();
    assert_eq!(untold, BTreeSet::from(UNTOLD));
}

/// The reference finds a rule that is broken: here one of its own.
#[tokio::test]
async fn a_store_that_breaks_a_rule_is_found_out() {
    let mut memory = Memory::open().await;
    for broken in reference::Broken::ALL {
        let mut found = None;
        for seed in 0..1_000 {
            let steps = sequence(seed, seed);
            memory.begin_anew(BEGINNING);
            found = run(&mut memory, Reference::breaking(broken), &steps).await.err();
            if found.is_some() {
                break;
            }
        }
        assert!(found.is_some(), "nobody notices {broken:?}");
    }
}
