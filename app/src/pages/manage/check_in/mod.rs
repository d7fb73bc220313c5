//! Lets people in: search or scan, one tap. Route: `/manage/{slug}/check-in`, with `?ticket=` where a ticket leads to.
//!
//! Everybody is loaded first, so that it goes on without a network: what happens meanwhile waits on the device.

mod door;
mod queue;
mod scanner;

use leptos::prelude::*;
use plenary_shared::registration::{AttendeeRow, Person};
use plenary_shared::{Timestamp, ticket};

use self::door::{Door, Verdict, seat_of};
use self::queue::Seat;
use self::scanner::{Scanner, can_scan};
use super::desk::Desk;
use super::list::nothing;
use super::loaded::{Loaded, when_here};
use super::{query, zone};
use crate::Language;
use crate::components::{Banner, Tone};
use crate::live::Connection;
use crate::words::Explanation;

/// How many of those who were found are shown. More than a screen is no use at a door.
const SHOWN: usize = 20;

/// The page.
#[component]
pub fn CheckIn(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let door = Door::new(desk);
    desk.arrive(words.check_in());
    door.load();
    door.send();
    keep_up(door);
    view! {
        <h1 tabindex="-1">{words.check_in()}</h1>
        <p class="lead">{words.check_in_lead()}</p>
        <Unsent door/>
        {when_here(words, door.rows, move || door.load(), move || view! { <Desktop door/> }.into_any())}
    }
}

/// Follows what happens at other doors and what becomes of the connection.
fn keep_up(door: Door) {
    let desk = door.desk;
    let newest = move || desk.activity.with(|events| events.first().map_or(0, |event| event.position));
    // What was recorded before everybody was asked for is in the answer.
    let seen = StoredValue::new(untrack(newest));
    Effect::new(move |_| {
        let after = seen.get_value();
        seen.set_value(newest().max(after));
        let orders = desk.activity.with(|events| {
            let news = events.iter().filter(|event| event.position > after);
            news.filter(|event| concerns_seats(&event.kind))
                .filter_map(|event| event.order_id)
                .collect::<Vec<_>>()
        });
        for order_id in orders {
            door.refresh(order_id);
        }
    });
    // Nothing was heard before the stream was open first, and too much may have happened while it was away.
    Effect::new(move |former: Option<Option<Connection>>| {
        let connection = desk.connection.get();
        if former? != Some(Connection::Here) && connection == Connection::Here {
            door.load();
            door.send();
        }
        Some(connection)
    });
    let online = window_event_listener_untyped("online", move |_| door.send());
    on_cleanup(move || online.remove());
}

fn concerns_seats(kind: &str) -> bool {
    kind.starts_with("Seat") && !kind.starts_with("Seats") || kind == "AttendeesErased"
}

/// That something has not reached the server.
#[component]
fn Unsent(door: Door) -> impl IntoView {
    let words = door.desk.language;
    let count = Memo::new(move |_| if door.is_stuck.get() { door.steps.with(Vec::len) } else { 0 });
    move || {
        let count = count.get();
        (count > 0).then(|| {
            let explanation = Explanation::new(&words.waiting_to_be_sent(count), words.sent_by_itself());
            view! { <Banner tone=Tone::Notice explanation/> }
        })
    }
}

/// What there is at the door once everybody is known.
#[component]
fn Desktop(door: Door) -> impl IntoView {
    let words = door.desk.language;
    let is_on = RwSignal::new(false);
    let scanned = Callback::new(move |code: String| {
        if let Some(row) = door.find(&code) {
            door.check_in(&row);
        }
    });
    let asked_for = query::value(&door.desk.query.get_untracked(), "ticket");
    if !asked_for.is_empty() {
        door.find(&asked_for);
    }
    let scan_label = move || if is_on.get() { words.stop_scanning() } else { words.scan() };
    view! {
        <Count door/>
        <form class="filters" role="search" on:submit=move |event| event.prevent_default()>
            <div class="field">
                <label class="field__label" for="guest">{words.search_guests()}</label>
                <input
                    class="field__input" id="guest" type="search" autocomplete="off" spellcheck="false"
                    autocapitalize="none" prop:value=move || door.text.get()
                    on:input=move |event| door.text.set(event_target_value(&event))
                />
            </div>
            {can_scan().then(|| view! {
                <button
                    type="button" class="button button--quiet" aria-pressed=move || is_on.get().to_string()
                    on:click=move |_| is_on.update(|is_on| *is_on = !*is_on)
                >
                    {scan_label}
                </button>
            })}
        </form>
        {move || is_on.get().then(|| view! { <Scanner desk=door.desk is_on on_code=scanned/> })}
        <div class="verdicts" role="status">
            {move || door.verdict.get().map(|verdict| show(door, verdict))}
        </div>
        <Guests door/>
    }
}

/// How many are in.
#[component]
fn Count(door: Door) -> impl IntoView {
    let words = door.desk.language;
    let counts = Memo::new(move |_| {
        door.rows.with(|rows| {
            let rows = rows.here().map(Vec::as_slice).unwrap_or_default();
            (rows.iter().filter(|row| door.since(row).is_some()).count(), rows.len())
        })
    });
    let said = move || {
        let (inside, all) = counts.get();
        words.in_of(inside, all)
    };
    view! {
        <p class="inside">{said}</p>
        <progress
            class="inside__bar" aria-label=words.is_in() max=move || counts.get().1.max(1)
            prop:value=move || f64::from(u32::try_from(counts.get().0).unwrap_or(u32::MAX))
        ></progress>
    }
}

/// What is said about the last ticket, big and clear.
fn show(door: Door, verdict: Verdict) -> AnyView {
    let words = door.desk.language;
    let (class, title, seat, since) = match verdict {
        Verdict::Found(seat) => match door.row(seat).and_then(|row| door.since(&row)) {
            Some(since) => ("verdict verdict--warn", words.is_in_already(), seat, Some(since)),
            None => ("verdict", words.not_in_yet(), seat, None),
        },
        Verdict::Admitted(seat) => ("verdict verdict--good", words.is_in(), seat, None),
        Verdict::Already(seat, since) => ("verdict verdict--warn", words.is_in_already(), seat, Some(since)),
        Verdict::TakenBack(seat) => ("verdict", words.taken_back(), seat, None),
        Verdict::Unknown => {
            let explanation = Explanation::new(words.unknown_ticket(), words.unknown_ticket_detail());
            return view! { <Banner tone=Tone::Problem explanation/> }.into_any();
        }
    };
    let Some(row) = door.row(seat) else { return ().into_any() };
    let is_open = matches!(verdict, Verdict::Found(_)) && since.is_none();
    let guest = row.clone();
    let waits = move || door.is_waiting(seat) && door.is_stuck.get();
    view! {
        <section class=class aria-label=title>
            <p class="verdict__title">
                {title} {since.map(|since| view! { <span>" " {words.since(&time(door, since))}</span> })}
            </p>
            <p class="verdict__name">{name(words, &row)}</p>
            <p class="verdict__seat">{row.seat_type_name.clone()} " · " {row.ticket.clone()}</p>
            {move || waits().then(|| view! { <p class="verdict__waits">{words.is_waiting()}</p> })}
            {is_open.then(|| view! {
                <button type="button" class="button" on:click=move |_| door.check_in(&guest)>{words.let_in()}</button>
            })}
            {matches!(verdict, Verdict::Admitted(_)).then(|| undo(door, seat))}
        </section>
    }
    .into_any()
}

fn undo(door: Door, seat: Seat) -> impl IntoView {
    let words = door.desk.language;
    view! {
        <button type="button" class="button button--quiet" on:click=move |_| door.take_back(seat)>
            {words.undo()}
        </button>
    }
}

/// Those who were found.
#[component]
fn Guests(door: Door) -> impl IntoView {
    let words = door.desk.language;
    let found = Memo::new(move |_| {
        let words = needles(&door.text.get());
        door.rows.with(|rows| found(rows, &words))
    });
    let rows = move || found.with(|(rows, _)| rows.clone());
    let more = move || {
        let (shown, all) = found.with(|(rows, all)| (rows.len(), *all));
        (all > shown).then(|| words.more_found(all - shown))
    };
    let is_empty = Memo::new(move |_| found.with(|(rows, _)| rows.is_empty()));
    let list = move || {
        view! {
            <ul class="guests" aria-label=words.guests()>
                <For each=rows key=key let:row>{guest(door, row)}</For>
            </ul>
            <p class="quiet" role="status">{more}</p>
        }
    };
    let is_nobody_there = Memo::new(move |_| door.rows.with(|rows| rows.here().is_some_and(Vec::is_empty)));
    move || {
        if is_nobody_there.get() {
            nothing(words, words.no_attendees_yet(), false)
        } else if is_empty.get() {
            view! { <p class="empty">{words.no_guest_found()}</p> }.into_any()
        } else {
            list().into_any()
        }
    }
}

/// A row is made anew when something about it changes.
fn key(row: &AttendeeRow) -> String {
    format!("{}-{:?}-{:?}", row.ticket, row.attendee, row.checked_in_at)
}

fn guest(door: Door, row: AttendeeRow) -> impl IntoView {
    let words = door.desk.language;
    let (seat, whom) = (seat_of(&row), name(words, &row));
    let own = row.clone();
    let since = Memo::new(move |_| door.since(&own));
    let email = row.attendee.as_ref().map(|it| it.email.clone());
    let what = format!("{} · {}", row.seat_type_name, row.ticket);
    let (label, undo_label) = (words.regarding(words.let_in(), &whom), words.regarding(words.undo(), &whom));
    let act = move || match since.get() {
        None => {
            let (row, label) = (row.clone(), label.clone());
            view! {
                <button type="button" class="button" aria-label=label on:click=move |_| door.check_in(&row)>
                    {words.let_in()}
                </button>
            }
            .into_any()
        }
        Some(at) => {
            let label = undo_label.clone();
            view! {
                <span class="state state--good">{time(door, at)}</span>
                <button
                    type="button" class="button button--text" aria-label=label
                    on:click=move |_| door.take_back(seat)
                >
                    {words.undo()}
                </button>
            }
            .into_any()
        }
    };
    view! {
        <li class="guest">
            <div class="guest__who">
                <span class="guest__name">{whom}</span>
                <span class="grid__sub">{email}</span>
                <span class="grid__sub">{what}</span>
            </div>
            <div class="guest__ways">{act}</div>
        </li>
    }
}

fn name(words: Language, row: &AttendeeRow) -> String {
    let name = row.attendee.as_ref().map(Person::full_name);
    name.unwrap_or_else(|| words.nobody_yet().to_owned())
}

fn time(door: Door, instant: Timestamp) -> String {
    let zone = door.desk.known().map(|known| known.conference.time_zone).unwrap_or_default();
    zone::local_time(instant, &zone, door.desk.language)
}

/// What is looked for: every word of it, in any order.
fn needles(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// The first of those in whom every word is found, by name, and how many they are.
fn found(rows: &Loaded<Vec<AttendeeRow>>, needles: &[String]) -> (Vec<AttendeeRow>, usize) {
    let rows = rows.here().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<&AttendeeRow> = rows.iter().filter(|row| is_meant(row, needles)).collect();
    let all = found.len();
    // Only as many as are shown need an order.
    found.sort_by_cached_key(|row| sorted_by(row));
    (found.into_iter().take(SHOWN).cloned().collect(), all)
}

fn is_meant(row: &AttendeeRow, needles: &[String]) -> bool {
    if needles.is_empty() {
        return true;
    }
    let person = row.attendee.as_ref();
    let person =
        person.map(|it| format!("{} {} {}", it.first_name, it.last_name, it.email)).unwrap_or_default();
    let text = format!("{person} {}", row.ticket).to_lowercase();
    needles.iter().all(|needle| text.contains(needle))
}

/// By last name, those without one at the end.
fn sorted_by(row: &AttendeeRow) -> (bool, String, String) {
    let name = row.attendee.as_ref().map(|it| format!("{} {}", it.last_name, it.first_name).to_lowercase());
    (name.is_none(), name.unwrap_or_default(), ticket::normalized(&row.ticket))
}

#[cfg(test)]
mod tests {
    use plenary_shared::registration::Person;

    use super::*;

    fn row(position: i64, name: Option<(&str, &str)>) -> AttendeeRow {
        let order_id = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let person = |(first, last): (&str, &str)| Person {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: format!("{}@example.org", first.to_lowercase()),
        };
        AttendeeRow {
            order_id,
            position,
            seat_type_id: "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap(),
            seat_type_name: "Visitor".to_owned(),
            attendee: name.map(person),
            ticket: ticket::code(order_id, position),
            checked_in_at: None,
        }
    }

    #[test]
    fn guests_are_found_by_every_word_of_name_address_and_code() {
        let rows = vec![row(0, Some(("Ada", "Okafor"))), row(1, None), row(2, Some(("Adam", "Berg")))];
        let rows = Loaded::Here(rows);
        let at =
            |text: &str| found(&rows, &needles(text)).0.iter().map(|row| row.position).collect::<Vec<_>>();
        assert_eq!(at(""), [2, 0, 1]);
        assert_eq!(at("ada"), [2, 0]);
        assert_eq!(at("OKA ada"), [0]);
        assert_eq!(at("adam@example"), [2]);
        assert_eq!(at("aje3yac1-2"), [1]);
        assert_eq!(at("nobody"), [0_i64; 0]);
    }

    #[test]
    fn only_what_happens_to_seats_of_orders_is_heard() {
        for kind in [
            "SeatCheckedIn",
            "SeatCheckInUndone",
            "SeatAssigned",
            "SeatAssignmentsCreated",
            "AttendeesErased",
        ] {
            assert!(concerns_seats(kind), "{kind}");
        }
        for kind in ["SeatsReserved", "OrderPlaced", "SeatsOffered"] {
            assert!(!concerns_seats(kind), "{kind}");
        }
    }
}
