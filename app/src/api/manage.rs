//! The organizer's calls: a function per call under `/api/management`.

use plenary_shared::conference::{
    CreateConference, LocateConference, LocatedConference, ManagedConference, ManagedSeatType, SeatTypeInput,
    Unpublish, UpdateConference,
};
use plenary_shared::promo_codes::{PromoCode, PromoCodeInput};
use plenary_shared::registration::{
    AttendeeRow, AttendeeRows, AttentionEntry, CheckIn, History, HistoryEvent, Order, OrganizerOrder,
    OrganizerOrders, ResolveAttention, Summary,
};
use plenary_shared::waitlist::OrganizerWaitList;
use plenary_shared::{OrderId, PromoCodeId, SeatTypeId, Timestamp, WaitListEntryId};

use serde::de::IgnoredAny;

use super::{ApiError, Key, Method, Nothing, send};

/// Rows of a page: the most that the server gives at once.
pub const LONGEST_PAGE: i64 = 500;

fn base(slug: &str) -> String {
    format!("/api/management/conferences/{slug}")
}

/// Where an organizer's messages about a conference come from.
pub fn events(slug: &str) -> String {
    format!("{}/events", base(slug))
}

/// Where the orders can be had as a spreadsheet; `query` begins with `?` or is empty.
pub fn orders_csv(slug: &str, query: &str) -> String {
    format!("{}/orders.csv{query}", base(slug))
}

/// Where the attendees can be had as a spreadsheet; `query` begins with `?` or is empty.
pub fn attendees_csv(slug: &str, query: &str) -> String {
    format!("{}/attendees.csv{query}", base(slug))
}

/// Signs in with what a conference was created with.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn locate(email: String, access_code: String) -> Result<LocatedConference, ApiError> {
    let body = LocateConference { email, access_code };
    send(Method::Post, "/api/management/session", Some(&body), Some(&Key::random())).await
}

/// Signs out of every conference.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn sign_out() -> Result<(), ApiError> {
    send::<(), _>(Method::Delete, "/api/management/session", None, Some(&Key::random())).await
}

/// Creates a conference. A repeat with the same `key` has the effect of one.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn create(input: &CreateConference, key: &Key) -> Result<ManagedConference, ApiError> {
    send(Method::Post, "/api/management/conferences", Some(input), Some(key)).await
}

/// Reads a conference.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn conference(slug: &str) -> Result<ManagedConference, ApiError> {
    send::<(), _>(Method::Get, &base(slug), None, None).await
}

/// Changes a conference's details.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn update(slug: &str, input: &UpdateConference) -> Result<ManagedConference, ApiError> {
    send(Method::Put, &base(slug), Some(input), Some(&Key::random())).await
}

/// Opens a conference for registration.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn publish(slug: &str) -> Result<ManagedConference, ApiError> {
    let path = format!("{}/publish", base(slug));
    send(Method::Post, &path, Some(&Nothing {}), Some(&Key::random())).await
}

/// Closes a conference for registration and sends its visitors elsewhere, if it is said where.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn unpublish(slug: &str, redirect_url: Option<String>) -> Result<ManagedConference, ApiError> {
    let path = format!("{}/unpublish", base(slug));
    send(Method::Post, &path, Some(&Unpublish { redirect_url }), Some(&Key::random())).await
}

/// Reads the seat types.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn seat_types(slug: &str) -> Result<Vec<ManagedSeatType>, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/seat-types", base(slug)), None, None).await
}

/// Adds a seat type.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn add_seat_type(slug: &str, input: &SeatTypeInput) -> Result<ManagedSeatType, ApiError> {
    let path = format!("{}/seat-types", base(slug));
    send(Method::Post, &path, Some(input), Some(&Key::random())).await
}

/// Changes a seat type.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn change_seat_type(
    slug: &str,
    id: SeatTypeId,
    input: &SeatTypeInput,
) -> Result<ManagedSeatType, ApiError> {
    let path = format!("{}/seat-types/{id}", base(slug));
    send(Method::Put, &path, Some(input), Some(&Key::random())).await
}

/// Takes a seat type away.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn delete_seat_type(slug: &str, id: SeatTypeId) -> Result<(), ApiError> {
    let path = format!("{}/seat-types/{id}", base(slug));
    send::<(), _>(Method::Delete, &path, None, Some(&Key::random())).await
}

/// Reads a page of orders; `query` begins with `?` or is empty.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn orders(slug: &str, query: &str) -> Result<OrganizerOrders, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/orders{query}", base(slug)), None, None).await
}

/// Reads one order; `None` when the conference has no such order.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn order(slug: &str, id: OrderId) -> Result<Option<OrganizerOrder>, ApiError> {
    let first = format!("?order_id={id}&limit={LONGEST_PAGE}");
    let mut page = orders(slug, &first).await?;
    // A server that does not look for the one gives all of them, newest first.
    loop {
        if let Some(found) = page.orders.into_iter().find(|row| row.order.id == id) {
            return Ok(Some(found));
        }
        let Some(next) = page.next else { return Ok(None) };
        page = orders(slug, &format!("{first}&after={next}")).await?;
    }
}

/// Reads a page of attendees; `query` begins with `?` or is empty.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn attendees(slug: &str, query: &str) -> Result<AttendeeRows, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/attendees{query}", base(slug)), None, None).await
}

/// Reads every attendee.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn every_attendee(slug: &str) -> Result<Vec<AttendeeRow>, ApiError> {
    let first = format!("?limit={LONGEST_PAGE}");
    let mut page = attendees(slug, &first).await?;
    let mut rows = Vec::new();
    loop {
        rows.append(&mut page.attendees);
        let Some(next) = page.next else { return Ok(rows) };
        page = attendees(slug, &format!("{first}&after={next}")).await?;
    }
}

/// Reads the attendees of one order.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn attendees_of(slug: &str, order_id: OrderId) -> Result<Vec<AttendeeRow>, ApiError> {
    let page = attendees(slug, &format!("?order_id={order_id}&limit={LONGEST_PAGE}")).await?;
    Ok(page.attendees)
}

/// Lets whoever has a seat in, or did at an earlier instant.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn check_in(
    slug: &str,
    seat: (OrderId, i64),
    at: Timestamp,
    key: &Key,
) -> Result<AttendeeRow, ApiError> {
    send(Method::Put, &door(slug, seat), Some(&CheckIn { at: Some(at) }), Some(key)).await
}

/// Takes a check-in back.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn undo_check_in(slug: &str, seat: (OrderId, i64), key: &Key) -> Result<AttendeeRow, ApiError> {
    send::<(), _>(Method::Delete, &door(slug, seat), None, Some(key)).await
}

fn door(slug: &str, (order_id, position): (OrderId, i64)) -> String {
    format!("{}/attendees/{order_id}/{position}/check-in", base(slug))
}

/// Reads the numbers.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn summary(slug: &str) -> Result<Summary, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/summary", base(slug)), None, None).await
}

/// Reads the numbers as they were at an instant.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn summary_as_of(slug: &str, instant: Timestamp) -> Result<Summary, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/summary?as_of={instant}", base(slug)), None, None).await
}

/// Reads the first that was recorded of the conference.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn first_event(slug: &str) -> Result<Option<HistoryEvent>, ApiError> {
    let path = format!("{}/history?limit=1", base(slug));
    let history: History = send::<(), _>(Method::Get, &path, None, None).await?;
    Ok(history.events.into_iter().next())
}

/// Reads what was recorded after the position `after`, oldest first.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn history(slug: &str, after: i64) -> Result<History, ApiError> {
    let path = format!("{}/history?after={after}&limit={LONGEST_PAGE}", base(slug));
    send::<(), _>(Method::Get, &path, None, None).await
}

/// Reads what was recorded of one order, oldest first.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn history_of(slug: &str, order_id: OrderId) -> Result<History, ApiError> {
    let path = format!("{}/history?order_id={order_id}&limit={LONGEST_PAGE}", base(slug));
    send::<(), _>(Method::Get, &path, None, None).await
}

/// Reads the charges that somebody must decide about.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn attention(slug: &str) -> Result<Vec<AttentionEntry>, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/attention", base(slug)), None, None).await
}

/// Reads every charge that somebody must or did decide about.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn every_attention(slug: &str) -> Result<Vec<AttentionEntry>, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/attention?all=true", base(slug)), None, None).await
}

/// Decides about a charge.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn resolve(slug: &str, order_id: OrderId, input: &ResolveAttention) -> Result<Order, ApiError> {
    let path = format!("{}/attention/{order_id}", base(slug));
    send(Method::Post, &path, Some(input), Some(&Key::random())).await
}

/// Has the people of an order forgotten, for ever.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn erase_personal_data(slug: &str, order_id: OrderId) -> Result<(), ApiError> {
    let path = format!("{}/orders/{order_id}/personal-data", base(slug));
    send::<(), IgnoredAny>(Method::Delete, &path, None, Some(&Key::random())).await.map(|_| ())
}

/// Reads the promotional codes.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn promo_codes(slug: &str) -> Result<Vec<PromoCode>, ApiError> {
    send::<(), _>(Method::Get, &format!("{}/promo-codes", base(slug)), None, None).await
}

/// Adds a promotional code.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn add_promo_code(slug: &str, input: &PromoCodeInput) -> Result<PromoCode, ApiError> {
    send(Method::Post, &format!("{}/promo-codes", base(slug)), Some(input), Some(&Key::random())).await
}

/// Changes a promotional code.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn change_promo_code(
    slug: &str,
    id: PromoCodeId,
    input: &PromoCodeInput,
) -> Result<PromoCode, ApiError> {
    send(Method::Put, &format!("{}/promo-codes/{id}", base(slug)), Some(input), Some(&Key::random())).await
}

/// Reads a page of the wait list, from its beginning or `after` what an earlier page named.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn wait_list(slug: &str, after: Option<&str>) -> Result<OrganizerWaitList, ApiError> {
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    send::<(), _>(Method::Get, &format!("{}/waitlist{query}", base(slug)), None, None).await
}

/// Removes somebody from the wait list.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn remove_from_wait_list(slug: &str, id: WaitListEntryId) -> Result<(), ApiError> {
    let path = format!("{}/waitlist/{id}", base(slug));
    send::<(), IgnoredAny>(Method::Delete, &path, None, Some(&Key::random())).await.map(|_| ())
}
