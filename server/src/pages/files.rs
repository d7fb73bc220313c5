//! What is no page: a conference for calendars, and the list of pages for search engines.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use plenary_app::Route;
use uuid::Uuid;

use super::{Faces, failure, language_at};
use crate::calendar;
use crate::http::headers::conditional;
use crate::http::language::Reader;
use crate::http::problem::ApiError;

/// Conferences that are read at once for the list.
const PAGE: i64 = 500;
/// The most conferences in the list, a fifth of what one such file may hold.
const MOST: usize = 10_000;

/// A published conference as a file for calendars.
pub(super) async fn calendar(faces: &Faces, slug: &str, (uri, headers): (&Uri, &HeaderMap)) -> Response {
    let hot = match faces.registration.published(slug).await {
        Ok(hot) => hot,
        Err(error) => return failure(faces, headers, error),
    };
    let reader = Reader(Some(language_at(uri, headers).locale()));
    let conference = hot.for_reader(reader.0);
    let etag = format!("{}-{}-{}-calendar", conference.id, conference.version, reader.tag());
    reader.mark(conditional(headers, &etag, || {
        let page = Route::Conference { slug: conference.slug.clone() }.path();
        let url = format!("{}{page}", faces.public_url);
        let body = calendar::file(conference, &url, faces.registration.clock.now());
        let name = format!("attachment; filename=\"{}.ics\"", conference.slug);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(calendar::MEDIA_TYPE)),
            (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("slugs are header values")),
        ];
        (headers, body).into_response()
    }))
}

/// A published conference as the picture that other sites show with a link to it.
pub(super) async fn picture(faces: &Faces, slug: &str, (uri, headers): (&Uri, &HeaderMap)) -> Response {
    let hot = match faces.registration.published(slug).await {
        Ok(hot) => hot,
        Err(error) => return failure(faces, headers, error),
    };
    let language = language_at(uri, headers);
    let Some(file) = faces.pictures.of(&hot, language).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let etag = format!("{}-{}-{}-picture", hot.view.id, hot.view.version, language.tag());
    conditional(headers, &etag, || {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
            (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
            (header::VARY, HeaderValue::from_static("accept-language, cookie")),
            // Whoever shows a link to the page shows this.
            (CROSS_ORIGIN, HeaderValue::from_static("cross-origin")),
        ];
        (headers, file).into_response()
    })
}

const CROSS_ORIGIN: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// `GET /sitemap.xml`: the front page and every published conference.
pub(super) async fn sitemap(State(faces): State<Arc<Faces>>) -> Result<Response, ApiError> {
    let mut paths = vec![Route::Conferences.path()];
    let mut after: Option<(String, Uuid)> = None;
    loop {
        let page = faces.registration.queries.conferences("", after, (PAGE, None)).await?;
        paths.extend(page.items.iter().map(|it| Route::Conference { slug: it.slug.clone() }.path()));
        after = page.items.last().map(|it| (it.start_date.to_string(), it.id.0));
        if page.next.is_none() || paths.len() >= MOST {
            break;
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((headers, listed(&faces.public_url, &paths)).into_response())
}

/// The list at <https://www.sitemaps.org/protocol.html>. Paths of pages need no escapes.
fn listed(public_url: &str, paths: &[String]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for path in paths {
        // Writing to a string cannot fail.
        let _ = writeln!(xml, "<url><loc>{public_url}{path}</loc></url>");
    }
    xml + "</urlset>\n"
}
