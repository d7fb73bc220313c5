//! What the flow has of the browser: ids, pauses, focus, and a memory that survives a reload.

use leptos::prelude::*;
use plenary_shared::OrderId;
use plenary_shared::registration::{Person, SeatQuantity};
use uuid::Builder;
use wasm_bindgen_futures::JsFuture;

use crate::{navigation, optimistic};

/// A new order's id: a UUID of version 7 by the browser's clock and randomness.
pub fn new_order_id() -> OrderId {
    let millis = u64::try_from(navigation::browser_time().as_millis()).unwrap_or(0);
    OrderId(Builder::from_unix_timestamp_millis(millis, &navigation::random_bytes()).into_uuid())
}

/// Waits before the next try.
#[expect(clippy::cast_possible_truncation, reason = "a pause is a few seconds")]
pub async fn pause(tries: i32) {
    let pause_ms = optimistic::pause_ms(tries, navigation::jitter()) as i32;
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let _ =
            navigation::window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, pause_ms);
    });
    let _ = JsFuture::from(promise).await;
}

/// Moves the focus to the first field that is wrong, once it is marked.
pub fn focus_first_error() {
    request_animation_frame(|| navigation::focus("main [aria-invalid=true]"));
}

/// Remembers the order of this tab.
pub fn remember_order(slug: &str, id: Option<OrderId>) {
    let name = format!("order:{slug}");
    match id {
        Some(id) => navigation::remember(&name, &id.to_string()),
        None => navigation::forget(&name),
    }
}

/// Remembers what this tab has typed of the registrant, or forgets it.
pub fn remember_details(slug: &str, person: Option<&Person>) {
    let name = format!("details:{slug}");
    match person.map(serde_json::to_string) {
        Some(Ok(text)) => navigation::remember(&name, &text),
        _ => navigation::forget(&name),
    }
}

/// Remembers the promotional codes that this tab has typed.
pub fn remember_codes(slug: &str, codes: &str) {
    navigation::remember(&format!("codes:{slug}"), codes);
}

/// Remembers the choice of this tab.
pub fn remember_choice(slug: &str, seats: &[SeatQuantity]) {
    if let Ok(text) = serde_json::to_string(&optimistic::chosen(seats)) {
        navigation::remember(&format!("choice:{slug}"), &text);
    }
}
