//! What the flow has of the browser: ids, pauses, focus, and a memory that survives a reload.

use leptos::prelude::*;
use plenary_shared::OrderId;
use plenary_shared::registration::SeatQuantity;
use uuid::Builder;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;

use crate::{api, navigation, optimistic};

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

/// The order that this tab placed.
pub fn remembered_order(slug: &str) -> Option<OrderId> {
    navigation::remembered(&format!("order:{slug}"))?.parse().ok()
}

/// Remembers the choice of this tab.
pub fn remember_choice(slug: &str, seats: &[SeatQuantity]) {
    if let Ok(text) = serde_json::to_string(&optimistic::chosen(seats)) {
        navigation::remember(&format!("choice:{slug}"), &text);
    }
}

/// What this tab had chosen.
pub fn remembered_choice(slug: &str) -> Vec<SeatQuantity> {
    let text = navigation::remembered(&format!("choice:{slug}"));
    text.and_then(|text| api::read(&text)).unwrap_or_default()
}

/// What was typed into the page before the application was there: names and values.
pub fn typed_fields(page: &web_sys::Element) -> Vec<(String, String)> {
    let Ok(inputs) = page.query_selector_all("input[name]:not([type=hidden])") else { return Vec::new() };
    let input = |index| inputs.item(index)?.dyn_into::<HtmlInputElement>().ok();
    let changed = |input: &HtmlInputElement| input.value() != input.default_value();
    (0..inputs.length())
        .filter_map(input)
        .filter(changed)
        .map(|input| (input.name(), input.value()))
        .collect()
}
