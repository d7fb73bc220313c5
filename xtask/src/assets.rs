//! The folder that browsers are served from: `target/site`.
//!
//! Sources refer to each other by plain names (`"./registrant.js"`); in the folder every name holds the hash of the
//! content (`registrant-0f3a….js`), so that a browser may keep a file for ever. `manifest.json` leads from the
//! one to the other, and `embedded.rs` is the same as a Rust expression, for the release binary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::terminal::{Size, phase};
use crate::workspace::Workspace;
use crate::{stylesheet, wasm};

/// One file as the sources name it.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    bytes: Vec<u8>,
}

/// One file as browsers name it.
#[derive(Debug)]
struct Asset {
    name: String,
    file: String,
    media_type: &'static str,
    bytes: Vec<u8>,
}

/// How the names of the styles begin that only the organizer's pages have.
const ORGANIZERS: char = '9';

/// Fills the folder with what the sources hold now, compressed beside each plain file.
pub fn assemble(workspace: &Workspace) -> Result<()> {
    phase("Assets", || {
        let assets = link(sources(workspace)?)?;
        let site = workspace.site();
        fs::create_dir_all(&site)?;
        write_all(&site, &assets)?;
        fs::write(site.join("embedded.rs"), embedded(&assets))?;
        fs::write(site.join("manifest.json"), manifest(&assets))?;
        remove_others(&site, &assets)?;
        report(&site, &assets)
    })
}

fn sources(workspace: &Workspace) -> Result<Vec<Source>> {
    let mut sources = files_in(&workspace.root.join("public"), &[])?;
    sources.extend(files_in(&wasm::bindings_folder(workspace), &["js", "wasm"])?);
    sources.extend(files_in(&workspace.root.join("app/js"), &["js"])?);
    let (mut everybodys, mut organizers) = (BTreeMap::new(), BTreeMap::new());
    for Source { name, bytes } in files_in(&workspace.root.join("style"), &["css"])? {
        let text = String::from_utf8(bytes).with_context(|| format!("style/{name} is not UTF-8"))?;
        let sheet = if name.starts_with(ORGANIZERS) { &mut organizers } else { &mut everybodys };
        sheet.insert(name, text);
    }
    for (name, files) in [("style.css", everybodys), ("organizer.css", organizers)] {
        let style = stylesheet::minify(&stylesheet::join(&files)?);
        sources.push(Source { name: name.to_owned(), bytes: style.into_bytes() });
    }
    Ok(sources)
}

/// The files of a folder by name; with `extensions`, only those. A folder that is not there holds none.
fn files_in(folder: &Path, extensions: &[&str]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(sources) };
    for entry in entries {
        let path = entry?.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if !extensions.is_empty() && !extensions.contains(&&*extension) {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(&path)
            .with_context(|| format!("cannot read {} (folders hold files only)", path.display()))?;
        sources.push(Source { name, bytes });
    }
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(sources)
}

/// Puts hashed names for plain ones, into the files that are referred to before those that refer to them.
fn link(mut waiting: Vec<Source>) -> Result<Vec<Asset>> {
    let names: BTreeSet<&str> = waiting.iter().map(|source| source.name.as_str()).collect();
    if names.len() < waiting.len() {
        bail!("two assets have one name: {}", list(&waiting));
    }
    let mut assets: Vec<Asset> = Vec::new();
    while !waiting.is_empty() {
        let (ready, blocked): (Vec<_>, Vec<_>) = waiting
            .iter()
            .cloned()
            .partition(|source| !waiting.iter().any(|other| refers_to(source, &other.name)));
        if ready.is_empty() {
            bail!("these assets refer to each other in a circle: {}", list(&blocked));
        }
        let linked: Vec<Asset> =
            ready.into_iter().map(|source| hash(source, &assets)).collect::<Result<_>>()?;
        assets.extend(linked);
        waiting = blocked;
    }
    assets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(assets)
}

fn list(sources: &[Source]) -> String {
    sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The forms in which a script or a style sheet names a file beside it.
fn references(name: &str) -> [String; 6] {
    [
        format!("\"./{name}\""),
        format!("'./{name}'"),
        format!("\"{name}\""),
        format!("'{name}'"),
        format!("url({name})"),
        format!("url(./{name})"),
    ]
}

fn refers_to(source: &Source, name: &str) -> bool {
    let text = if source.name == name { None } else { text_of(source) };
    text.is_some_and(|text| references(name).iter().any(|reference| text.contains(reference)))
}

fn text_of(source: &Source) -> Option<&str> {
    let holds_references = matches!(extension(&source.name), "js" | "css");
    holds_references.then(|| std::str::from_utf8(&source.bytes).ok()).flatten()
}

fn hash(source: Source, assets: &[Asset]) -> Result<Asset> {
    let bytes = match text_of(&source) {
        Some(text) => assets.iter().fold(text.to_owned(), replace_references).into_bytes(),
        None => source.bytes,
    };
    let file = hashed_name(&source.name, &bytes);
    let media_type = media_type(&source.name)?;
    Ok(Asset { name: source.name, file, media_type, bytes })
}

fn replace_references(text: String, asset: &Asset) -> String {
    let pairs = references(&asset.name).into_iter().zip(references(&asset.file));
    pairs.fold(text, |text, (plain, hashed)| text.replace(&plain, &hashed))
}

/// `style.css` → `style-1f0c….css`: 64 bits of the hash, far from any collision among a few dozen files.
fn hashed_name(name: &str, bytes: &[u8]) -> String {
    let hash = wasm::hex(&Sha256::digest(bytes)[..8]);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{name}-{hash}"),
    }
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn media_type(name: &str) -> Result<&'static str> {
    Ok(match extension(name) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => bail!("{name}: xtask/src/assets.rs knows no media type for this ending"),
    })
}

/// Formats that are compressed already gain nothing.
fn is_compressible(asset: &Asset) -> bool {
    !matches!(asset.media_type, "image/png" | "image/webp" | "font/woff2")
}

fn write_all(site: &Path, assets: &[Asset]) -> Result<()> {
    thread::scope(|scope| {
        // A thread each: two files, the bundles, take nearly all of the time.
        let writers: Vec<_> = assets.iter().map(|asset| scope.spawn(|| write(site, asset))).collect();
        for writer in writers {
            match writer.join() {
                Ok(outcome) => outcome?,
                Err(_) => bail!("compressing an asset panicked"),
            }
        }
        Ok(())
    })
}

/// A name holds the hash of what it names, so a file that is there is right; the plain one is written last.
fn write(site: &Path, asset: &Asset) -> Result<()> {
    let path = site.join(&asset.file);
    if path.exists() {
        return Ok(());
    }
    if is_compressible(asset) {
        fs::write(site.join(format!("{}.br", asset.file)), brotli(&asset.bytes)?)?;
        fs::write(site.join(format!("{}.gz", asset.file)), gzip(&asset.bytes)?)?;
    }
    fs::write(path, &asset.bytes)?;
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn manifest(assets: &[Asset]) -> String {
    let entries: BTreeMap<&str, _> = assets
        .iter()
        .map(|asset| (asset.name.as_str(), json!({ "file": asset.file, "type": asset.media_type })))
        .collect();
    format!("{:#}\n", json!(entries))
}

/// A slice of `Embedded`, as `server/src/http/assets.rs` declares it; its paths are relative to this very file.
fn embedded(assets: &[Asset]) -> String {
    let mut text = "&[\n".to_owned();
    for asset in assets {
        let Asset { name, file, media_type, .. } = asset;
        let compressed = |ending: &str| {
            if is_compressible(asset) {
                format!("Some(include_bytes!(\"{file}.{ending}\"))")
            } else {
                "None".to_owned()
            }
        };
        let (brotli, gzip) = (compressed("br"), compressed("gz"));
        let _ = writeln!(
            text,
            "    Embedded {{ name: \"{name}\", file: \"{file}\", media_type: \"{media_type}\", \
             plain: include_bytes!(\"{file}\"), brotli: {brotli}, gzip: {gzip} }},"
        );
    }
    text.push_str("]\n");
    text
}

fn remove_others(site: &Path, assets: &[Asset]) -> Result<()> {
    let mut keep = BTreeSet::from(["manifest.json".to_owned(), "embedded.rs".to_owned()]);
    for asset in assets {
        keep.extend(["", ".br", ".gz"].map(|ending| format!("{}{ending}", asset.file)));
    }
    for entry in fs::read_dir(site)? {
        let entry = entry?;
        if !keep.contains(&*entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// What a browser transfers is a budget, so every build shows it.
fn report(site: &Path, assets: &[Asset]) -> Result<()> {
    println!("    {:<24}{:>12}{:>12}{:>12}", "", "plain", "gzip", "brotli");
    for asset in assets {
        let in_encoding = |ending: &str| -> Result<String> {
            let path = site.join(format!("{}{ending}", asset.file));
            Ok(if path.exists() { Size(fs::metadata(path)?.len()).to_string() } else { "-".to_owned() })
        };
        println!(
            "    {:<24}{:>12}{:>12}{:>12}",
            asset.name,
            in_encoding("")?,
            in_encoding(".gz")?,
            in_encoding(".br")?
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    fn named<'a>(assets: &'a [Asset], name: &str) -> &'a Asset {
        assets.iter().find(|asset| asset.name == name).unwrap()
    }

    #[test]
    fn a_hashed_name_changes_with_the_content_alone() {
        assert_eq!(hashed_name("style.css", b"a"), hashed_name("style.css", b"a"));
        assert_ne!(hashed_name("style.css", b"a"), hashed_name("style.css", b"b"));
        let name = hashed_name("registrant_bg.wasm", b"");
        assert_eq!(name, "registrant_bg-e3b0c44298fc1c14.wasm");
    }

    #[test]
    fn references_lead_to_the_hashed_names() {
        let assets = link(vec![
            source("start.js", "import init from \"./glue.js\";"),
            source("glue.js", "new URL('glue_bg.wasm', import.meta.url)"),
            source("glue_bg.wasm", "\0asm"),
        ])
        .unwrap();
        let (wasm, glue) = (named(&assets, "glue_bg.wasm"), named(&assets, "glue.js"));
        assert_eq!(glue.bytes, format!("new URL('{}', import.meta.url)", wasm.file).into_bytes());
        let start = format!("import init from \"./{}\";", glue.file);
        assert_eq!(named(&assets, "start.js").bytes, start.into_bytes());
    }

    #[test]
    fn a_change_deep_down_renames_all_that_refer_to_it() {
        let name_of_start = |module: &str| {
            let sources = [("a.js", "import \"./b.js\""), ("b.js", "'c.wasm'"), ("c.wasm", module)];
            let assets = link(sources.map(|(name, text)| source(name, text)).to_vec()).unwrap();
            named(&assets, "a.js").file.clone()
        };
        assert_ne!(name_of_start("one"), name_of_start("two"));
    }

    #[test]
    fn circles_and_twins_are_errors() {
        assert!(link(vec![source("a.js", "'b.js'"), source("b.js", "'a.js'")]).is_err());
        assert!(link(vec![source("a.js", ""), source("a.js", "")]).is_err());
    }

    #[test]
    fn the_manifest_leads_from_names_to_files() {
        let assets = link(vec![source("robots.txt", "")]).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest(&assets)).unwrap();
        assert_eq!(manifest["robots.txt"]["file"], "robots-e3b0c44298fc1c14.txt");
        assert_eq!(manifest["robots.txt"]["type"], "text/plain; charset=utf-8");
    }

    #[test]
    fn an_unknown_ending_is_an_error() {
        assert!(link(vec![source("notes.xyz", "")]).is_err());
    }

    #[test]
    fn compressed_files_are_smaller_and_gzip_is_gzip() {
        let bytes = vec![7; 10_000];
        assert!(brotli(&bytes).unwrap().len() < 100);
        assert_eq!(gzip(&bytes).unwrap()[..2], [0x1f, 0x8b]);
    }
}
