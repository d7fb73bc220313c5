//! Checking out: what is held and for how long, who registers, and to pay or to confirm.
//! Route: `/{slug}/orders/{id}`, until the order is paid.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::pricing::MAX_SEATS_PER_TYPE;
use plenary_shared::registration::{Order, OrderSeat, OrderStatus, SeatQuantity};

use super::promo_code::CodeField;
use super::registration::{Flow, OrderLines, Work, codes_of_held};
use crate::components::{Banner, Countdown, PersonInputs, Progress, Step, Stepper, Tone, changing, listener};
use crate::words::Explanation;
use crate::{OrderPart, Route, optimistic};

/// What the server has decided about the seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Waiting,
    All,
    Part,
    Nothing,
}

/// The page of an order that is not complete yet.
#[component]
pub fn Checkout(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let hold = Memo::new(move |_| hold_of(flow.order.get().as_ref()));
    let name = move || flow.conference.get().name;
    let complete = move |event: SubmitEvent| {
        event.prevent_default();
        flow.complete();
    };
    view! {
        <Progress language=words at=Step::Details/>
        <div class="hero hero--small">
            <p class="hero__over">{changing(name)}</p>
            <h1 tabindex="-1">{words.check_out()}</h1>
        </div>
        <Declined flow/>
        <Reservation flow hold/>
        <Shortfall flow hold/>
        <div class="columns columns--checkout">
            <form id="checkout" class="checkout" method="post" action=flow.order_path(OrderPart::Whole) on:submit=listener(complete) novalidate>
                <section class="card" aria-labelledby="details-heading">
                    <h2 id="details-heading">{words.your_details()}</h2>
                    <p class="quiet">{words.your_details_hint()}</p>
                    <PersonInputs
                        language=words
                        id="registrant"
                        first_name=flow.details.first_name
                        last_name=flow.details.last_name
                        email=flow.details.email
                        errors=flow.details.errors
                    />
                </section>
                <PayBar flow/>
            </form>
            <Summary flow hold/>
        </div>
    }
}

fn hold_of(order: Option<&Order>) -> Hold {
    let Some(order) = order else { return Hold::Waiting };
    match order.status {
        OrderStatus::Pending => Hold::Waiting,
        OrderStatus::PartiallyReserved if optimistic::held(order).is_empty() => Hold::Nothing,
        OrderStatus::PartiallyReserved => Hold::Part,
        _ => Hold::All,
    }
}

#[component]
fn Declined(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let banner = move || {
        let explanation = Explanation::new(words.payment_declined(), words.payment_declined_detail());
        flow.was_declined().then(|| view! { <Banner tone=Tone::Problem explanation/> }.into_any())
    };
    view! { <div class="notices">{changing(banner)}</div> }
}

/// The outcome of the reservation, and the time it is held for.
#[component]
fn Reservation(flow: Flow, hold: Memo<Hold>) -> impl IntoView {
    let words = flow.language;
    let outcome = move || match hold.get() {
        Hold::Waiting => words.holding(),
        Hold::All => words.held(),
        Hold::Part => words.partly_held(),
        Hold::Nothing => words.none_held(),
    };
    let class = move || match hold.get() {
        Hold::Waiting => "hold hold--waiting",
        Hold::All => "hold hold--all",
        Hold::Part => "hold hold--part",
        // Nothing to keep, to pay or to count down to: the ways on are all there is.
        Hold::Nothing => "hold hold--part hold--none",
    };
    let is_undecided = move || hold.get() == Hold::Waiting || flow.work.get().is_some();
    let extend = move |event: SubmitEvent| {
        event.prevent_default();
        flow.extend();
    };
    view! {
        <div class=changing(class)>
            <p class="hold__outcome" role="status">{changing(outcome)}</p>
            <Countdown language=words seconds_left=Signal::derive(move || flow.seconds_left())/>
            <form method="post" action=flow.order_path(OrderPart::Extension) on:submit=listener(extend)>
                <button type="submit" class="button button--quiet" disabled=changing(is_undecided)>{words.more_time()}</button>
            </form>
        </div>
    }
}

/// What could not be held, and three ways on.
#[component]
fn Shortfall(flow: Flow, hold: Memo<Hold>) -> impl IntoView {
    let panel = move || match hold.get() {
        Hold::Waiting | Hold::All => None,
        Hold::Part => Some(view! { <ShortfallPanel flow held=Hold::Part/> }.into_any()),
        Hold::Nothing => Some(view! { <ShortfallPanel flow held=Hold::Nothing/> }.into_any()),
    };
    view! { <div class="shortfalls">{changing(panel)}</div> }
}

#[component]
fn ShortfallPanel(flow: Flow, held: Hold) -> impl IntoView {
    let words = flow.language;
    let is_nothing = held == Hold::Nothing;
    let detail = if is_nothing { words.none_held_detail() } else { words.partly_held_detail() };
    let seats = flow.order.get_untracked().map(|order| order.seats).unwrap_or_default();
    let waiting = Route::WaitList { slug: flow.slug(), entry_id: None }.path();
    let (wait_words, choose_words, choose_class) = if is_nothing {
        (words.join_wait_list(), words.choose_again(), "button")
    } else {
        (words.wait_for_the_rest(), words.keep_choosing(), "button button--quiet")
    };
    let line = move |seat: OrderSeat| {
        let rest = seat.requested - seat.reserved;
        let wait = format!("{waiting}?seat_type_id={}&quantity={rest}", seat.seat_type_id);
        view! {
            <li>
                <span class="shortfall__name">{seat.name}</span>
                ": "
                {words.asked_and_held(seat.requested, seat.reserved)}
                " "
                <a href=wait>{wait_words}</a>
            </li>
        }
    };
    let choose = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        flow.choose_again();
    };
    let short = seats.iter().filter(|seat| seat.reserved < seat.requested).cloned();
    view! {
        <section class="card shortfall" aria-label=words.partly_held()>
            <p>{detail}</p>
            <ul class="shortfall__lines">{short.map(line).collect::<Vec<_>>()}</ul>
            <div class="shortfall__ways">
                {(!is_nothing).then(|| view! { <Continue flow/> }.into_any())}
                <a class=choose_class href=flow.conference_route().path() on:click=listener(choose)>{choose_words}</a>
                {(!is_nothing).then(|| view! { <GiveBack flow/> }.into_any())}
            </div>
        </section>
    }
}

/// A form without fields to see: the seats that are held.
#[component]
fn Continue(flow: Flow) -> impl IntoView {
    let order = flow.order.get_untracked();
    let held = order.as_ref().map(optimistic::held).unwrap_or_default();
    let codes = order.as_ref().map(codes_of_held).unwrap_or_default();
    let accept = move |event: SubmitEvent| {
        event.prevent_default();
        flow.accept_what_is_held();
    };
    view! {
        <form method="post" action=flow.order_path(OrderPart::Seats) on:submit=listener(accept)>
            {held.into_iter().map(hidden_quantity).collect::<Vec<_>>()}
            {hidden_codes(&codes)}
            <button type="submit" class="button">{flow.language.go_on_with_these()}</button>
        </form>
    }
}

/// What a plain form says of a seat type without asking.
pub fn hidden_quantity(seat: SeatQuantity) -> AnyView {
    view! { <input type="hidden" name=format!("seats.{}", seat.seat_type_id) value=seat.quantity.to_string()/> }.into_any()
}

/// What a plain form says of codes without asking.
pub fn hidden_codes(codes: &[String]) -> AnyView {
    view! { <input type="hidden" name="promo_code" value=codes.join(" ")/> }.into_any()
}

#[component]
fn GiveBack(flow: Flow) -> impl IntoView {
    let give_back = move |event: SubmitEvent| {
        event.prevent_default();
        flow.give_back();
    };
    let is_undecided = move || !flow.is_decided() || flow.work.get().is_some();
    view! {
        <form method="post" action=flow.order_path(OrderPart::Release) on:submit=listener(give_back)>
            <button type="submit" class="button button--text" disabled=changing(is_undecided)>
                {flow.language.give_back()}
            </button>
        </form>
    }
}

/// What is ordered, and how to order otherwise.
#[component]
fn Summary(flow: Flow, hold: Memo<Hold>) -> impl IntoView {
    let words = flow.language;
    // The panel about what is short has the same way out.
    let is_short = move || matches!(hold.get(), Hold::Part | Hold::Nothing);
    view! {
        <section class="card summary" aria-labelledby="summary-heading">
            <h2 id="summary-heading">{words.your_order()}</h2>
            <OrderLines flow/>
            <details class="summary__change">
                <summary>{words.change_seats()}</summary>
                <OtherSeats flow/>
            </details>
            <div hidden=changing(is_short)>
                <GiveBack flow/>
            </div>
        </section>
    }
}

#[component]
fn OtherSeats(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let kinds = flow.conference.get_untracked().seat_types;
    let row = move |kind: plenary_shared::conference::SeatType| {
        let id = kind.id;
        let most = Signal::derive(move || flow.within_reach(id).clamp(0, MAX_SEATS_PER_TYPE));
        let quantity = Signal::derive(move || flow.quantity(id));
        let change = move |quantity| flow.set_quantity(id, quantity);
        view! {
            <li class="other-seat">
                <span>{kind.name.clone()}</span>
                <Stepper language=words subject=kind.name name=format!("seats.{id}") quantity most on_change=change/>
            </li>
        }
    };
    let update = move |event: SubmitEvent| {
        event.prevent_default();
        flow.order_now();
    };
    view! {
        <form method="post" action=flow.order_path(OrderPart::Seats) on:submit=listener(update) novalidate>
            <ul class="other-seats">{kinds.into_iter().map(row).collect::<Vec<_>>()}</ul>
            <CodeField flow/>
            <button type="submit" class="button button--quiet">{words.update_seats()}</button>
        </form>
    }
}

/// What is to be paid, and the way on.
#[component]
fn PayBar(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let free = Signal::derive(move || flow.order.get().is_some_and(|order| order.total.amount == 0));
    let total = move || flow.order.get().map(|order| words.price_of(order.total)).unwrap_or_default();
    let label = move || match flow.work.get() {
        Some(Work::Paying) => words.leaving_to_pay(),
        Some(Work::Confirming) => words.confirming(),
        Some(_) => words.one_moment(),
        None if free.get() => words.confirm(),
        None => words.pay(),
    };
    let is_waiting = move || !flow.is_held() || flow.work.get().is_some();
    view! {
        <div class="bar">
            <p class="bar__total">
                <span class="bar__label">{words.total()}</span>
                <output class="bar__amount" data-testid="total">{changing(total)}</output>
            </p>
            <button type="submit" class="button" disabled=changing(is_waiting)>{changing(label)}</button>
        </div>
    }
}
