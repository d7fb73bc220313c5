//! An order that cannot be completed here and now: each case with its reason and its way on.
//! Route: `/{slug}/orders/{id}`.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::checkout::{hidden_codes, hidden_quantity};
use super::registration::{Flow, OrderLines, Stage, codes_of};
use crate::components::{changing, listener};
use crate::{OrderPart, Route, optimistic};

/// The page of such an order.
#[component]
pub fn Outcome(flow: Flow, stage: Stage) -> impl IntoView {
    let words = flow.language;
    let (title, detail) = match stage {
        Stage::TimeIsUp => (words.time_is_up(), words.time_is_up_detail()),
        Stage::GivenBack => (words.given_back(), words.given_back_detail()),
        Stage::PaymentPending => (words.payment_pending(), words.payment_pending_detail()),
        Stage::NeedsAttention => (words.needs_attention(), words.needs_attention_detail()),
        Stage::Refunded => (words.refunded(), words.refunded_detail()),
        Stage::Redacted | Stage::Choose | Stage::Checkout | Stage::Confirmed => {
            (words.redacted(), words.redacted_detail())
        }
    };
    let way_on = match stage {
        Stage::TimeIsUp => view! { <TryAgain flow/> }.into_any(),
        Stage::PaymentPending => view! { <ToPayment flow/> }.into_any(),
        Stage::GivenBack => view! { <ChooseAgain flow class="button"/> }.into_any(),
        Stage::Refunded => view! { <ChooseAgain flow class="button button--quiet"/> }.into_any(),
        Stage::NeedsAttention => ().into_any(),
        Stage::Redacted | Stage::Choose | Stage::Checkout | Stage::Confirmed => {
            view! { <a class="button" href=Route::FindOrder.path()>{words.find_my_order()}</a> }.into_any()
        }
    };
    let name = move || flow.conference.get().name;
    view! {
        <div class="hero hero--small">
            <p class="hero__over">{changing(name)}</p>
            <h1 tabindex="-1">{title}</h1>
            <p class="hero__tagline" role="status">{detail}</p>
        </div>
        <div class="ways">{way_on}</div>
        <Ordered flow/>
    }
}

/// What it is about.
#[component]
fn Ordered(flow: Flow) -> impl IntoView {
    let words = flow.language;
    view! {
        <section class="card card--narrow" aria-labelledby="ordered-heading">
            <h2 id="ordered-heading">{words.your_order()}</h2>
            <OrderLines flow/>
        </section>
    }
}

/// The same seats in a new order.
#[component]
fn TryAgain(flow: Flow) -> impl IntoView {
    let order = flow.order.get_untracked();
    let requested = order.as_ref().map(optimistic::requested).unwrap_or_default();
    let codes = order.as_ref().map(codes_of).unwrap_or_default();
    let try_again = move |event: SubmitEvent| {
        event.prevent_default();
        flow.try_again();
    };
    view! {
        <form method="post" action=flow.conference_route().path() on:submit=listener(try_again)>
            {requested.into_iter().map(hidden_quantity).collect::<Vec<_>>()}
            {hidden_codes(&codes)}
            <button type="submit" class="button">{flow.language.try_again()}</button>
        </form>
        <ChooseAgain flow class="button button--quiet"/>
    }
}

#[component]
fn ChooseAgain(flow: Flow, class: &'static str) -> impl IntoView {
    let choose = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        flow.choose_again();
    };
    view! {
        <a class=class href=flow.conference_route().path() on:click=listener(choose)>
            {flow.language.choose_again()}
        </a>
    }
}

/// The processor's page again; a plain form sends the registrant along, who is known by now.
#[component]
fn ToPayment(flow: Flow) -> impl IntoView {
    let person = flow.details.person();
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        flow.go_to_payment();
    };
    let is_waiting = move || flow.work.get().is_some();
    view! {
        <form method="post" action=flow.order_path(OrderPart::Whole) on:submit=listener(go)>
            <input type="hidden" name="first_name" value=person.first_name/>
            <input type="hidden" name="last_name" value=person.last_name/>
            <input type="hidden" name="email" value=person.email/>
            <button type="submit" class="button" disabled=changing(is_waiting)>{flow.language.to_the_payment()}</button>
        </form>
    }
}
