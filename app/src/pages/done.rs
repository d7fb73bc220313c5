//! Confirmed: the access code, and what was ordered. Route: `/{slug}/orders/{id}`, once it is confirmed.

use leptos::prelude::*;
use plenary_shared::format;

use super::registration::Flow;
use crate::Route;
use crate::components::{OrderTable, Progress, Step};

/// The upper part of a confirmed order's page.
#[component]
pub fn Done(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let order = flow.order;
    let name = move || flow.conference.with(|conference| conference.name.clone());
    let days =
        move || flow.conference.with(|it| format::date_range(it.start_date, it.end_date, words.locale()));
    let seats =
        Signal::derive(move || order.with(|it| it.as_ref().map(|it| it.seats.clone()).unwrap_or_default()));
    let discounts = Signal::derive(move || {
        order.with(|it| it.as_ref().map(|it| it.discounts.clone()).unwrap_or_default())
    });
    let total = Signal::derive(move || order.with(|it| it.as_ref().map(|it| it.total)));
    view! {
        <Progress language=words at=Step::Done/>
        <header class="hero hero--small">
            <p class="hero__over">{name} " · " {days}</p>
            <h1 tabindex="-1">{words.confirmed()}</h1>
            <p class="hero__tagline" role="status">{move || words.see_you_at(&name())}</p>
        </header>
        <div class="columns columns--checkout">
            <section class="card code" aria-labelledby="code-heading">
                <h2 id="code-heading">{words.your_code()}</h2>
                <p class="code__code" data-testid="access-code">
                    {move || order.with(|it| it.as_ref().and_then(|it| it.access_code.clone()).unwrap_or_default())}
                </p>
                <p class="quiet">{words.your_code_hint()}</p>
                <a href=Route::FindOrder.path()>{words.find_my_order()}</a>
            </section>
            <section class="card" aria-labelledby="ordered-heading">
                <h2 id="ordered-heading">{words.your_order()}</h2>
                <OrderTable language=words seats discounts total/>
            </section>
        </div>
    }
}
