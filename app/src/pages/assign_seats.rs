//! Who sits where: a name per seat of a confirmed order. Route: `/{slug}/orders/{id}`, once it is confirmed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::registration::{Person, SeatAssignment};

use super::registration::{Flow, PersonFields};
use crate::components::{PersonInputs, Whose, changing, listener};
use crate::{OrderPart, navigation, people};

/// A seat and the fields for whoever sits on it.
#[derive(Clone)]
struct Row {
    seat: SeatAssignment,
    fields: PersonFields,
}

/// The lower part of a confirmed order's page.
#[component]
pub fn AssignSeats(flow: Flow) -> impl IntoView {
    let words = flow.language;
    // The rows are made once; what changes afterwards is who sits there.
    let known = Memo::new(move |_| flow.assignments.get().is_some());
    let list = move || known.get().then(|| view! { <Seats flow/> }.into_any());
    view! {
        <section class="assign" aria-labelledby="assign-heading">
            <h2 id="assign-heading">{words.who_comes()}</h2>
            <p class="quiet">{words.who_comes_detail()}</p>
            <div>{changing(list)}</div>
        </section>
    }
}

#[component]
fn Seats(flow: Flow) -> impl IntoView {
    let seats = flow.assignments.get_untracked().map(|it| it.seats).unwrap_or_default();
    let row = |seat: SeatAssignment| Row { fields: PersonFields::new(seat.attendee.as_ref()), seat };
    let rows = seats.into_iter().map(row).collect::<Vec<_>>();
    let all = StoredValue::new(rows.clone());
    let last = rows.len().saturating_sub(1);
    let item = move |(index, row)| {
        view! { <Seat flow row all is_first=index == 0 is_last=index == last/> }.into_any()
    };
    let ways = (last > 0).then(|| view! { <PasteList flow all/> }.into_any());
    view! {
        {ways}
        <ul class="seats">{rows.into_iter().enumerate().map(item).collect::<Vec<_>>()}</ul>
    }
}

/// People from a spreadsheet, one a line, onto the seats that are free.
#[component]
fn PasteList(flow: Flow, all: StoredValue<Vec<Row>>) -> impl IntoView {
    let words = flow.language;
    let text = RwSignal::new(String::new());
    let outcome = RwSignal::new(String::new());
    let seat_them = move |_| {
        let is_free = |row: &Row| untrack(|| attendee_at(flow, row.seat.position)).is_none();
        let free = all.get_value().into_iter().filter(is_free).collect::<Vec<_>>();
        let people = text.with_untracked(|text| people::listed(text));
        for (row, person) in free.iter().zip(&people) {
            row.fields.fill(person);
            flow.assign(row.seat.position, row.fields);
        }
        outcome.set(words.people_seated(people.len().min(free.len()), people.len()));
    };
    view! {
        <details class="paste scripted">
            <summary>{words.paste_list()}</summary>
            <div class="field">
                <label class="field__label" for="people">{words.people_list()}</label>
                <textarea
                    class="field__input field__input--lines"
                    id="people"
                    rows="4"
                    aria-describedby="people-hint"
                    prop:value=changing(move || text.get())
                    on:input=listener(move |event| text.set(event_target_value(&event)))
                ></textarea>
                <p class="field__hint" id="people-hint">{words.people_list_hint()}</p>
            </div>
            <button type="button" class="button button--quiet" on:click=listener(seat_them)>{words.seat_them()}</button>
            <p class="quiet" role="status">{changing(move || outcome.get())}</p>
        </details>
    }
}

#[component]
fn Seat(flow: Flow, row: Row, all: StoredValue<Vec<Row>>, is_first: bool, is_last: bool) -> impl IntoView {
    let words = flow.language;
    let Row { seat, fields } = row;
    let position = seat.position;
    let attendee = move || attendee_at(flow, position);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        flow.assign(position, fields);
    };
    let who = move || match attendee() {
        Some(person) => person.full_name(),
        None => words.nobody_yet().to_owned(),
    };
    let legend = format!("seat-{position}-legend");
    let is_free = move || attendee().is_none();
    view! {
        <li class="card seat" class:seat--free=changing(is_free)>
            <form method="post" action=flow.order_path(OrderPart::Assign(position)) on:submit=listener(save) novalidate>
                <div role="group" aria-labelledby=legend.clone()>
                    <p class="seat__legend" id=legend.clone()>
                        <span>{words.seat_number(position, &seat.seat_type_name)}</span>
                        <span class="seat__who" role="status">{changing(who)}</span>
                    </p>
                    <PersonInputs
                        language=words
                        id=format!("seat-{position}")
                        first_name=fields.first_name
                        last_name=fields.last_name
                        email=fields.email
                        errors=fields.errors
                        whose=Whose::SomebodyElses
                    />
                    <div class="seat__ways">
                        <button type="submit" class="button button--quiet">{words.save()}</button>
                        {is_first.then(|| view! { <Myself flow position fields/> }.into_any())}
                        {(!is_last).then(|| view! { <CopyDown flow position all/> }.into_any())}
                        <a
                            class="button button--text"
                            href=flow.order_path(OrderPart::Tickets(Some(position)))
                        >
                            {words.ticket()}
                        </a>
                        <button
                            type="button"
                            class="button button--text scripted"
                            hidden=changing(is_free)
                            on:click=listener(move |_| {
                                flow.unassign(position, fields);
                                stay_at(position);
                            })
                        >
                            {words.free_the_seat()}
                        </button>
                    </div>
                </div>
            </form>
        </li>
    }
}

/// The button that was pressed goes; the focus stays at its seat.
fn stay_at(position: i64) {
    let save = format!("form:has(#seat-{position}-legend) button[type='submit']");
    request_animation_frame(move || navigation::focus(&save));
}

fn attendee_at(flow: Flow, position: i64) -> Option<Person> {
    let seats = flow.assignments.get()?.seats;
    seats.into_iter().find(|seat| seat.position == position)?.attendee
}

/// The registrant comes herself.
#[component]
fn Myself(flow: Flow, position: i64, fields: PersonFields) -> impl IntoView {
    let come = move |_| {
        if let Some(person) = flow.order.get_untracked().and_then(|order| order.registrant) {
            fields.fill(&person);
            flow.assign(position, fields);
            stay_at(position);
        }
    };
    let is_taken = move || attendee_at(flow, position).is_some();
    view! {
        <button
            type="button"
            class="button button--text scripted"
            hidden=changing(is_taken)
            on:click=listener(come)
        >
            {flow.language.i_come()}
        </button>
    }
}

/// The same person on every free seat below.
#[component]
fn CopyDown(flow: Flow, position: i64, all: StoredValue<Vec<Row>>) -> impl IntoView {
    let attendee = move || attendee_at(flow, position);
    let copy = move |_| {
        let Some(person) = untrack(attendee) else { return };
        for row in all.get_value() {
            let below = row.seat.position;
            if below > position && untrack(|| attendee_at(flow, below)).is_none() {
                row.fields.fill(&person);
                flow.assign(below, row.fields);
            }
        }
    };
    view! {
        <button
            type="button"
            class="button button--text scripted"
            hidden=changing(move || attendee().is_none())
            on:click=listener(copy)
        >
            {flow.language.copy_down()}
        </button>
    }
}
