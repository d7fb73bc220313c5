//! What everybody may read: conferences, their availability, what seats would cost.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::{Room, codes, follow};
use crate::http::headers::{conditional, conditional_json};
use crate::http::input::{PathId, QueryInput};
use crate::http::language::{self, Reader};
use crate::http::problem::ApiError;
use crate::http::sse;
use crate::registration::catalogue::Catalogue;
use crate::registration::commands::not_on_sale;
use crate::registration::live::HotConference;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/api/conferences", get(conferences))
        .route("/api/conferences/{slug}", get(conference))
        .route("/api/conferences/{slug}/quote", post(codes::quote))
}

pub(super) fn streams() -> Router<Arc<Room>> {
    Router::new().route("/api/conferences/{slug}/events", get(conference_events))
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    #[serde(default)]
    q: String,
    after: Option<String>,
    limit: Option<i64>,
}

/// How many conferences a page has, at most and when not asked.
const LONGEST_LIST: i64 = 100;

/// `GET /api/conferences`
async fn conferences(
    State(room): State<Arc<Room>>,
    OriginalUri(uri): OriginalUri,
    reader: Reader,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let limit = query.limit.unwrap_or(LONGEST_LIST).clamp(1, LONGEST_LIST);
    let after = query.after.as_deref().and_then(|cursor| {
        let (date, id) = cursor.split_once('_')?;
        Some((date.to_owned(), id.parse::<Uuid>().ok()?))
    });
    let page = room.queries.conferences(&query.q, after, (limit, reader.0)).await?;
    let mut response = reader.mark(conditional_json(&headers, &page.items));
    if let Some(next) = page.next {
        let mut query = vec![("q", query.q), ("limit", limit.to_string()), ("after", next)];
        query.extend(language::asked_for(&uri).map(|locale| (language::PARAMETER, locale.tag().to_owned())));
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        let link = format!("</api/conferences?{query}>; rel=\"next\"");
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

impl Room {
    /// A conference that everybody may see.
    ///
    /// # Errors
    ///
    /// A problem when there is none or it is not published.
    pub async fn published(&self, slug: &str) -> Result<Arc<HotConference>, ApiError> {
        let hot = self.queries.conference(slug).await?;
        let hot = hot.ok_or_else(|| ApiError::from(not_on_sale(&Catalogue::default())))?;
        if hot.conference.published { Ok(hot) } else { Err(not_on_sale(&hot.view.catalogue).into()) }
    }
}

/// `GET /api/conferences/{slug}`
async fn conference(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let hot = room.published(&slug).await?;
    let etag = format!("{}-{}-{}", hot.view.id, hot.view.version, reader.tag());
    Ok(reader.mark(conditional(&headers, &etag, || {
        ([(header::CONTENT_TYPE, "application/json")], hot.json(reader.0)).into_response()
    })))
}

/// `GET /api/conferences/{slug}/events`
async fn conference_events(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    Reader(reader): Reader,
) -> Result<Response, ApiError> {
    let hot = room.published(&slug).await?;
    let feed = room.live.follow_conference(hot.view.id);
    let feed = feed.ok_or_else(|| ApiError::not_found("This conference"))?;
    Ok(sse::stream(follow::conference(feed, reader)))
}
