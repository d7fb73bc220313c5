//! The orders, searched and live. Route: `/manage/{slug}/orders`.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use plenary_shared::registration::{Order, OrderStatus, OrganizerOrder, OrganizerSeat, Person};
use plenary_shared::tables::OrderColumn;
use plenary_shared::{Money, OrderId, format};

use super::desk::Desk;
use super::list::{Filters, List, More, Rows, cell, long, nothing, text};
use super::loaded::{Loaded, when_here};
use super::zone;
use crate::api::{self, ApiError};
use crate::components::{Banner, Columns, Heading, Kind, Tone, headings, listener};
use crate::{Language, ManageRoute};

/// Every column in the order in which they are shown; the first of them, unless others are chosen.
const COLUMNS: [OrderColumn; 15] = [
    OrderColumn::Name,
    OrderColumn::Email,
    OrderColumn::Seats,
    OrderColumn::Attendees,
    OrderColumn::Total,
    OrderColumn::Status,
    OrderColumn::PlacedAt,
    OrderColumn::AccessCode,
    OrderColumn::PromoCodes,
    OrderColumn::Discount,
    OrderColumn::Free,
    OrderColumn::Currency,
    OrderColumn::FirstName,
    OrderColumn::LastName,
    OrderColumn::OrderId,
];
const USUAL: usize = 7;

fn heading(words: Language, column: OrderColumn) -> Heading {
    let (label, kind) = match column {
        OrderColumn::Name => (words.registrant(), Kind::Text),
        OrderColumn::Email => (words.email(), Kind::Text),
        OrderColumn::Seats => (words.seats_heading(), Kind::Measure),
        OrderColumn::Attendees => (words.attendees(), Kind::Text),
        OrderColumn::Total => (words.total(), Kind::Amount),
        OrderColumn::Status => (words.status_label(), Kind::Text),
        OrderColumn::PlacedAt => (words.placed(), Kind::Measure),
        OrderColumn::AccessCode => (words.access_code(), Kind::Text),
        OrderColumn::PromoCodes => (words.promo_codes(), Kind::Text),
        OrderColumn::Discount => (words.discount(), Kind::Amount),
        OrderColumn::Free => (words.free_of_charge(), Kind::Measure),
        OrderColumn::Currency => (words.currency(), Kind::Text),
        OrderColumn::FirstName => (words.first_name(), Kind::Text),
        OrderColumn::LastName => (words.last_name(), Kind::Text),
        OrderColumn::OrderId => (words.order_id(), Kind::Text),
    };
    Heading::new(column, label, kind)
}

async fn fetch(slug: String, query: String) -> Result<Rows<OrganizerOrder>, ApiError> {
    let page = api::manage::orders(&slug, &query).await?;
    Ok(Rows { rows: page.orders, next: page.next })
}

/// The page.
#[component]
pub fn Orders(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let columns = Columns::new(COLUMNS.map(|column| heading(words, column)).to_vec(), USUAL);
    let list = List::<OrganizerOrder>::new(desk, "status", columns);
    desk.arrive(words.orders());
    list.load(fetch);
    list.follow_address(fetch);
    follow_orders(list);
    let slug = desk.slug();
    let csv = Signal::derive(move || api::manage::orders_csv(&slug, &list.csv_query()));
    let again = Callback::new(move |()| list.load(fetch));
    let arrange = Callback::new(move |()| list.arrange(fetch));
    view! {
        <h1 tabindex="-1">{words.orders()}</h1>
        <Filters
            list filter_label=words.status_label() choices=statuses(words) csv usual_order=words.newest_first()
            on_change=again on_arrange=arrange
        />
        {move || list.problem.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        <div role="status">{move || news(list)}</div>
        {when_here(words, list.rows, move || list.load(fetch), move || view! { <Table list/> }.into_any())}
    }
}

/// The states that an order can be looked for in; `pending` is for browsers alone.
fn statuses(words: Language) -> Vec<(String, String)> {
    let all = std::iter::once((String::new(), words.any_status().to_owned()));
    let real = OrderStatus::ALL.into_iter().filter(|status| *status != OrderStatus::Pending);
    all.chain(real.map(|status| (status.as_str().to_owned(), words.status(status).to_owned()))).collect()
}

/// Says that there are orders which are not shown yet: rows that push others away belong to whoever reads them.
fn news(list: List<OrganizerOrder>) -> Option<AnyView> {
    let words = list.desk.language;
    let count = list.unseen.with(Vec::len);
    let show = move |_: MouseEvent| list.load(fetch);
    (count > 0).then(|| {
        view! {
            <p class="banner banner--news">
                <span>{words.new_orders(count)}</span>
                <button type="button" class="button button--text" on:click=listener(show)>{words.show_them()}</button>
            </p>
        }
        .into_any()
    })
}

/// Shows orders as they change, and those that changed while nothing was heard.
fn follow_orders(list: List<OrganizerOrder>) {
    let heard_while_busy = StoredValue::new(Vec::new());
    Effect::new(move |former: Option<()>| {
        let heard = list.desk.heard_order.get();
        // What was heard before the list was asked for is in it.
        if former.is_some()
            && let Some(order) = heard
        {
            if list.is_busy.get_untracked() {
                heard_while_busy.update_value(|orders| orders.push(order.clone()));
            }
            hear(list, order);
        }
    });
    // An answer that came after them may have been read before.
    Effect::new(move |_| {
        if !list.is_busy.get() {
            heard_while_busy
                .try_update_value(std::mem::take)
                .into_iter()
                .flatten()
                .for_each(|it| hear(list, it));
        }
    });
    list.desk.on_opened(move || list.catch_up(fetch, take_all));
}

/// Shows an order as it is now. A new one comes first where all are shown, the newest first; elsewhere the server knows
/// its place, and it waits to be shown.
fn hear(list: List<OrganizerOrder>, order: Order) {
    let (is_filtered, is_sorted) = untrack(|| (list.is_filtered(), list.is_sorted()));
    let (id, belongs) = (order.id, untrack(|| belongs(list, &order)));
    let mut waits = false;
    list.rows.update(|rows| {
        if let Loaded::Here(rows) = rows {
            waits = !take_in(rows, order, is_filtered || (is_sorted && !rows.is_empty()));
        }
    });
    let is_known = list.unseen.with_untracked(|unseen| unseen.contains(&id));
    if is_known && !(waits && belongs) {
        list.unseen.update(|unseen| unseen.retain(|it| *it != id));
    } else if waits && belongs && !is_known {
        list.unseen.update(|unseen| unseen.push(id));
    }
}

/// Puts the orders as they are now in place of those that are shown. What is new among them waits where a new order does.
fn take_all(list: List<OrganizerOrder>, page: Rows<OrganizerOrder>) {
    let waits = untrack(|| list.is_filtered() || list.is_sorted());
    let shown = list
        .rows
        .with_untracked(|rows| rows.here().into_iter().flatten().map(|row| row.order.id).collect::<Vec<_>>());
    let (rows, unseen) =
        if waits { apart(page.rows, &shown, |row| row.order.id) } else { (page.rows, Vec::new()) };
    list.unseen.set(unseen);
    list.rows.set(Loaded::Here(rows));
    list.next.set(page.next);
}

/// The rows to show, and the keys of those before the last that is shown which are not: what comes after is the next page.
fn apart<T, K: PartialEq>(rows: Vec<T>, shown: &[K], key: impl Fn(&T) -> K) -> (Vec<T>, Vec<K>) {
    let end = rows.iter().rposition(|row| shown.contains(&key(row))).unwrap_or(0);
    let (mut to_show, mut unseen) = (Vec::with_capacity(rows.len()), Vec::new());
    for (at, row) in rows.into_iter().enumerate() {
        let key = key(&row);
        if at < end && !shown.contains(&key) {
            unseen.push(key);
        } else {
            to_show.push(row);
        }
    }
    (to_show, unseen)
}

/// Whether the filters let an order through, as far as it is known here.
fn belongs(list: List<OrganizerOrder>, order: &Order) -> bool {
    let (text, status) = (list.text.get(), list.choice.get());
    let person = order.registrant.as_ref().map(|it| format!("{} {}", it.full_name(), it.email));
    let code = order.access_code.as_deref().unwrap_or_default();
    let searched = format!("{code} {}", person.unwrap_or_default()).to_lowercase();
    searched.contains(&text.trim().to_lowercase()) && (status.is_empty() || status == order.status.as_str())
}

/// Whether the order is shown now. One that is new is not, where its place is not known.
fn take_in(rows: &mut Vec<OrganizerOrder>, order: Order, is_elsewhere: bool) -> bool {
    match rows.iter_mut().find(|row| row.order.id == order.id) {
        Some(row) if order.version >= row.order.version => row.order = order,
        Some(_) => {}
        None if is_elsewhere => return false,
        None => rows.insert(0, OrganizerOrder { order, attendees: Vec::new() }),
    }
    true
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
    let arrange = Callback::new(move |()| list.arrange(fetch));
    let table = move || {
        view! {
            <div class="scroll"><table class="grid" role="table" aria-busy=move || list.is_busy.get().to_string()>
                <caption class="spoken">{words.orders()}</caption>
                <thead role="rowgroup">
                    <tr role="row">{headings(list.columns, arrange)}</tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <Row list id/>
                    </For>
                </tbody>
            </table></div>
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
    let path = ManageRoute::Order { slug: desk.slug(), order_id: id }.path();
    let row = Memo::new(move |_| {
        list.rows.with(|rows| rows.here()?.iter().find(|row| row.order.id == id).cloned())
    });
    move || {
        row.get().map(|row| {
            let cells = list.columns.shown.get().into_iter().enumerate().map(|(at, column)| {
                let (heading, column) = (list.heading(column), COLUMNS[column]);
                if at > 0 {
                    return cell(heading, false, shown(desk, &row, column));
                }
                // Whatever comes first leads to the order, even where there is nothing to say.
                let said = Some(said(desk, &row, column)).filter(|said| !said.is_empty());
                let said = said.unwrap_or_else(|| desk.language.one_order().to_owned());
                let link = view! { <a class="grid__main" href=path.clone()>{said}</a> };
                cell(heading, true, link.into_any())
            });
            view! { <tr role="row">{cells.collect_view()}</tr> }
        })
    }
}

/// A cell of a row.
fn shown(desk: Desk, row: &OrganizerOrder, column: OrderColumn) -> AnyView {
    match column {
        OrderColumn::Seats => {
            let lines =
                seats(&row.order).into_iter().map(|line| view! { <span class="grid__line">{line}</span> });
            view! { <div>{lines.collect_view()}</div> }.into_any()
        }
        OrderColumn::Status => badge(desk.language, row.order.status).into_any(),
        OrderColumn::Email => long(said(desk, row, column)),
        OrderColumn::OrderId => view! { <span class="grid__id">{said(desk, row, column)}</span> }.into_any(),
        _ => text(said(desk, row, column)),
    }
}

/// What a cell says, as a text.
fn said(desk: Desk, row: &OrganizerOrder, column: OrderColumn) -> String {
    let (words, order) = (desk.language, &row.order);
    let money = |amount| format::money(amount, words.locale());
    let person = order.registrant.as_ref();
    match column {
        OrderColumn::Name => registrant(words, order),
        OrderColumn::Email => person.map(|it| it.email.clone()).unwrap_or_default(),
        OrderColumn::FirstName => person.map(|it| it.first_name.clone()).unwrap_or_default(),
        OrderColumn::LastName => person.map(|it| it.last_name.clone()).unwrap_or_default(),
        OrderColumn::Seats => seats(order).join(", "),
        OrderColumn::Attendees => attendee_list(words, &row.attendees),
        OrderColumn::Total => money(order.total),
        OrderColumn::Status => words.status(order.status).to_owned(),
        OrderColumn::PlacedAt => placed(desk, order),
        OrderColumn::AccessCode => order.access_code.clone().unwrap_or_default(),
        OrderColumn::PromoCodes => {
            order.discounts.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(", ")
        }
        OrderColumn::Discount if order.discounts.is_empty() => String::new(),
        OrderColumn::Discount => {
            let sum = order.discounts.iter().map(|it| it.amount.amount).sum();
            money(Money::new(sum, order.total.currency))
        }
        OrderColumn::Free => if order.free { words.yes() } else { "" }.to_owned(),
        OrderColumn::Currency => order.total.currency.to_string(),
        OrderColumn::OrderId => order.id.to_string(),
    }
}

/// Who ordered, as far as it is known.
pub fn registrant(words: Language, order: &Order) -> String {
    let name = order.registrant.as_ref().map(Person::full_name);
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

fn seats(order: &Order) -> Vec<String> {
    let held = |reserved: i64, requested: i64| {
        if reserved == requested { format!("{reserved} × ") } else { format!("{reserved}/{requested} × ") }
    };
    order.seats.iter().map(|seat| format!("{}{}", held(seat.reserved, seat.requested), seat.name)).collect()
}

fn attendee_list(words: Language, attendees: &[OrganizerSeat]) -> String {
    if attendees.is_empty() {
        return String::new();
    }
    let people = attendees.iter().filter_map(|seat| seat.attendee.as_ref());
    let names: Vec<_> = people.map(Person::full_name).collect();
    words.named_and_unnamed(&names, attendees.len() - names.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_among_the_rows_waits_and_what_comes_after_them_does_not() {
        let shown = ["Ada", "Mei", "Zoe"];
        let apart = |rows: &[&'static str]| apart(rows.to_vec(), &shown, |row| *row);
        assert_eq!(apart(&["Ada", "Kim", "Zoe", "Zuzana"]), (vec!["Ada", "Zoe", "Zuzana"], vec!["Kim"]));
        assert_eq!(apart(&["Abe", "Mei"]), (vec!["Mei"], vec!["Abe"]), "what fits no longer is gone");
        assert_eq!(
            apart(&["Kim", "Lea"]),
            (vec!["Kim", "Lea"], Vec::new()),
            "where nothing is left, all is shown"
        );
    }
}
