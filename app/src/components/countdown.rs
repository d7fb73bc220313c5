//! How long the seats are still held.

use leptos::prelude::*;

use super::changing;
use crate::Language;

/// A clock that runs down. It is read out at five minutes and at one.
#[component]
pub fn Countdown(language: Language, #[prop(into)] seconds_left: Signal<Option<u64>>) -> impl IntoView {
    let spoken = Signal::derive(move || match seconds_left.get() {
        Some(1..=60) => language.one_minute_left(),
        Some(61..=300) => language.five_minutes_left(),
        _ => "",
    });
    let text =
        move || seconds_left.get().map_or("–:––".to_owned(), |seconds| language.remaining(seconds));
    let is_short = move || seconds_left.get().is_some_and(|seconds| seconds <= 60);
    view! {
        <span class="countdown" class:countdown--short=changing(is_short)>
            <span class="countdown__label">{language.time_left()}</span>
            <span class="countdown__time" role="timer" aria-live="off">{changing(text)}</span>
        </span>
        <span class="spoken" aria-live="polite">{changing(move || spoken.get())}</span>
    }
}
