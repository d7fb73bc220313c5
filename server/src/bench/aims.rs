//! What the program is to reach on a machine of two cores, beside what was measured.

use std::fmt::Write as _;

use super::measure::Line;
use super::{Outcome, Results, Scenario};

/// A megabyte in MiB, as memory is measured.
const MEGABYTE: f64 = 1e6 / 1_048_576.0;
/// The steps of an order that are one command.
const COMMANDS: [&str; 3] = ["reserve", "register", "start payment"];

/// On which side of the bound the figure is to lie.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn is_reached(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

struct Aim {
    what: &'static str,
    /// On SQLite, if it is measured there, and on PostgreSQL.
    bounds: [Option<Bound>; 2],
    figure: fn(&Found<'_>) -> Option<f64>,
}

const fn both(what: &'static str, bound: Bound, figure: fn(&Found<'_>) -> Option<f64>) -> Aim {
    Aim { what, bounds: [Some(bound), Some(bound)], figure }
}

const AIMS: [Aim; 28] = [
    both("orders a second, 64 clients, spread over conferences", Bound::AtLeast(1_000.0), |it| {
        Some(it.spread()?.rate())
    }),
    both("orders a second, 64 clients, on one conference", Bound::AtLeast(1_000.0), |it| {
        Some(it.one()?.rate())
    }),
    both("server CPU for each order, spread, ms", Bound::AtMost(1.0), |it| milliseconds(it.spread()?)),
    both("server CPU for each order, on one, ms", Bound::AtMost(1.0), |it| milliseconds(it.one()?)),
    both("slowest command's p99, spread, ms", Bound::AtMost(50.0), |it| slowest(it.spread()?)),
    both("slowest command's p99, on one, ms", Bound::AtMost(50.0), |it| slowest(it.one()?)),
    both("reserve p99 at half of the load, ms", Bound::AtMost(20.0), |it| p99(it.half()?, "reserve")),
    both("10,000 buyers answered within, s", Bound::AtMost(3.0), |it| it.rush("until all are answered, s")),
    both("wrong splits of the seats", Bound::AtMost(0.0), |it| it.rush("wrong splits")),
    both("memory in a rush, MiB", Bound::AtMost(400.0 * MEGABYTE), |it| {
        it.line(Scenario::Rush, "")?.server_rss_mib
    }),
    both("past the limit: accepted p99, ms", Bound::AtMost(250.0), |it| {
        it.overload(|line| p99(line, "accepted"))
    }),
    both("past the limit: another conference's p99, ms", Bound::AtMost(250.0), |it| {
        it.overload(|line| p99(line, "neighbour accepted"))
    }),
    both("past the limit: turned away without a time", Bound::AtMost(0.0), |it| {
        it.overload(|line| line.figures.get("turned away without a time to come back").copied())
    }),
    both("past the limit: accepted and lost", Bound::AtMost(0.0), |it| {
        it.overload(|line| line.figures.get("accepted and lost").copied())
    }),
    both("past the limit: memory, MiB", Bound::AtMost(256.0 * MEGABYTE), |it| {
        it.overload(|line| line.server_rss_mib)
    }),
    both("reservations a second", Bound::AtLeast(8_000.0), |it| Some(it.append("reservations")?.rate())),
    both("their part of the bare loop", Bound::AtLeast(0.5), |it| part(it.append("reservations")?)),
    Aim {
        what: "AssignSeat a second",
        bounds: [Some(Bound::AtLeast(15_000.0)), Some(Bound::AtLeast(20_000.0))],
        figure: |it| Some(it.append("AssignSeat")?.rate()),
    },
    both("its part of the bare loop", Bound::AtLeast(0.5), |it| part(it.append("AssignSeat")?)),
    both("events replayed a second", Bound::AtLeast(500_000.0), |it| {
        Some(it.line(Scenario::Log, "replay")?.rate())
    }),
    both("start on a million events, s", Bound::AtMost(2.0), |it| {
        it.line(Scenario::Log, "start with")?.figures.get("slowest until ready, s").copied()
    }),
    both("conference JSON a second", Bound::AtLeast(20_000.0), |it| {
        Some(it.line(Scenario::Read, "conference JSON,")?.rate())
    }),
    both("pages a second", Bound::AtLeast(5_000.0), |it| {
        Some(it.line(Scenario::Read, "conference page,")?.rate())
    }),
    both("commit seen by 10,000 subscribers, p99, ms", Bound::AtMost(250.0), |it| {
        p99(it.line(Scenario::Live, "")?, "command sent to client")
    }),
    Aim {
        what: "another node's commit seen, p99, ms",
        bounds: [None, Some(Bound::AtMost(250.0))],
        figure: |it| {
            let line = it.lines().find(|(_, line)| line.name.ends_with("changes at another"));
            p99(line?.1, "command sent to client")
        },
    },
    both("memory for each subscriber, KiB", Bound::AtMost(20.0), |it| {
        it.line(Scenario::Live, "")?.figures.get("KiB of memory for each subscriber").copied()
    }),
    both("idle, MiB", Bound::AtMost(64.0 * MEGABYTE), |it| {
        it.line(Scenario::Flow, "")?.figures.get("idle RSS, MiB").copied()
    }),
    both("most memory of the server elsewhere, MiB", Bound::AtMost(256.0 * MEGABYTE), |it| {
        // What a rush, an overload and subscribers hold stands above.
        let others = |scenario| matches!(scenario, Scenario::Rush | Scenario::Overload | Scenario::Live);
        let lines = it.lines().filter(|(scenario, _)| !others(*scenario));
        lines.filter_map(|(_, line)| line.server_rss_mib).reduce(f64::max)
    }),
];

/// What was measured on one database.
struct Found<'r>(Vec<&'r Outcome>);

impl Found<'_> {
    fn lines(&self) -> impl Iterator<Item = (Scenario, &Line)> {
        self.0.iter().flat_map(|it| it.lines.iter().map(|line| (it.scenario, line)))
    }

    fn line(&self, scenario: Scenario, begin: &str) -> Option<&Line> {
        self.lines().find(|(it, line)| *it == scenario && line.name.starts_with(begin)).map(|(_, line)| line)
    }

    fn spread(&self) -> Option<&Line> {
        self.line(Scenario::Flow, "64 clients, 100")
    }

    fn one(&self) -> Option<&Line> {
        self.line(Scenario::Flow, "64 clients, 1 ")
    }

    fn half(&self) -> Option<&Line> {
        self.line(Scenario::Flow, "64 clients at half")
    }

    fn append(&self, begin: &str) -> Option<&Line> {
        self.line(Scenario::Append, begin)
    }

    /// In the worse of the two overloads.
    fn overload(&self, figure: fn(&Line) -> Option<f64>) -> Option<f64> {
        let lines = self.lines().filter(|(scenario, _)| *scenario == Scenario::Overload);
        lines.filter_map(|(_, line)| figure(line)).reduce(f64::max)
    }

    fn rush(&self, figure: &str) -> Option<f64> {
        self.line(Scenario::Rush, "")?.figures.get(figure).copied()
    }
}

fn milliseconds(line: &Line) -> Option<f64> {
    Some(line.server_cpu_us? / 1e3)
}

fn p99(line: &Line, step: &str) -> Option<f64> {
    Some(line.latencies.get(step)?.p99)
}

fn slowest(line: &Line) -> Option<f64> {
    COMMANDS.iter().filter_map(|step| p99(line, step)).reduce(f64::max)
}

fn part(line: &Line) -> Option<f64> {
    line.figures.get("part of the bare loop").copied()
}

/// Every aim with what was measured, for both databases.
pub fn table(results: &Results) -> String {
    let mut text =
        String::from("\n## What was aimed at\n\n| | aim | SQLite | PostgreSQL |\n|---|---|---|---|\n");
    let of = |database: &str| Found(results.outcomes.iter().filter(|it| it.database == database).collect());
    let found = [of("SQLite"), of("PostgreSQL")];
    for aim in &AIMS {
        let cells: String =
            found.iter().zip(aim.bounds).map(|(found, bound)| cell((aim.figure)(found), bound)).collect();
        let _ = writeln!(text, "| {} | {} |{cells}", aim.what, bounds(aim.bounds));
    }
    text.push_str("\nWhat stands in the way of those that were missed, and what was tried, is in [limits.md](limits.md).\n");
    text
}

fn cell(figure: Option<f64>, bound: Option<Bound>) -> String {
    match (figure, bound) {
        (_, None) => " |".to_owned(),
        (None, _) => " not measured |".to_owned(),
        (Some(value), Some(bound)) if bound.is_reached(value) => format!(" {} |", number(value)),
        (Some(value), _) => format!(" **missed**: {} |", number(value)),
    }
}

fn bounds(bounds: [Option<Bound>; 2]) -> String {
    let mut sides = bounds.into_iter().flatten().map(|bound| match bound {
        Bound::AtLeast(value) => format!("≥ {}", number(value)),
        Bound::AtMost(value) => format!("≤ {}", number(value)),
    });
    let first = sides.next().unwrap_or_default();
    match sides.next() {
        Some(second) if second != first => format!("{first}, {second}"),
        _ => first,
    }
}

/// With as many digits as matter.
fn number(value: f64) -> String {
    if value >= 100.0 || value == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bench::process::Machine;

    fn results(database: &str, line: Line) -> Results {
        let outcome =
            Outcome { scenario: Scenario::Append, database: database.to_owned(), lines: vec![line] };
        Results { machine: Machine::describe(Path::new("/")), quick: false, outcomes: vec![outcome] }
    }

    #[test]
    fn each_database_has_its_own_aim() {
        let line =
            || Line { per_second: vec![16_000.0], ..Line::new("AssignSeat, 1024 under way", "commands") };
        let sqlite = table(&results("SQLite", line()));
        assert!(
            sqlite.contains("| AssignSeat a second | ≥ 15000, ≥ 20000 | 16000 | not measured |"),
            "{sqlite}"
        );
        let postgres = table(&results("PostgreSQL", line()));
        let row = "| AssignSeat a second | ≥ 15000, ≥ 20000 | not measured | **missed**: 16000 |";
        assert!(postgres.contains(row), "{postgres}");
    }

    #[test]
    fn a_bound_is_reached_from_its_side() {
        assert!(Bound::AtLeast(5.0).is_reached(5.0) && !Bound::AtLeast(5.0).is_reached(4.9));
        assert!(Bound::AtMost(5.0).is_reached(5.0) && !Bound::AtMost(5.0).is_reached(5.1));
    }
}
