//! The organizer's lists of orders and of sold seats, page by page and as spreadsheets: filtered, in the order of a
//! column, and with the columns that she wants to see.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use plenary_shared::registration::{
    AttendeeRow, AttendeeRows, OrderStatus, OrganizerOrder, OrganizerOrders, Person,
};
use plenary_shared::tables::{AttendeeColumn, Column, OrderColumn, Sort, parse_columns};
use plenary_shared::{FieldError, OrderId, SeatTypeId};
use serde::Deserialize;

use super::Room;
use crate::http::headers::{conditional, conditional_json};
use crate::http::input::{PathId, QueryInput};
use crate::http::problem::ApiError;
use crate::messaging::Error;
use crate::registration::live::HotConference;
use crate::registration::queries::{Filter, Page};
use crate::registration::tables::SeatId;

/// How many rows a page has, at most and when not asked.
pub(super) const LONGEST_PAGE: i64 = 500;
const PAGE: i64 = 50;

/// How many rows of a spreadsheet are read at once.
const ROWS_AT_ONCE: usize = 500;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    status: Option<String>,
    seat_type_id: Option<SeatTypeId>,
    q: Option<String>,
    pub(super) order_id: Option<OrderId>,
    after: Option<String>,
    limit: Option<i64>,
    sort: Option<String>,
    columns: Option<String>,
}

/// How long a page is that was asked for with this limit.
pub(super) fn page_length(limit: Option<i64>) -> i64 {
    limit.unwrap_or(PAGE).clamp(1, LONGEST_PAGE)
}

/// The cursor of a page as what it should be.
pub(super) fn place<T>(
    cursor: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    cursor.map(|cursor| parse(cursor).ok_or_else(no_such_place)).transpose()
}

fn no_such_place() -> ApiError {
    ApiError::invalid(vec![FieldError::new("after", "cursor", "Send what the last page gave as `next`.")])
}

/// The status that a list is filtered by, if one is named.
pub(super) fn status<T>(
    name: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let wrong = || FieldError::new("status", "unknown", "There is no such status.");
    let name = name.filter(|name| !name.is_empty());
    name.map(|name| parse(name).ok_or_else(|| ApiError::invalid(vec![wrong()]))).transpose()
}

impl ListQuery {
    pub(super) fn limit(&self) -> i64 {
        page_length(self.limit)
    }

    fn filter(&self) -> Result<Filter, ApiError> {
        let status = status(self.status.as_deref(), OrderStatus::parse)?;
        let (order_id, seat_type_id) = (self.order_id, self.seat_type_id);
        Ok(Filter { order_id, status, seat_type_id, text: self.q.clone() })
    }

    /// The cursor as what it should be.
    pub(super) fn after<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        place(self.after.as_deref(), parse)
    }

    /// The order that was asked for; `None` for the list's own.
    fn sort<C: Column>(&self) -> Result<Option<Sort<C>>, ApiError> {
        let Some(text) = self.sort.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
        Sort::parse(text).map(Some).ok_or_else(|| {
            let names = names(C::ALL.iter().copied().filter(|column| column.has_order()));
            let rule = format!("One of these is expected, after a hyphen for the other way round: {names}.");
            ApiError::invalid(vec![FieldError::new("sort", "column", rule)])
        })
    }

    /// The columns of a spreadsheet, `usual` where none are named.
    fn columns<C: Column>(&self, usual: &[C]) -> Result<Vec<C>, ApiError> {
        let Some(text) = self.columns.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(usual.to_vec());
        };
        parse_columns(text).ok_or_else(|| {
            let names = names(C::ALL.iter().copied());
            let rule = format!("These are expected, each at most once, with commas between them: {names}.");
            ApiError::invalid(vec![FieldError::new("columns", "column", rule)])
        })
    }
}

fn all_but<C: Column>(others: &[C]) -> Vec<C> {
    C::ALL.iter().copied().filter(|column| !others.contains(column)).collect()
}

fn names<C: Column>(columns: impl Iterator<Item = C>) -> String {
    columns.map(Column::name).collect::<Vec<_>>().join(", ")
}

fn seat_cursor(cursor: &str) -> Option<SeatId> {
    let (order, position) = cursor.split_once('_')?;
    Some((order.parse().ok()?, position.parse().ok()?))
}

/// Where a page ended that was in an order, and the version of the row that was last.
fn versioned<T>(parse: impl Fn(&str) -> Option<T>) -> impl Fn(&str) -> Option<(T, i64)> {
    move |cursor| {
        let (place, version) = cursor.rsplit_once('_')?;
        Some((parse(place)?, version.parse().ok()?))
    }
}

/// `GET …/{slug}/orders`
pub(super) async fn orders(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let (filter, limit) = (query.filter()?, query.limit());
    // Whatever changes an order moves the log; the time in each of them is no change.
    let head = room.queries.head(hot.view.id).await?;
    let page = match query.sort()? {
        None => {
            let after = query.after(|cursor| cursor.parse().ok())?;
            room.queries.organizer_orders(&hot, &filter, after, limit).await?
        }
        Some(sort) => {
            let after = query.after(versioned(|id| id.parse().ok()))?;
            let page = room.queries.orders_in_order(&hot, (&filter, sort), after, limit).await?;
            page.ok_or_else(no_such_place)?
        }
    };
    let orders = OrganizerOrders { orders: page.items, next: page.next };
    let etag = format!("{}-orders-{head}", hot.view.id);
    Ok(conditional(&headers, &etag, || Json(orders).into_response()))
}

/// `GET …/{slug}/attendees`
pub(super) async fn attendees(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let (id, filter, limit) = (hot.view.id, query.filter()?, query.limit());
    let page = match query.sort()? {
        None => room.queries.attendees(id, &filter, query.after(seat_cursor)?, limit).await?,
        Some(sort) => {
            let after = query.after(versioned(seat_cursor))?;
            let page = room.queries.attendees_in_order(id, (&filter, sort), after, limit).await?;
            page.ok_or_else(no_such_place)?
        }
    };
    Ok(conditional_json(&headers, &AttendeeRows { attendees: page.items, next: page.next }))
}

/// Rows of a spreadsheet as they are read.
type Rows<T> = BoxStream<'static, Result<Vec<T>, Error>>;

/// `GET …/{slug}/orders.csv`
pub(super) async fn orders_csv(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    // Who sits where has a list of its own, and names come in two cells.
    let usual = all_but(&[OrderColumn::Attendees, OrderColumn::Name]);
    let hot = room.managed(&headers, &slug).await?;
    let (filter, columns) = (query.filter()?, query.columns(&usual)?);
    let rows = match query.sort()? {
        None => every_order(room, hot, filter),
        Some(sort) => {
            let ids = room.queries.order_ids_in_order(hot.view.id, &filter, sort).await?;
            orders_at(room, hot, &ids)
        }
    };
    Ok(csv_response("orders", columns, rows, order_cell))
}

/// Every page of a list, one after the other. `read` gives the one behind a place, which `place` finds in its cursor.
fn pages<T, P, Reading>(
    place: fn(&str) -> Option<P>,
    read: impl Fn(Option<P>) -> Reading + Send + 'static,
) -> Rows<T>
where
    T: Send + 'static,
    P: Send + 'static,
    Reading: Future<Output = Result<Page<T>, Error>> + Send + 'static,
{
    let pages = stream::try_unfold(Some(None), move |after: Option<Option<P>>| {
        let reading = after.map(&read);
        async move {
            let Some(reading) = reading else { return Ok(None) };
            let page = reading.await?;
            let next = page.next.as_deref().and_then(place);
            Ok(Some((page.items, next.map(Some))))
        }
    });
    pages.boxed()
}

/// The rows at these places, as they are when `read` comes to them.
fn rows_at<T, P, Reading>(places: &[P], read: impl Fn(Vec<P>) -> Reading + Send + 'static) -> Rows<T>
where
    T: Send + 'static,
    P: Clone + Send + 'static,
    Reading: Future<Output = Result<Vec<T>, Error>> + Send + 'static,
{
    let chunks: Vec<_> = places.chunks(ROWS_AT_ONCE).map(<[_]>::to_vec).collect();
    stream::iter(chunks).then(read).boxed()
}

/// Every order, newest first.
fn every_order(room: Arc<Room>, hot: Arc<HotConference>, filter: Filter) -> Rows<OrganizerOrder> {
    pages(
        |cursor| cursor.parse().ok(),
        move |after| {
            let (room, hot, filter) = (Arc::clone(&room), Arc::clone(&hot), filter.clone());
            async move { room.queries.organizer_orders(&hot, &filter, after, LONGEST_PAGE).await }
        },
    )
}

fn orders_at(room: Arc<Room>, hot: Arc<HotConference>, ids: &[OrderId]) -> Rows<OrganizerOrder> {
    rows_at(ids, move |ids| {
        let (room, hot) = (Arc::clone(&room), Arc::clone(&hot));
        async move { room.queries.orders_at(&hot, &ids).await }
    })
}

fn order_cell(row: &OrganizerOrder, column: OrderColumn) -> String {
    let order = &row.order;
    let digits = order.total.currency.minor_digits();
    match column {
        OrderColumn::OrderId => order.id.to_string(),
        OrderColumn::AccessCode => order.access_code.clone().unwrap_or_default(),
        OrderColumn::Status => order.status.as_str().to_owned(),
        OrderColumn::PlacedAt => order.placed_at.to_string(),
        OrderColumn::FirstName => of_person(order.registrant.as_ref(), |it| &it.first_name),
        OrderColumn::LastName => of_person(order.registrant.as_ref(), |it| &it.last_name),
        OrderColumn::Email => of_person(order.registrant.as_ref(), |it| &it.email),
        OrderColumn::Seats => {
            joined(order.seats.iter().map(|seat| format!("{} × {}", seat.reserved, seat.name)))
        }
        OrderColumn::Total => decimal(order.total.amount, digits),
        OrderColumn::Currency => order.total.currency.to_string(),
        OrderColumn::Free => order.free.to_string(),
        OrderColumn::PromoCodes => joined(order.discounts.iter().map(|it| it.code.clone())),
        OrderColumn::Discount => decimal(order.discounts.iter().map(|it| it.amount.amount).sum(), digits),
        OrderColumn::Attendees => {
            joined(row.attendees.iter().filter_map(|seat| seat.attendee.as_ref()).map(Person::full_name))
        }
        OrderColumn::Name => order.registrant.as_ref().map(Person::full_name).unwrap_or_default(),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn of_person(person: Option<&Person>, field: impl Fn(&Person) -> &String) -> String {
    person.map(field).cloned().unwrap_or_default()
}

/// An amount without its currency, for spreadsheets.
fn decimal(amount: i64, digits: u32) -> String {
    let unit = 10_i64.pow(digits);
    match digits {
        0 => amount.to_string(),
        _ => format!("{}.{:0width$}", amount / unit, (amount % unit).abs(), width = digits as usize),
    }
}

/// `GET …/{slug}/attendees.csv`
pub(super) async fn attendees_csv(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let (filter, columns) = (query.filter()?, query.columns(&all_but(&[AttendeeColumn::Name]))?);
    let rows = match query.sort()? {
        None => every_attendee(room, hot, filter),
        Some(sort) => {
            let seats = room.queries.seat_ids_in_order(hot.view.id, &filter, sort).await?;
            attendees_at(room, &seats)
        }
    };
    Ok(csv_response("attendees", columns, rows, attendee_cell))
}

/// Every sold seat, by order and position.
fn every_attendee(room: Arc<Room>, hot: Arc<HotConference>, filter: Filter) -> Rows<AttendeeRow> {
    pages(seat_cursor, move |after| {
        let (room, id, filter) = (Arc::clone(&room), hot.view.id, filter.clone());
        async move { room.queries.attendees(id, &filter, after, LONGEST_PAGE).await }
    })
}

fn attendees_at(room: Arc<Room>, seats: &[SeatId]) -> Rows<AttendeeRow> {
    rows_at(seats, move |seats| {
        let room = Arc::clone(&room);
        async move { room.queries.attendees_at(&seats).await }
    })
}

fn attendee_cell(row: &AttendeeRow, column: AttendeeColumn) -> String {
    match column {
        AttendeeColumn::OrderId => row.order_id.to_string(),
        AttendeeColumn::Position => (row.position + 1).to_string(),
        AttendeeColumn::SeatType => row.seat_type_name.clone(),
        AttendeeColumn::FirstName => of_person(row.attendee.as_ref(), |it| &it.first_name),
        AttendeeColumn::LastName => of_person(row.attendee.as_ref(), |it| &it.last_name),
        AttendeeColumn::Email => of_person(row.attendee.as_ref(), |it| &it.email),
        AttendeeColumn::Ticket => row.ticket.clone(),
        AttendeeColumn::CheckedInAt => row.checked_in_at.map(|at| at.to_string()).unwrap_or_default(),
        AttendeeColumn::Name => row.attendee.as_ref().map(Person::full_name).unwrap_or_default(),
    }
}

/// The rows as a spreadsheet, under the names of their columns.
fn csv_response<T: Send + 'static, C: Column + Send + Sync>(
    name: &str,
    columns: Vec<C>,
    rows: Rows<T>,
    cell: fn(&T, C) -> String,
) -> Response {
    let heading = csv_rows(std::iter::once(columns.iter().map(|column| column.name().to_owned()).collect()));
    let rows = rows.map(move |rows| match rows {
        Ok(rows) => {
            let cells = |row: &T| columns.iter().map(|column| cell(row, *column)).collect();
            Ok(csv_rows(rows.iter().map(cells)))
        }
        // Whoever downloads sees that it broke off: what came so far must not pass for the whole.
        Err(error) => {
            tracing::error!(%error, "an export broke off");
            Err(io::Error::other("the list could not be read to its end"))
        }
    });
    let body = stream::once(std::future::ready(Ok(heading))).chain(rows);
    download(name, body)
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

fn download(name: &str, body: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    // Fused: whoever sends a body may ask once more after its end, which `unfold` answers with a panic.
    let mut response = Response::new(Body::from_stream(body.fuse()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).expect("the name of a list is a header value"),
    );
    response
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
        let cursor = "018f0000-0000-7000-8000-000000000000_3";
        assert_eq!(seat_cursor(cursor).map(|(_, position)| position), Some(3));
        assert_eq!(seat_cursor("3"), None);
        let place = versioned(seat_cursor)(&format!("{cursor}_7"));
        assert_eq!(place.map(|((_, position), version)| (position, version)), Some((3, 7)));
        assert_eq!(versioned(seat_cursor)(cursor), None);
    }
}
