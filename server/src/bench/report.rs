//! The figures for people: as text while they come, as Markdown at the end.

use std::fmt::Write as _;

use super::measure::{Line, Percentiles};
use super::{Outcome, Results, Scenario, aims};

/// One line for each thing measured.
pub fn lines(lines: &[Line]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "    {}: {:.0} {}/s {}", line.name, line.rate(), line.unit, spread(line));
        for (step, it) in &line.latencies {
            let _ = writeln!(text, "        {step}: {}", percentiles(it));
        }
        for (name, value) in numbers(line) {
            let _ = writeln!(text, "        {name}: {value:.2}");
        }
        text
    })
}

/// The slowest and the fastest run.
fn spread(line: &Line) -> String {
    let least = line.per_second.iter().copied().fold(f64::INFINITY, f64::min);
    let most = line.per_second.iter().copied().fold(0.0, f64::max);
    if line.per_second.len() < 2 { String::new() } else { format!("({least:.0} to {most:.0})") }
}

fn percentiles(it: &Percentiles) -> String {
    let Percentiles { p50, p90, p99, p999, max, count: _ } = it;
    format!("{p50:.2} / {p90:.2} / {p99:.2} / {p999:.2} / {max:.2} ms")
}

/// Everything that is one number.
fn numbers(line: &Line) -> Vec<(String, f64)> {
    let named = [
        ("server CPU for each, µs", line.server_cpu_us),
        ("peak RSS of the server, MiB", line.server_rss_mib),
        ("cores busy with others", line.others_cpu),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    named.chain(line.figures.iter().map(|(name, value)| (name.clone(), *value))).collect()
}

/// The whole report.
pub fn markdown(results: &Results) -> String {
    let machine = &results.machine;
    let mut text = String::from("# Benchmarks\n\n");
    let _ = writeln!(
        text,
        "Made by `cargo xtask bench{}`; whoever runs it gets this page again, with the figures of another machine.\n",
        if results.quick { " --quick" } else { "" }
    );
    let _ = writeln!(
        text,
        "- Machine: {}, {} cores for server, database and load generator together, {:.1} GiB of memory\n\
         - Linux {}, the data on {}, load average {} before it began",
        machine.processor,
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        machine.filesystem,
        machine.load_before
    );
    text.push_str(
        "- Durable: SQLite with WAL and `synchronous=FULL`; PostgreSQL with `synchronous_commit`, `fsync` and \
         `full_page_writes` on. The program refuses to measure anything else.\n\
         - Rates are the median of the runs, with the slowest and the fastest in parentheses. Latencies are p50 / p90 / \
         p99 / p99.9 / longest of all runs together. CPU is user and system time of the server process; that of \
         PostgreSQL is among the others.\n\
         - Letters are written as always and thrown away instead of handed to a mail server.\n",
    );
    // A short run says little of how fast it is.
    if !results.quick {
        text.push_str(&aims::table(results));
    }
    for scenario in Scenario::ALL {
        let outcomes: Vec<_> = results.outcomes.iter().filter(|it| it.scenario == scenario).collect();
        if !outcomes.is_empty() {
            section(&mut text, scenario, &outcomes);
        }
    }
    text
}

const fn title(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::Flow => "Whole orders over HTTP",
        Scenario::Rush => "A rush",
        Scenario::Overload => "More than can be answered",
        Scenario::Append => "The write path, and its limit",
        Scenario::Log => "A long log",
        Scenario::Read => "Reads",
        Scenario::Live => "Live streams",
        Scenario::Nodes => "Several processes on one PostgreSQL",
    }
}

/// The databases side by side, a table for each thing measured.
fn section(text: &mut String, scenario: Scenario, outcomes: &[&Outcome]) {
    let _ = writeln!(text, "\n## {}\n", title(scenario));
    let header = outcomes.iter().fold("|".to_owned(), |row, it| row + " | " + &it.database);
    let rule = "|---".repeat(outcomes.len() + 1);
    let _ = writeln!(text, "{header} |\n{rule}|");
    let Some(first) = outcomes.first() else { return };
    for index in 0..first.lines.len() {
        let of: Vec<Option<&Line>> = outcomes.iter().map(|it| it.lines.get(index)).collect();
        table_rows(text, &first.lines[index], &of);
    }
}

fn table_rows(text: &mut String, first: &Line, of: &[Option<&Line>]) {
    let mut row = |name: String, cell: &dyn Fn(&Line) -> String| {
        let cells =
            of.iter().fold(String::new(), |row, line| row + " | " + &line.map(cell).unwrap_or_default());
        let _ = writeln!(text, "| {name}{cells} |");
    };
    row(format!("**{}**", first.name), &|line| {
        format!("**{:.0} {}/s** {}", line.rate(), line.unit, spread(line))
    });
    for step in first.latencies.keys() {
        row(step.clone(), &|line| line.latencies.get(step).map(percentiles).unwrap_or_default());
    }
    for (name, _) in numbers(first) {
        row(name.clone(), &|line| {
            let found = numbers(line).into_iter().find(|(it, _)| *it == name);
            found.map(|(_, value)| format!("{value:.2}")).unwrap_or_default()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bench::process::Machine;

    #[test]
    fn databases_stand_side_by_side() {
        let line = |rate| {
            let mut line = Line::new("8 clients", "orders").figure("commands in a batch", 7.5);
            line.per_second = vec![rate, rate + 10.0, rate + 20.0];
            line
        };
        let outcome = |database: &str, rate| Outcome {
            scenario: Scenario::Flow,
            database: database.to_owned(),
            lines: vec![line(rate)],
        };
        let outcomes = vec![outcome("SQLite", 100.0), outcome("PostgreSQL", 200.0)];
        let results = Results { machine: Machine::describe(Path::new("/")), quick: true, outcomes };
        let text = markdown(&results);
        assert!(text.contains("| | SQLite | PostgreSQL |\n|---|---|---|\n"), "{text}");
        let row = "| **8 clients** | **110 orders/s** (100 to 120) | **210 orders/s** (200 to 220) |";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("| commands in a batch | 7.50 | 7.50 |"), "{text}");
    }
}
