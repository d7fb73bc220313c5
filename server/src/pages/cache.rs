//! Conference pages, rendered and compressed once per version and language.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use plenary_app::{Assets, Language};
use plenary_shared::ConferenceId;
use sha2::{Digest, Sha256};

use crate::hex;
use crate::http::headers::conditional;
use crate::registration::live::HotConference;

/// Brotli's effort, of 11: pages change with every sale, so they are compressed often.
const BROTLI_QUALITY: u32 = 5;
/// Pages kept. The rest is rendered when asked for.
const CAPACITY: usize = 512;

/// A page in the encodings that browsers ask for.
#[derive(Debug)]
struct Stored {
    version: i64,
    plain: Bytes,
    brotli: Bytes,
    gzip: Bytes,
}

#[derive(Debug)]
pub struct PageCache {
    pages: Mutex<HashMap<(ConferenceId, Language), Arc<Stored>>>,
    /// Becomes another with the files that pages load.
    build: String,
}

impl PageCache {
    /// For pages that load these files. What a browser keeps from an earlier version of the program is not up to date.
    pub fn new(assets: &Assets) -> Self {
        let digest = Sha256::digest(format!("{assets:?}"));
        Self { pages: Mutex::default(), build: hex::encode(&digest[..4]) }
    }

    /// Answers with the page of a conference; `render` makes it when the version at hand has not been rendered yet.
    pub async fn answer<Render: Future<Output = String>>(
        &self,
        hot: &HotConference,
        language: Language,
        headers: &HeaderMap,
        render: impl FnOnce() -> Render,
    ) -> Response {
        let stored = match self.find(hot, language) {
            Some(stored) => stored,
            None => self.keep(hot, language, render().await),
        };
        let (body, encoding) = stored.encoded(headers);
        let tag = encoding.unwrap_or("plain");
        let etag = format!("{}-{}-{}-{}-{tag}", hot.view.id, hot.view.version, language.tag(), self.build);
        let mut response = conditional(headers, &etag, || {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
        });
        let vary = HeaderValue::from_static("accept-encoding, accept-language, cookie");
        response.headers_mut().insert(header::VARY, vary);
        if let Some(encoding) = encoding.filter(|_| response.status().is_success()) {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn find(&self, hot: &HotConference, language: Language) -> Option<Arc<Stored>> {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(&(hot.view.id, language)).filter(|it| it.version == hot.view.version).cloned()
    }

    fn keep(&self, hot: &HotConference, language: Language, html: String) -> Arc<Stored> {
        let stored = Arc::new(Stored::new(hot.view.version, html));
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= CAPACITY {
            pages.clear();
        }
        pages.insert((hot.view.id, language), Arc::clone(&stored));
        stored
    }
}

impl Stored {
    fn new(version: i64, html: String) -> Self {
        let plain = Bytes::from(html);
        Self { version, brotli: brotli(&plain), gzip: gzip(&plain), plain }
    }

    /// The body in the best encoding that the asker takes.
    fn encoded(&self, headers: &HeaderMap) -> (Bytes, Option<&'static str>) {
        let accepted =
            headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
        let takes = |name: &str| {
            accepted.split(',').any(|part| {
                let mut pieces = part.split(';').map(str::trim);
                pieces.next() == Some(name)
                    && pieces.all(|it| !matches!(it, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
            })
        };
        match () {
            () if takes("br") => (self.brotli.clone(), Some("br")),
            () if takes("gzip") => (self.gzip.clone(), Some("gzip")),
            () => (self.plain.clone(), None),
        }
    }
}

fn brotli(plain: &[u8]) -> Bytes {
    const BUFFER: usize = 4096;
    /// The window's size as a power of two: pages are far smaller than 4 MiB.
    const WINDOW: u32 = 22;
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER, BROTLI_QUALITY, WINDOW);
    writer.write_all(plain).expect("pages are compressed in memory");
    Bytes::from(writer.into_inner())
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(plain).expect("pages are compressed in memory");
    Bytes::from(writer.finish().expect("pages are compressed in memory"))
}

#[cfg(test)]
mod tests {
    use plenary_app::Bundle;

    use super::*;

    #[test]
    fn what_a_browser_keeps_is_not_up_to_date_once_the_program_loads_other_files() {
        let build = |stylesheet: &str| {
            let bundle = Bundle { glue: "/assets/glue.js".to_owned(), wasm: "/assets/it.wasm".to_owned() };
            let assets = Assets {
                stylesheet: stylesheet.to_owned(),
                organizer_stylesheet: String::new(),
                start_script: String::new(),
                waiting_script: String::new(),
                registrant: bundle,
                organizer: None,
            };
            PageCache::new(&assets).build
        };
        assert_eq!(build("/assets/style-1.css"), build("/assets/style-1.css"));
        assert_ne!(build("/assets/style-1.css"), build("/assets/style-2.css"));
    }
}
