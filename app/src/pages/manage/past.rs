//! The numbers as they were at any instant: a slider from the beginning to now.

use leptos::prelude::*;
use plenary_shared::Timestamp;

use super::desk::Desk;
use super::zone;
use crate::{api, navigation};

/// Steps of the slider: finer than a screen is wide.
const STEPS: i64 = 1_000;

/// The slider. At its end the numbers are live.
#[component]
pub fn TimeSlider(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let beginning = RwSignal::new(None::<Timestamp>);
    let step = RwSignal::new(STEPS);
    // Counts the moves, so that a late answer to an earlier one is dropped.
    let moves = RwSignal::new(0_u32);
    find_beginning(desk, beginning);
    let instant = move |step: i64| {
        let (from, to) = (beginning.get()?, navigation::browser_time());
        let millis = from.as_millis() + (to.as_millis() - from.as_millis()) / STEPS * step;
        (step < STEPS).then(|| Timestamp::from_millis(millis))
    };
    let label = move || match instant(step.get()) {
        Some(instant) => words.as_of(&zone::local_time(instant, &zone_of(desk), words)),
        None => words.now().to_owned(),
    };
    let go = move |to: i64| {
        step.set(to);
        moves.update(|moves| *moves += 1);
        let asked = moves.get_untracked();
        match untrack(|| instant(to)) {
            None => desk.past.set(None),
            Some(instant) => show(desk, instant, move || moves.try_get_untracked() == Some(asked)),
        }
    };
    let slid = move |event| go(event_target_value(&event).parse().unwrap_or(STEPS));
    on_cleanup(move || desk.past.set(None));
    move || {
        beginning.get()?;
        Some(view! {
            <div class="past" class:past--then=move || step.get() < STEPS>
                <label class="field__label" for="as-of">{words.time_slider()}</label>
                <input
                    class="past__slider" id="as-of" type="range" min="0" max=STEPS
                    prop:value=move || step.get().to_string() aria-valuetext=label on:input=slid
                />
                <p class="past__when">
                    <output for="as-of">{label}</output>
                    <button
                        type="button" class="button button--text" hidden=move || step.get() == STEPS
                        on:click=move |_| go(STEPS)
                    >
                        {words.back_to_now()}
                    </button>
                </p>
            </div>
        })
    }
}

fn zone_of(desk: Desk) -> String {
    desk.known().map(|known| known.conference.time_zone).unwrap_or_default()
}

/// The first that was recorded of the conference.
fn find_beginning(desk: Desk, beginning: RwSignal<Option<Timestamp>>) {
    let slug = desk.slug();
    desk.ask(async move { api::manage::first_event(&slug).await }, move |answer| {
        if let Ok(Some(event)) = answer {
            beginning.try_set(Some(event.recorded_at));
        }
    });
}

fn show(desk: Desk, instant: Timestamp, is_still_asked: impl Fn() -> bool + 'static) {
    let slug = desk.slug();
    desk.ask(async move { api::manage::summary_as_of(&slug, instant).await }, move |answer| {
        if !is_still_asked() {
            return;
        }
        match answer {
            Ok(summary) => desk.past.set(Some(summary)),
            Err(error) => desk.complain(&error),
        }
    });
}
