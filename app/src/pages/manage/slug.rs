//! The address that a conference's name suggests.

/// The longest slug.
const LONGEST: usize = 60;

/// A slug made of `name`: small letters, digits and single hyphens. Umlauts are written out, accents and all other
/// characters dropped.
pub fn suggested(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match written_out(character) {
            Some(text) => slug.push_str(text),
            None if character.is_ascii_alphanumeric() => slug.push(character),
            None if is_gap(character) && !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    slug.truncate(LONGEST);
    slug.trim_end_matches('-').to_owned()
}

/// The slug of the conference after one: `rustconf-2027` after `rustconf-2026`, `rustconf-2` after `rustconf`.
pub fn next(slug: &str) -> String {
    let (stem, digits) = slug.split_at(slug.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    match digits.parse::<u64>() {
        Ok(number) if number < 1_000_000_000 => format!("{stem}{:0width$}", number + 1, width = digits.len()),
        _ => {
            let stem: String = slug.chars().take(LONGEST - 2).collect();
            format!("{stem}-2")
        }
    }
}

const fn written_out(character: char) -> Option<&'static str> {
    Some(match character {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' | 'ø' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ù' | 'ú' | 'û' => "u",
        _ => return None,
    })
}

fn is_gap(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '–' | '—' | '_' | '/' | '.' | ':' | '&' | '+')
}

#[cfg(test)]
mod tests {
    use plenary_shared::validation::is_slug;

    use super::*;

    #[test]
    fn a_name_suggests_its_slug() {
        let cases = [
            ("RustConf 2027", "rustconf-2027"),
            ("Tag der Küche & Gäste", "tag-der-kueche-gaeste"),
            ("Größe – Maß", "groesse-mass"),
            ("Café  au   lait!", "cafe-au-lait"),
            ("  --Leading", "leading"),
            ("日本語 Conf", "conf"),
            ("!?", ""),
        ];
        for (name, slug) in cases {
            assert_eq!(suggested(name), slug, "{name}");
        }
    }

    #[test]
    fn the_next_of_a_series_is_numbered() {
        let cases = [
            ("rustconf-2026", "rustconf-2027"),
            ("rustconf", "rustconf-2"),
            ("rustconf-2", "rustconf-3"),
            ("day09", "day10"),
        ];
        for (slug, following) in cases {
            assert_eq!(next(slug), following);
        }
        assert!(is_slug(&next(&"a".repeat(60))));
    }

    #[test]
    fn a_long_name_suggests_a_slug_that_is_accepted() {
        let slug = suggested(&"Grüße an alle ".repeat(20));
        assert!(is_slug(&slug), "{slug}");
    }
}
