//! One order and all that happened to it. Route: `/manage/{slug}/orders/{id}`.

use leptos::prelude::*;
use plenary_shared::registration::{HistoryEvent, OrganizerOrder, OrganizerSeat};
use plenary_shared::{OrderId, Problem};

use super::activity;
use super::decisions::Decisions;
use super::desk::Desk;
use super::erasure::Erasure;
use super::loaded::{Loaded, when_here};
use super::orders::{badge, placed, registrant};
use crate::api::{self, ApiError};
use crate::components::OrderTable;
use crate::{Language, ManageRoute};

/// The page.
#[component]
pub fn OrderPage(desk: Desk, order_id: OrderId) -> impl IntoView {
    let words = desk.language;
    let order = RwSignal::new(Loaded::Waiting);
    let history = RwSignal::new(Loaded::Waiting);
    desk.arrive(words.one_order());
    let changes = RwSignal::new(0_u32);
    let load = move || {
        changes.update(|changes| *changes += 1);
        load_order(desk, order, order_id);
        load_history(desk, history, order_id);
    };
    load();
    // What changed it is in its history by now.
    Effect::new(move |former: Option<()>| {
        let heard = desk.heard_order.with(|heard| heard.as_ref().is_some_and(|heard| heard.id == order_id));
        let _ = former;
        if heard {
            load();
        }
    });
    desk.on_opened(load);
    let is_personal = Memo::new(move |_| {
        let has = |row: &OrganizerOrder| {
            row.order.registrant.is_some() || row.attendees.iter().any(|seat| seat.attendee.is_some())
        };
        order.with(|order| order.here().is_some_and(has))
    });
    // It belongs to the page: what asked for it may be gone when the answer comes.
    let reload = Callback::new(move |()| load());
    let back = ManageRoute::Orders { slug: desk.slug() }.path();
    let title = move || {
        order
            .with(|order| order.here().map(|row: &OrganizerOrder| registrant(words, &row.order)))
            .unwrap_or_else(|| words.one_order().to_owned())
    };
    view! {
        <p class="back"><a href=back>{words.all_orders()}</a></p>
        <h1 tabindex="-1">{title}</h1>
        <Decisions desk order_id changes on_decided=reload/>
        {when_here(words, order, load, move || view! { <Facts desk order/> }.into_any())}
        <section class="card" aria-labelledby="history-heading">
            <h2 id="history-heading">{words.history()}</h2>
            {when_here(words, history, load, move || events(desk, history))}
        </section>
        {move || is_personal.get().then(|| view! { <Erasure desk order_id on_erased=reload/> })}
    }
}

fn load_order(desk: Desk, order: RwSignal<Loaded<OrganizerOrder>>, order_id: OrderId) {
    let slug = desk.slug();
    desk.load(order, async move {
        let missing = || ApiError::Refused(Box::new(Problem::new("order-not-found", 404, "")));
        api::manage::order(&slug, order_id).await?.ok_or_else(missing)
    });
}

fn load_history(desk: Desk, history: RwSignal<Loaded<Vec<HistoryEvent>>>, order_id: OrderId) {
    let slug = desk.slug();
    desk.load(history, async move { Ok(api::manage::history_of(&slug, order_id).await?.events) });
}

fn events(desk: Desk, history: RwSignal<Loaded<Vec<HistoryEvent>>>) -> AnyView {
    let all = move || history.with(|history| history.here().cloned().unwrap_or_default());
    // What is told of an event changes when somebody in it is forgotten.
    let key = |event: &HistoryEvent| (event.position, event.text.clone());
    view! {
        <ol class="history">
            <For each=all key=key let:event>{activity::item(desk, event)}</For>
        </ol>
    }
    .into_any()
}

#[component]
fn Facts(desk: Desk, order: RwSignal<Loaded<OrganizerOrder>>) -> impl IntoView {
    let words = desk.language;
    let row = Memo::new(move |_| order.with(|order| order.here().cloned()));
    let seats = Signal::derive(move || {
        row.with(|row| row.as_ref().map(|row| row.order.seats.clone())).unwrap_or_default()
    });
    let discounts = Signal::derive(move || {
        row.with(|row| row.as_ref().map(|row| row.order.discounts.clone())).unwrap_or_default()
    });
    let total = Signal::derive(move || row.with(|row| row.as_ref().map(|row| row.order.total)));
    let attendees = move || row.with(|row| row.as_ref().map(|row| row.attendees.clone())).unwrap_or_default();
    view! {
        <div class="pair">
            <section class="card" aria-label=words.one_order()>
                {move || row.get().map(|row| facts(desk, &row))}
            </section>
            <section class="card" aria-label=words.seats_heading()>
                <OrderTable language=words seats discounts total/>
                {move || sitting(words, &attendees())}
            </section>
        </div>
    }
}

fn facts(desk: Desk, row: &OrganizerOrder) -> impl IntoView + use<> {
    let words = desk.language;
    let order = &row.order;
    let email = order.registrant.as_ref().map(|person| person.email.clone());
    let code = order.access_code.clone();
    view! {
        <dl class="terms">
            <dt>{words.status_label()}</dt>
            <dd>{badge(words, order.status)}</dd>
            <dt>{words.placed()}</dt>
            <dd>{placed(desk, order)}</dd>
            {email.map(|email| view! {
                <dt>{words.email_address()}</dt>
                <dd>{email}</dd>
            })}
            {code.map(|code| view! {
                <dt>{words.access_code()}</dt>
                <dd class="terms__code">{code}</dd>
            })}
        </dl>
    }
}

fn sitting(words: Language, attendees: &[OrganizerSeat]) -> impl IntoView + use<> {
    let line = |seat: &OrganizerSeat| {
        let name =
            seat.attendee.as_ref().map(|it| format!("{} {} · {}", it.first_name, it.last_name, it.email));
        view! {
            <li>
                <span class="quiet">{words.seat_number(seat.position, &seat.seat_type_name)}</span>
                <span>{name.unwrap_or_else(|| words.nobody_yet().to_owned())}</span>
            </li>
        }
    };
    (!attendees.is_empty())
        .then(|| view! { <ul class="sitting">{attendees.iter().map(line).collect_view()}</ul> })
}
