//! What organizers see of their conference's orders.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use plenary_shared::registration::{
    AttendeeRow, AttendeeRows, History, Order, OrderStatus, OrganizerOrder, OrganizerOrders, Person,
};
use plenary_shared::{ConferenceId, FieldError, OrderId, Problem, SeatTypeId, Timestamp};
use serde::Deserialize;

use super::{Room, follow};
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::{conditional, conditional_json};
use crate::http::input::{PathId, QueryInput};
use crate::http::problem::ApiError;
use crate::http::sse;
use crate::registration::commands::ErasePersonalData;
use crate::registration::live::{self, Activity, HotConference};
use crate::registration::order::ErasedBy;
use crate::registration::queries::Filter;

pub(super) fn routes() -> Router<Arc<Room>> {
    const BASE: &str = "/api/management/conferences/{slug}";
    Router::new()
        .route(&format!("{BASE}/orders"), get(orders))
        .route(&format!("{BASE}/attendees"), get(attendees))
        .route(&format!("{BASE}/orders.csv"), get(orders_csv))
        .route(&format!("{BASE}/attendees.csv"), get(attendees_csv))
        .route(&format!("{BASE}/summary"), get(summary))
        .route(&format!("{BASE}/history"), get(history))
        .route(&format!("{BASE}/events"), get(events))
        .route(&format!("{BASE}/orders/{{id}}/personal-data"), delete(erase_personal_data))
}

/// How many rows a page has, at most and when not asked.
pub(super) const LONGEST_PAGE: i64 = 500;
pub(super) const PAGE: i64 = 50;

#[derive(Debug, Deserialize)]
struct ListQuery {
    status: Option<String>,
    seat_type_id: Option<SeatTypeId>,
    q: Option<String>,
    order_id: Option<OrderId>,
    after: Option<String>,
    limit: Option<i64>,
}

impl ListQuery {
    fn limit(&self) -> i64 {
        self.limit.unwrap_or(PAGE).clamp(1, LONGEST_PAGE)
    }

    fn filter(&self) -> Result<Filter, ApiError> {
        let status = match self.status.as_deref() {
            None | Some("") => None,
            Some(name) => Some(OrderStatus::parse(name).ok_or_else(|| {
                ApiError::invalid(vec![FieldError::new("status", "unknown", "There is no such status.")])
            })?),
        };
        let (order_id, seat_type_id) = (self.order_id, self.seat_type_id);
        Ok(Filter { order_id, status, seat_type_id, text: self.q.clone() })
    }

    /// The cursor as what it should be.
    fn after<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        let Some(cursor) = self.after.as_deref() else { return Ok(None) };
        parse(cursor).map(Some).ok_or_else(|| {
            ApiError::invalid(vec![FieldError::new(
                "after",
                "cursor",
                "Send what the last page gave as `next`.",
            )])
        })
    }
}

fn seat_cursor(cursor: &str) -> Option<(OrderId, i64)> {
    let (order, position) = cursor.split_once('_')?;
    Some((order.parse().ok()?, position.parse().ok()?))
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

/// `GET …/{slug}/orders`
async fn orders(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    // Whatever changes an order moves the log; the time in each of them is no change.
    let head = room.queries.head(hot.view.id).await?;
    let after = query.after(|cursor| cursor.parse().ok())?;
    let page = room.queries.organizer_orders(&hot, &query.filter()?, after, query.limit()).await?;
    let orders = OrganizerOrders { orders: page.items, next: page.next };
    let etag = format!("{}-orders-{head}", hot.view.id);
    Ok(conditional(&headers, &etag, || Json(orders).into_response()))
}

/// `GET …/{slug}/attendees`
async fn attendees(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let after = query.after(seat_cursor)?;
    let page = room.queries.attendees(hot.view.id, &query.filter()?, after, query.limit()).await?;
    Ok(conditional_json(&headers, &AttendeeRows { attendees: page.items, next: page.next }))
}

/// `GET …/{slug}/orders.csv`
async fn orders_csv(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    const COLUMNS: [&str; 13] = [
        "order_id",
        "access_code",
        "status",
        "placed_at",
        "first_name",
        "last_name",
        "email",
        "seats",
        "total",
        "currency",
        "free",
        "promo_codes",
        "discount",
    ];
    let hot = room.managed(&headers, &slug).await?;
    let filter = query.filter()?;
    let rows = stream::unfold(Some(None), move |after| {
        let (room, hot, filter) = (Arc::clone(&room), Arc::clone(&hot), filter.clone());
        async move {
            let page = room.queries.organizer_orders(&hot, &filter, after?, LONGEST_PAGE).await;
            let page = page.inspect_err(|error| tracing::error!(%error, "an export broke off")).ok()?;
            let next = page.next.and_then(|next| next.parse().ok());
            Some((csv_rows(page.items.iter().map(order_row)), next.map(Some)))
        }
    });
    Ok(csv_response("orders", csv_header(&COLUMNS), rows))
}

fn order_row(row: &OrganizerOrder) -> Vec<String> {
    let order = &row.order;
    let seats: Vec<_> = order.seats.iter().map(|seat| format!("{} × {}", seat.reserved, seat.name)).collect();
    let codes: Vec<_> = order.discounts.iter().map(|it| it.code.as_str()).collect();
    let digits = order.total.currency.minor_digits();
    let mut cells = vec![
        order.id.to_string(),
        order.access_code.clone().unwrap_or_default(),
        order.status.as_str().to_owned(),
        order.placed_at.to_string(),
    ];
    cells.extend(person_cells(order.registrant.as_ref()));
    cells.extend([
        seats.join(", "),
        decimal(order.total.amount, digits),
        order.total.currency.to_string(),
        order.free.to_string(),
        codes.join(", "),
        decimal(order.discounts.iter().map(|it| it.amount.amount).sum(), digits),
    ]);
    cells
}

/// An amount without its currency, for spreadsheets.
fn decimal(amount: i64, digits: u32) -> String {
    let unit = 10_i64.pow(digits);
    match digits {
        0 => amount.to_string(),
        _ => format!("{}.{:0width$}", amount / unit, (amount % unit).abs(), width = digits as usize),
    }
}

fn person_cells(person: Option<&Person>) -> [String; 3] {
    person.map_or_else(Default::default, |it| [it.first_name.clone(), it.last_name.clone(), it.email.clone()])
}

/// `GET …/{slug}/attendees.csv`
async fn attendees_csv(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    const COLUMNS: [&str; 8] =
        ["order_id", "position", "seat_type", "first_name", "last_name", "email", "ticket", "checked_in_at"];
    let hot = room.managed(&headers, &slug).await?;
    let filter = query.filter()?;
    let rows = stream::unfold(Some(None), move |after| {
        let (room, hot, filter) = (Arc::clone(&room), Arc::clone(&hot), filter.clone());
        async move {
            let page = room.queries.attendees(hot.view.id, &filter, after?, LONGEST_PAGE).await;
            let page = page.inspect_err(|error| tracing::error!(%error, "an export broke off")).ok()?;
            let next = page.next.as_deref().and_then(seat_cursor);
            Some((csv_rows(page.items.iter().map(attendee_row)), next.map(Some)))
        }
    });
    Ok(csv_response("attendees", csv_header(&COLUMNS), rows))
}

fn attendee_row(row: &AttendeeRow) -> Vec<String> {
    let mut cells =
        vec![row.order_id.to_string(), (row.position + 1).to_string(), row.seat_type_name.clone()];
    cells.extend(person_cells(row.attendee.as_ref()));
    cells.extend([row.ticket.clone(), row.checked_in_at.map(|at| at.to_string()).unwrap_or_default()]);
    cells
}

fn csv_header(columns: &[&str]) -> Bytes {
    csv_rows(std::iter::once(columns.iter().map(|column| (*column).to_owned()).collect()))
}

fn csv_rows(rows: impl Iterator<Item = Vec<String>>) -> Bytes {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| defuse(cell))).expect("rows are written to memory");
    }
    Bytes::from(writer.into_inner().expect("rows are written to memory"))
}

/// A spreadsheet takes a cell that begins like a formula for one; a quote before it says that it is text.
fn defuse(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

fn csv_response(name: &str, first: Bytes, rows: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    // Fused: whoever sends a body may ask once more after its end, which `unfold` answers with a panic.
    let body = stream::once(std::future::ready(first)).chain(rows.fuse()).map(Ok::<_, Infallible>);
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).expect("the name of a list is a header value"),
    );
    response
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
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let after = query.after(|cursor| cursor.parse().ok())?.unwrap_or(0);
    let page = room.queries.history(hot.view.id, query.order_id, after, query.limit()).await?;
    let decisions = match query.order_id {
        Some(order_id) => room.queries.decisions(hot.view.id, order_id).await?,
        None => Vec::new(),
    };
    Ok(conditional_json(&headers, &History { events: page.items, next: page.next, decisions }))
}

/// `GET …/{slug}/events`
async fn events(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    // First listen, then read: what is committed in between comes twice and is sent once.
    let feed = room.live.follow_organizer(hot.view.id);
    let head = room.queries.head(hot.view.id).await?;
    let summary = room.queries.summary(&hot).await?;
    let after = sse::last_event_id(&headers).unwrap_or(head);
    let missed = missed(Arc::clone(&room), hot.view.id, after, head);
    Ok(sse::stream(follow::organizer(feed, live::summary_message(&summary), missed, head)))
}

/// What was recorded after position `after`, up to `head`, read as it is sent.
fn missed(
    room: Arc<Room>,
    conference_id: ConferenceId,
    after: i64,
    head: i64,
) -> impl Stream<Item = Activity> + Send {
    let pages = stream::unfold(Some(after), move |after| {
        let room = Arc::clone(&room);
        async move {
            let after = after.filter(|after| *after < head)?;
            let page = room.queries.history(conference_id, None, after, LONGEST_PAGE).await;
            let page =
                page.inspect_err(|error| tracing::error!(%error, "a resumed stream broke off")).ok()?;
            let next = page.next.and_then(|next| next.parse().ok());
            let events: Vec<_> =
                page.items.iter().filter(|it| it.position <= head).map(live::activity).collect();
            Some((stream::iter(events), next))
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
    let (reply, order) = room.command_order((&view, b""), idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_never_formulas() {
        assert_eq!(defuse("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(defuse("Ada"), "Ada");
    }

    #[test]
    fn amounts_in_lists_have_their_decimals() {
        assert_eq!(decimal(19_905, 2), "199.05");
        assert_eq!(decimal(19_905, 0), "19905");
    }

    #[test]
    fn a_cursor_names_an_order_and_a_seat() {
        assert_eq!(
            seat_cursor("018f0000-0000-7000-8000-000000000000_3").map(|(_, position)| position),
            Some(3)
        );
        assert_eq!(seat_cursor("3"), None);
    }
}
