//! What the flow knows, as signals, and what it makes of it. Nothing here sends anything.

use leptos::prelude::*;
use plenary_shared::conference::Conference;
use plenary_shared::live::Availability;
use plenary_shared::payments::PaymentStatus;
use plenary_shared::registration::{Assignments, ChangeSeats, Order, OrderStatus, Person, SeatQuantity};
use plenary_shared::{FieldError, OrderId, SeatTypeId, Timestamp};

use super::codes::{Quoted, codes_of, refusal_of};
use super::{Start, SubmittedForm};
use crate::live::Connection;
use crate::optimistic::Turns;
use crate::words::Explanation;
use crate::{Language, OrderPart, Route, optimistic};

/// Where in the flow the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Choose,
    Checkout,
    TimeIsUp,
    GivenBack,
    PaymentPending,
    Confirmed,
    NeedsAttention,
    Refunded,
    /// Somebody else's order, or not proven to be one's own.
    Redacted,
}

/// What the server is being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Paying,
    Confirming,
    Changing,
    Extending,
    GivingBack,
}

/// A registrant's or an attendee's fields, and what is wrong with them.
#[derive(Debug, Clone, Copy)]
pub struct PersonFields {
    pub first_name: RwSignal<String>,
    pub last_name: RwSignal<String>,
    pub email: RwSignal<String>,
    pub errors: RwSignal<Vec<FieldError>>,
}

impl PersonFields {
    pub fn new(person: Option<&Person>) -> Self {
        let field = |of: fn(&Person) -> &String| RwSignal::new(person.map(of).cloned().unwrap_or_default());
        Self {
            first_name: field(|person| &person.first_name),
            last_name: field(|person| &person.last_name),
            email: field(|person| &person.email),
            errors: RwSignal::new(Vec::new()),
        }
    }

    /// What was typed, without the space around it.
    pub fn person(self) -> Person {
        let trimmed = |field: RwSignal<String>| field.get_untracked().trim().to_owned();
        Person {
            first_name: trimmed(self.first_name),
            last_name: trimmed(self.last_name),
            email: trimmed(self.email),
        }
    }

    /// What is typed, as it is typed.
    pub fn typed(self) -> Person {
        let (first_name, last_name, email) = (self.first_name.get(), self.last_name.get(), self.email.get());
        Person { first_name, last_name, email }
    }

    /// Whether nothing was typed yet.
    pub fn are_empty(self) -> bool {
        [self.first_name, self.last_name, self.email]
            .iter()
            .all(|field| field.with_untracked(String::is_empty))
    }

    pub fn fill(self, person: &Person) {
        self.first_name.set(person.first_name.clone());
        self.last_name.set(person.last_name.clone());
        self.email.set(person.email.clone());
        self.errors.set(Vec::new());
    }

    pub fn clear(self) {
        self.fill(&Person { first_name: String::new(), last_name: String::new(), email: String::new() });
    }

    /// Takes what was typed under a field's name; other names are none of its business.
    pub fn take(self, name: &str, value: &str) {
        let field = match name {
            "first_name" => self.first_name,
            "last_name" => self.last_name,
            "email" => self.email,
            _ => return,
        };
        field.set(value.to_owned());
    }
}

/// The state of the flow. A handle: copies are the same flow.
#[derive(Debug, Clone, Copy)]
pub struct Flow {
    pub language: Language,
    pub conference: RwSignal<Conference>,
    /// One entry per seat type of the conference.
    pub quantities: RwSignal<Vec<SeatQuantity>>,
    pub order: RwSignal<Option<Order>>,
    /// Whether the address is that of the order.
    pub at_order: RwSignal<bool>,
    pub assignments: RwSignal<Option<Assignments>>,
    /// Who is to sit where, as far as the server is yet to answer.
    pub turns: StoredValue<Turns<Option<Person>>>,
    pub details: PersonFields,
    pub notice: RwSignal<Option<Explanation>>,
    pub work: RwSignal<Option<Work>>,
    pub connection: RwSignal<Connection>,
    /// The server's clock, to the second.
    pub now: RwSignal<Timestamp>,
    /// How far the server's clock is ahead of the browser's, in milliseconds.
    pub ahead_ms: RwSignal<i64>,
    /// Other seats and codes, asked for while the order was still on its way.
    pub wanted_instead: RwSignal<Option<ChangeSeats>>,
    /// The promotional codes as they are typed.
    pub codes: RwSignal<String>,
    /// Whether the price follows the codes as the choice changes.
    pub are_codes_applied: RwSignal<bool>,
    /// What is wrong with the codes; empty while nothing is.
    pub code_error: RwSignal<String>,
    /// The last that the server said of the price with codes.
    pub quote: RwSignal<Option<Quoted>>,
}

impl Flow {
    pub fn new(start: Start) -> Self {
        let Start { language, conference, order, assignments, form } = start;
        let registrant = order.as_ref().and_then(|order| order.registrant.as_ref());
        let none = |seat_type_id| SeatQuantity { seat_type_id, quantity: 0 };
        let flow = Self {
            language,
            quantities: RwSignal::new(conference.seat_types.iter().map(|kind| none(kind.id)).collect()),
            conference: RwSignal::new(conference),
            details: PersonFields::new(registrant),
            at_order: RwSignal::new(order.is_some()),
            now: RwSignal::new(order.as_ref().map_or(Timestamp::from_millis(0), |order| order.server_time)),
            order: RwSignal::new(order),
            assignments: RwSignal::new(assignments),
            turns: StoredValue::new(Turns::default()),
            notice: RwSignal::new(None),
            work: RwSignal::new(None),
            connection: RwSignal::new(Connection::Here),
            ahead_ms: RwSignal::new(0),
            wanted_instead: RwSignal::new(None),
            codes: RwSignal::new(String::new()),
            are_codes_applied: RwSignal::new(false),
            code_error: RwSignal::new(String::new()),
            quote: RwSignal::new(None),
        };
        if let Some(order) = flow.order.get_untracked() {
            flow.choose(&optimistic::requested(&order));
            flow.codes.set(codes_of(&order).join(" "));
        }
        if let Some(form) = form {
            flow.take_form(&form);
        }
        flow
    }

    /// Shows what a refused plain form held, and why it was refused.
    fn take_form(self, form: &SubmittedForm) {
        self.take_typed(&form.fields);
        self.notice.set(Some(self.language.problem(&form.problem)));
        self.details.errors.set(form.problem.errors.clone());
        self.code_error.set(refusal_of(self, &form.problem).unwrap_or_default());
    }

    /// Takes what was typed into the page's fields, by their names.
    pub fn take_typed(self, fields: &[(String, String)]) {
        for (name, value) in fields {
            match name.strip_prefix("seats.").map(str::parse) {
                Some(Ok(id)) => self.set_quantity(id, value.trim().parse().unwrap_or(0)),
                Some(Err(_)) => {}
                None if name == "promo_code" => self.codes.set(value.clone()),
                None => self.details.take(name, value),
            }
        }
    }

    pub fn quantity(self, id: SeatTypeId) -> i64 {
        let chosen = self.quantities.get();
        chosen.iter().find(|seat| seat.seat_type_id == id).map_or(0, |seat| seat.quantity)
    }

    pub fn set_quantity(self, id: SeatTypeId, quantity: i64) {
        // What was said was said of another choice.
        if self.notice.with_untracked(Option::is_some) {
            self.notice.set(None);
        }
        self.quantities.update(|seats| match seats.iter_mut().find(|seat| seat.seat_type_id == id) {
            Some(seat) => seat.quantity = quantity,
            None => seats.push(SeatQuantity { seat_type_id: id, quantity }),
        });
    }

    /// Chooses exactly `seats`.
    pub fn choose(self, seats: &[SeatQuantity]) {
        self.quantities.update(|quantities| {
            for quantity in quantities.iter_mut() {
                let chosen = seats.iter().find(|seat| seat.seat_type_id == quantity.seat_type_id);
                quantity.quantity = chosen.map_or(0, |seat| seat.quantity);
            }
        });
    }

    /// What is left of a seat type.
    pub fn available(self, id: SeatTypeId) -> i64 {
        let kinds = self.conference.get().seat_types;
        kinds.iter().find(|kind| kind.id == id).map_or(0, |kind| kind.available)
    }

    /// How many seats of a type the reader can have: what is left, and what her open order holds already.
    pub fn within_reach(self, id: SeatTypeId) -> i64 {
        let held = |order: &Order| {
            let is_open = matches!(
                order.status,
                OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending
            );
            let of = |order: &Order| {
                order.seats.iter().find(|seat| seat.seat_type_id == id).map_or(0, |seat| seat.reserved)
            };
            if is_open { of(order) } else { 0 }
        };
        self.available(id) + self.order.with(|order| order.as_ref().map_or(0, held))
    }

    /// Takes a newer state of the conference.
    pub fn hear_conference(self, conference: Conference) {
        if conference.version < self.conference.get_untracked().version {
            return;
        }
        let chosen = self.quantities.get_untracked();
        let none = |seat_type_id| SeatQuantity { seat_type_id, quantity: 0 };
        let quantities = conference.seat_types.iter().map(|kind| {
            chosen.iter().find(|seat| seat.seat_type_id == kind.id).copied().unwrap_or(none(kind.id))
        });
        self.quantities.set(quantities.collect());
        self.conference.set(conference);
    }

    /// Takes newer numbers of what is left.
    pub fn hear_availability(self, heard: &Availability) {
        if heard.version < self.conference.get_untracked().version {
            return;
        }
        self.conference.update(|conference| {
            conference.version = heard.version;
            for kind in &mut conference.seat_types {
                if let Some(left) = heard.seat_types.iter().find(|left| left.id == kind.id) {
                    kind.available = left.available;
                }
            }
        });
    }

    /// Takes what the server says of the order, whether as an answer or as a message.
    pub fn hear_order(self, heard: Order) {
        let order = match self.order.get_untracked() {
            Some(shown) if shown.id != heard.id => return,
            Some(shown) => {
                let order = optimistic::reconcile(&shown, heard);
                if order == shown {
                    return;
                }
                order
            }
            None => heard,
        };
        self.order.set(Some(order));
    }

    /// Whether the order has been decided by the server.
    pub fn is_decided(self) -> bool {
        self.order.get().is_some_and(|order| order.status != OrderStatus::Pending)
    }

    /// Whether every seat asked for is held.
    pub fn is_held(self) -> bool {
        self.order.get().is_some_and(|order| order.status == OrderStatus::Reserved)
    }

    pub fn order_id(self) -> Option<OrderId> {
        self.order.get_untracked().map(|order| order.id)
    }

    pub fn slug(self) -> String {
        self.conference.get_untracked().slug
    }

    pub fn conference_route(self) -> Route {
        Route::Conference { slug: self.slug() }
    }

    pub fn order_route(self, order_id: OrderId, part: OrderPart) -> Route {
        Route::Order { slug: self.slug(), order_id, part }
    }

    /// Where a plain form about the order goes.
    pub fn order_path(self, part: OrderPart) -> String {
        self.order_id().map(|id| self.order_route(id, part).path()).unwrap_or_default()
    }

    /// How long the seats are still held, in seconds; `None` while that is not known.
    pub fn seconds_left(self) -> Option<u64> {
        let expires_at = self.order.get()?.expires_at?;
        Some(expires_at.since(self.now.get()).as_millis().div_ceil(1000).try_into().unwrap_or(0))
    }

    /// Where the reader is.
    pub fn stage(self) -> Stage {
        let up = self.seconds_left() == Some(0);
        match self.order.get() {
            Some(order) if self.at_order.get() => stage_of(&order, up),
            _ => Stage::Choose,
        }
    }

    /// Whether the order is one that can still be completed.
    pub fn is_open(self) -> bool {
        let up = self.seconds_left() == Some(0);
        self.order.get().is_some_and(|order| stage_of(&order, up) == Stage::Checkout)
    }

    /// What the reader is told of the payment before the one to come.
    pub fn was_declined(self) -> bool {
        let payment = self.order.get().and_then(|order| order.payment);
        payment.is_some_and(|payment| payment.status == PaymentStatus::Rejected)
    }
}

fn stage_of(order: &Order, is_up: bool) -> Stage {
    if order.status != OrderStatus::Pending && order.access_code.is_none() {
        return Stage::Redacted;
    }
    match order.status {
        OrderStatus::Expired => Stage::TimeIsUp,
        OrderStatus::PartiallyReserved | OrderStatus::Reserved if is_up => Stage::TimeIsUp,
        OrderStatus::Pending | OrderStatus::PartiallyReserved | OrderStatus::Reserved => Stage::Checkout,
        OrderStatus::PaymentPending => Stage::PaymentPending,
        OrderStatus::Confirmed => Stage::Confirmed,
        OrderStatus::Cancelled => Stage::GivenBack,
        OrderStatus::NeedsAttention => Stage::NeedsAttention,
        OrderStatus::Refunded => Stage::Refunded,
    }
}
