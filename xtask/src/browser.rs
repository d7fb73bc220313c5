//! The browser tests: Playwright in `end2end/`, with the Chromium of the system.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::system;
use crate::test::Counts;
use crate::workspace::Workspace;

const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// What the oldest Playwright in use supports.
const NODE: u32 = 20;

/// Installs what is missing, then runs every journey against the server that was built before.
pub fn run(workspace: &Workspace, postgres: Option<&str>) -> Result<Counts> {
    let folder = workspace.root.join("end2end");
    ensure!(
        folder.join("package.json").is_file(),
        "{} is missing: there are no browser tests to run, and none is not a pass",
        folder.join("package.json").display()
    );
    ensure_node()?;
    let chromium = find_or_install_chromium()?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    // The tests drive the system's Chromium; Playwright's own would be another download of 150 MB.
    system::run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;

    let mut playwright = Command::new("npx");
    playwright
        .args(["--no-install", "playwright", "test", "--reporter=list"])
        .current_dir(&folder)
        .env("FORCE_COLOR", "0")
        .env("PLENARY_BIN", workspace.server("debug"))
        .env("PLENARY_ASSETS", workspace.site())
        .env("PLENARY_CHROMIUM", chromium);
    if let Some(url) = postgres {
        playwright.env("PLENARY_TEST_POSTGRES_URL", url);
    }
    let (status, output) = system::run_and_listen(&mut playwright)?;
    Ok(count(&output).confirmed_by(status))
}

fn ensure_node() -> Result<()> {
    let version = system::answer("node", &["--version"]);
    let major = version
        .as_deref()
        .and_then(|version| version.trim_start_matches('v').split('.').next()?.parse().ok());
    ensure!(
        major.is_some_and(|major: u32| major >= NODE) && system::find_program(&["npm"]).is_some(),
        "The browser tests need Node {NODE} or later with npm (found: {}). On Debian or Ubuntu, install it \
         with\n\n    sudo apt-get install -y --no-install-recommends nodejs npm\n\nor see https://nodejs.org",
        version.as_deref().unwrap_or("none")
    );
    Ok(())
}

fn find_or_install_chromium() -> Result<PathBuf> {
    if let Some(program) = system::find_program(&CHROMIUM) {
        return Ok(program);
    }
    system::install_debian_package("chromium")?;
    system::find_program(&CHROMIUM).context("chromium is installed, but not on the search path")
}

/// Reads the summary at the end: one line a kind, `12 passed (3.4s)`, `1 failed`, `1 flaky`.
fn count(output: &str) -> Counts {
    let mut counts = Counts::default();
    for line in output.lines() {
        let mut words = line.split_whitespace();
        let Some(Ok(number)) = words.next().map(str::parse::<u64>) else { continue };
        match (words.next(), words.next()) {
            (Some("passed"), None) => counts.passed += number,
            (Some("passed"), Some(time)) if time.starts_with('(') => counts.passed += number,
            // A test that passes only now and then is broken.
            (Some("failed" | "flaky" | "interrupted"), None) => counts.failed += number,
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_playwright_is_read() {
        let output = "  ✓  1 a.spec.ts:3:1 › 2 passed seats (1.2s)\n\n  1 failed\n    a.spec.ts:9:1 › pay\n  1 flaky\n    \
                      b.spec.ts:9:1 › order\n  2 skipped\n  12 passed (3.4s)\n";
        assert_eq!(count(output), Counts { passed: 12, failed: 2 });
    }

    #[test]
    fn no_summary_counts_nothing() {
        assert_eq!(count("Error: No tests found\n"), Counts::default());
    }
}
