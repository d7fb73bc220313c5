//! Who comes: a row a seat. Route: `/manage/{slug}/attendees`.

use leptos::prelude::*;
use plenary_shared::registration::{AttendeeRow, Person};
use plenary_shared::tables::AttendeeColumn;

use super::desk::Desk;
use super::list::{Filters, List, More, Rows, cell, long, nothing, text};
use super::loaded::when_here;
use super::zone;
use crate::api::{self, ApiError};
use crate::components::{Banner, Columns, Heading, Kind, Tone, headings};
use crate::{Language, ManageRoute};

/// Every column in the order in which they are shown; the first of them, unless others are chosen.
const COLUMNS: [AttendeeColumn; 9] = [
    AttendeeColumn::Name,
    AttendeeColumn::Email,
    AttendeeColumn::SeatType,
    AttendeeColumn::CheckedInAt,
    AttendeeColumn::Ticket,
    AttendeeColumn::FirstName,
    AttendeeColumn::LastName,
    AttendeeColumn::Position,
    AttendeeColumn::OrderId,
];
const USUAL: usize = 4;

fn heading(words: Language, column: AttendeeColumn) -> Heading {
    let (label, kind) = match column {
        AttendeeColumn::Name => (words.name(), Kind::Text),
        AttendeeColumn::Email => (words.email_address(), Kind::Text),
        AttendeeColumn::SeatType => (words.seat_type(), Kind::Text),
        AttendeeColumn::CheckedInAt => (words.is_in(), Kind::Measure),
        AttendeeColumn::Ticket => (words.ticket_code(), Kind::Text),
        AttendeeColumn::FirstName => (words.first_name(), Kind::Text),
        AttendeeColumn::LastName => (words.last_name(), Kind::Text),
        AttendeeColumn::Position => (words.seat_position(), Kind::Text),
        AttendeeColumn::OrderId => (words.order_id(), Kind::Text),
    };
    Heading::new(column, label, kind)
}

async fn fetch(slug: String, query: String) -> Result<Rows<AttendeeRow>, ApiError> {
    let page = api::manage::attendees(&slug, &query).await?;
    Ok(Rows { rows: page.attendees, next: page.next })
}

/// The page.
#[component]
pub fn Attendees(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let columns = Columns::new(COLUMNS.map(|column| heading(words, column)).to_vec(), USUAL);
    let list = List::<AttendeeRow>::new(desk, "seat_type_id", columns);
    desk.arrive(words.attendees());
    list.load(fetch);
    list.follow_address(fetch);
    let slug = desk.slug();
    let csv = Signal::derive(move || api::manage::attendees_csv(&slug, &list.csv_query()));
    let seat_types = Memo::new(move |_| {
        let all = (String::new(), words.any_seat_type().to_owned());
        let known = desk.known().map(|known| known.conference.seat_types).unwrap_or_default();
        let each = known.into_iter().map(|it| (it.id.to_string(), it.name));
        std::iter::once(all).chain(each).collect::<Vec<_>>()
    });
    let again = Callback::new(move |()| list.load(fetch));
    let arrange = Callback::new(move |()| list.arrange(fetch));
    view! {
        <h1 tabindex="-1">{words.attendees()}</h1>
        <Filters
            list filter_label=words.seat_type() choices=seat_types csv usual_order=words.by_order()
            on_change=again on_arrange=arrange
        />
        {move || list.problem.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        {when_here(words, list.rows, move || list.load(fetch), move || view! { <Table list/> }.into_any())}
    }
}

#[component]
fn Table(list: List<AttendeeRow>) -> impl IntoView {
    let words = list.desk.language;
    let rows = Memo::new(move |_| list.rows.with(|rows| rows.here().cloned()).unwrap_or_default());
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let arrange = Callback::new(move |()| list.arrange(fetch));
    let table = move || {
        view! {
            <div class="scroll"><table class="grid" role="table" aria-busy=move || list.is_busy.get().to_string()>
                <caption class="spoken">{words.attendees()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {headings(list.columns, arrange)}
                        <th role="columnheader" scope="col"><span class="spoken">{words.one_order()}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || rows.get() key=key let:row>{seat(list, row)}</For>
                </tbody>
            </table></div>
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

fn seat(list: List<AttendeeRow>, row: AttendeeRow) -> impl IntoView {
    let desk = list.desk;
    let words = desk.language;
    let order = ManageRoute::Order { slug: desk.slug(), order_id: row.order_id }.path();
    let name = row.attendee.as_ref().map(Person::full_name);
    let label = words.order_of_seat(name.as_deref(), row.position);
    let cells = move || {
        let shown = list.columns.shown.get().into_iter().enumerate();
        let cells = shown.map(|(at, column)| {
            let (heading, column) = (list.heading(column), COLUMNS[column]);
            let said = said(desk, &row, column);
            let content = match column {
                _ if at == 0 => view! { <span class="grid__main">{said}</span> }.into_any(),
                AttendeeColumn::Email => long(said),
                AttendeeColumn::OrderId => view! { <span class="grid__id">{said}</span> }.into_any(),
                _ => text(said),
            };
            cell(heading, at == 0, content)
        });
        cells.collect_view()
    };
    view! {
        <tr role="row">
            {cells}
            <td role="cell" class="grid__ways"><a href=order aria-label=label>{words.one_order()}</a></td>
        </tr>
    }
}

/// What a cell says.
fn said(desk: Desk, row: &AttendeeRow, column: AttendeeColumn) -> String {
    let words = desk.language;
    let person = row.attendee.as_ref();
    match column {
        AttendeeColumn::Name => person.map_or_else(|| words.nobody_yet().to_owned(), Person::full_name),
        AttendeeColumn::Email => person.map(|it| it.email.clone()).unwrap_or_default(),
        AttendeeColumn::FirstName => person.map(|it| it.first_name.clone()).unwrap_or_default(),
        AttendeeColumn::LastName => person.map(|it| it.last_name.clone()).unwrap_or_default(),
        AttendeeColumn::SeatType => row.seat_type_name.clone(),
        AttendeeColumn::CheckedInAt => {
            row.checked_in_at.map(|at| zone::local_time(at, &zone_of(desk), words)).unwrap_or_default()
        }
        AttendeeColumn::Ticket => row.ticket.clone(),
        AttendeeColumn::Position => (row.position + 1).to_string(),
        AttendeeColumn::OrderId => row.order_id.to_string(),
    }
}
