//! Two WebAssembly bundles of the same crate: what registrants load, and what organizers load.
//!
//! cargo gives both the same file name and so forgets one as it builds the other. Unchanged bundles are
//! therefore recognised here, by the sources that cargo named when it last compiled them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::system;
use crate::terminal::phase;
use crate::workspace::Workspace;

pub const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// One build of the app, by the feature that selects it.
#[derive(Debug)]
pub struct Bundle {
    pub name: &'static str,
    pub feature: &'static str,
    /// What checking it is called.
    pub lint_step: &'static str,
}

pub const REGISTRANT: Bundle =
    Bundle { name: "registrant", feature: "hydrate", lint_step: "Clippy, registrant's WebAssembly" };
pub const ORGANIZER: Bundle =
    Bundle { name: "organizer", feature: "organizer", lint_step: "Clippy, organizer's WebAssembly" };
pub const BUNDLES: [Bundle; 2] = [REGISTRANT, ORGANIZER];

/// Options of cargo that select this bundle of the app.
pub fn selection(bundle: &Bundle) -> [&str; 10] {
    let Bundle { feature, .. } = bundle;
    [
        "--package",
        "plenary-app",
        "--lib",
        "--target",
        TARGET,
        "--profile",
        PROFILE,
        "--no-default-features",
        "--features",
        feature,
    ]
}

/// Holds `registrant.js`, `registrant_bg.wasm` and the like.
pub fn bindings_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bindings")
}

/// Whether it was ever compiled here.
pub fn is_there(workspace: &Workspace, bundle: &Bundle) -> bool {
    memory(workspace, bundle).exists()
}

/// Compiles and binds those of the bundles whose sources have changed.
pub fn build(workspace: &Workspace, bundles: &[Bundle]) -> Result<()> {
    fs::create_dir_all(bindings_folder(workspace))?;
    for bundle in bundles {
        if is_current(workspace, bundle) {
            println!("==> WebAssembly for the {}: unchanged", bundle.name);
            continue;
        }
        phase(&format!("WebAssembly for the {}", bundle.name), || {
            let module = compile(workspace, bundle)?;
            bind(workspace, bundle, &module)?;
            remember(workspace, bundle)
        })?;
    }
    Ok(())
}

fn compile(workspace: &Workspace, bundle: &Bundle) -> Result<Vec<u8>> {
    let mut command = workspace.cargo_aside(&["build"]);
    // Another cargo prints beside this one, and two moving bars overwrite each other.
    system::run(command.args(selection(bundle)).env("CARGO_TERM_PROGRESS_WHEN", "never"))?;
    let path = compiled_folder(workspace).join("plenary_app.wasm");
    fs::read(&path).with_context(|| format!("cargo left no {}", path.display()))
}

fn compiled_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join(TARGET).join(PROFILE)
}

fn bind(workspace: &Workspace, bundle: &Bundle, module: &[u8]) -> Result<()> {
    let digest = hex(&Sha256::digest(module));
    let folder = bindings_folder(workspace);
    let bound = folder.join(format!("{}.bound", bundle.name));
    if fs::read_to_string(&bound).is_ok_and(|earlier| earlier == digest) {
        return Ok(());
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(bundle.name, module.to_vec())
        .out_name(bundle.name)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen.generate_output().with_context(|| format!("cannot bind {}", bundle.name))?;
    ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "a crate of the {} brings scripts of its own, which nothing serves yet",
        bundle.name
    );
    output.emit(&folder)?;
    fs::write(bound, digest)?;
    Ok(())
}

/// What was compiled into a bundle, one path a line, after the digest of it all.
fn memory(workspace: &Workspace, bundle: &Bundle) -> PathBuf {
    bindings_folder(workspace).join(format!("{}.sources", bundle.name))
}

fn is_current(workspace: &Workspace, bundle: &Bundle) -> bool {
    let Ok(memory) = fs::read_to_string(memory(workspace, bundle)) else { return false };
    let Some((digest, sources)) = memory.split_once('\n') else { return false };
    let sources: Vec<PathBuf> = sources.lines().map(PathBuf::from).collect();
    digest_of(workspace, &sources).is_ok_and(|now| now == digest)
}

fn remember(workspace: &Workspace, bundle: &Bundle) -> Result<()> {
    let rule = fs::read_to_string(compiled_folder(workspace).join("plenary_app.d"))?;
    let sources = dependencies(&rule);
    ensure!(!sources.is_empty(), "cargo named no sources of the {}", bundle.name);
    let mut text = digest_of(workspace, &sources)?;
    for source in &sources {
        text.push('\n');
        text.push_str(&source.to_string_lossy());
    }
    fs::write(memory(workspace, bundle), text)?;
    Ok(())
}

/// The paths after the colon of a Makefile rule; a space within a path is escaped.
fn dependencies(rule: &str) -> Vec<PathBuf> {
    let paths = rule.lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, paths)| paths);
    paths.replace("\\ ", "\0").split_whitespace().map(|path| PathBuf::from(path.replace('\0', " "))).collect()
}

/// Covers the sources and all else that decides what comes out of them.
fn digest_of(workspace: &Workspace, sources: &[PathBuf]) -> Result<String> {
    let mut digest = Sha256::new();
    let root = |path: &str| workspace.root.join(path);
    let settings = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "app/Cargo.toml", "shared/Cargo.toml"];
    for path in settings.into_iter().map(root).chain(sources.iter().cloned()) {
        add(&mut digest, path.as_os_str().as_encoded_bytes());
        add(&mut digest, &read(&path)?);
    }
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        add(&mut digest, std::env::var_os(variable).unwrap_or_default().as_encoded_bytes());
    }
    add(&mut digest, system::answer("rustc", &["-vV"]).unwrap_or_default().as_bytes());
    // How it is bound decides as well.
    add(&mut digest, include_bytes!("wasm.rs"));
    Ok(hex(&digest.finalize()))
}

/// With its length, so that nothing can move from one input into the next unnoticed.
fn add(digest: &mut Sha256, bytes: &[u8]) {
    digest.update(bytes.len().to_le_bytes());
    digest.update(bytes);
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

pub fn hex(bytes: &[u8]) -> String {
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
    bytes.iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_cargo_names_its_sources() {
        let rule = "/t/plenary_app.wasm: /w/app/src/lib.rs /w/my\\ app/src/live.rs\n\n/w/app/src/lib.rs:\n";
        assert_eq!(
            dependencies(rule),
            [PathBuf::from("/w/app/src/lib.rs"), PathBuf::from("/w/my app/src/live.rs")]
        );
    }

    #[test]
    fn a_rule_without_sources_names_none() {
        assert!(dependencies("").is_empty());
        assert!(dependencies("/t/plenary_app.wasm:\n").is_empty());
    }

    #[test]
    fn hex_keeps_leading_zeros() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
