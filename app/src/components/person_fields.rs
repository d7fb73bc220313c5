//! A person's two names and address.

#![expect(clippy::needless_pass_by_value, reason = "props belong to their component")]

use leptos::prelude::*;
use plenary_shared::{FieldError, validation};

use super::{Field, changing, listener};
use crate::{Language, email};

/// The three fields, with a hint on likely slips in the address.
#[component]
pub fn PersonInputs(
    language: Language,
    /// Comes before the ids of the fields, so that a page may hold many persons.
    #[prop(into)]
    id: String,
    first_name: RwSignal<String>,
    last_name: RwSignal<String>,
    email: RwSignal<String>,
    #[prop(into)] errors: Signal<Vec<FieldError>>,
    /// Whether the browser should offer the reader's own name and address.
    #[prop(default = Whose::Own)]
    whose: Whose,
) -> impl IntoView {
    let error = move |name: &'static str, value: RwSignal<String>| {
        Signal::derive(move || {
            let errors = errors.get();
            let found = errors.iter().find(|error| error.field.ends_with(name));
            let found = found.filter(|error| value.with(|value| is_still_wrong(error, value.trim())));
            found.map(|error| language.field_error(error)).unwrap_or_default()
        })
    };
    view! {
        <div class="person">
            <Field
                id=format!("{id}-first-name")
                name="first_name"
                label=language.first_name()
                autocomplete=whose.autocomplete("given-name")
                value=first_name
                error=error("first_name", first_name)
            />
            <Field
                id=format!("{id}-last-name")
                name="last_name"
                label=language.last_name()
                autocomplete=whose.autocomplete("family-name")
                value=last_name
                error=error("last_name", last_name)
            />
            <Field
                id=format!("{id}-email")
                name="email"
                label=language.email()
                kind="email"
                autocomplete=whose.autocomplete("email")
                value=email
                error=error("email", email)
            />
            <Slip language email/>
        </div>
    }
}

/// Whether what was wrong is wrong with what is in the field now.
fn is_still_wrong(error: &FieldError, value: &str) -> bool {
    match error.rule.as_str() {
        "required" => value.is_empty(),
        "email" => !validation::is_email(value),
        _ => true,
    }
}

/// Whose details are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Own,
    SomebodyElses,
}

impl Whose {
    const fn autocomplete(self, own: &'static str) -> &'static str {
        match self {
            Self::Own => own,
            Self::SomebodyElses => "off",
        }
    }
}

#[component]
fn Slip(language: Language, email: RwSignal<String>) -> impl IntoView {
    let meant = Signal::derive(move || email::probably_meant(&email.get()));
    let question = move |meant: &String| language.did_you_mean(meant);
    let asked = move || meant.get().as_ref().map(question).unwrap_or_default();
    let accept = move |_| {
        if let Some(meant) = meant.get_untracked() {
            email.set(meant);
        }
    };
    view! {
        <p class="slip" aria-live="polite" hidden=changing(move || meant.get().is_none())>
            <span>{changing(asked)}</span>
            <button
                type="button"
                class="button button--text"
                on:click=listener(accept)>
                {language.use_it()}
            </button>
        </p>
    }
}
