//! What is open for registration. Route: `/`. Rendered on the server alone.

use leptos::prelude::*;
use plenary_shared::conference::ConferenceSummary;
use plenary_shared::format;

use crate::{Language, Route};

/// The list.
#[component]
pub fn Conferences(language: Language, conferences: Vec<ConferenceSummary>) -> impl IntoView {
    let list = if conferences.is_empty() {
        view! {
            <div class="card card--narrow">
                <h2>{language.nothing_upcoming()}</h2>
                <p class="quiet">{language.nothing_upcoming_detail()}</p>
            </div>
        }
        .into_any()
    } else {
        let entry = |conference| view! { <Entry language conference/> };
        view! { <ul class="conferences">{conferences.into_iter().map(entry).collect_view()}</ul> }.into_any()
    };
    view! {
        <header class="hero">
            <h1>{language.upcoming()}</h1>
            <p class="hero__tagline">{language.upcoming_lead()}</p>
        </header>
        {list}
    }
}

#[component]
fn Entry(language: Language, conference: ConferenceSummary) -> impl IntoView {
    let days = format::date_range(conference.start_date, conference.end_date, language.locale());
    let accent = super::accent_of(&conference.slug);
    view! {
        <li class="conference" data-accent=accent>
            <a class="conference__link" href=Route::Conference { slug: conference.slug }.path()>
                <h2 class="conference__name">{conference.name}</h2>
            </a>
            <p class="conference__tagline">{conference.tagline}</p>
            <p class="conference__facts">{days} " · " {conference.location}</p>
        </li>
    }
}
