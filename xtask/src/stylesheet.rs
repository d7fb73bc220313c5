//! Many files of styles, one small file for browsers.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

/// The file that lists the others in their order; without it they follow each other by name.
const MAIN: &str = "main.css";

/// Joins files (name → text): `main.css` with each `@import "name";` replaced by that file.
///
/// A file that nothing imports was forgotten, and that is an error.
pub fn join(files: &BTreeMap<String, String>) -> Result<String> {
    let Some(main) = files.get(MAIN) else {
        return Ok(files.values().fold(String::new(), |all, text| all + text + "\n"));
    };
    let mut joined = String::new();
    let mut imported = vec![MAIN];
    for line in main.lines() {
        let Some(name) = imported_name(line) else {
            joined.push_str(line);
            joined.push('\n');
            continue;
        };
        let file = files.get_key_value(name);
        ensure!(file.is_some(), "style/{MAIN} imports {name}, which is not in style/");
        if let Some((name, text)) = file {
            imported.push(name);
            joined.push_str(text);
            joined.push('\n');
        }
    }
    for name in files.keys() {
        ensure!(imported.contains(&name.as_str()), "style/{name} is not imported by style/{MAIN}");
    }
    Ok(joined)
}

fn imported_name(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("@import")?.trim();
    let name = rest.strip_suffix(';')?.trim().trim_matches(['"', '\'']);
    Some(name.strip_prefix("./").unwrap_or(name))
}

/// Without comments, and without white space that separates nothing.
///
/// Changes no token, so it cannot change what a rule means; the compression that follows does the rest.
pub fn minify(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '/' if rest.starts_with("/*") => {
                space(&mut out);
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            }
            '"' | '\'' => {
                let end = string_end(rest, first);
                out.push_str(&rest[..end]);
                end
            }
            _ if first.is_whitespace() => {
                space(&mut out);
                first.len_utf8()
            }
            '{' | '}' | ';' | ',' => {
                unspace(&mut out);
                out.push(first);
                1
            }
            _ => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out.truncate(out.trim_end().len());
    out
}

/// One blank, unless what precedes it separates already.
fn space(out: &mut String) {
    if !matches!(out.chars().last(), None | Some(' ' | '{' | '}' | ';' | ',')) {
        out.push(' ');
    }
}

fn unspace(out: &mut String) {
    if out.ends_with(' ') {
        out.pop();
    }
}

/// The length of the string at the start of `text`, with its quotes.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn main_decides_the_order() {
        let files = files(&[
            ("a.css", "a{}"),
            ("main.css", "@import \"./z.css\";\n@import \"a.css\";\nm{}"),
            ("z.css", "z{}"),
        ]);
        assert_eq!(join(&files).unwrap(), "z{}\na{}\nm{}\n");
    }

    #[test]
    fn without_main_names_decide() {
        assert_eq!(join(&files(&[("b.css", "b{}"), ("a.css", "a{}")])).unwrap(), "a{}\nb{}\n");
    }

    #[test]
    fn a_forgotten_or_missing_file_is_an_error() {
        assert!(join(&files(&[("main.css", ""), ("a.css", "")])).is_err());
        assert!(join(&files(&[("main.css", "@import \"a.css\";")])).is_err());
    }

    #[test]
    fn minified_rules_mean_the_same() {
        let text = "/* page */\n:root {\n  --gap: 4px;\n}\n\nmain > p , a :hover {\n  margin: calc(1px + 2px) ;\n  content: \"/* a  b */\\\"\";\n}\n";
        assert_eq!(
            minify(text),
            ":root{--gap: 4px;}main > p,a :hover{margin: calc(1px + 2px);content: \"/* a  b */\\\"\";}"
        );
    }

    #[test]
    fn a_comment_still_separates() {
        assert_eq!(minify("a/**/b{}"), "a b{}");
        assert_eq!(minify("a{}/* never closed"), "a{}");
    }
}
