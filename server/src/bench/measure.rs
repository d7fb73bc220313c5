//! How long things take and how many happen: counted by workers, read off by whoever has the watch.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::Failure;
use super::process::Watched;

/// Workers share this many records, so that neither locks nor memory count.
const RECORDS: usize = 8;
/// Longer than anything may take, in microseconds.
const LONGEST_US: u64 = 120_000_000;
const DIGITS: u8 = 3;

/// Warm-up, then runs of the same length.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub warm_up: Duration,
    pub run: Duration,
    pub runs: usize,
}

/// One thing that was measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Line {
    /// `64 clients, 100 conferences`.
    pub name: String,
    /// What is counted: `orders`.
    pub unit: String,
    /// How many of them a second, for each run.
    pub per_second: Vec<f64>,
    /// By step; of all runs together.
    pub latencies: BTreeMap<String, Percentiles>,
    /// User and system time of the server for one of them, in microseconds; the median of the runs.
    pub server_cpu_us: Option<f64>,
    /// The most memory that the server held, in MiB.
    pub server_rss_mib: Option<f64>,
    /// The memory that it held when the runs began and at the end of each, in MiB.
    pub server_held_mib: Vec<f64>,
    /// The part of the machine that was busy with neither server nor generator: its database, and neighbours.
    pub others_cpu: Option<f64>,
    /// Whatever else was found, by a name with its unit.
    pub figures: BTreeMap<String, f64>,
}

/// Of latencies, in milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
    pub count: u64,
}

impl Line {
    pub fn new(name: impl Into<String>, unit: &str) -> Self {
        Self { name: name.into(), unit: unit.to_owned(), ..Self::default() }
    }

    /// The median of the runs.
    pub fn rate(&self) -> f64 {
        median(self.per_second.clone())
    }

    #[must_use]
    pub fn figure(mut self, name: &str, value: f64) -> Self {
        self.figures.insert(name.to_owned(), value);
        self
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (Some(upper), 0) => f64::midpoint(values[middle - 1], *upper),
        (Some(only), _) => *only,
        (None, _) => 0.0,
    }
}

/// A whole number where fractions are computed. Counts here are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
pub const fn float(count: u64) -> f64 {
    count as f64
}

/// How many of a hundred one count is of the sum of both.
pub fn of_a_hundred(part: u64, rest: u64) -> f64 {
    100.0 * float(part) / float((part + rest).max(1))
}

/// Latencies by step.
#[derive(Debug, Default)]
pub struct Latencies(BTreeMap<&'static str, Histogram<u64>>);

impl Latencies {
    pub fn record(&mut self, step: &'static str, took: Duration) {
        let fresh = || Histogram::new_with_bounds(1, LONGEST_US, DIGITS).expect("the bounds are in order");
        let micros = u64::try_from(took.as_micros()).unwrap_or(LONGEST_US).clamp(1, LONGEST_US);
        self.0.entry(step).or_insert_with(fresh).saturating_record(micros);
    }

    pub fn add(&mut self, other: Self) {
        for (step, histogram) in other.0 {
            match self.0.get_mut(step) {
                Some(known) => known.add(&histogram).expect("all have the same bounds"),
                None => drop(self.0.insert(step, histogram)),
            }
        }
    }

    pub fn percentiles(&self) -> BTreeMap<String, Percentiles> {
        let of = |it: &Histogram<u64>| {
            let at = |quantile| float(it.value_at_quantile(quantile)) / 1000.0;
            let (p50, p90, p99, p999) = (at(0.5), at(0.9), at(0.99), at(0.999));
            Percentiles { p50, p90, p99, p999, max: float(it.max()) / 1000.0, count: it.len() }
        };
        self.0.iter().map(|(step, histogram)| ((*step).to_owned(), of(histogram))).collect()
    }
}

/// What workers write down. The phase says where it counts: 0 is the warm-up, then the runs, then the end.
#[derive(Debug)]
struct Sheet {
    phase: AtomicUsize,
    runs: usize,
    counts: Vec<AtomicUsize>,
    records: Vec<Mutex<Latencies>>,
}

/// A worker's end of the sheet.
#[derive(Debug, Clone)]
pub struct Pen {
    sheet: Arc<Sheet>,
    index: usize,
}

impl Pen {
    /// Whether there is more to do.
    pub fn going(&self) -> bool {
        self.sheet.phase.load(Ordering::Relaxed) <= self.sheet.runs
    }

    /// One of what is counted was done.
    pub fn done(&self) {
        if let Some(count) = self.sheet.counts.get(self.sheet.phase.load(Ordering::Relaxed)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A step began at `since` and ends now.
    pub fn step(&self, step: &'static str, since: Instant) {
        let phase = self.sheet.phase.load(Ordering::Relaxed);
        if phase > 0 && phase <= self.sheet.runs {
            lock(&self.sheet.records[self.index % RECORDS]).record(step, since.elapsed());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets `workers` work at once, each as often as it can, and measures them and the processes that are watched.
///
/// # Errors
///
/// When a worker fails.
pub async fn measure<W>(
    line: Line,
    plan: Plan,
    watched: &Watched,
    workers: impl IntoIterator<Item = W>,
) -> Result<Line, Failure>
where
    W: AsyncWorker,
{
    let sheet = Arc::new(Sheet {
        phase: AtomicUsize::new(0),
        runs: plan.runs,
        counts: (0..=plan.runs).map(|_| AtomicUsize::new(0)).collect(),
        records: (0..RECORDS).map(|_| Mutex::default()).collect(),
    });
    let mut tasks = JoinSet::new();
    for (index, worker) in workers.into_iter().enumerate() {
        tasks.spawn(worker.work(Pen { sheet: Arc::clone(&sheet), index }));
    }
    let measured = watch(line, plan, watched, &sheet).await;
    sheet.phase.store(plan.runs + 1, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let mut latencies = Latencies::default();
    for record in &sheet.records {
        latencies.add(std::mem::take(&mut lock(record)));
    }
    Ok(Line { latencies: latencies.percentiles(), ..measured })
}

/// Somebody who works until the pen says that it is enough.
pub trait AsyncWorker: Send + 'static {
    fn work(self, pen: Pen) -> impl Future<Output = Result<(), Failure>> + Send + 'static;
}

async fn watch(mut line: Line, plan: Plan, watched: &Watched, sheet: &Sheet) -> Line {
    tokio::time::sleep(plan.warm_up).await;
    let (mut cpu, mut others) = (Vec::new(), Vec::new());
    line.server_held_mib.extend(watched.rss_mib());
    for run in 1..=plan.runs {
        let (before, since) = (watched.read(), Instant::now());
        sheet.phase.store(run, Ordering::Relaxed);
        tokio::time::sleep(plan.run).await;
        let (used, elapsed) = (watched.read().since(&before), since.elapsed().as_secs_f64());
        let count = float(sheet.counts[run].load(Ordering::Relaxed) as u64);
        line.per_second.push(count / elapsed);
        cpu.push(used.server_s * 1e6 / count.max(1.0));
        others.push(used.others_s / elapsed);
        line.server_held_mib.extend(watched.rss_mib());
    }
    if watched.has_server() {
        line.server_cpu_us = Some(median(cpu));
        line.server_rss_mib = watched.peak_mib();
    }
    line.others_cpu = Some(median(others));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_of_several_workers_add_up() {
        let (mut one, mut other) = (Latencies::default(), Latencies::default());
        for millis in 1..=50 {
            one.record("step", Duration::from_millis(millis));
            other.record("step", Duration::from_millis(50 + millis));
        }
        one.add(other);
        let found = one.percentiles()["step"];
        assert_eq!(found.count, 100);
        assert!((found.p50 - 50.0).abs() < 0.1 && (found.p99 - 99.0).abs() < 0.1, "{found:?}");
        assert!((found.max - 100.0).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let cases = [(vec![], 0.0), (vec![3.0], 3.0), (vec![4.0, 1.0], 2.5), (vec![9.0, 1.0, 2.0], 2.0)];
        for (values, expected) in cases {
            assert!((median(values.clone()) - expected).abs() < 1e-9, "{values:?}");
        }
    }

    struct Counting;

    impl AsyncWorker for Counting {
        async fn work(self, pen: Pen) -> Result<(), Failure> {
            while pen.going() {
                let since = Instant::now();
                tokio::time::sleep(Duration::from_millis(1)).await;
                pen.step("sleep", since);
                pen.done();
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn runs_are_counted_apart_from_the_warm_up() {
        let plan = Plan { warm_up: Duration::from_millis(5), run: Duration::from_millis(20), runs: 3 };
        let nothing = Watched::nothing();
        let line = measure(Line::new("naps", "naps"), plan, &nothing, [Counting, Counting]).await.unwrap();
        assert_eq!(line.per_second.len(), 3);
        assert!(line.rate() > 0.0 && line.latencies["sleep"].p50 >= 1.0, "{line:?}");
        assert_eq!(line.server_cpu_us, None);
    }
}
