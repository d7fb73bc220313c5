//! Why there is no page, and where to go instead. Rendered on the server alone.

use leptos::prelude::*;
use plenary_shared::Problem;

use crate::{Language, Route};

/// The page that stands for the one that is not there.
#[component]
pub fn Failure(language: Language, problem: Problem) -> impl IntoView {
    let explanation = language.problem(&problem);
    let elsewhere = problem.redirect_url.map(|url| {
        let words = language.go_to(&url);
        view! { <a class="button" href=url rel="noopener">{words}</a> }
    });
    // The very same page once more, for what passes.
    let again =
        (problem.status >= 500).then(|| view! { <a class="button" href="">{language.load_again()}</a> });
    view! {
        <header class="hero">
            <h1>{explanation.title}</h1>
            <p class="hero__tagline">{explanation.detail}</p>
        </header>
        <div class="ways">
            {elsewhere}
            {again}
            <a class="button button--quiet" href=Route::Conferences.path()>{language.all_conferences()}</a>
            <a class="button button--text" href=Route::FindOrder.path()>{language.find_my_order()}</a>
        </div>
    }
}
