//! `plenary bench`: the load generator inside the program, and what it measures.
//!
//! Every scenario runs in a process of its own, on a fresh database of its own, against a server that is a third
//! process of the same program, and everything is bounded in count and in time. It listens and connects on 127.0.0.1
//! alone. It measures nothing on a database that may lose what it has acknowledged.

mod aims;
mod append;
mod client;
mod flow;
mod ground;
mod limit;
mod live;
mod log;
mod measure;
mod nodes;
mod overload;
mod process;
mod read;
mod report;
mod rush;
mod shop;
mod store;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub use self::measure::Line;

use self::ground::Ground;
use self::measure::Plan;
use crate::config::Bench;
use crate::db::Kind;

/// Why something could not be measured.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long one scenario may take on one database before it is given up.
const PATIENCE: Duration = Duration::from_mins(20);

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// Whole orders over HTTP: the conference, reserve, register, pay, confirmed seen on the live stream.
    Flow,
    /// Ten thousand buyers want a thousand seats at once.
    Rush,
    /// More buyers than can be answered, for longer than a rush.
    Overload,
    /// Commands straight into the mailbox, and the same rows written by a bare loop.
    Append,
    /// A long log: replayed, verified, started from.
    Log,
    /// Pages, JSON, orders, and answers that nothing has changed.
    Read,
    /// Ten thousand subscribers of one conference while it changes.
    Live,
    /// One, two and three processes on one PostgreSQL.
    Nodes,
}

impl Scenario {
    pub const ALL: [Self; 8] = [
        Self::Flow,
        Self::Rush,
        Self::Overload,
        Self::Append,
        Self::Log,
        Self::Read,
        Self::Live,
        Self::Nodes,
    ];

    /// As the command line spells it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    const fn runs_on(self, kind: Kind) -> bool {
        !matches!((self, kind), (Self::Nodes, Kind::Sqlite))
    }
}

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    plan: Plan,
    /// Conferences that a load is spread over.
    conferences: usize,
    /// Clients of the order flow.
    clients: &'static [usize],
    /// Buyers of a rush, and seats that they want.
    rush: (usize, i64),
    /// Buyers of an overload: who wait as they are told, and who do not.
    crowd: (usize, usize),
    /// Commands under way at once, straight into the mailbox.
    in_flight: usize,
    /// Events of a long log.
    log: usize,
    subscribers: usize,
}

impl Sizes {
    const FULL: Self = Self {
        plan: Plan { warm_up: Duration::from_secs(2), run: Duration::from_secs(5), runs: 5 },
        conferences: 100,
        clients: &[1, 8, 64, 256],
        rush: (10_000, 1_000),
        crowd: (8_000, 2_000),
        in_flight: 768,
        log: 1_000_000,
        subscribers: 10_000,
    };
    const QUICK: Self = Self {
        plan: Plan { warm_up: Duration::from_millis(500), run: Duration::from_secs(1), runs: 2 },
        conferences: 20,
        clients: &[8, 64],
        rush: (1_000, 100),
        crowd: (4_000, 1_000),
        in_flight: 768,
        log: 50_000,
        subscribers: 500,
    };
}

/// What one scenario came to on one database.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    pub scenario: Scenario,
    /// `SQLite` or `PostgreSQL`.
    pub database: String,
    pub lines: Vec<Line>,
}

/// Everything of one call.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    pub machine: process::Machine,
    pub quick: bool,
    pub outcomes: Vec<Outcome>,
}

/// Measures what the options name and writes down what came of it.
///
/// # Errors
///
/// When a scenario fails, a database is not durable, or a report cannot be written.
pub async fn run(options: &Bench, out: &mut (impl std::io::Write + Send)) -> Result<(), Failure> {
    if let Some(kind) = options.alone {
        let scenario = *options.scenarios.first().ok_or("--alone measures one scenario")?;
        let outcome = alone(scenario, kind.kind(), options).await?;
        return Ok(serde_json::to_writer(out, &outcome)?);
    }
    let scenarios = if options.scenarios.is_empty() { &Scenario::ALL[..] } else { &options.scenarios };
    let mut kinds = vec![Kind::Sqlite];
    kinds.extend(options.postgres_url.iter().map(|_| Kind::Postgres));
    let machine = process::Machine::describe(&options.folder);
    let mut results = Results { machine, quick: options.quick, outcomes: Vec::new() };
    for &scenario in scenarios {
        for &kind in kinds.iter().filter(|kind| scenario.runs_on(**kind)) {
            writeln!(out, "==> {} on {}", scenario.name(), ground::name(kind))?;
            let outcome = in_a_process_of_its_own(scenario, kind, options).await?;
            writeln!(out, "{}", report::lines(&outcome.lines))?;
            results.outcomes.push(outcome);
        }
    }
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&results)?)?;
    }
    if let Some(path) = &options.report {
        std::fs::write(path, report::markdown(&results))?;
    }
    Ok(())
}

/// Memory and processor time of one scenario do not count for the next.
async fn in_a_process_of_its_own(
    scenario: Scenario,
    kind: Kind,
    options: &Bench,
) -> Result<Outcome, Failure> {
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.arg("bench").arg(scenario.name()).arg("--alone").arg(ground::word(kind));
    command.arg("--folder").arg(&options.folder);
    if options.quick {
        command.arg("--quick");
    }
    if let Some(url) = &options.postgres_url {
        command.arg("--postgres-url").arg(url);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output());
    let output = output.await.map_err(|_| format!("{} took longer than {PATIENCE:?}", scenario.name()))??;
    if !output.status.success() {
        return Err(format!("{} on {} failed", scenario.name(), ground::name(kind)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

async fn alone(scenario: Scenario, kind: Kind, options: &Bench) -> Result<Outcome, Failure> {
    let sizes = if options.quick { Sizes::QUICK } else { Sizes::FULL };
    let place = Place { folder: options.folder.clone(), postgres_url: options.postgres_url.clone() };
    let ground = Ground::make(kind, &place).await?;
    let lines = on_durable(scenario, &ground, &place, sizes).await;
    // Whatever came of it, nothing is left behind.
    ground.remove().await?;
    Ok(Outcome { scenario, database: ground::name(kind).to_owned(), lines: lines? })
}

async fn on_durable(
    scenario: Scenario,
    ground: &Ground,
    place: &Place,
    sizes: Sizes,
) -> Result<Vec<Line>, Failure> {
    ground.insist_on_durability().await?;
    match scenario {
        Scenario::Flow => flow::run(ground, sizes).await,
        Scenario::Rush => rush::run(ground, sizes).await,
        Scenario::Overload => overload::run(ground, sizes).await,
        Scenario::Append => append::run(ground, place, sizes).await,
        Scenario::Log => log::run(ground, place, sizes).await,
        Scenario::Read => read::run(ground, sizes).await,
        Scenario::Live => live::run(ground, sizes).await,
        Scenario::Nodes => nodes::run(place, sizes).await,
    }
}

/// Where databases are made.
#[derive(Debug, Clone)]
struct Place {
    folder: PathBuf,
    postgres_url: Option<String>,
}
