//! Where things are, and how cargo is called.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::system;

/// Less than half of the processor time of a neighbour. The server has the longest chain of crates that wait for one another,
/// and ends with the largest; whoever gives it way ends with it.
const ASIDE: &str = "4";

/// The clone this runs in, and the folder cargo builds into.
#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, because `CARGO_TARGET_DIR` and configuration files may move the target folder.
    pub fn find() -> Result<Self> {
        // As cargo says it now, and not as it was when this was compiled: two clones may share a target folder.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = package.context("run this as `cargo xtask`, which says where the workspace is")?;
        let root = package.parent().context("xtask lies in a folder of the workspace")?.to_path_buf();
        let output = Command::new(cargo_path())
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(root.join("Cargo.toml"))
            .output()
            .context("cannot run cargo")?;
        ensure!(
            output.status.success(),
            "cargo metadata failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Self { root, target: PathBuf::from(target) })
    }

    /// A cargo command in this workspace.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        self.prepare(Command::new(cargo_path()), arguments)
    }

    /// The same for what others should not wait for: it takes the processors that they leave.
    pub fn cargo_aside(&self, arguments: &[&str]) -> Command {
        let Some(nice) = system::find_program(&["nice"]) else { return self.cargo(arguments) };
        let mut command = Command::new(nice);
        command.args(["-n", ASIDE]).arg(cargo_path());
        self.prepare(command, arguments)
    }

    fn prepare(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // `cargo run` describes xtask in these; a build script that watches one of them would be run again.
        for (name, _) in std::env::vars_os() {
            let about_xtask = name
                .to_str()
                .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
            if about_xtask {
                command.env_remove(name);
            }
        }
        command
    }

    /// What browsers load, ready to be served or embedded.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The server as the given profile builds it.
    pub fn server(&self, profile_folder: &str) -> PathBuf {
        self.target.join(profile_folder).join("plenary")
    }
}

fn cargo_path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
