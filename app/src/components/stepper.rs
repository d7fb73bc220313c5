//! How many: a number field, and a button on either side of it once the application runs.

use leptos::prelude::*;

use super::{changing, listener};
use crate::Language;

/// A quantity from zero to `most`.
#[component]
pub fn Stepper(
    language: Language,
    /// What is counted.
    #[prop(into)]
    subject: String,
    /// The name that a plain form sends it by.
    #[prop(into)]
    name: String,
    #[prop(into)] quantity: Signal<i64>,
    #[prop(into)] most: Signal<i64>,
    #[prop(into)] on_change: Callback<i64>,
) -> impl IntoView {
    let typed = move |event| {
        let typed = event_target_value(&event).trim().parse::<i64>().unwrap_or(0);
        on_change.run(typed.clamp(0, most.get_untracked().max(0)));
    };
    // The field shows what was taken, even where what was typed is taken as what was there before.
    let settled = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        input.set_value(&quantity.get_untracked().to_string());
    };
    let fewer = move |_| on_change.run((quantity.get_untracked() - 1).max(0));
    let more = move |_| on_change.run((quantity.get_untracked() + 1).min(most.get_untracked()));
    let is_least = move || quantity.get() <= 0;
    let is_most = move || quantity.get() >= most.get();
    view! {
        <div class="stepper">
            <button
                type="button"
                class="stepper__button"
                aria-label=language.one_fewer(&subject)
                disabled=changing(is_least)
                on:click=listener(fewer)
            >
                "−"
            </button>
            <input
                class="stepper__input"
                type="number"
                inputmode="numeric"
                min="0"
                max=changing(move || most.get())
                name=name
                aria-label=language.quantity_for(&subject)
                autocomplete="off"
                value=quantity.get_untracked()
                prop:value=changing(move || quantity.get().to_string())
                on:input=listener(typed)
                on:change=listener(settled)
            />
            <button
                type="button"
                class="stepper__button"
                aria-label=language.one_more(&subject)
                disabled=changing(is_most)
                on:click=listener(more)
            >
                "+"
            </button>
        </div>
    }
}
