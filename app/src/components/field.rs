//! A labelled field with its hint and its error.

use leptos::prelude::*;

use super::{changing, listener};

/// One line of text.
#[component]
pub fn Field(
    #[prop(into)] id: String,
    /// The name that a plain form sends it by.
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(default = "text")] kind: &'static str,
    autocomplete: &'static str,
    value: RwSignal<String>,
    /// What is wrong; empty while nothing is.
    #[prop(into)]
    error: Signal<String>,
    /// Beneath the field.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    let hint_id = format!("{id}-hint");
    let described_by = if hint.is_empty() { error_id.clone() } else { format!("{error_id} {hint_id}") };
    let is_wrong = move || if error.get().is_empty() { "false" } else { "true" };
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            <input
                class="field__input"
                id=id
                name=name
                type=kind
                autocomplete=autocomplete
                autocapitalize=if kind == "email" { "none" } else { "words" }
                spellcheck="false"
                required
                aria-invalid=changing(is_wrong)
                aria-describedby=described_by
                value=value.get_untracked()
                prop:value=changing(move || value.get())
                on:input=listener(move |event| value.set(event_target_value(&event)))
            />
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=hint_id>{hint}</p> }.into_any())}
            <p class="field__error" id=error_id aria-live="polite">{changing(move || error.get())}</p>
        </div>
    }
}
