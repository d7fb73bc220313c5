//! Confirmed: the access code, and what was ordered. Route: `/{slug}/orders/{id}`, once it is confirmed.

use leptos::prelude::*;

use super::registration::{Flow, OrderLines};
use crate::components::{Progress, Step, changing};
use crate::{OrderPart, Route};

/// The upper part of a confirmed order's page.
#[component]
pub fn Done(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let name = move || flow.conference.get().name;
    let days = move || words.days_of(&flow.conference.get());
    let calendar = Route::Calendar { slug: flow.slug() };
    let code = move || flow.order.get().and_then(|order| order.access_code).unwrap_or_default();
    view! {
        <Progress language=words at=Step::Done/>
        <div class="hero hero--small">
            <p class="hero__over">{changing(name)} " · " {changing(days)}</p>
            <h1 tabindex="-1">{words.confirmed()}</h1>
            <p class="hero__tagline" role="status">{changing(move || words.see_you_at(&name()))}</p>
        </div>
        <div class="columns columns--checkout">
            <section class="card code" aria-labelledby="code-heading">
                <h2 id="code-heading">{words.your_code()}</h2>
                <p class="code__code" data-testid="access-code">
                    {changing(code)}
                </p>
                <p class="quiet">{words.your_code_hint()}</p>
                <a href=Route::FindOrder.path()>{words.find_my_order()}</a>
            </section>
            <section class="card ordered" aria-labelledby="ordered-heading">
                <h2 id="ordered-heading">{words.your_order()}</h2>
                <OrderLines flow/>
                <p class="ordered__ways">
                    <a class="button button--quiet" href=flow.order_path(OrderPart::Tickets(None))>{words.all_tickets()}</a>
                    <a class="button button--quiet" href=calendar.path()>{words.add_to_calendar()}</a>
                </p>
            </section>
        </div>
    }
}
