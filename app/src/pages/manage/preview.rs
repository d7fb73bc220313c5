//! The head of a conference's page as registrants will see it, while it is typed.

use leptos::prelude::*;
use plenary_shared::{Date, format};

use crate::{Language, navigation, pages};

/// What registrants will see of what is typed.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Who reads it.
    pub reader: Signal<Language>,
    pub name: Signal<String>,
    pub slug: Signal<String>,
    pub tagline: Signal<String>,
    pub description: Signal<String>,
    pub location: Signal<String>,
    pub start_date: RwSignal<String>,
    pub end_date: RwSignal<String>,
}

/// The picture of the page. It says nothing by itself: whoever hears the page hears the fields.
#[component]
pub fn Preview(language: Language, shown: Shown) -> impl IntoView {
    let host = navigation::window().location().host().unwrap_or_default();
    let address = move || shown.slug.with(|slug| format!("{host}/{}", slug.trim()));
    let accent = move || shown.slug.with(|slug| pages::accent_of(slug.trim())).to_string();
    let or = |text: Signal<String>, otherwise: &'static str| {
        move || text.with(|text| if text.trim().is_empty() { otherwise.to_owned() } else { text.clone() })
    };
    let days = move || {
        let day = |text: RwSignal<String>| text.with(|text| text.trim().parse::<Date>().ok());
        let (start, end) = (day(shown.start_date), day(shown.end_date));
        let start = start?;
        let end = end.filter(|end| *end >= start).unwrap_or(start);
        Some(format::date_range(start, end, shown.reader.get().locale()))
    };
    view! {
        <section class="preview" aria-label=language.preview() data-accent=accent>
            <p class="preview__over"><span>{language.preview()} " · " {move || shown.reader.get().own_name()}</span> <span>{address}</span></p>
            <div class="preview__page">
                <p class="preview__name">{or(shown.name, language.preview_name())}</p>
                <p class="preview__tagline">{move || shown.tagline.get()}</p>
                <p class="preview__fact">{move || days().unwrap_or_else(|| language.preview_days().to_owned())}</p>
                <p class="preview__fact">{or(shown.location, language.location())}</p>
                <p class="preview__about">{move || shown.description.get()}</p>
            </div>
        </section>
    }
}
