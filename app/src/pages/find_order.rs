//! Finding an order again. Route: `/orders/find`. Rendered on the server alone: a plain form is all it takes.

#![expect(clippy::needless_pass_by_value, reason = "props belong to their component")]

use leptos::prelude::*;

use crate::components::{Banner, Tone};
use crate::pages::registration::SubmittedForm;
use crate::{Language, Route};

/// The form, with what was sent and why it was refused.
#[component]
pub fn FindOrder(language: Language, form: Option<SubmittedForm>) -> impl IntoView {
    let sent = |name: &str| {
        let fields = form.iter().flat_map(|form| &form.fields);
        fields
            .into_iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let (email, access_code) = (sent("email"), sent("access_code"));
    let explanation = form.as_ref().map(|form| language.not_found_again(&form.problem));
    view! {
        <header class="hero hero--small">
            <h1>{language.find_my_order()}</h1>
            <p class="hero__tagline">{language.find_lead()}</p>
        </header>
        {explanation.map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        <form class="card card--narrow" method="post" action=Route::FindOrder.path()>
            <div class="field">
                <label class="field__label" for="email">{language.email()}</label>
                <input class="field__input" id="email" name="email" type="email" autocomplete="email" required value=email/>
            </div>
            <div class="field">
                <label class="field__label" for="access-code">{language.access_code()}</label>
                <input
                    class="field__input field__input--code"
                    id="access-code"
                    name="access_code"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    maxlength="12"
                    required
                    aria-describedby="access-code-hint"
                    value=access_code
                />
                <p class="field__hint" id="access-code-hint">{language.access_code_hint()}</p>
            </div>
            <button type="submit" class="button">{language.open_order()}</button>
        </form>
    }
}
