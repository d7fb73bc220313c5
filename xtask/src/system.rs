//! Other programs: running them, watching what they print, installing what Debian packages.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result, bail, ensure};

/// Runs to the end, on this terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", words(command)))?;
    ensure!(status.success(), "{} failed ({status})", words(command));
    Ok(())
}

/// Runs to the end, repeats every line it prints, and returns all of them.
pub fn run_and_listen(command: &mut Command) -> Result<(ExitStatus, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", words(command)))?;
    let stdout = child.stdout.take().context("stdout is piped")?;
    let stderr = child.stderr.take().context("stderr is piped")?;
    let (mut text, errors) = thread::scope(|scope| {
        let errors = scope.spawn(|| repeat_lines(stderr));
        (repeat_lines(stdout), errors.join().unwrap_or_default())
    });
    text.push_str(&errors);
    let status = child.wait().with_context(|| format!("cannot wait for {}", words(command)))?;
    Ok((status, text))
}

fn repeat_lines(stream: impl Read) -> String {
    let mut text = String::new();
    // Tests may print bytes that are no text; they end nothing.
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// What a program prints, trimmed; nothing when it is missing or fails.
pub fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    output.status.success().then_some(text)
}

/// The first of these programs that the search path holds.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

pub fn is_root() -> bool {
    answer("id", &["-u"]).as_deref() == Some("0")
}

/// Installs a Debian package, or fails with the command that somebody with the right to run it can copy.
pub fn install_debian_package(package: &str) -> Result<()> {
    let command = format!("apt-get install -y --no-install-recommends {package}");
    if !is_root() || find_program(&["apt-get"]).is_none() {
        bail!("{package} is missing. On Debian or Ubuntu, install it with\n\n    sudo {command}\n");
    }
    println!("{package} is missing; running: {command}");
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "-y", "--no-install-recommends", package]);
        run(apt.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    if install().is_ok() {
        return Ok(());
    }
    // A fresh container has no package lists yet.
    run(Command::new("apt-get").arg("update"))?;
    install().with_context(|| format!("cannot install {package}; try: {command}"))
}

fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    command.get_args().fold(name, |line, word| line + " " + &word.to_string_lossy())
}
