//! The door: everybody who may come in, what happened there, and what is on its way to the server.

use std::time::Duration;

use leptos::prelude::*;
use plenary_shared::Timestamp;
use plenary_shared::registration::AttendeeRow;
use plenary_shared::ticket;

use super::super::desk::Desk;
use super::super::loaded::{Loaded, put};
use super::queue::{self, Seat, Step};
use crate::api::{self, ApiError};
use crate::navigation;

/// How long to wait before what could not be sent is tried again, in milliseconds. A stream that comes back, or a
/// browser that says that it is online, does not wait for it.
const AGAIN_AFTER_MS: u64 = 4_000;

/// What is said about the last ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was looked up, and nothing has happened yet.
    Found(Seat),
    Admitted(Seat),
    /// Somebody is in with it already.
    Already(Seat, Timestamp),
    TakenBack(Seat),
    Unknown,
}

/// The state of the page. A copy is the same door.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    pub desk: Desk,
    pub rows: RwSignal<Loaded<Vec<AttendeeRow>>>,
    /// What is typed into the search.
    pub text: RwSignal<String>,
    /// What the server has not confirmed, oldest first.
    pub steps: RwSignal<Vec<Step>>,
    pub verdict: RwSignal<Option<Verdict>>,
    /// The last step could not be sent.
    pub is_stuck: RwSignal<bool>,
    is_sending: RwSignal<bool>,
    /// What the server has said of seats since the list was asked for last: it may have been read before that.
    heard: StoredValue<Vec<AttendeeRow>>,
}

impl Door {
    /// The door of the desk's conference, with what this device has still to send.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            rows: RwSignal::new(Loaded::Waiting),
            text: RwSignal::new(String::new()),
            steps: RwSignal::new(queue::kept(&untrack(|| desk.slug()))),
            verdict: RwSignal::new(None),
            is_stuck: RwSignal::new(false),
            is_sending: RwSignal::new(false),
            heard: StoredValue::new(Vec::new()),
        }
    }

    /// Reads everybody anew.
    pub fn load(self) {
        let slug = untrack(|| self.desk.slug());
        self.heard.set_value(Vec::new());
        self.desk.load(self.rows, async move {
            let mut rows = api::manage::every_attendee(&slug).await?;
            take_in(&mut rows, self.heard.try_get_value().unwrap_or_default());
            Ok(rows)
        });
    }

    /// Since when somebody is in, as far as this device knows.
    pub fn since(self, row: &AttendeeRow) -> Option<Timestamp> {
        self.steps.with(|steps| queue::since(row, steps))
    }

    /// Whether the server has not heard of what happened to a seat last.
    pub fn is_waiting(self, seat: Seat) -> bool {
        self.steps.with(|steps| steps.iter().any(|step| step.seat() == seat))
    }

    pub fn row(self, seat: Seat) -> Option<AttendeeRow> {
        self.rows.with(|rows| rows.here()?.iter().find(|row| seat_of(row) == seat).cloned())
    }

    /// Shows the ticket that a code names, and whether there is one.
    pub fn find(self, code: &str) -> Option<AttendeeRow> {
        let code = ticket::normalized(code);
        let found =
            self.rows.with_untracked(|rows| rows.here()?.iter().find(|row| row.ticket == code).cloned());
        self.verdict.set(Some(found.as_ref().map_or(Verdict::Unknown, |row| Verdict::Found(seat_of(row)))));
        found
    }

    /// Lets whoever has a ticket in, unless somebody is in with it.
    pub fn check_in(self, row: &AttendeeRow) {
        let seat = seat_of(row);
        if let Some(since) = untrack(|| self.since(row)) {
            self.verdict.set(Some(Verdict::Already(seat, since)));
            return;
        }
        self.verdict.set(Some(Verdict::Admitted(seat)));
        self.happened(Step::new(seat, Some(navigation::browser_time())));
    }

    /// Takes a check-in back.
    pub fn take_back(self, seat: Seat) {
        self.verdict.set(Some(Verdict::TakenBack(seat)));
        self.happened(Step::new(seat, None));
    }

    fn happened(self, step: Step) {
        self.steps.update(|steps| steps.push(step));
        self.keep();
        self.send();
    }

    fn keep(self) {
        let slug = untrack(|| self.desk.slug());
        self.steps.with_untracked(|steps| queue::keep(&slug, steps));
    }

    /// Sends what waits, one step after the other: what happened to a seat first is told first.
    pub fn send(self) {
        if self.is_sending.get_untracked() {
            return;
        }
        let Some(step) = self.steps.with_untracked(|steps| steps.first().cloned()) else {
            self.is_stuck.set(false);
            return;
        };
        self.is_sending.set(true);
        let request = step.clone().send(untrack(|| self.desk.slug()));
        self.desk.ask(request, move |answer| {
            if self.is_sending.try_set(false).is_none() {
                self.hear(&step, answer);
            }
        });
    }

    fn send_later(self) {
        set_timeout(move || self.send_again(), Duration::from_millis(AGAIN_AFTER_MS));
    }

    /// As [`send`](Self::send), unless the page was left meanwhile; later where one has to sign in first.
    fn send_again(self) {
        if self.is_sending.try_get_untracked().is_none() {
            return;
        }
        if self.desk.is_over.get_untracked() {
            self.send_later();
        } else {
            self.send();
        }
    }

    fn hear(self, step: &Step, answer: Result<AttendeeRow, ApiError>) {
        match answer {
            Ok(row) => self.replace(vec![row]),
            Err(error) if !queue::is_final(&error) => {
                self.is_stuck.set(true);
                self.send_later();
                return;
            }
            Err(error) => self.refused(step, &error),
        }
        self.is_stuck.set(false);
        self.steps.update(|steps| steps.retain(|other| other != step));
        self.keep();
        self.send();
    }

    /// The server knows better: it says what, and the seat is read anew.
    fn refused(self, step: &Step, error: &ApiError) {
        match error {
            ApiError::Refused(problem) if problem.since.is_some() => {
                let verdict = problem.since.map(|since| Verdict::Already(step.seat(), since));
                self.verdict.set(verdict);
            }
            _ => self.desk.complain(error),
        }
        self.refresh(step.order_id);
    }

    /// Reads the seats of an order anew.
    pub fn refresh(self, order_id: plenary_shared::OrderId) {
        let slug = untrack(|| self.desk.slug());
        let request = async move { api::manage::attendees_of(&slug, order_id).await };
        self.desk.ask(request, move |answer| {
            if let Ok(rows) = answer {
                self.replace(rows);
            }
        });
    }

    /// Takes in seats as the server knows them.
    fn replace(self, newer: Vec<AttendeeRow>) {
        self.heard.try_update_value(|heard| take_in(heard, newer.clone()));
        self.rows.try_update(|rows| {
            if let Loaded::Here(rows) = rows {
                take_in(rows, newer);
            }
        });
    }
}

/// Puts each row in the place of the one that was known of its seat.
fn take_in(rows: &mut Vec<AttendeeRow>, newer: Vec<AttendeeRow>) {
    for row in newer {
        put(rows, row, seat_of);
    }
}

pub const fn seat_of(row: &AttendeeRow) -> Seat {
    (row.order_id, row.position)
}
