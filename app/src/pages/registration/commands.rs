//! What the flow does when the reader decides something: show the outcome at once, ask the server, reconcile.

use leptos::prelude::*;
use leptos::task::spawn_local;
use plenary_shared::registration::{ChangeSeats, Order, OrderStatus, Person, PlaceOrder, SeatQuantity};
use plenary_shared::{OrderId, Timestamp, validation};

use super::codes::{codes_of, codes_of_held, refusal_of, same_codes};
use super::flow::{Flow, PersonFields, Work};
use super::memory;
use crate::api::{self, ApiError, Key};
use crate::live::Connection;
use crate::words::Explanation;
use crate::{OrderPart, navigation, optimistic};

/// How often an overloaded server is asked again before the reader is brought back to her choice.
const TRIES_WHILE_OVERLOADED: i32 = 3;

impl Flow {
    /// Learns how far the server's clock is ahead: it said `server_time` when the browser's said `browser_time`.
    pub fn set_clock(self, server_time: Timestamp, browser_time: Timestamp) {
        self.ahead_ms.set(server_time.as_millis() - browser_time.as_millis());
        self.tick();
    }

    /// Moves the server's clock on, as far as it can be known here.
    pub fn tick(self) {
        let millis = navigation::browser_time().as_millis() + self.ahead_ms.get_untracked();
        self.now.set(Timestamp::from_millis(millis));
    }

    /// "Order now".
    pub fn order_now(self) {
        let seats = optimistic::chosen(&self.quantities.get_untracked());
        if !validation::seats(&seats).is_empty() {
            self.notice.set(Some(Explanation::new(self.language.choose_some(), "")));
            navigation::focus("main input[type=number]:not(:disabled)");
            return;
        }
        self.notice.set(None);
        match self.order.get_untracked().filter(|_| self.is_open()) {
            Some(order) => {
                let promo_codes = self.typed_codes();
                let is_same = optimistic::same_seats(&seats, &optimistic::requested(&order))
                    && same_codes(&promo_codes, &codes_of(&order));
                if !is_same {
                    self.change_seats(ChangeSeats { seats, promo_codes });
                }
                self.show_order(order.id);
            }
            None => self.place(seats, self.typed_codes(), None),
        }
    }

    /// The same seats in a new order, after time was up.
    pub fn try_again(self) {
        let Some(order) = self.order.get_untracked() else { return };
        // Until the buffer for payments on their way is over, the old order still holds them.
        let still_holding = matches!(order.status, OrderStatus::Reserved | OrderStatus::PartiallyReserved);
        self.place(optimistic::requested(&order), codes_of(&order), still_holding.then_some(order.id));
    }

    /// Back to the choice of seats; what is held stays so.
    pub fn choose_again(self) {
        self.at_order.set(false);
        navigation::push(&self.conference_route());
    }

    /// To the order's page.
    pub fn show_order(self, id: OrderId) {
        navigation::push(&self.order_route(id, OrderPart::Whole));
        self.at_order.set(true);
    }

    fn place(self, seats: Vec<SeatQuantity>, promo_codes: Vec<String>, instead_of: Option<OrderId>) {
        let id = memory::new_order_id();
        let Some(order) = self.expected(id, &seats) else {
            self.notice.set(Some(Explanation::new(self.language.choose_some(), "")));
            return;
        };
        // What codes are worth is known only where the server was asked before.
        let is_known = promo_codes.is_empty() || !order.discounts.is_empty();
        let expected_total = is_known.then_some(order.total);
        let body = PlaceOrder { id: Some(id), seats, promo_codes, expected_total };
        self.notice.set(None);
        self.work.set(None);
        self.assignments.set(None);
        self.choose(&optimistic::requested(&order));
        self.order.set(Some(order));
        self.show_order(id);
        spawn_local(async move {
            if let Some(former) = instead_of {
                // Whether it worked or not, the new order gets what there is.
                let _ = api::release(former).await;
            }
            self.send_until_answered(id, body).await;
        });
    }

    /// The order that the server will make of these seats, less what it said that the codes take off.
    fn expected(self, id: OrderId, seats: &[SeatQuantity]) -> Option<Order> {
        let conference = self.conference.get_untracked();
        let mut order = optimistic::expected(id, &conference, seats, self.now.get_untracked())?;
        let quote = untrack(|| self.quoted());
        let is_of_these = optimistic::same_seats(seats, &self.quantities.get_untracked());
        if let Some(quote) = quote.filter(|_| is_of_these) {
            order.free = quote.total.amount == 0;
            order.total = quote.total;
            order.discounts = quote.discounts;
        }
        Some(order)
    }

    /// Sends the order until the server has decided: the same id and key, so that it is placed once.
    async fn send_until_answered(self, id: OrderId, body: PlaceOrder) {
        let (slug, key) = (self.slug(), Key::random());
        let mut tries = 0;
        while self.is_waited_for(id) {
            let pause = match api::place_order(&slug, &body, &key).await {
                Ok(answer) => return self.placed(answer),
                Err(ApiError::Unreachable) => {
                    self.connection.set(Connection::Away);
                    tries
                }
                Err(ApiError::Refused(problem))
                    if problem.status == 503 && tries < TRIES_WHILE_OVERLOADED =>
                {
                    optimistic::POLITE
                }
                Err(error) => return self.turn_back(id, self.explain(&error)),
            };
            memory::pause(pause).await;
            tries += 1;
        }
    }

    fn is_waited_for(self, id: OrderId) -> bool {
        let waits = |order: &Order| order.id == id && order.status == OrderStatus::Pending;
        self.order.get_untracked().is_some_and(|order| waits(&order))
    }

    fn placed(self, answer: Order) {
        self.connection.set(Connection::Here);
        memory::remember_order(&self.slug(), Some(answer.id));
        self.take_answer(answer);
        if let Some(wanted) = self.wanted_instead.get_untracked() {
            self.wanted_instead.set(None);
            self.change_seats(wanted);
        }
    }

    /// The order was refused: back to the choice, as it was, with the reason.
    fn turn_back(self, id: OrderId, reason: Explanation) {
        if !self.is_waited_for(id) {
            return;
        }
        self.connection.set(Connection::Here);
        self.order.set(None);
        self.notice.set(Some(reason));
        if self.at_order.get_untracked() {
            self.at_order.set(false);
            navigation::replace(&self.conference_route());
        }
    }

    /// Other seats or codes in the same order. Shown at once; the former order comes back when they are refused.
    pub fn change_seats(self, wanted: ChangeSeats) {
        let Some(former) = self.order.get_untracked() else { return };
        let Some(expected) = self.expected(former.id, &wanted.seats) else { return };
        let shown = Order {
            version: former.version,
            expires_at: former.expires_at,
            registrant: former.registrant.clone(),
            access_code: former.access_code.clone(),
            ..expected
        };
        self.choose(&wanted.seats);
        self.order.set(Some(shown));
        self.notice.set(None);
        self.code_error.set(String::new());
        if former.status == OrderStatus::Pending {
            self.wanted_instead.set(Some(wanted));
            return;
        }
        self.work.set(Some(Work::Changing));
        spawn_local(async move {
            let answer = api::change_seats(former.id, &wanted).await;
            if answer.is_err() && self.is_waited_for(former.id) {
                self.order.set(Some(former));
            }
            self.finish(answer);
        });
    }

    /// Goes on with what could be held.
    pub fn accept_what_is_held(self) {
        if let Some(order) = self.order.get_untracked() {
            let promo_codes = codes_of_held(&order);
            self.change_seats(ChangeSeats { seats: optimistic::held(&order), promo_codes });
        }
    }

    /// "More time".
    pub fn extend(self) {
        self.ask(Work::Extending, api::extend);
    }

    /// "Give the seats back".
    pub fn give_back(self) {
        self.ask(Work::GivingBack, api::release);
    }

    /// "Pay", or "Confirm" where nothing is to be paid.
    pub fn complete(self) {
        let Some(order) = self.order.get_untracked() else { return };
        let person = self.details.person();
        let errors = validation::person(&person, "");
        let is_faulty = !errors.is_empty();
        self.details.errors.set(errors);
        if is_faulty {
            return memory::focus_first_error();
        }
        if self.work.get_untracked().is_some() || order.status != OrderStatus::Reserved {
            return;
        }
        self.notice.set(None);
        self.work.set(Some(if order.free { Work::Confirming } else { Work::Paying }));
        spawn_local(async move {
            if order.registrant.as_ref() != Some(&person) {
                match api::name_registrant(order.id, &person).await {
                    Ok(answer) => self.take_answer(answer),
                    Err(error) => return self.fail(&error),
                }
            }
            if order.free {
                self.finish(api::confirm(order.id).await);
            } else {
                self.leave_to_pay(order.id).await;
            }
        });
    }

    /// To the payment that is open.
    pub fn go_to_payment(self) {
        let Some(id) = self.order_id() else { return };
        self.work.set(Some(Work::Paying));
        spawn_local(self.leave_to_pay(id));
    }

    async fn leave_to_pay(self, id: OrderId) {
        match api::start_payment(id).await {
            Ok(started) => navigation::leave_for(&started.redirect_url),
            Err(error) => self.fail(&error),
        }
    }

    /// Reads who sits where.
    pub fn load_assignments(self) {
        let Some(id) = self.order_id() else { return };
        spawn_local(async move {
            if let Ok(assignments) = api::assignments(id).await {
                self.assignments.set(Some(assignments));
            }
        });
    }

    /// Seats the person that `fields` names. Shown at once; taken back when it is refused.
    pub fn assign(self, position: i64, fields: PersonFields) {
        let person = fields.person();
        let errors = validation::person(&person, "");
        let is_faulty = !errors.is_empty();
        fields.errors.set(errors);
        if is_faulty {
            return memory::focus_first_error();
        }
        self.seat_and_save(position, Some(person), fields);
    }

    /// Frees a seat. Shown at once; taken back when it is refused.
    pub fn unassign(self, position: i64, fields: PersonFields) {
        fields.clear();
        self.seat_and_save(position, None, fields);
    }

    /// Shows `attendee` at `position`, and tells the server, after what it is being told of this seat already. Its
    /// answer is shown unless something newer was done meanwhile.
    fn seat_and_save(self, position: i64, attendee: Option<Person>, fields: PersonFields) {
        let Some(id) = self.order_id() else { return };
        self.notice.set(None);
        // While a change is on its way, what is shown is not yet what the server knows.
        let mut saved = self.seat(position, attendee.clone());
        let begun = self.turns.try_update_value(|turns| turns.take(position, attendee)).flatten();
        let Some(mut attendee) = begun else { return };
        spawn_local(async move {
            loop {
                let answer = match &attendee {
                    Some(person) => api::assign(id, position, person).await,
                    None => api::unassign(id, position).await,
                };
                let next = self.turns.try_update_value(|turns| turns.answered(position)).flatten();
                match (answer, next) {
                    (answer, Some(newer)) => {
                        saved = answer.map_or(saved, |seat| seat.attendee);
                        attendee = newer;
                    }
                    (Ok(seat), None) => {
                        self.seat(position, seat.attendee);
                        return;
                    }
                    (Err(error), None) => {
                        if attendee.is_none()
                            && let Some(person) = &saved
                        {
                            fields.fill(person);
                        }
                        return self.unseat(position, saved, fields, &error);
                    }
                }
            }
        });
    }

    fn unseat(self, position: i64, saved: Option<Person>, fields: PersonFields, error: &ApiError) {
        if let ApiError::Refused(problem) = error {
            fields.errors.set(problem.errors.clone());
        }
        self.seat(position, saved);
        self.notice.set(Some(self.explain(error)));
    }

    /// Shows who sits at `position`; gives who sat there.
    fn seat(self, position: i64, attendee: Option<Person>) -> Option<Person> {
        let mut assignments = self.assignments.get_untracked()?;
        let seat = assignments.seats.iter_mut().find(|seat| seat.position == position)?;
        let former = std::mem::replace(&mut seat.attendee, attendee);
        self.assignments.set(Some(assignments));
        former
    }

    fn ask<Answer>(self, work: Work, command: impl FnOnce(OrderId) -> Answer)
    where
        Answer: Future<Output = Result<Order, ApiError>> + 'static,
    {
        let Some(id) = self.order_id().filter(|_| self.work.get_untracked().is_none()) else { return };
        self.notice.set(None);
        self.work.set(Some(work));
        let answer = command(id);
        spawn_local(async move { self.finish(answer.await) });
    }

    fn finish(self, answer: Result<Order, ApiError>) {
        match answer {
            Ok(order) => {
                self.work.set(None);
                self.take_answer(order);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// An answer to a command decides, even where it changed nothing; only a newer message outdoes it.
    fn take_answer(self, answer: Order) {
        self.set_clock(answer.server_time, navigation::browser_time());
        let decides = |shown: &Order| shown.status == OrderStatus::Pending && answer.version >= shown.version;
        if self.order.get_untracked().is_some_and(|order| decides(&order)) {
            self.order.set(Some(answer));
        } else {
            self.hear_order(answer);
        }
    }

    /// Says why something did not work, and looks what the order is now.
    fn fail(self, error: &ApiError) {
        self.work.set(None);
        if let ApiError::Refused(problem) = error {
            self.details.errors.set(problem.errors.clone());
            self.code_error.set(refusal_of(self, problem).unwrap_or_default());
        }
        self.notice.set(Some(self.explain(error)));
        self.look_again();
    }

    /// Reads the order, wherever it stands.
    pub fn look_again(self) {
        let Some(id) = self.order_id() else { return };
        // An order that is still on its way is not there to be read; its own answer will come.
        let on_its_way =
            |order: &Option<Order>| order.as_ref().is_some_and(|order| order.status == OrderStatus::Pending);
        if self.order.with_untracked(on_its_way) {
            return;
        }
        spawn_local(async move {
            if let Ok(order) = api::order(id).await {
                self.hear_order(order);
            }
        });
    }

    pub fn explain(self, error: &ApiError) -> Explanation {
        let words = self.language;
        match error {
            ApiError::Refused(problem) => words.problem(problem),
            ApiError::Unreachable => Explanation::new(words.unreachable(), words.unreachable_detail()),
            ApiError::Unreadable => Explanation::new(words.outdated(), words.outdated_detail()),
        }
    }
}
