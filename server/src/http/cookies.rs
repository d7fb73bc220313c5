//! Cookies: read from a request, and set so that no script and no other site can use them.

use axum::http::{HeaderMap, HeaderValue, header};

/// How browsers reach us, which decides whether cookies may travel without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Plain,
    /// The public URL is `https`: cookies are `Secure`.
    Tls,
}

impl Transport {
    /// The transport of the URL that the public knows.
    pub fn of(public_url: &str) -> Self {
        let is_tls = public_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        if is_tls { Self::Tls } else { Self::Plain }
    }
}

/// Every value that the browser sent under this name; more than one when somebody planted another.
pub fn values<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

/// Sets a cookie for `max_age_s` seconds; zero removes it.
///
/// # Panics
///
/// When `value` holds what a header cannot: it must be made of visible ASCII characters.
pub fn set(name: &str, value: &str, max_age_s: u64, transport: Transport) -> HeaderValue {
    let secure = if transport == Transport::Tls { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).expect("cookies are made of visible ASCII characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_name_is_found() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=2;a=3"));
        headers.append(header::COOKIE, HeaderValue::from_static("a=4; aa=5"));
        assert_eq!(values(&headers, "a").collect::<Vec<_>>(), ["1", "3", "4"]);
    }

    #[test]
    fn cookies_are_secure_where_the_public_url_is() {
        let cookie = |url| set("n", "v", 60, Transport::of(url));
        assert_eq!(cookie("http://a"), "n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        assert_eq!(cookie("HTTPS://a"), "n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
    }
}
