//! Server-sent events: the form of a message, and streams that cut off whoever cannot keep up.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, MissedTickBehavior};

/// How long a browser waits before it comes back.
const RETRY_MS: u64 = 2000;
/// A comment keeps the connection known to proxies, and finds out that nobody listens any more.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One message, ready to be sent. Made once and shared by all who listen.
pub fn message(event: &str, id: i64, json: &str) -> Bytes {
    Bytes::from(format!("event: {event}\nid: {id}\ndata: {json}\n\n"))
}

/// The position after which a reader wants to go on.
pub fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Answers with `messages` as they come, and a heartbeat while none do. The stream ends when `messages` does.
pub fn stream(messages: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let opening = stream::once(async { Bytes::from(format!("retry: {RETRY_MS}\n\n")) });
    let mut ticks = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let messages = messages.map(Some).chain(stream::once(async { None }));
    let heartbeats = stream::unfold(ticks, |mut ticks| async {
        ticks.tick().await;
        Some((Some(Bytes::from_static(b": still here\n\n")), ticks))
    });
    let both =
        stream::select(messages, heartbeats).take_while(|message| std::future::ready(message.is_some()));
    let body = opening.chain(both.filter_map(std::future::ready)).map(Ok::<_, Infallible>);
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
