//! What organizers see of their conference's orders.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use plenary_shared::format::Locale;
use plenary_shared::registration::{History, Order};
use plenary_shared::{FieldError, Problem, Timestamp};
use serde::Deserialize;

use super::lists::{self, LONGEST_PAGE, ListQuery};
use super::{Room, follow};
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::{conditional, conditional_json};
use crate::http::input::{PathId, QueryInput};
use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::http::sse;
use crate::messaging;
use crate::registration::commands::ErasePersonalData;
use crate::registration::live::{self, HotConference, LiveOrder, News};
use crate::registration::order::ErasedBy;

/// What one conference's calls begin with.
const BASE: &str = "/api/management/conferences/{slug}";

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route(&format!("{BASE}/orders"), get(lists::orders))
        .route(&format!("{BASE}/attendees"), get(lists::attendees))
        .route(&format!("{BASE}/orders.csv"), get(lists::orders_csv))
        .route(&format!("{BASE}/attendees.csv"), get(lists::attendees_csv))
        .route(&format!("{BASE}/summary"), get(summary))
        .route(&format!("{BASE}/history"), get(history))
        .route(&format!("{BASE}/orders/{{id}}/personal-data"), delete(erase_personal_data))
}

pub(super) fn streams() -> Router<Arc<Room>> {
    Router::new().route(&format!("{BASE}/events"), get(events))
}

impl Room {
    /// The conference, to an organizer whose session has it.
    pub(super) async fn managed(
        &self,
        headers: &HeaderMap,
        slug: &str,
    ) -> Result<Arc<HotConference>, ApiError> {
        let id = self.sessions.authorize(headers, slug).await?;
        self.hot_conference(id).await
    }
}

#[derive(Debug, Deserialize)]
struct SummaryQuery {
    as_of: Option<String>,
}

impl SummaryQuery {
    /// The instant asked for.
    fn as_of(&self) -> Result<Option<Timestamp>, ApiError> {
        // A `+` that was not encoded has become a blank, which no instant ends with.
        let text = self.as_of.as_ref().map(|text| text.replace(' ', "+"));
        text.map(|text| text.parse()).transpose().map_err(|_| {
            let rule = "An instant like 2026-03-01T09:00:00.000Z is expected.";
            let error = FieldError::new("as_of", "instant", rule);
            Problem::new("malformed", 400, "The instant could not be read.").with_errors(vec![error]).into()
        })
    }
}

/// `GET …/{slug}/summary`
async fn summary(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<SummaryQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let Some(as_of) = query.as_of()? else {
        let summary = room.queries.summary(&hot).await?;
        let etag = format!("{}-summary-{}", hot.view.id, summary.position);
        return Ok(conditional(&headers, &etag, || Json(summary).into_response()));
    };
    let summary = room.queries.summary_as_of(&hot, as_of).await?;
    Ok(conditional_json(&headers, &summary))
}

/// `GET …/{slug}/history`
async fn history(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    reader: Reader,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let after = query.after(|cursor| cursor.parse().ok())?.unwrap_or(0);
    let locale = reader.locale();
    let page = room.queries.history(hot.view.id, query.order_id, after, query.limit(), locale).await?;
    let decisions = match query.order_id {
        Some(order_id) => room.queries.decisions(hot.view.id, order_id, locale).await?,
        None => Vec::new(),
    };
    let history = History { events: page.items, next: page.next, decisions };
    Ok(reader.mark(conditional_json(&headers, &history)))
}

/// `GET …/{slug}/events`
async fn events(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    reader: Reader,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let locale = reader.locale();
    // First listen, then read: what is committed in between comes twice and is sent once.
    let feed = room.live.follow_organizer(hot.view.id, locale);
    let head = room.queries.head(hot.view.id).await?;
    let summary = room.queries.summary(&hot).await?;
    let after = sse::last_event_id(&headers).unwrap_or(head);
    let missed = missed(Arc::clone(&room), hot, locale, (after, head));
    Ok(sse::stream(follow::organizer(feed, live::to_json(&summary).into(), missed, (after, head))))
}

/// What was recorded after position `after`, up to `head`, read as it is sent; before it the orders that it changed, each
/// once and as it is now. `None` where that could not be read.
fn missed(
    room: Arc<Room>,
    hot: Arc<HotConference>,
    locale: Locale,
    (after, head): (i64, i64),
) -> impl Stream<Item = Option<News>> + Send {
    let pages = stream::unfold((Some(after), HashSet::new()), move |(after, mut told)| {
        let (room, hot) = (Arc::clone(&room), Arc::clone(&hot));
        async move {
            let after = after.filter(|after| *after < head)?;
            let read = async {
                let mut page = room.queries.history(hot.view.id, None, after, LONGEST_PAGE, locale).await?;
                page.items.retain(|it| it.position <= head);
                let mut orders = Vec::new();
                for id in page.items.iter().filter_map(|it| it.order_id).filter(|id| told.insert(*id)) {
                    if let Some(view) = room.queries.order(id).await? {
                        orders.push(LiveOrder::new(view, Arc::clone(&hot), room.clock.now()).for_organizer());
                    }
                }
                Ok::<_, messaging::Error>((orders, page))
            };
            let (news, next) = match read.await {
                Ok((orders, page)) => {
                    let events = page.items.iter().map(|event| News::Activity(live::activity(event)));
                    let news = orders.into_iter().map(News::Order).chain(events).map(Some).collect();
                    (news, page.next.and_then(|next| next.parse().ok()))
                }
                Err(error) => {
                    tracing::error!(%error, "a resumed stream broke off");
                    (vec![None], None)
                }
            };
            Some((stream::iter(news), (next, told)))
        }
    });
    pages.flatten()
}

/// `DELETE …/{slug}/orders/{id}/personal-data`
async fn erase_personal_data(
    State(room): State<Arc<Room>>,
    PathId((slug, id)): PathId<(String, String)>,
    headers: HeaderMap,
    idempotency: Idempotency,
) -> Result<Committed<Json<Order>>, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let order_id = id.parse().map_err(|_| ApiError::not_found("This order"))?;
    let view = room.order_view(order_id).await?;
    if view.conference_id != hot.view.id {
        return Err(ApiError::not_found("This order"));
    }
    let command = ErasePersonalData { order_id, by: ErasedBy::Organizer };
    let (reply, order) = room.command_order((&view, b""), Reader(None), idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}
