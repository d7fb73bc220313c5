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
    fn a_long_name_suggests_a_slug_that_is_accepted() {
        let slug = suggested(&"Grüße an alle ".repeat(20));
        assert!(is_slug(&slug), "{slug}");
    }
}
