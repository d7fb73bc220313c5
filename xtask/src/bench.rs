//! `bench`: the release server measures itself, on SQLite and on a PostgreSQL of its own.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::postgres::Postgres;
use crate::system;
use crate::terminal::phase;
use crate::workspace::Workspace;

/// What to measure, and where the figures go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// All of them when none is named.
    scenarios: Vec<String>,
    quick: bool,
    json: Option<PathBuf>,
}

impl Options {
    pub fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut rest = words;
        loop {
            rest = match rest {
                [] => return Ok(options),
                ["--quick", rest @ ..] => {
                    options.quick = true;
                    rest
                }
                ["--json", file, rest @ ..] => {
                    options.json = Some(PathBuf::from(file));
                    rest
                }
                [word, ..] if word.starts_with('-') => bail!("`bench` does not know `{word}`"),
                [scenario, rest @ ..] => {
                    options.scenarios.push((*scenario).to_owned());
                    rest
                }
            };
        }
    }
}

/// Builds, starts the database, measures. A whole run leaves the report in `docs/benchmarks.md`.
pub fn bench(options: &Options) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    phase("Server, release", || {
        let arguments = ["build", "--release", "--package", "plenary-server", "--bin", "plenary"];
        system::run(&mut workspace.cargo(&arguments))
    })?;
    // Temporary folders may lie in memory, and what is measured there is worth nothing. PostgreSQL runs as a user of its
    // own, who may not pass through the folders of whoever builds.
    let folder = workspace.target.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let postgres = phase("PostgreSQL", Postgres::start)?;
    let mut command = Command::new(workspace.server("release"));
    command.arg("bench").args(&options.scenarios);
    command.arg("--folder").arg(&folder).arg("--postgres-url").arg(postgres.url());
    if options.quick {
        command.arg("--quick");
    }
    if let Some(json) = &options.json {
        command.arg("--json").arg(json);
    }
    if options.scenarios.is_empty() && !options.quick {
        command.arg("--report").arg(workspace.root.join("docs/benchmarks.md"));
    }
    system::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_and_options_come_in_any_order() {
        let options = Options::parse(&["flow", "--quick", "rush", "--json", "out.json"]).unwrap();
        assert_eq!(options.scenarios, ["flow", "rush"]);
        assert_eq!((options.quick, options.json), (true, Some(PathBuf::from("out.json"))));
        assert!(Options::parse(&["--fast"]).is_err());
    }
}
