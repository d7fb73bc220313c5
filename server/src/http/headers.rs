//! Headers that every answer has, and conditional reads.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use plenary_shared::Problem;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::ApiError;
use crate::messaging::hex;

/// Nothing but our own files; WebAssembly may be compiled, nothing else evaluated.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Sets what is the same on every answer, without touching what a handler has set.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses commands that another site had a browser send.
pub async fn same_site(request: Request, next: Next) -> Response {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS];
    if !reads.contains(request.method()) && is_cross_site(request.headers()) {
        let title = "This request came from another site.";
        return ApiError::from(Problem::new("cross-site", 403, title)).into_response();
    }
    next.run(request).await
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&header::ORIGIN) else { return false };
    let host = text(&header::HOST).unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, authority)| authority != host)
}

/// Answers a read: 304 when the asker has this version already.
pub fn conditional(asked: &HeaderMap, etag: &str, answer: impl FnOnce() -> Response) -> Response {
    let quoted = format!("\"{etag}\"");
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let matches = known
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == quoted || tag == "*");
    let mut response = if matches { StatusCode::NOT_MODIFIED.into_response() } else { answer() };
    let value = HeaderValue::from_str(&format!("W/{quoted}")).expect("versions and forms are header values");
    response.headers_mut().insert(header::ETAG, value);
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// Answers a read of what has no version of its own: the tag is made of everything that is shown. It is for this asker
/// alone.
pub fn conditional_json(asked: &HeaderMap, shown: &impl Serialize) -> Response {
    let json = serde_json::to_vec(shown).expect("views are JSON");
    let etag = hex(&Sha256::digest(&json)[..12]);
    conditional(asked, &etag, || {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        ];
        (headers, json).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_commands_of_our_own_pages_pass() {
        let cases: [(&[(&str, &str)], bool); 6] = [
            (&[], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("origin", "https://a.example"), ("host", "a.example")], false),
            (&[("origin", "https://b.example"), ("host", "a.example")], true),
        ];
        for (pairs, expected) in cases {
            let pairs: Vec<_> = pairs.to_vec();
            let map = pairs
                .into_iter()
                .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(is_cross_site(&map), expected);
        }
    }

    #[test]
    fn a_known_version_is_not_sent_again() {
        let answer = || StatusCode::OK.into_response();
        let known = headers(&[("if-none-match", "W/\"3-full\"")]);
        assert_eq!(conditional(&known, "3-full", answer).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(conditional(&known, "4-full", answer).status(), StatusCode::OK);
        assert_eq!(conditional(&HeaderMap::new(), "3-full", answer).status(), StatusCode::OK);
    }
}
