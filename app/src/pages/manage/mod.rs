//! The organizer's pages, one file per task, and how one moves between them.

mod activity;
mod attendees;
mod charts;
mod check_in;
mod clocks;
mod create;
mod created;
mod dashboard;
mod decisions;
mod desk;
mod details;
mod editor;
mod erasure;
mod form;
mod frame;
mod list;
mod loaded;
mod locate;
mod order;
mod orders;
mod past;
mod preview;
mod price;
mod promo_code_form;
mod promo_codes;
mod publication;
pub(crate) mod query;
mod seat_type_form;
mod seat_types;
mod slug;
mod translations;
mod wait_list;
mod zone;

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use plenary_shared::Problem;
use plenary_shared::live::{ACTIVITY, ORDER, SUMMARY};
use plenary_shared::registration::HistoryEvent;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use self::attendees::Attendees;
#[cfg(feature = "ssr")]
pub use self::charts::{WIDTH, capacity_bar, capacity_chart, days_chart, every_day, parts};
use self::check_in::CheckIn;
use self::create::Create;
use self::created::Created;
use self::dashboard::Dashboard;
pub use self::desk::Desk;
use self::desk::slug_of;
use self::details::Details;
pub use self::frame::{Frame, shell};
use self::loaded::{Loaded, when_here};
pub use self::locate::LocateForm;
use self::locate::{Locate, SignIn};
use self::order::OrderPage;
use self::orders::Orders;
#[cfg(feature = "ssr")]
pub use self::orders::badge;
use self::promo_codes::PromoCodes;
use self::seat_types::SeatTypes;
use self::wait_list::WaitList;
use crate::components::Tone;
use crate::live::Connection;
use crate::words::Explanation;
use crate::{Language, ManageRoute, Route, api, live, navigation};

/// What the server's page held when the application took its place.
#[derive(Debug, Default)]
pub struct Rendered {
    language: Language,
    /// Why a plain form was refused.
    problem: Option<Problem>,
    /// Values of fields by their names.
    typed: Vec<(String, String)>,
    /// The id of the element that had the focus.
    focused: String,
}

impl Rendered {
    /// Reads what is worth keeping.
    pub fn read(page: &HtmlElement) -> Self {
        let told = |name: &str| page.dataset().get(name).unwrap_or_default();
        let tag = told("language");
        let language = Language::ALL.into_iter().find(|language| language.tag() == tag);
        let inputs = page.query_selector_all("input[name]").ok();
        let input = |index| inputs.as_ref()?.item(index)?.dyn_into::<HtmlInputElement>().ok();
        let count = inputs.as_ref().map_or(0, web_sys::NodeList::length);
        let typed = (0..count).filter_map(input).map(|input| (input.name(), input.value())).collect();
        Self {
            language: language.unwrap_or_default(),
            problem: serde_json::from_str(&told("problem")).ok(),
            typed,
            focused: document().active_element().map(|element| element.id()).unwrap_or_default(),
        }
    }

    fn typed(&self, name: &str) -> String {
        let found = self.typed.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// The whole of the application, begun at the page that the address names.
pub fn run(rendered: Rendered) -> impl IntoView {
    let typed = (rendered.typed("email"), rendered.typed("access_code"));
    let Rendered { language, problem, focused, .. } = rendered;
    let desk = Desk::new(language, place_of(navigation::current_route()), navigation::current_query());
    desk.notice.set(problem.map(|problem| (Tone::Problem, language.manage_problem(&problem))));
    if !focused.is_empty() {
        request_animation_frame(move || go_on_typing(&focused));
    }
    view! { <Manage desk typed/> }
}

/// The whole of the organizer's application.
#[component]
pub fn Manage(
    desk: Desk,
    /// The address and the code that were typed before the application was there.
    typed: (String, String),
) -> impl IntoView {
    keep_in_touch(desk);
    let place = Memo::new(move |_| (desk.place.get(), desk.created.with(Option::is_some)));
    let typed = StoredValue::new(typed);
    let page = move || match place.get() {
        (_, true) => view! { <Created desk/> }.into_any(),
        (Some(ManageRoute::Locate), _) => {
            let typed = typed.try_update_value(std::mem::take).unwrap_or_default();
            view! { <Locate desk typed/> }.into_any()
        }
        (Some(ManageRoute::Create), _) => view! { <Create desk/> }.into_any(),
        (Some(route), _) => within_conference(desk, route),
        (None, _) => view! { <Nowhere desk/> }.into_any(),
    };
    view! {
        <Frame desk>
            {move || desk.is_over.get().then(|| view! { <SignIn desk/> })}
            // What was typed stays in it.
            <div class="work" hidden=move || desk.is_over.get()>{page}</div>
        </Frame>
    }
}

/// Takes the focus to a field, behind what was typed into it.
fn go_on_typing(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(input) = element.and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) {
        let _ = input.focus();
        // A value that is set anew takes the caret to its end, whatever the type of the field.
        let typed = input.value();
        input.set_value("");
        input.set_value(&typed);
    }
}

/// The pages that need their conference first.
fn within_conference(desk: Desk, route: ManageRoute) -> AnyView {
    let failure = Memo::new(move |_| {
        let failure = desk.conference.with(|conference| conference.failure().cloned());
        failure.filter(|_| !desk.is_over.get())
    });
    let page = StoredValue::new(route);
    let content = move || match failure.get() {
        Some(explanation) => view! { <NoConference desk explanation/> }.into_any(),
        None => when_here(
            desk.language,
            desk.conference,
            || (),
            move || page.with_value(|page| section(desk, page)),
        )
        .into_any(),
    };
    view! { {content} }.into_any()
}

fn section(desk: Desk, route: &ManageRoute) -> AnyView {
    match *route {
        ManageRoute::Details { .. } => view! { <Details desk/> }.into_any(),
        ManageRoute::SeatTypes { .. } => view! { <SeatTypes desk/> }.into_any(),
        ManageRoute::PromoCodes { .. } => view! { <PromoCodes desk/> }.into_any(),
        ManageRoute::WaitList { .. } => view! { <WaitList desk/> }.into_any(),
        ManageRoute::Orders { .. } => view! { <Orders desk/> }.into_any(),
        ManageRoute::Order { order_id, .. } => view! { <OrderPage desk order_id/> }.into_any(),
        ManageRoute::Attendees { .. } => view! { <Attendees desk/> }.into_any(),
        ManageRoute::CheckIn { .. } => view! { <CheckIn desk/> }.into_any(),
        _ => view! { <Dashboard desk/> }.into_any(),
    }
}

/// Why the conference is not there, and the two ways on.
#[component]
fn NoConference(desk: Desk, explanation: Explanation) -> impl IntoView {
    let Explanation { title, detail } = explanation;
    desk.arrive(&title);
    let again = move |_| {
        desk.conference.set(Loaded::Waiting);
        desk.refresh();
    };
    view! {
        <h1 tabindex="-1">{title}</h1>
        <p class="lead" role="alert">{detail}</p>
        <p class="aside">
            <button type="button" class="button" on:click=again>{desk.language.try_once_more()}</button>
            <a class="button button--quiet" href=ManageRoute::Locate.path()>{desk.language.to_locate()}</a>
        </p>
    }
}

#[component]
fn Nowhere(desk: Desk) -> impl IntoView {
    let words = desk.language.manage_problem(&Problem::new("not-found", 404, ""));
    desk.arrive(&words.title);
    view! {
        <h1 tabindex="-1">{words.title.clone()}</h1>
        <p class="lead">{words.detail}</p>
        <p><a class="button" href=ManageRoute::Locate.path()>{desk.language.to_locate()}</a></p>
    }
}

fn place_of(route: Option<Route>) -> Option<ManageRoute> {
    match route {
        Some(Route::Manage(route)) => Some(route),
        _ => None,
    }
}

/// What goes on beside the page: links, the history, the conference's messages.
fn keep_in_touch(desk: Desk) {
    let _ = window_event_listener(leptos::ev::click, move |event| follow_link(desk, &event));
    navigation::on_moved(move |route| desk.enter(place_of(route), navigation::current_query()));
    let slug =
        Memo::new(move |_| desk.place.with(|place| place.as_ref().and_then(slug_of).map(str::to_owned)));
    Effect::new(move |former: Option<Option<String>>| {
        let slug = slug.get();
        // What creating one answered is there already.
        let is_here = desk.known().is_some_and(|known| Some(&known.conference.slug) == slug.as_ref());
        if former.as_ref() != Some(&slug) && slug.is_some() && !is_here {
            desk.clear();
            desk.refresh();
        }
        slug
    });
    let stream = Memo::new(move |_| {
        let is_here = desk.conference.with(|conference| conference.here().is_some());
        slug.get().filter(|_| is_here && !desk.is_over.get()).map(|slug| api::manage::events(&slug))
    });
    live::follow(stream.into(), &[SUMMARY, ORDER, ACTIVITY], desk.connection, move |name, text| {
        hear(desk, name, text);
    });
    desk.on_opened(move || desk.refresh());
    // A session that ended looks like a server that is away.
    Effect::new(move |_| {
        if desk.connection.get() == Connection::Away && stream.get_untracked().is_some() {
            desk.refresh();
        }
    });
}

fn hear(desk: Desk, name: &str, text: &str) {
    match name {
        SUMMARY => {
            if let Ok(summary) = serde_json::from_str(text) {
                desk.hear_summary(summary);
            }
        }
        ORDER => {
            if let Ok(order) = serde_json::from_str(text) {
                desk.heard_order.set(Some(order));
            }
        }
        _ => {
            if let Ok(event) = serde_json::from_str::<HistoryEvent>(text) {
                // What is about no order is about the conference.
                if event.order_id.is_none() {
                    desk.refresh();
                }
                desk.hear_activity(vec![event]);
            }
        }
    }
}

/// Takes the clicks on links between the organizer's pages; all others are the browser's.
fn follow_link(desk: Desk, event: &MouseEvent) {
    let is_plain = event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
        && !event.default_prevented();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let link = target.and_then(|element| element.closest("a[href]").ok().flatten());
    let Some(address) = link.and_then(|link| link.get_attribute("href")).filter(|_| is_plain) else { return };
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let Some(route) = place_of(Route::parse(path)).filter(|_| path.starts_with('/')) else { return };
    event.prevent_default();
    desk.go(route);
    if !query.is_empty() {
        navigation::replace_query(&format!("?{query}"));
        desk.query.set(query.to_owned());
    }
}
