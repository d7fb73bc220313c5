//! What browsers load besides pages: styles, scripts, WebAssembly, images.
//!
//! Files come from a folder that `cargo xtask start` filled or from the binary itself (feature `embed`), and are held
//! in memory. A request looks its name up and touches no file, so no path can leave the folder. Names under `/assets/`
//! hold the hash of their content and are cached for ever. On a first start the organizer's bundle is still being
//! compiled when the rest is served; [`Assets::look_again`] finds it once it is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fs, io};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

/// A year, the longest that caches heed; the name changes with the content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// An hour: long enough to be asked rarely, short enough that a new icon is seen the same day.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Addresses that browsers and crawlers ask for by themselves, and the assets that answer, the first that exists.
const FIXED: [(&str, &[&str]); 3] = [
    ("/robots.txt", &["robots.txt"]),
    ("/favicon.svg", &["favicon.svg"]),
    ("/favicon.ico", &["favicon.ico", "favicon.svg"]),
];

/// What browsers load besides pages.
#[derive(Debug, Default)]
pub struct Assets {
    known: RwLock<Arc<Known>>,
    /// Where more may appear.
    folder: Option<PathBuf>,
}

/// Every asset, by the name that the sources give it and by the file name that browsers ask for.
#[derive(Debug, Clone, Default)]
struct Known {
    urls: BTreeMap<String, String>,
    files: BTreeMap<String, Asset>,
}

#[derive(Debug, Clone)]
struct Asset {
    media_type: HeaderValue,
    contents: Contents,
}

/// One file in the encodings that were prepared for it.
#[derive(Debug, Clone)]
struct Contents {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// Why the assets cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}; `cargo xtask start` fills that folder")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is no manifest of assets")]
    Malformed { path: PathBuf, source: serde_json::Error },
    #[error("the asset {name} has the media type `{media_type}`, which no header can hold")]
    MediaType { name: String, media_type: String },
}

/// What `manifest.json` says of an asset.
#[derive(Debug, Deserialize)]
struct Entry {
    file: String,
    #[serde(rename = "type")]
    media_type: String,
}

/// An asset as `embedded.rs`, which xtask writes, lists it.
#[cfg(feature = "embed")]
struct Embedded {
    name: &'static str,
    file: &'static str,
    media_type: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

#[cfg(feature = "embed")]
static EMBEDDED: &[Embedded] = include!(concat!(env!("PLENARY_SITE"), "/embedded.rs"));

impl Assets {
    /// Reads the folder that xtask filled (`manifest.json` and the files that it names).
    ///
    /// # Errors
    ///
    /// Fails when the manifest or a file in it is missing or malformed.
    pub fn from_folder(folder: &Path) -> Result<Self, Error> {
        let known = Known::default().extended(folder)?;
        Ok(Self { known: RwLock::new(Arc::new(known)), folder: Some(folder.to_owned()) })
    }

    /// Adds what has appeared in the folder since it was read. Assets within the binary stay as they are.
    ///
    /// # Errors
    ///
    /// As [`Self::from_folder`]; what was known stays known.
    pub fn look_again(&self) -> Result<(), Error> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let known = self.known().as_ref().clone().extended(folder)?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        Ok(())
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The assets within this binary.
    ///
    /// # Errors
    ///
    /// Fails when xtask wrote a media type that no header can hold.
    #[cfg(feature = "embed")]
    pub fn embedded() -> Result<Self, Error> {
        let mut known = Known::default();
        for &Embedded { name, file, media_type, plain, brotli, gzip } in EMBEDDED {
            let contents = Contents {
                plain: Bytes::from_static(plain),
                brotli: brotli.map(Bytes::from_static),
                gzip: gzip.map(Bytes::from_static),
            };
            known.add(name, file.to_owned(), media_type, contents)?;
        }
        Ok(Self { known: RwLock::new(Arc::new(known)), folder: None })
    }

    /// The address of an asset by its plain name: `style.css` → `/assets/style-1f0c….css`.
    ///
    /// A name that is no asset's leads to an address that answers 404: a page without its assets (as in tests that
    /// never load them) is still a page.
    pub fn url(&self, name: &str) -> String {
        self.find_url(name).unwrap_or_else(|| "/assets/missing".to_owned())
    }

    /// As [`Self::url`], for an asset that may come later.
    pub fn find_url(&self, name: &str) -> Option<String> {
        self.known().urls.get(name).cloned()
    }
}

impl Known {
    /// With what the manifest of the folder names besides.
    fn extended(mut self, folder: &Path) -> Result<Self, Error> {
        let path = folder.join("manifest.json");
        let manifest = read(&path)?;
        let entries: BTreeMap<String, Entry> =
            serde_json::from_slice(&manifest).map_err(|source| Error::Malformed { path, source })?;
        for (name, Entry { file, media_type }) in entries {
            // The name holds the hash of the content: what is known by it has not changed.
            if self.files.contains_key(&file) {
                continue;
            }
            let compressed = |ending: &str| fs::read(folder.join(format!("{file}.{ending}"))).ok();
            let contents = Contents {
                plain: read(&folder.join(&file))?.into(),
                brotli: compressed("br").map(Bytes::from),
                gzip: compressed("gz").map(Bytes::from),
            };
            self.add(&name, file, &media_type, contents)?;
        }
        Ok(self)
    }

    fn add(&mut self, name: &str, file: String, media_type: &str, contents: Contents) -> Result<(), Error> {
        let media_type = HeaderValue::from_str(media_type)
            .map_err(|_| Error::MediaType { name: name.to_owned(), media_type: media_type.to_owned() })?;
        self.urls.insert(name.to_owned(), format!("/assets/{file}"));
        self.files.insert(file, Asset { media_type, contents });
        Ok(())
    }

    fn named(&self, name: &str) -> Option<(&str, &Asset)> {
        let file = self.urls.get(name)?.strip_prefix("/assets/")?;
        Some((file, self.files.get(file)?))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}

/// Serves `/assets/{file}`, `/robots.txt` and the icons that browsers ask for by themselves.
pub fn router(assets: Arc<Assets>) -> Router {
    let hashed = |State(assets): State<Arc<Assets>>,
                  name: Result<UrlPath<String>, PathRejection>,
                  headers: HeaderMap| async move {
        // A name that is no UTF-8 is just one more name that is not there.
        let Ok(UrlPath(file)) = name else { return not_found() };
        assets
            .known()
            .files
            .get(&file)
            .map_or_else(not_found, |asset| answer(&file, asset, &headers, FOR_EVER))
    };
    let mut router = Router::new().route("/assets/{file}", get(hashed));
    for (path, names) in FIXED {
        let fixed = move |State(assets): State<Arc<Assets>>, headers: HeaderMap| async move {
            let known = assets.known();
            let asset = names.iter().find_map(|name| known.named(name));
            asset.map_or_else(not_found, |(file, asset)| answer(file, asset, &headers, FOR_AN_HOUR))
        };
        router = router.route(path, get(fixed));
    }
    router.with_state(assets)
}

fn not_found() -> Response {
    // Unstored: the next deployment may well have the file.
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response()
}

fn answer(file: &str, asset: &Asset, request: &HeaderMap, caching: HeaderValue) -> Response {
    let (encoding, body) = asset.contents.choose(request);
    // Different bytes need different tags, so the encoding is part of it; the file name holds the hash.
    let tag = format!("\"{file}{}\"", encoding.map(|encoding| format!("-{encoding}")).unwrap_or_default());
    let mut response = Response::new(Body::empty());
    if holds(request, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Body::from(body);
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, caching);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(CONTENT_TYPE, asset.media_type.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    response
}

impl Contents {
    /// The smallest encoding that the client takes.
    fn choose(&self, request: &HeaderMap) -> (Option<&'static str>, Bytes) {
        let candidates = [("br", &self.brotli), ("gzip", &self.gzip)];
        let chosen = candidates.into_iter().find_map(|(encoding, body)| {
            Some((encoding, body.as_ref().filter(|_| accepts(request, encoding))?))
        });
        match chosen {
            Some((encoding, body)) => (Some(encoding), body.clone()),
            None => (None, self.plain.clone()),
        }
    }
}

/// Whether `Accept-Encoding` takes this encoding, by its own name or else by `*` (RFC 9110, 12.5.3).
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let mut by_wildcard = false;
    for item in items(request, &ACCEPT_ENCODING) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts
            .filter_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
            .any(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        if name.eq_ignore_ascii_case(encoding) {
            return !refused;
        }
        by_wildcard |= name == "*" && !refused;
    }
    by_wildcard
}

/// Whether the client already has what this tag stands for.
fn holds(request: &HeaderMap, tag: &str) -> bool {
    items(request, &IF_NONE_MATCH).any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
}

fn items<'a>(request: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = request.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    const STYLE: &str = "/assets/style-0123456789abcdef.css";

    fn assets() -> Assets {
        let mut known = Known::default();
        let contents = |plain: &'static str, brotli: Option<&'static str>, gzip: Option<&'static str>| {
            Contents { plain: plain.into(), brotli: brotli.map(Bytes::from), gzip: gzip.map(Bytes::from) }
        };
        let style = contents("plain", Some("brotli"), Some("gzip"));
        known.add("style.css", "style-0123456789abcdef.css".to_owned(), "text/css", style).unwrap();
        let icon = contents("<svg/>", None, None);
        known.add("favicon.svg", "favicon-00.svg".to_owned(), "image/svg+xml", icon).unwrap();
        Assets { known: RwLock::new(Arc::new(known)), folder: None }
    }

    async fn ask(path: &str, headers: &[(&HeaderName, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::get(path);
        for &(name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router(Arc::new(assets())).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1_000).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn a_plain_name_leads_to_the_hashed_address() {
        assert_eq!(assets().url("style.css"), STYLE);
        assert_eq!(assets().url("other.css"), "/assets/missing");
    }

    #[tokio::test]
    async fn a_hashed_file_is_kept_for_ever() {
        let (status, headers, body) = ask(STYLE, &[]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "plain"));
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(headers[CONTENT_TYPE], "text/css");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[VARY], "accept-encoding");
        assert!(!headers.contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn the_smallest_encoding_that_the_client_takes_is_sent() {
        for (accepted, sent) in [
            ("gzip, deflate, br, zstd", "brotli"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("BR; q=0.1", "brotli"),
            ("*", "brotli"),
            ("*;q=0", "plain"),
            ("br;q=0, *", "gzip"),
            ("identity", "plain"),
            ("", "plain"),
        ] {
            let (_, headers, body) = ask(STYLE, &[(&ACCEPT_ENCODING, accepted)]).await;
            assert_eq!(body, sent, "for `{accepted}`");
            let encoding = headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(
                encoding,
                Some(sent)
                    .filter(|&sent| sent != "plain")
                    .map(|sent| sent.replace("brotli", "br"))
                    .as_deref()
            );
        }
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let (_, headers, _) = ask(STYLE, &[(&ACCEPT_ENCODING, "br")]).await;
        let tag = headers[ETAG].to_str().unwrap();
        let (status, headers, body) = ask(STYLE, &[(&ACCEPT_ENCODING, "br"), (&IF_NONE_MATCH, tag)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(headers[ETAG], tag);
        let (status, ..) = ask(STYLE, &[(&IF_NONE_MATCH, tag)]).await;
        assert_eq!(status, StatusCode::OK, "the plain bytes are others than the compressed ones");
    }

    #[tokio::test]
    async fn icons_answer_where_browsers_look_for_them() {
        for path in ["/favicon.svg", "/favicon.ico"] {
            let (status, headers, body) = ask(path, &[]).await;
            assert_eq!((status, body.as_str()), (StatusCode::OK, "<svg/>"));
            assert_eq!(headers[CACHE_CONTROL], "public, max-age=3600");
        }
    }

    #[tokio::test]
    async fn nothing_else_is_there() {
        for path in [
            "/robots.txt",
            "/assets/",
            "/assets/style.css",
            "/assets/missing",
            "/assets/manifest.json",
            "/assets/..%2f..%2fCargo.toml",
            "/assets/../Cargo.toml",
            "/assets/%2e%2e",
            "/assets/%00",
            "/assets/%ff",
        ] {
            let (status, _, body) = ask(path, &[]).await;
            assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, ""), "for {path}");
        }
    }

    #[tokio::test]
    async fn other_methods_are_refused() {
        let request = Request::delete(STYLE).body(Body::empty()).unwrap();
        let response = router(Arc::new(assets())).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn what_appears_in_the_folder_later_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
        put("style-00.css", "plain");
        put("manifest.json", r#"{"style.css": {"file": "style-00.css", "type": "text/css"}}"#);
        let assets = Assets::from_folder(folder.path()).unwrap();
        assert_eq!(assets.find_url("organizer.js"), None);
        put("organizer-11.js", "script");
        let manifest = r#"{"style.css": {"file": "style-00.css", "type": "text/css"},
                           "organizer.js": {"file": "organizer-11.js", "type": "text/javascript"}}"#;
        put("manifest.json", manifest);
        assert_eq!(assets.find_url("organizer.js"), None, "nobody has looked");
        assets.look_again().unwrap();
        assert_eq!(assets.find_url("organizer.js").as_deref(), Some("/assets/organizer-11.js"));
        put("manifest.json", "{");
        assert!(assets.look_again().is_err());
        assert_eq!(assets.url("style.css"), "/assets/style-00.css", "what was known stays known");
    }

    #[test]
    fn a_folder_without_manifest_says_what_fills_it() {
        let error = Assets::from_folder(Path::new("/nowhere")).unwrap_err();
        assert!(error.to_string().contains("cargo xtask start"));
    }
}
