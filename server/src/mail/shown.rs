//! Letters in a folder, as they read, for whoever tries the program out.

use super::post::Folder;

/// Letters in the list; older ones are in the folder.
const LISTED: usize = 200;

/// A letter as it would have been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub name: String,
    /// The tag of its language.
    pub language: String,
    pub from: String,
    pub to: String,
    pub date: String,
    pub subject: String,
    /// What it says, as the HTML that it was written in.
    pub body: String,
}

impl Shown {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let letter = unquoted(&String::from_utf8_lossy(bytes));
        let [from, to, date] = ["From", "To", "Date"].map(|field| header_of(&letter, field));
        Self {
            name: name.to_owned(),
            language: between(&letter, "<html lang=\"", "\"").to_owned(),
            from,
            to,
            date,
            subject: unescaped(between(&letter, "<title>", "</title>")),
            body: between(&letter, "<body>", "</body>").to_owned(),
        }
    }
}

/// The newest letters of a folder, the last one first.
///
/// # Errors
///
/// When the folder cannot be read.
pub async fn newest(folder: &Folder) -> std::io::Result<Vec<Shown>> {
    let mut letters = Vec::new();
    for name in folder.names().await?.iter().take(LISTED) {
        // One that has been destroyed meanwhile is none.
        if let Ok(Some(letter)) = folder.read(name).await {
            letters.push(Shown::of(name, &letter));
        }
    }
    Ok(letters)
}

/// One letter, if there is such a one.
///
/// # Errors
///
/// When it cannot be read.
pub async fn letter(folder: &Folder, name: &str) -> std::io::Result<Option<Shown>> {
    Ok(folder.read(name).await?.map(|letter| Shown::of(name, &letter)))
}

/// What a header of a letter says, its lines put together.
fn header_of(letter: &str, name: &str) -> String {
    let head = letter.split("\r\n\r\n").next().unwrap_or_default();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let found = head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_default().to_owned()
}

/// Quoted-printable text (RFC 2045, 6.7) as it reads: letters are written in no other form.
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::with_capacity(joined.len()), joined.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let quoted = (byte == b'=').then(|| after.get(..2)).flatten();
        let quoted = quoted.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(quoted.unwrap_or(byte));
        rest = if quoted.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What lies between two marks.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let rest = text.split_once(begin).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(found, _)| found)
}

/// Text as it was before it was made safe in HTML.
fn unescaped(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    marks.iter().fold(text.to_owned(), |text, (safe, mark)| text.replace(safe, mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::draft::escaped;

    #[test]
    fn a_subject_reads_as_it_was_written() {
        let subject = "\"Tom\" & Jerry's <script> &lt;";
        assert_eq!(unescaped(&escaped(subject)), subject);
    }

    #[test]
    fn quoted_text_reads_as_it_was_written() {
        assert_eq!(unquoted("2 =C3=97 Gen=\r\neral =3D 1=2"), "2 × General = 1=2");
    }

    #[test]
    fn a_long_header_is_put_together() {
        let letter = "To: Ada\r\n <ada@example.org>\r\nDate: today\r\n\r\nTo: nobody";
        assert_eq!(header_of(letter, "To"), "Ada <ada@example.org>");
        assert_eq!(header_of(letter, "From"), "");
    }
}
