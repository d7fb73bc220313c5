//! `/dev/mail`: the letters that were written to a folder, for whoever tries the program out. It is there in the demo
//! alone, and never where letters are sent.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::draft::escaped;
use super::post::Folder;

/// Letters in the list; older ones are in the folder.
const LISTED: usize = 200;

/// The pages, over the folder that letters are written to.
pub fn routes(folder: Folder) -> Router {
    Router::new().route("/dev/mail", get(list)).route("/dev/mail/{name}", get(show)).with_state(folder)
}

async fn list(State(folder): State<Folder>) -> Response {
    let Ok(names) = folder.names().await else { return unreadable() };
    let mut items = String::new();
    for name in names.iter().take(LISTED) {
        let Ok(Some(letter)) = folder.read(name).await else { continue };
        let letter = unquoted(&String::from_utf8_lossy(&letter));
        let subject = between(&letter, "<title>", "</title>");
        let [to, date] = ["To", "Date"].map(|field| escaped(&header_of(&letter, field)));
        // Writing to a string cannot fail.
        let _ = writeln!(items, "<li><a href=\"/dev/mail/{name}\">{subject}</a> to {to}, {date}</li>");
    }
    if items.is_empty() {
        items.push_str("<li>Nothing was written yet.</li>");
    }
    page("Letters", &format!("<ul>\n{items}</ul>"))
}

async fn show(State(folder): State<Folder>, Path(name): Path<String>) -> Response {
    match folder.read(&name).await {
        Ok(Some(letter)) => {
            let letter = unquoted(&String::from_utf8_lossy(&letter));
            let fields = ["From", "To", "Date", "Message-ID"];
            let fields = fields.map(|name| format!("{name}: {}<br>", escaped(&header_of(&letter, name))));
            let subject = between(&letter, "<title>", "</title>");
            let body = between(&letter, "<body>", "</body>");
            let all = "<p><a href=\"/dev/mail\">All letters</a></p>";
            page(subject, &format!("{all}\n<p>{}</p>\n{body}", fields.concat()))
        }
        Ok(None) => (StatusCode::NOT_FOUND, Html("There is no such letter.\n")).into_response(),
        Err(_) => unreadable(),
    }
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><main><h1>{title}</h1>\n{body}\n</main></body></html>\n"
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn unreadable() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, Html("The folder of letters cannot be read.\n")).into_response()
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

#[cfg(test)]
mod tests {
    use super::*;

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
