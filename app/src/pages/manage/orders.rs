//! The orders, searched and live. Route: `/manage/{slug}/orders`.

use leptos::prelude::*;
use plenary_shared::registration::{Order, OrderStatus, OrganizerOrder, OrganizerSeat};
use plenary_shared::{OrderId, format};

use super::desk::Desk;
use super::list::{Filters, List, More, Rows, nothing};
use super::loaded::{Loaded, when_here};
use super::zone;
use crate::api::{self, ApiError};
use crate::components::{Banner, Tone};
use crate::{Language, ManageRoute};

async fn fetch(slug: String, query: String) -> Result<Rows<OrganizerOrder>, ApiError> {
    let page = api::manage::orders(&slug, &query).await?;
    Ok(Rows { rows: page.orders, next: page.next })
}

/// The page.
#[component]
pub fn Orders(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let list = List::<OrganizerOrder>::new(desk, "status");
    desk.arrive(words.orders());
    list.load(fetch);
    follow_orders(list);
    let slug = desk.slug();
    let csv = Signal::derive(move || api::manage::orders_csv(&slug, &list.query()));
    let again = Callback::new(move |()| list.load(fetch));
    view! {
        <h1 tabindex="-1">{words.orders()}</h1>
        <Filters list filter_label=words.status_label() choices=statuses(words) csv on_change=again/>
        {move || list.problem.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        {when_here(words, list.rows, move || list.load(fetch), move || view! { <Table list/> }.into_any())}
    }
}

/// The states that an order can be looked for in; `pending` is for browsers alone.
fn statuses(words: Language) -> Vec<(String, String)> {
    let all = std::iter::once((String::new(), words.any_status().to_owned()));
    let real = OrderStatus::ALL.into_iter().filter(|status| *status != OrderStatus::Pending);
    all.chain(real.map(|status| (status.as_str().to_owned(), words.status(status).to_owned()))).collect()
}

/// Shows orders as they change; a new one comes first, where nothing is filtered out.
fn follow_orders(list: List<OrganizerOrder>) {
    Effect::new(move |former: Option<()>| {
        let heard = list.desk.heard_order.get();
        // What was heard before the list was asked for is in it.
        if former.is_some()
            && let Some(order) = heard
        {
            let is_filtered = untrack(|| list.is_filtered());
            list.rows.update(|rows| {
                if let Loaded::Here(rows) = rows {
                    take_in(rows, order, is_filtered);
                }
            });
        }
    });
}

fn take_in(rows: &mut Vec<OrganizerOrder>, order: Order, is_filtered: bool) {
    match rows.iter_mut().find(|row| row.order.id == order.id) {
        Some(row) if order.version >= row.order.version => row.order = order,
        Some(_) => {}
        None if is_filtered => {}
        None => rows.insert(0, OrganizerOrder { order, attendees: Vec::new() }),
    }
}

#[component]
fn Table(list: List<OrganizerOrder>) -> impl IntoView {
    let words = list.desk.language;
    let ids = Memo::new(move |_| {
        list.rows
            .with(|rows| rows.here().map(|rows| rows.iter().map(|row| row.order.id).collect::<Vec<_>>()))
            .unwrap_or_default()
    });
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let table = move || {
        view! {
            <table class="grid" role="table" aria-busy=move || list.is_busy.get().to_string()>
                <caption class="spoken">{words.orders()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{words.registrant()}</th>
                        <th role="columnheader" scope="col">{words.seats_heading()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.total()}</th>
                        <th role="columnheader" scope="col">{words.status_label()}</th>
                        <th role="columnheader" scope="col">{words.placed()}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <Row list id/>
                    </For>
                </tbody>
            </table>
            <More list on_more=Callback::new(move |()| list.load_more(fetch))/>
        }
    };
    move || {
        if is_empty.get() {
            nothing(words, words.no_orders_yet(), list.is_filtered())
        } else {
            table().into_any()
        }
    }
}

#[component]
fn Row(list: List<OrganizerOrder>, id: OrderId) -> impl IntoView {
    let desk = list.desk;
    let words = desk.language;
    let path = ManageRoute::Order { slug: desk.slug(), order_id: id }.path();
    let row = Memo::new(move |_| {
        list.rows.with(|rows| rows.here()?.iter().find(|row| row.order.id == id).cloned())
    });
    move || {
        row.get().map(|OrganizerOrder { order, attendees }| {
            let email = order.registrant.as_ref().map(|person| person.email.clone());
            view! {
                <tr role="row">
                    <th role="rowheader" scope="row">
                        <a class="grid__main" href=path.clone()>{registrant(words, &order)}</a>
                        <span class="grid__sub">{email}</span>
                    </th>
                    <td role="cell" data-label=words.seats_heading()>
                        <div>{seats(&order)} {attendee_list(words, &attendees)}</div>
                    </td>
                    <td role="cell" class="grid__number" data-label=words.total()>
                        {format::money(order.total, words.locale())}
                    </td>
                    <td role="cell" data-label=words.status_label()>{badge(words, order.status)}</td>
                    <td role="cell" data-label=words.placed()>{placed(desk, &order)}</td>
                </tr>
            }
        })
    }
}

/// Who ordered, as far as it is known.
pub fn registrant(words: Language, order: &Order) -> String {
    let name = order.registrant.as_ref().map(|it| format!("{} {}", it.first_name, it.last_name));
    name.unwrap_or_else(|| words.nobody_named().to_owned())
}

/// When it was ordered, in the conference's zone.
pub fn placed(desk: Desk, order: &Order) -> String {
    let zone = desk.known().map(|known| known.conference.time_zone).unwrap_or_default();
    zone::local_time(order.placed_at, &zone, desk.language)
}

/// The state of an order, in colour and in words.
pub fn badge(words: Language, status: OrderStatus) -> impl IntoView {
    let class = match status {
        OrderStatus::Confirmed => "state state--good",
        OrderStatus::NeedsAttention => "state state--bad",
        OrderStatus::Reserved | OrderStatus::PartiallyReserved | OrderStatus::PaymentPending => {
            "state state--warn"
        }
        _ => "state",
    };
    view! { <span class=class>{words.status(status)}</span> }
}

fn seats(order: &Order) -> impl IntoView + use<> {
    let held = |reserved: i64, requested: i64| {
        if reserved == requested { format!("{reserved} × ") } else { format!("{reserved}/{requested} × ") }
    };
    let lines =
        order.seats.iter().map(|seat| format!("{}{}", held(seat.reserved, seat.requested), seat.name));
    lines.map(|line| view! { <span class="grid__line">{line}</span> }).collect_view()
}

fn attendee_list(words: Language, attendees: &[OrganizerSeat]) -> impl IntoView + use<> {
    let names: Vec<_> = attendees
        .iter()
        .filter_map(|seat| seat.attendee.as_ref())
        .map(|person| format!("{} {}", person.first_name, person.last_name))
        .collect();
    (!attendees.is_empty()).then(|| {
        let unnamed = attendees.len() - names.len();
        view! { <span class="grid__sub">{words.named_and_unnamed(&names, unnamed)}</span> }
    })
}
