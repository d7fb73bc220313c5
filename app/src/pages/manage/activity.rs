//! What happens, as it happens, in plain words.

use leptos::prelude::*;
use plenary_shared::registration::HistoryEvent;

use super::desk::Desk;
use super::zone;
use crate::api::manage::{LONGEST_PAGE, history};
use crate::{ManageRoute, api::ApiError};

/// Reads the recent past up to `position`: a page's worth, and from the beginning where nothing is that recent.
pub fn load_activity(desk: Desk, position: i64) {
    let slug = desk.slug();
    let request = async move {
        let from = (position - LONGEST_PAGE).max(0);
        let recent = history(&slug, from).await?;
        if !recent.events.is_empty() || from == 0 {
            return Ok(recent.events);
        }
        let first = history(&slug, 0).await?;
        Ok::<_, ApiError>(if first.next.is_none() { first.events } else { Vec::new() })
    };
    desk.ask(request, move |answer| {
        if let Ok(events) = answer {
            desk.hear_activity(events);
        }
    });
}

/// The recent past, newest first.
#[component]
pub fn Activity(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let is_empty = Memo::new(move |_| desk.activity.with(Vec::is_empty));
    move || {
        if is_empty.get() {
            return view! { <p class="quiet">{words.nothing_happened_yet()}</p> }.into_any();
        }
        view! {
            <ol class="history">
                <For each=move || desk.activity.get() key=|event| event.position let:event>
                    {item(desk, event)}
                </For>
            </ol>
        }
        .into_any()
    }
}

/// One event; it leads to its order, unless that is the page.
pub fn item(desk: Desk, event: HistoryEvent) -> impl IntoView {
    let zone = desk
        .conference
        .with_untracked(|it| it.here().map(|known| known.conference.time_zone.clone()).unwrap_or_default());
    let time = zone::local_time(event.recorded_at, &zone, desk.language);
    let place = event.order_id.map(|order_id| ManageRoute::Order { slug: desk.slug(), order_id });
    let elsewhere = place.filter(|place| desk.place.with_untracked(|here| here.as_ref() != Some(place)));
    let text = match elsewhere {
        Some(order) => view! { <a href=order.path()>{event.text}</a> }.into_any(),
        None => view! { <span>{event.text}</span> }.into_any(),
    };
    view! {
        <li class="history__event">
            <time class="history__time" datetime=event.recorded_at.to_string()>{time}</time>
            {text}
        </li>
    }
}
