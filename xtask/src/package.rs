//! `build`: one file to copy and run.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::terminal::{Size, phase};
use crate::workspace::Workspace;
use crate::{assets, faults, system, tools, wasm};

pub fn build() -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    phase("Rust's WebAssembly target", tools::ensure_wasm_target)?;
    wasm::build(&workspace, &wasm::BUNDLES)?;
    assets::assemble(&workspace)?;
    phase("Server, release", || {
        let mut command = workspace.cargo(&["build", "--release", "--package", "plenary-server"]);
        command.args(["--bin", "plenary", "--features", "embed"]);
        system::run(command.env("PLENARY_SITE", workspace.site()))
    })?;
    let binary = workspace.server("release");
    faults::ensure_none(&binary)?;
    let size = fs::metadata(&binary).with_context(|| format!("cargo left no {}", binary.display()))?.len();
    println!("{} ({})", binary.display(), Size(size));
    Ok(ExitCode::SUCCESS)
}
