//! The field for promotional codes, and what they take off.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use plenary_shared::registration::Discount;

use super::registration::Flow;
use crate::components::{changing, listener, reduction};

/// The field by itself: what is typed goes along with the form around it.
#[component]
pub fn CodeField(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let is_wrong = move || if flow.code_error.with(String::is_empty) { "false" } else { "true" };
    let enter = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !flow.at_order.get_untracked() {
            event.prevent_default();
            flow.ask_quote();
        }
    };
    view! {
        <div class="field">
            <label class="field__label" for="promo-code">{words.promo_code()}</label>
            <input
                class="field__input"
                id="promo-code"
                name="promo_code"
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                maxlength="400"
                aria-invalid=changing(is_wrong)
                aria-describedby="promo-code-error promo-code-hint"
                value=flow.codes.get_untracked()
                prop:value=changing(move || flow.codes.get())
                on:input=listener(move |event| flow.codes.set(event_target_value(&event)))
                on:keydown=listener(enter)
            />
            <p class="field__hint" id="promo-code-hint">{words.several_codes()}</p>
            <p class="field__error" id="promo-code-error" aria-live="polite">
                {changing(move || flow.code_error.get())}
            </p>
        </div>
    }
}

/// The field with its effect on what is chosen. Without scripts it takes effect with the order.
#[component]
pub fn PromoCode(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let discounts = move || {
        let line = |discount: &Discount| reduction(words, discount).into_any();
        flow.quoted().map(|quote| quote.discounts.iter().map(line).collect::<Vec<_>>()).unwrap_or_default()
    };
    view! {
        <details class="promo" open=!flow.codes.with_untracked(String::is_empty)>
            <summary>{words.have_a_code()}</summary>
            <div class="promo__line">
                <CodeField flow/>
                <button type="button" class="button button--quiet scripted" on:click=listener(move |_| flow.ask_quote())>
                    {words.apply()}
                </button>
            </div>
            <div role="status">
                <table class="order-table" aria-label=words.discount()>
                    <tbody>{changing(discounts)}</tbody>
                </table>
            </div>
        </details>
    }
}
