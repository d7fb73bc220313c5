//! Where the browser takes the flow over from the server: what was typed meanwhile, what the tab remembers, the
//! clock and the history.

use std::time::Duration;

use leptos::prelude::*;
use plenary_shared::OrderId;
use plenary_shared::registration::{Person, SeatQuantity};
use uuid::Uuid;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::{Flow, Registration, Start};
use crate::components::changing;
use crate::live::Connection;
use crate::pages::checkout::Checkout;
use crate::pages::conference::ChooseSeats;
use crate::{Route, api, navigation, optimistic};

/// Takes over what the server rendered.
///
/// # Panics
///
/// When what the page begins with cannot be read: a fault of the build, which no reader can mend.
pub fn hydrate() {
    let Some(page) = document().get_element_by_id("registration") else { return };
    let page: HtmlElement = page.unchecked_into();
    let start = page.dataset().get("start").unwrap_or_default();
    let start: Start = api::read(&start).expect("the page holds what it begins with");
    let typed = typed_fields(&page);
    leptos::mount::hydrate_from(page, move || {
        let flow = Flow::new(start);
        // Not before the first frame: until then the view must be what the server rendered.
        request_animation_frame(move || {
            run(flow);
            take_over(flow, &typed);
        });
        view! { <Registration flow/> }
    })
    .forget();
}

/// Takes what was typed meanwhile, what this tab remembers, and shows what only works with scripts.
fn take_over(flow: Flow, typed: &[(String, String)]) {
    let slug = flow.slug();
    if flow.order_id().is_none() {
        let chosen = remembered_choice(&slug);
        if typed.is_empty() && !chosen.is_empty() {
            flow.choose(&chosen);
        }
        let codes = navigation::remembered(&format!("codes:{slug}")).unwrap_or_default();
        if typed.is_empty() && flow.codes.with_untracked(String::is_empty) && !codes.is_empty() {
            flow.codes.set(codes);
            flow.ask_quote();
        }
        if let Some(id) = remembered_order(&slug) {
            leptos::task::spawn_local(async move {
                if let Ok(order) = api::order(id).await
                    && flow.order_id().is_none()
                {
                    flow.order.set(Some(order));
                }
            });
        }
    }
    if flow.details.are_empty()
        && let Some(person) = remembered_details(&slug)
    {
        flow.details.fill(&person);
    }
    flow.take_typed(typed);
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-scripts", "on");
    }
    if flow.order_id().is_none() {
        request_idle_callback(move || rehearse(flow));
    }
}

/// Makes the next step once where nobody sees it. Browsers compile a function of WebAssembly when it is first called, and
/// a slow phone would take 150 ms for that at the moment of "Order now".
fn rehearse(flow: Flow) {
    let conference = flow.conference.get_untracked();
    let Some(kind) = conference.seat_types.first() else { return };
    let seats = [SeatQuantity { seat_type_id: kind.id, quantity: 1 }];
    let order = optimistic::expected(OrderId(Uuid::nil()), &conference, &seats, flow.now.get_untracked());
    let start = Start { language: flow.language, conference, order, assignments: None, form: None };
    let Ok(nowhere) = document().create_element("div") else { return };
    let at_order = RwSignal::new(false);
    let rehearsal = leptos::mount::mount_to(nowhere.unchecked_into(), move || {
        let flow = Flow::new(start);
        changing(move || {
            if at_order.get() {
                view! { <Checkout flow/> }.into_any()
            } else {
                view! { <ChooseSeats flow/> }.into_any()
            }
        })
    });
    at_order.set(true);
    set_timeout(move || drop(rehearsal), Duration::ZERO);
}

/// Starts the clock and listens to the history.
fn run(flow: Flow) {
    if let Some(server_time) = flow.order.get_untracked().map(|order| order.server_time) {
        flow.set_clock(server_time, navigation::page_requested_at());
    }
    set_interval(move || flow.tick(), Duration::from_secs(1));
    navigation::on_moved(move |route| match route {
        Some(Route::Order { order_id, .. }) if flow.order_id() == Some(order_id) => flow.at_order.set(true),
        Some(Route::Conference { .. }) => flow.at_order.set(false),
        Some(route) => navigation::leave_for(&route.path()),
        None => {}
    });
    // A page that comes back from the browser's cache was left in the middle of something.
    let _ = window_event_listener_untyped("pageshow", move |event| {
        let is_back = js_sys::Reflect::get(&event, &"persisted".into()).is_ok_and(|it| it.is_truthy());
        if is_back {
            flow.work.set(None);
            flow.look_again();
        }
    });
    let _ = window_event_listener_untyped("offline", move |_| flow.connection.set(Connection::Away));
    let _ = window_event_listener_untyped("online", move |_| {
        flow.connection.set(Connection::Here);
        flow.look_again();
    });
}

/// The order that this tab placed.
fn remembered_order(slug: &str) -> Option<OrderId> {
    navigation::remembered(&format!("order:{slug}"))?.parse().ok()
}

/// What this tab had typed of the registrant.
fn remembered_details(slug: &str) -> Option<Person> {
    api::read(&navigation::remembered(&format!("details:{slug}"))?)
}

/// What this tab had chosen.
fn remembered_choice(slug: &str) -> Vec<SeatQuantity> {
    let text = navigation::remembered(&format!("choice:{slug}"));
    text.and_then(|text| api::read(&text)).unwrap_or_default()
}

/// What was typed into the page before the application was there: names and values.
fn typed_fields(page: &Element) -> Vec<(String, String)> {
    let Ok(inputs) = page.query_selector_all("input[name]:not([type=hidden])") else { return Vec::new() };
    let input = |index| inputs.item(index)?.dyn_into::<HtmlInputElement>().ok();
    let changed = |input: &HtmlInputElement| input.value() != input.default_value();
    (0..inputs.length())
        .filter_map(input)
        .filter(changed)
        .map(|input| (input.name(), input.value()))
        .collect()
}
