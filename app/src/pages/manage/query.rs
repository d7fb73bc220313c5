//! Filters in the address, so that what is on screen can be sent to somebody.

/// The value of `name` in a query without its question mark; empty when it is not there.
pub fn value(query: &str, name: &str) -> String {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.into_iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| decoded(value)).unwrap_or_default()
}

/// A query of what has a value, with its question mark; empty when nothing has.
pub fn of(pairs: &[(&str, &str)]) -> String {
    let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<_> = filled.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) }
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(hex(byte >> 4));
            encoded.push(hex(byte & 15));
        }
    }
    encoded
}

fn hex(digit: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(digit)])
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = tail
            .get(..2)
            .filter(|_| byte == b'%')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        rest = if escaped.is_some() { &tail[2..] } else { tail };
        bytes.push(escaped.unwrap_or(if byte == b'+' { b' ' } else { byte }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_into_a_query_is_read_from_it() {
        for text in ["Ada", "a b+c&d=e", "Größe 100 %", "日本"] {
            let query = of(&[("status", ""), ("q", text)]);
            assert_eq!(value(query.trim_start_matches('?'), "q"), text, "{query}");
        }
    }

    #[test]
    fn a_query_of_nothing_is_nothing() {
        assert_eq!(of(&[("q", "")]), "");
        assert_eq!(value("", "q"), "");
    }

    #[test]
    fn a_broken_escape_stands_for_itself() {
        assert_eq!(value("q=100%&x=1", "q"), "100%");
        assert_eq!(value("q=%zz+%41", "q"), "%zz A");
    }
}
