//! The way to the same page in another language: plain links, which the server remembers.

use leptos::prelude::*;

use crate::Language;

/// The languages that the page is not in. `query` is what the address says beside: empty, or `a=1&b=2`.
#[component]
pub fn LanguageSwitch(language: Language, #[prop(into)] query: String) -> impl IntoView {
    let others = Language::ALL.into_iter().filter(move |other| *other != language);
    let link = move |other: Language| {
        let rest = if query.is_empty() { String::new() } else { format!("&{query}") };
        let address = format!("?lang={}{rest}", other.tag());
        view! { <a href=address rel="nofollow" hreflang=other.tag() lang=other.tag()>{other.own_name()}</a> }
    };
    view! {
        <nav class="tongues" aria-label=language.choose_language()>{others.map(link).collect_view()}</nav>
    }
}
