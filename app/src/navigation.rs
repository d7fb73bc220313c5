//! The browser around the page: its address, its clock, its randomness, its focus.
//!
//! Nothing here is called while the server renders.

use leptos::prelude::*;
use plenary_shared::Timestamp;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, Window};

use crate::Route;

/// The window that the page is in.
///
/// # Panics
///
/// Outside a browser.
pub fn window() -> Window {
    web_sys::window().expect("only code for the browser asks for its window")
}

/// Random bytes fit for secrets.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Every browser that runs WebAssembly has it; zeros would only make an id that the server refuses as taken.
    let _ = window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    bytes
}

/// The browser's clock, which may be wrong by any amount.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit an i64 for ages")]
pub fn browser_time() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// When the browser asked for this page, by its own clock.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the page began are few")]
pub fn page_requested_at() -> Timestamp {
    let since = window().performance().map_or(0.0, |performance| performance.now());
    Timestamp::from_millis(browser_time().as_millis() - since as i64)
}

/// A number from 0 to 1, for spreading retries.
pub fn jitter() -> f64 {
    js_sys::Math::random()
}

/// The tag of the language that the page is in.
pub fn language() -> String {
    document().document_element().and_then(|page| page.get_attribute("lang")).unwrap_or_default()
}

/// The path of the page's address.
pub fn current_path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The page that the address names.
pub fn current_route() -> Option<Route> {
    Route::parse(&current_path())
}

/// The query of the page's address, without its question mark.
pub fn current_query() -> String {
    let search = window().location().search().unwrap_or_default();
    search.trim_start_matches('?').to_owned()
}

/// Puts another query into the address, in place of the one there; `query` begins with `?` or is empty.
pub fn replace_query(query: &str) {
    if let Ok(history) = window().history() {
        let address = format!("{}{query}", current_path());
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Puts another query into the address and the history; `query` begins with `?` or is empty.
pub fn push_query(query: &str) {
    if let Ok(history) = window().history() {
        let address = format!("{}{query}", current_path());
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Puts `route` into the address and the history, without loading anything.
pub fn push(route: &Route) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&route.path()));
    }
}

/// Puts `route` into the address in place of where one was.
pub fn replace(route: &Route) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&route.path()));
    }
}

/// Calls `act` when the reader goes back or forth in the history.
pub fn on_moved(act: impl Fn(Option<Route>) + 'static) {
    let _ = window_event_listener_untyped("popstate", move |_| act(current_route()));
}

/// Leaves for another site or another part of this one.
pub fn leave_for(url: &str) {
    let _ = window().location().set_href(url);
}

/// Begins a step: its title, its top, and the focus on its heading, so that screen readers say where one is.
pub fn arrive(title: &str) {
    document().set_title(title);
    window().scroll_to_with_x_and_y(0.0, 0.0);
    focus("main h1");
}

/// Moves the focus to the first element that `selector` finds.
pub fn focus(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// What was remembered for this tab.
pub fn remembered(name: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(name).ok()?
}

/// Remembers something for as long as this tab lives.
pub fn remember(name: &str, text: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(name, text);
    }
}

/// What was kept on this device.
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Keeps something on this device, whatever becomes of this tab; an empty text keeps nothing.
pub fn keep(name: &str, text: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = if text.is_empty() { storage.remove_item(name) } else { storage.set_item(name, text) };
    }
}

/// Forgets what was remembered.
pub fn forget(name: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.remove_item(name);
    }
}
