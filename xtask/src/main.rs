//! `cargo xtask start | build | test | bench`: everything a developer runs, from a fresh clone on.
//!
//! Needs Rust, and for the browser tests Node; what else is missing it installs where it may, and otherwise
//! names the exact command. It never needs the network once crates and packages are downloaded.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command-line tool talks to whoever started it")]

mod assets;
mod bench;
mod browser;
mod faults;
mod package;
mod postgres;
mod start;
mod stylesheet;
mod system;
mod terminal;
mod test;
mod tools;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::bail;

const USAGE: &str = "\
Usage: cargo xtask <command>

  start [--port N] [-- …]       build, then serve with demo data on 127.0.0.1:3000 (SQLite under ./data);
                                what follows `--` goes to `plenary serve`
  build                         the release binary, with all that browsers load embedded
  test [--only rust|browser]    formatting, lints, and every test, on SQLite and on a PostgreSQL of its own
  bench [scenario …] [--quick] [--json FILE]
                                how fast it is on this machine, on SQLite and on a PostgreSQL of its own; all
                                scenarios write docs/benchmarks.md
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            println!("{failure:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // What a first start leaves to do beside the server.
        [start::REST] => start::rest(),
        ["start", options @ ..] => start::start(&start::Options::parse(options)?),
        ["build"] => package::build(),
        ["test"] => test::test(&test::Part::ALL),
        ["test", "--only", part] => test::test(&[test::Part::parse(part)?]),
        ["bench", options @ ..] => bench::bench(&bench::Options::parse(options)?),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("`cargo xtask {}` is not a command.\n\n{USAGE}", words.join(" ")),
    }
}
