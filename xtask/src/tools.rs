//! What the Rust toolchain must have.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{system, wasm};

/// Adds the WebAssembly target where it is missing.
pub fn ensure_wasm_target() -> Result<()> {
    if installed_in_sysroot() {
        return Ok(());
    }
    let add = format!("rustup target add {}", wasm::TARGET);
    if system::find_program(&["rustup"]).is_none() {
        bail!(
            "This Rust cannot compile to {target}, and rustup is not there to change that. Install rustup \
             (https://rustup.rs) and run `{add}`, or install your distribution's package of the {target} \
             standard library (Debian: libstd-rust-dev-wasm32).",
            target = wasm::TARGET
        );
    }
    system::run(Command::new("rustup").args(["target", "add", wasm::TARGET]))
        .with_context(|| format!("cannot add the WebAssembly target; try: {add}"))
}

/// Asks the compiler and not rustup: a distribution's Rust has the target without rustup, and the folder is there
/// exactly when it can be compiled for.
fn installed_in_sysroot() -> bool {
    system::answer("rustc", &["--print", "target-libdir", "--target", wasm::TARGET]).is_some_and(|folder| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
        })
    })
}
