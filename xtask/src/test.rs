//! `test`: everything that must hold, from nothing, with a count at the end.
//!
//! A step that fails fails the run; the steps that do not need it still run and are counted.

use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::postgres::Postgres;
use crate::terminal::{Elapsed, phase};
use crate::workspace::Workspace;
use crate::{browser, faults, start, system, tools, wasm};

/// What can be asked for alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Rust,
    Browser,
}

impl Part {
    pub const ALL: [Self; 2] = [Self::Rust, Self::Browser];

    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "rust" => Ok(Self::Rust),
            "browser" => Ok(Self::Browser),
            _ => bail!("`{word}` is no part of the tests; there are `rust` and `browser`"),
        }
    }
}

/// Tests that passed and failed, as their runner says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Counts {
    /// A runner that fails without naming a test that failed (it did not compile, say) is one failure,
    /// and so is one that ran nothing.
    pub fn confirmed_by(mut self, status: ExitStatus) -> Self {
        let ran_nothing = self == Self::default();
        if self.failed == 0 && (ran_nothing || !status.success()) {
            self.failed = 1;
        }
        self
    }

    fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// One line of the table at the end.
#[derive(Debug)]
struct Line {
    step: &'static str,
    counts: Counts,
    elapsed: Duration,
}

#[derive(Debug, Default)]
struct Record(Vec<Line>);

impl Record {
    /// Runs a step and remembers it; its value, if it succeeded, is what later steps need.
    fn step<T>(&mut self, step: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        let (outcome, elapsed) = timed(step, work);
        let failed = u64::from(outcome.is_none());
        self.0.push(Line { step, counts: Counts { passed: 0, failed }, elapsed });
        outcome
    }

    /// The same for a step that counts what it ran.
    fn tests(&mut self, step: &'static str, work: impl FnOnce() -> Result<Counts>) {
        let (outcome, elapsed) = timed(step, || {
            let counts = work()?;
            if counts.failed > 0 {
                println!("{step}: {} failed", counts.failed);
            }
            Ok(counts)
        });
        let counts = outcome.unwrap_or(Counts { passed: 0, failed: 1 });
        self.0.push(Line { step, counts, elapsed });
    }

    fn missing(&mut self, step: &'static str, needs: &str) {
        println!("==> {step}: cannot run without {needs}");
        self.0.push(Line { step, counts: Counts { passed: 0, failed: 1 }, elapsed: Duration::ZERO });
    }

    fn total(&self) -> Counts {
        self.0.iter().fold(Counts::default(), |sum, line| sum.plus(line.counts))
    }

    fn print(&self) {
        println!("\n{:<36}{:>14}{:>9}{:>9}", "", "time", "passed", "failed");
        for Line { step, counts, elapsed } in &self.0 {
            let Counts { passed, failed } = counts;
            println!("{step:<36}{:>14}{passed:>9}{failed:>9}", Elapsed(*elapsed));
        }
        let Counts { passed, failed } = self.total();
        println!("\n{passed} passed, {failed} failed");
    }
}

fn timed<T>(step: &str, work: impl FnOnce() -> Result<T>) -> (Option<T>, Duration) {
    let started = Instant::now();
    let outcome = phase(step, work);
    if let Err(failure) = &outcome {
        println!("{failure:#}");
    }
    (outcome.ok(), started.elapsed())
}

/// Runs the parts, prints a table, and ends with `N passed, N failed`.
pub fn test(parts: &[Part]) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut record = Record::default();
    if parts.contains(&Part::Rust) {
        lint(&workspace, &mut record);
    }
    let postgres = record.step("PostgreSQL", Postgres::start);
    let url = postgres.as_ref().map(Postgres::url);
    if parts.contains(&Part::Rust) {
        record.tests("Rust tests", || rust_tests(&workspace, url.as_deref()));
    }
    if parts.contains(&Part::Browser) {
        let built = record.step("WebAssembly, assets and server", || start::build(&workspace));
        if built.is_some() {
            record.step("No fault points in the server", || faults::ensure_none(&workspace.server("debug")));
        }
        match built {
            Some(()) => record.tests("Browser tests", || browser::run(&workspace, url.as_deref())),
            None => record.missing("Browser tests", "what they test"),
        }
    }
    drop(postgres);
    record.print();
    Ok(if record.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn lint(workspace: &Workspace, record: &mut Record) {
    record.step("Formatting", || system::run(&mut workspace.cargo(&["fmt", "--all", "--check"])));
    record.step("Clippy", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        system::run(&mut workspace.cargo(&arguments))
    });
    for bundle in &wasm::BUNDLES {
        record.step(bundle.lint_step, || {
            tools::ensure_wasm_target()?;
            let mut command = workspace.cargo(&["clippy"]);
            system::run(command.args(wasm::selection(bundle)).args(["--", "-D", "warnings"]))
        });
    }
}

fn rust_tests(workspace: &Workspace, postgres: Option<&str>) -> Result<Counts> {
    // Without a database the tests that need one fail, and say so; they are never skipped.
    let with_database = |mut command: Command| {
        match postgres {
            Some(url) => command.env("PLENARY_TEST_POSTGRES_URL", url),
            None => command.env_remove("PLENARY_TEST_POSTGRES_URL"),
        };
        command.env("CARGO_TERM_COLOR", "never");
        command
    };
    let run = |arguments: &[&str], count: fn(&str) -> Counts| -> Result<(ExitStatus, Counts)> {
        let (status, output) = system::run_and_listen(&mut with_database(workspace.cargo(arguments)))?;
        Ok((status, count(&output)))
    };
    if !has_nextest(workspace) {
        let (status, counts) = run(&["test", "--workspace", "--no-fail-fast"], count_libtest)?;
        return Ok(counts.confirmed_by(status));
    }
    let (status, counts) = run(&["nextest", "run", "--workspace", "--no-fail-fast"], count_nextest)?;
    // nextest knows no examples in documentation; there may be none of them.
    let (doc_status, doc_counts) = run(&["test", "--workspace", "--doc", "--no-fail-fast"], count_libtest)?;
    ensure!(
        doc_status.success() || doc_counts.failed > 0,
        "the examples in the documentation do not compile"
    );
    Ok(counts.confirmed_by(status).plus(doc_counts))
}

fn has_nextest(workspace: &Workspace) -> bool {
    let mut command = workspace.cargo(&["nextest", "--version"]);
    command.output().is_ok_and(|output| output.status.success())
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`, once for each test binary.
fn count_libtest(output: &str) -> Counts {
    let results = output.lines().filter_map(|line| line.strip_prefix("test result: "));
    results.fold(Counts::default(), |sum, result| {
        let parts: Vec<&str> = result.split([';', '.']).map(str::trim).collect();
        sum.plus(Counts { passed: number_before("passed", &parts), failed: number_before("failed", &parts) })
    })
}

/// `Summary [ 1.2s] 45 tests run: 43 passed, 1 failed, 1 timed out, 0 skipped`, once.
fn count_nextest(output: &str) -> Counts {
    let summary = output.lines().rev().find(|line| line.trim_start().starts_with("Summary ["));
    let Some((_, numbers)) = summary.and_then(|line| line.split_once("run: ")) else {
        return Counts::default();
    };
    // Remarks stand in parentheses behind a number: `43 passed (2 slow)`.
    let parts: Vec<&str> =
        numbers.split(',').map(|part| part.split('(').next().unwrap_or_default().trim()).collect();
    let failures = ["failed", "timed out", "exec failed", "flaky"];
    let failed = failures.iter().map(|kind| number_before(kind, &parts)).sum();
    Counts { passed: number_before("passed", &parts), failed }
}

/// The `12` of the part that reads `12 passed`.
fn number_before(word: &str, parts: &[&str]) -> u64 {
    let number = |part: &&str| part.strip_suffix(word)?.trim().parse().ok();
    parts.iter().find_map(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binary_of_cargo_test_counts() {
        let output = "running 12 tests\ntest result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; \
                      finished in 0.01s\n\ntest result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured\n";
        assert_eq!(count_libtest(output), Counts { passed: 15, failed: 2 });
    }

    #[test]
    fn the_summary_of_nextest_is_read() {
        let output = "     Summary [   1.204s] 45 tests run: 42 passed (2 slow, 1 leaky), 2 failed, 1 timed out, 3 skipped\n";
        assert_eq!(count_nextest(output), Counts { passed: 42, failed: 3 });
        let output = "     Summary [   0.021s] 7 tests run: 7 passed, 0 skipped\n";
        assert_eq!(count_nextest(output), Counts { passed: 7, failed: 0 });
    }

    #[test]
    fn output_without_results_counts_nothing() {
        assert_eq!(count_libtest("error: could not compile"), Counts::default());
        assert_eq!(count_nextest("error: could not compile"), Counts::default());
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_fails_or_runs_nothing_is_a_failure() {
        use std::os::unix::process::ExitStatusExt;
        let [success, failure] = [0, 256].map(ExitStatus::from_raw);
        let counts = Counts { passed: 3, failed: 0 };
        assert_eq!(counts.confirmed_by(success), counts);
        assert_eq!(counts.confirmed_by(failure), Counts { passed: 3, failed: 1 });
        assert_eq!(Counts::default().confirmed_by(success).failed, 1);
        let counted = Counts { passed: 3, failed: 2 };
        assert_eq!(counted.confirmed_by(failure), counted);
    }

    #[test]
    fn the_total_is_the_sum_of_all_steps() {
        let mut record = Record::default();
        record.step("fine", || Ok(()));
        record.tests("tests", || Ok(Counts { passed: 5, failed: 1 }));
        assert_eq!(record.step("broken", || -> Result<()> { bail!("broken") }), None);
        record.missing("last", "broken");
        assert_eq!(record.total(), Counts { passed: 5, failed: 3 });
    }
}
