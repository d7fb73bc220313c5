//! Which language something is read in: what the address says, else what was chosen before, else what the browser prefers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use plenary_shared::format::Locale;

use super::cookies::{self, Transport};

const COOKIE: &str = "plenary_language";
/// What an address says it with: `?lang=de`.
pub const PARAMETER: &str = "lang";
/// How long a choice is remembered, in seconds: a year.
const REMEMBERED_S: u64 = 365 * 24 * 60 * 60;

/// A sentence in a reader's language: in English, then in German.
#[macro_export]
macro_rules! say {
    ($locale:expr, $english:literal, $german:literal $(,)?) => {
        match $locale {
            plenary_shared::format::Locale::En => format!($english),
            plenary_shared::format::Locale::De => format!($german),
        }
    };
}

/// The language that an address asks for.
pub fn asked_for(uri: &Uri) -> Option<Locale> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(uri.query()?).ok()?;
    pairs.into_iter().find(|(name, _)| name == PARAMETER).and_then(|(_, tag)| Locale::parse(&tag))
}

/// The language of whoever sends these headers; `None` when they say nothing of it.
pub fn of(headers: &HeaderMap) -> Option<Locale> {
    let chosen = cookies::values(headers, COOKIE).find_map(Locale::parse);
    chosen.or_else(|| {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Some(Locale::accepted(accepted))
    })
}

/// The language that the sender of a request reads, as her address or her headers say; `None` when neither says one: she
/// reads conferences in their own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader(pub Option<Locale>);

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(asked_for(&parts.uri).or_else(|| of(&parts.headers))))
    }
}

impl Reader {
    /// The language of sentences that are the program's own.
    pub fn locale(self) -> Locale {
        self.0.unwrap_or_default()
    }

    /// Distinguishes what is read in one language from what is read in another, for tags of versions.
    pub fn tag(self) -> &'static str {
        self.0.map_or("own", Locale::tag)
    }

    /// Says of an answer that it was made for this reader, and by what another would get another.
    pub fn mark(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
        if let Some(locale) = self.0 {
            headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
        }
        response
    }
}

/// Remembers a choice.
pub fn remember(locale: Locale, transport: Transport) -> HeaderValue {
    cookies::set(COOKIE, locale.tag(), REMEMBERED_S, transport)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn an_address_may_ask_for_a_language() {
        let asked = |address: &str| asked_for(&address.parse().unwrap());
        assert_eq!(asked("/x?a=1&lang=de"), Some(Locale::De));
        assert_eq!(asked("/x?lang=EN"), Some(Locale::En));
        for other in ["/x", "/x?lang=", "/x?lang=fr", "/x?language=de"] {
            assert_eq!(asked(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_chosen_counts_more_than_what_the_browser_prefers() {
        let german = || (header::ACCEPT_LANGUAGE, "de");
        assert_eq!(of(&headers(&[])), None);
        assert_eq!(of(&headers(&[german()])), Some(Locale::De));
        let chosen = (header::COOKIE, "a=b; plenary_language=en");
        assert_eq!(of(&headers(&[german(), chosen])), Some(Locale::En));
        let nonsense = (header::COOKIE, "plenary_language=klingon");
        assert_eq!(of(&headers(&[german(), nonsense])), Some(Locale::De));
    }

    #[test]
    fn a_choice_is_remembered_for_a_year() {
        let cookie = remember(Locale::De, Transport::Plain);
        assert_eq!(cookie, "plenary_language=de; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    }
}
