//! `start`: from a fresh clone to a page in the browser.

use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::terminal::{Elapsed, phase};
use crate::workspace::Workspace;
use crate::{assets, system, tools, wasm};

/// Where to listen, and what else the server is told.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    port: u16,
    passed_on: Vec<String>,
}

impl Options {
    pub fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self { port: 3000, passed_on: Vec::new() };
        let mut rest = words;
        loop {
            rest = match rest {
                [] => return Ok(options),
                ["--", passed_on @ ..] => {
                    options.passed_on = passed_on.iter().map(ToString::to_string).collect();
                    return Ok(options);
                }
                ["--port", port, rest @ ..] => {
                    options.port = port.parse().with_context(|| format!("`{port}` is not a port"))?;
                    rest
                }
                [word, ..] => {
                    bail!("`start` does not know `{word}`; what is meant for the server follows `--`")
                }
            };
        }
    }
}

/// The command that compiles what a first start does not wait for.
pub const REST: &str = "start-rest";

/// Builds what browsers load and the server; returns when both are there.
pub fn build(workspace: &Workspace) -> Result<()> {
    build_with(workspace, &wasm::BUNDLES)
}

fn build_with(workspace: &Workspace, bundles: &[wasm::Bundle]) -> Result<()> {
    phase("Rust's WebAssembly target", tools::ensure_wasm_target)?;
    // Their profiles lock separate folders, so that two cargos fill the cores where one would wait for its last crate.
    thread::scope(|scope| {
        let server = scope.spawn(|| build_server(workspace));
        let browser = wasm::build(workspace, bundles).and_then(|()| assets::assemble(workspace));
        let Ok(server) = server.join() else { bail!("building the server panicked") };
        browser.and(server)
    })
}

fn build_server(workspace: &Workspace) -> Result<()> {
    phase("Server", || {
        let mut command = workspace.cargo(&["build", "--package", "plenary-server", "--bin", "plenary"]);
        system::run(command.env("CARGO_TERM_PROGRESS_WHEN", "never"))
    })
}

/// Builds, then becomes the server, so that Ctrl-C and signals reach it and its exit code is the answer.
pub fn start(options: &Options) -> Result<ExitCode> {
    let started = Instant::now();
    let workspace = Workspace::find()?;
    if wasm::is_there(&workspace, &wasm::ORGANIZER) {
        build(&workspace)?;
    } else {
        // A first page need not wait for what only organizers load. Their pages say so until it is there.
        build_with(&workspace, &[wasm::REGISTRANT])?;
        println!("==> The organizer's pages follow while the rest is served already");
        Command::new(std::env::current_exe()?).arg(REST).spawn().context("cannot start xtask again")?;
    }
    println!("==> Ready after {}; starting on http://127.0.0.1:{}", Elapsed(started.elapsed()), options.port);
    let mut server = Command::new(workspace.server("debug"));
    server
        .current_dir(&workspace.root)
        .args(["serve", "--demo", "--data-dir", "./data", "--listen"])
        .arg(format!("127.0.0.1:{}", options.port))
        .arg("--assets")
        .arg(workspace.site())
        .args(&options.passed_on);
    become_program(&mut server)
}

/// Compiles the organizer's bundle into the folder that is being served.
pub fn rest() -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    wasm::build(&workspace, &[wasm::ORGANIZER])?;
    assets::assemble(&workspace)?;
    println!("==> The organizer's pages are ready");
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cannot start the server")
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    system::run(command)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_defaults_and_pass_the_rest_on() {
        assert_eq!(Options::parse(&[]).unwrap(), Options { port: 3000, passed_on: vec![] });
        let options = Options::parse(&["--port", "4000", "--", "--reservation-shown", "1m"]).unwrap();
        assert_eq!(options.port, 4000);
        assert_eq!(options.passed_on, ["--reservation-shown", "1m"]);
    }

    #[test]
    fn unknown_words_are_refused() {
        assert!(Options::parse(&["--prot", "1"]).is_err());
        assert!(Options::parse(&["--port", "many"]).is_err());
        assert!(Options::parse(&["--port"]).is_err());
    }
}
