//! Who comes: a row a seat. Route: `/manage/{slug}/attendees`.

use leptos::prelude::*;
use plenary_shared::registration::AttendeeRow;

use super::desk::Desk;
use super::list::{Filters, List, More, Rows, nothing};
use super::loaded::when_here;
use super::zone;
use crate::ManageRoute;
use crate::api::{self, ApiError};
use crate::components::{Banner, Tone};

async fn fetch(slug: String, query: String) -> Result<Rows<AttendeeRow>, ApiError> {
    let page = api::manage::attendees(&slug, &query).await?;
    Ok(Rows { rows: page.attendees, next: page.next })
}

/// The page.
#[component]
pub fn Attendees(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let list = List::<AttendeeRow>::new(desk, "seat_type_id");
    desk.arrive(words.attendees());
    list.load(fetch);
    let slug = desk.slug();
    let csv = Signal::derive(move || api::manage::attendees_csv(&slug, &list.query()));
    let seat_types = Memo::new(move |_| {
        let all = (String::new(), words.any_seat_type().to_owned());
        let known = desk.known().map(|known| known.conference.seat_types).unwrap_or_default();
        let each = known.into_iter().map(|it| (it.id.to_string(), it.name));
        std::iter::once(all).chain(each).collect::<Vec<_>>()
    });
    let again = Callback::new(move |()| list.load(fetch));
    view! {
        <h1 tabindex="-1">{words.attendees()}</h1>
        <Filters list filter_label=words.seat_type() choices=seat_types csv on_change=again/>
        {move || list.problem.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        {when_here(words, list.rows, move || list.load(fetch), move || view! { <Table list/> }.into_any())}
    }
}

#[component]
fn Table(list: List<AttendeeRow>) -> impl IntoView {
    let words = list.desk.language;
    let rows = Memo::new(move |_| list.rows.with(|rows| rows.here().cloned()).unwrap_or_default());
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let table = move || {
        view! {
            <table class="grid" role="table" aria-busy=move || list.is_busy.get().to_string()>
                <caption class="spoken">{words.attendees()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{words.name()}</th>
                        <th role="columnheader" scope="col">{words.email_address()}</th>
                        <th role="columnheader" scope="col">{words.seat_type()}</th>
                        <th role="columnheader" scope="col">{words.is_in()}</th>
                        <th role="columnheader" scope="col"><span class="spoken">{words.one_order()}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || rows.get() key=key let:row>{seat(list.desk, row)}</For>
                </tbody>
            </table>
            <More list on_more=Callback::new(move |()| list.load_more(fetch))/>
        }
    };
    move || {
        if is_empty.get() {
            nothing(words, words.no_attendees_yet(), list.is_filtered())
        } else {
            table().into_any()
        }
    }
}

/// Rows are made anew when who sits there changes.
fn key(row: &AttendeeRow) -> String {
    format!("{}-{}-{:?}-{:?}", row.order_id, row.position, row.attendee, row.checked_in_at)
}

fn zone_of(desk: Desk) -> String {
    desk.known().map(|known| known.conference.time_zone).unwrap_or_default()
}

fn seat(desk: Desk, row: AttendeeRow) -> impl IntoView {
    let words = desk.language;
    let order = ManageRoute::Order { slug: desk.slug(), order_id: row.order_id }.path();
    let name = row.attendee.as_ref().map(|it| format!("{} {}", it.first_name, it.last_name));
    let label = words.order_of_seat(name.as_deref(), row.position);
    let since = row.checked_in_at.map(|at| zone::local_time(at, &zone_of(desk), words));
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <span class="grid__main">{name.unwrap_or_else(|| words.nobody_yet().to_owned())}</span>
            </th>
            <td role="cell" data-label=words.email_address()>{row.attendee.map(|it| it.email)}</td>
            <td role="cell" data-label=words.seat_type()>{row.seat_type_name}</td>
            <td role="cell" data-label=words.is_in()>{since}</td>
            <td role="cell" class="grid__ways"><a href=order aria-label=label>{words.one_order()}</a></td>
        </tr>
    }
}
