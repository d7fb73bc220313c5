//! A letter before it is put into an envelope: its subject, and what it says in blocks that become plain text and
//! HTML alike.

use std::fmt::Write as _;

/// Columns of plain text.
const WIDTH: usize = 76;

/// One thing that a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Text(String),
    /// Something to keep or to type.
    Code {
        label: &'static str,
        code: String,
    },
    Link {
        label: &'static str,
        url: String,
    },
    List(Vec<String>),
}

/// What a letter says, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The language, for `lang` attributes.
    pub language: &'static str,
    pub subject: String,
    pub blocks: Vec<Block>,
}

impl Draft {
    /// As plain text: whole words on lines that every reader can show.
    pub fn text(&self) -> String {
        let blocks = self.blocks.iter().map(|block| match block {
            Block::Text(text) => wrapped(text),
            Block::Code { label, code } => format!("{label}\n\n    {code}"),
            Block::Link { label, url } => format!("{label}\n{url}"),
            Block::List(items) => items.iter().map(|it| format!("- {it}")).collect::<Vec<_>>().join("\n"),
        });
        blocks.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    /// As HTML without anything that a mail reader would block.
    pub fn html(&self) -> String {
        let mut body = String::new();
        for block in &self.blocks {
            // Writing to a string cannot fail.
            let _ = match block {
                Block::Text(text) => writeln!(body, "<p>{}</p>", escaped(text)),
                Block::Code { label, code } => {
                    writeln!(
                        body,
                        "<p>{}<br><strong><code>{}</code></strong></p>",
                        escaped(label),
                        escaped(code)
                    )
                }
                Block::Link { label, url } => {
                    writeln!(body, "<p><a href=\"{}\">{}</a></p>", escaped(url), escaped(label))
                }
                Block::List(items) => {
                    let items: Vec<_> = items.iter().map(|it| format!("<li>{}</li>", escaped(it))).collect();
                    let items = items.concat();
                    writeln!(body, "<ul>{items}</ul>")
                }
            };
        }
        let (language, subject) = (self.language, escaped(&self.subject));
        format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\n\
             <body>\n{body}</body></html>\n"
        )
    }
}

/// Text as it is safe in HTML, also between quotes.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            lines.push('\n');
            width = 0;
        } else if width > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            language: "en",
            subject: "Tom & Jerry".into(),
            blocks: vec![
                Block::Text("<script>alert(1)</script>".into()),
                Block::Code { label: "Code", code: "ABC".into() },
                Block::Link { label: "Go", url: "https://example.org/?a=1&b=\"2\"".into() },
                Block::List(vec!["2 × General".into()]),
            ],
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let text = "<script>alert(1)</script>\n\nCode\n\n    ABC\n\nGo\nhttps://example.org/?a=1&b=\"2\"\n\n- 2 × General\n";
        assert_eq!(draft().text(), text);
        let html = draft().html();
        assert!(
            html.contains("<title>Tom &amp; Jerry</title>") && html.contains("<li>2 × General</li>"),
            "{html}"
        );
    }

    #[test]
    fn what_people_wrote_is_no_markup() {
        let html = draft().html();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
        assert!(html.contains("href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\""), "{html}");
    }

    #[test]
    fn lines_are_short_and_no_word_is_lost() {
        let text = "word ".repeat(60) + &"x".repeat(100);
        let wrapped = wrapped(&text);
        assert!(wrapped.lines().all(|line| line.len() <= WIDTH || !line.contains(' ')), "{wrapped}");
        assert!(wrapped.split_whitespace().eq(text.split_whitespace()));
    }
}
