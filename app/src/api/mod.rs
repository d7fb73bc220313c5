//! The one place that sends requests: a function per call of the HTTP contract.
//!
//! In the browser they go to the server that the page came from. On the server nothing here is ever called;
//! pages get their content through [`Backend`].

#[cfg(feature = "ssr")]
mod backend;
mod json;
#[cfg(any(feature = "organizer", feature = "ssr"))]
pub mod manage;
mod request;

use plenary_shared::OrderId;
use plenary_shared::payments::StartedPayment;
use plenary_shared::registration::{
    Assignments, ChangeSeats, Order, Person, PlaceOrder, Quote, QuoteRequest, SeatAssignment,
};
use serde::Serialize;

#[cfg(feature = "ssr")]
pub use self::backend::Backend;
pub use self::json::read;
pub use self::request::{ApiError, Key, Method, send};
use crate::navigation;

/// A body without content: `{}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Nothing {}

/// A call whose answer holds words: they are in the language of the page, whatever was chosen since in another tab.
fn in_words(path: &str) -> String {
    format!("{path}?lang={}", navigation::language())
}

/// Where the messages about a conference come from, in the language of the page.
pub fn conference_events(slug: &str) -> String {
    in_words(&format!("/api/conferences/{slug}/events"))
}

/// Where the messages about a place on a wait list come from.
#[cfg(feature = "ssr")]
pub fn wait_list_events(id: plenary_shared::WaitListEntryId) -> String {
    format!("/api/waitlist/{id}/events")
}

/// Where the messages about an order come from, in the language of the page.
pub fn order_events(id: OrderId) -> String {
    order_call(id, "/events")
}

fn order_call(id: OrderId, rest: &str) -> String {
    in_words(&format!("/api/orders/{id}{rest}"))
}

/// Places an order. A repeat with the same `key` has the effect of one.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn place_order(slug: &str, order: &PlaceOrder, key: &Key) -> Result<Order, ApiError> {
    send(Method::Post, &in_words(&format!("/api/conferences/{slug}/orders")), Some(order), Some(key)).await
}

/// Asks what seats cost with promotional codes.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn quote(slug: &str, body: &QuoteRequest) -> Result<Quote, ApiError> {
    send(Method::Post, &in_words(&format!("/api/conferences/{slug}/quote")), Some(body), None).await
}

/// Reads an order.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn order(id: OrderId) -> Result<Order, ApiError> {
    send::<(), _>(Method::Get, &order_call(id, ""), None, None).await
}

/// Asks for other seats in an order; the reservation is made anew.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn change_seats(id: OrderId, body: &ChangeSeats) -> Result<Order, ApiError> {
    send(Method::Put, &order_call(id, "/seats"), Some(body), Some(&Key::random())).await
}

/// Asks for more time, which is given once.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn extend(id: OrderId) -> Result<Order, ApiError> {
    let key = Key::random();
    send(Method::Post, &order_call(id, "/extension"), Some(&Nothing {}), Some(&key)).await
}

/// Says who registers.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn name_registrant(id: OrderId, person: &Person) -> Result<Order, ApiError> {
    send(Method::Put, &order_call(id, "/registrant"), Some(person), Some(&Key::random())).await
}

/// Starts a payment with the processor, or gives the one that is open.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn start_payment(id: OrderId) -> Result<StartedPayment, ApiError> {
    let key = Key::random();
    send(Method::Post, &format!("/api/orders/{id}/payments"), Some(&Nothing {}), Some(&key)).await
}

/// Confirms an order that costs nothing.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn confirm(id: OrderId) -> Result<Order, ApiError> {
    let key = Key::random();
    send(Method::Post, &order_call(id, "/confirmation"), Some(&Nothing {}), Some(&key)).await
}

/// Gives the seats of an unconfirmed order back.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn release(id: OrderId) -> Result<Order, ApiError> {
    send::<(), _>(Method::Delete, &order_call(id, ""), None, Some(&Key::random())).await
}

/// Reads the seats of a confirmed order.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn assignments(id: OrderId) -> Result<Assignments, ApiError> {
    send::<(), _>(Method::Get, &order_call(id, "/assignments"), None, None).await
}

/// Says who sits on a seat.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn assign(id: OrderId, position: i64, person: &Person) -> Result<SeatAssignment, ApiError> {
    let path = order_call(id, &format!("/assignments/{position}"));
    send(Method::Put, &path, Some(person), Some(&Key::random())).await
}

/// Frees a seat of its attendee.
///
/// # Errors
///
/// The server's refusal, or that it cannot be reached.
pub async fn unassign(id: OrderId, position: i64) -> Result<SeatAssignment, ApiError> {
    let path = order_call(id, &format!("/assignments/{position}"));
    send::<(), _>(Method::Delete, &path, None, Some(&Key::random())).await
}
