//! The rules once more, as plainly as they can be said: no events, no messages, no process. Seats are numbers in two
//! pairs, money is a number, and what follows from something is done at once.

use plenary_shared::registration::OrderStatus;

use super::steps::Step;

/// How long an order may be paid, how much longer its seats are held, and how much more time it gets once.
pub const SHOWN_S: i64 = 15 * 60;
pub const BUFFER_S: i64 = 14 * 60;
const EXTENSION_S: i64 = 10 * 60;
const MOST_SEATS: i64 = 20;
pub const QUOTAS: [i64; 2] = [4, 2];
pub const PRICES: [i64; 2] = [1_000, 0];

/// What a step is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nobody is asked, or there is nobody to ask about.
    Nothing,
    Done(u16),
    /// With one of these; which one, where several rules are broken, is open.
    Refused(&'static [u16]),
}

/// A rule that the reference gets wrong, so that a test can see that somebody notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    ExpiryKeepsSeats,
    LatePaymentsAreDropped,
    NewPricesChangeOrders,
    QuotaCutsTakeNothing,
    MoreTimeTwice,
    RejectionEndsTheOrder,
}

impl Broken {
    pub const ALL: [Self; 6] = [
        Self::ExpiryKeepsSeats,
        Self::LatePaymentsAreDropped,
        Self::NewPricesChangeOrders,
        Self::QuotaCutsTakeNothing,
        Self::MoreTimeTwice,
        Self::RejectionEndsTheOrder,
    ];
}

/// Everything that can be seen of a conference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    pub remaining: [i64; 2],
    pub sold: [i64; 2],
    pub orders: Vec<OrderState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    pub status: OrderStatus,
    pub wanted: [i64; 2],
    pub held: [i64; 2],
    pub due: i64,
    pub expires_at_s: i64,
    pub person: Option<u8>,
    /// Payment, reason, and what was decided.
    pub attention: Vec<(usize, Reason, Option<Decided>)>,
    /// Who sits on each seat, once there are any.
    pub seats: Option<Vec<Option<u8>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    SoldOut,
    SecondCharge,
    WrongAmount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    Refunded,
    MoreSeats,
}

#[derive(Debug, Clone)]
struct Order {
    state: OrderState,
    prices: [i64; 2],
    release_at_s: i64,
    extended: bool,
    open_payment: Option<usize>,
}

#[derive(Debug, Clone)]
struct Payment {
    order: usize,
    total: i64,
    rejected: bool,
    completed: bool,
}

#[derive(Debug, Clone)]
pub struct Reference {
    now_s: i64,
    quota: [i64; 2],
    price: [i64; 2],
    published: bool,
    sold: [i64; 2],
    orders: Vec<Order>,
    payments: Vec<Payment>,
    broken: Option<Broken>,
}

impl Default for Reference {
    fn default() -> Self {
        let (orders, payments) = (Vec::new(), Vec::new());
        Self {
            now_s: 0,
            quota: QUOTAS,
            price: PRICES,
            published: true,
            sold: [0, 0],
            orders,
            payments,
            broken: None,
        }
    }
}

const OPEN: [OrderStatus; 3] =
    [OrderStatus::PartiallyReserved, OrderStatus::Reserved, OrderStatus::PaymentPending];
/// An order that cannot change any more says so with one of these.
const OVER: Answer = Answer::Refused(&[409, 410]);

fn times(count: [i64; 2], price: [i64; 2]) -> i64 {
    count[0] * price[0] + count[1] * price[1]
}

fn both(value: impl Fn(usize) -> i64) -> [i64; 2] {
    [value(0), value(1)]
}

fn is_order(seats: [i64; 2]) -> bool {
    seats != [0, 0] && seats.iter().all(|count| (0..=MOST_SEATS).contains(count))
}

impl Reference {
    /// One that gets a rule wrong.
    pub fn breaking(broken: Broken) -> Self {
        Self { broken: Some(broken), ..Self::default() }
    }

    fn breaks(&self, rule: Broken) -> bool {
        self.broken == Some(rule)
    }

    pub fn state(&self) -> State {
        let orders = self.orders.iter().map(|order| order.state.clone()).collect();
        State { remaining: both(|seat| self.remaining(seat)), sold: self.sold, orders }
    }

    fn remaining(&self, seat: usize) -> i64 {
        let held: i64 = self.orders.iter().map(|order| order.state.held[seat]).sum();
        self.quota[seat] - held - self.sold[seat]
    }

    /// The order that a step names.
    pub fn named(&self, order: usize) -> Option<usize> {
        (!self.orders.is_empty()).then(|| order % self.orders.len())
    }

    /// The payment that a step names.
    pub fn payment(&self, payment: usize) -> Option<usize> {
        (!self.payments.is_empty()).then(|| payment % self.payments.len())
    }

    /// What the processor was asked to take with a payment.
    pub fn total_of(&self, payment: usize) -> i64 {
        self.payments[payment].total
    }

    /// The latest payment that was started.
    pub fn payments(&self) -> usize {
        self.payments.len()
    }

    /// Does what a step says.
    pub fn step(&mut self, step: Step) -> Answer {
        match step {
            Step::Wait(seconds) => self.wait(i64::try_from(seconds).unwrap_or(0)),
            Step::Place(seats) => return self.place(seats),
            Step::SetQuota { seat_type, quota } => {
                self.quota[seat_type] = if self.breaks(Broken::QuotaCutsTakeNothing) {
                    quota.max(self.quota[seat_type])
                } else {
                    quota
                };
                return Answer::Done(200);
            }
            Step::SetPrice { seat_type, price } => {
                self.price[seat_type] = price;
                if self.breaks(Broken::NewPricesChangeOrders) {
                    for order in &mut self.orders {
                        order.prices[seat_type] = price;
                        order.state.due = times(order.state.wanted, order.prices);
                    }
                }
                return Answer::Done(200);
            }
            Step::Publish | Step::Unpublish => {
                self.published = step == Step::Publish;
                return Answer::Done(200);
            }
            Step::CallBack { payment, completed, wrong_by } => {
                let Some(payment) = self.payment(payment) else { return Answer::Nothing };
                self.call_back(payment, completed, wrong_by);
                return Answer::Done(200);
            }
            // What comes again changes nothing; whether there is anything to come again, the runner knows.
            Step::Restart | Step::CallBackAgain { .. } | Step::Again { .. } => {}
            by_order => return self.on_order(by_order),
        }
        Answer::Nothing
    }

    fn wait(&mut self, seconds: i64) {
        self.now_s += seconds;
        let keeps = self.breaks(Broken::ExpiryKeepsSeats);
        for order in &mut self.orders {
            if OPEN.contains(&order.state.status) && order.release_at_s <= self.now_s {
                order.state.status = OrderStatus::Expired;
                if !keeps {
                    order.state.held = [0, 0];
                }
            }
        }
    }

    fn place(&mut self, wanted: [i64; 2]) -> Answer {
        if !self.published {
            return Answer::Refused(&[404]);
        }
        if !is_order(wanted) {
            return Answer::Refused(&[422]);
        }
        let held = both(|seat| wanted[seat].min(self.remaining(seat).max(0)));
        let status = if held == wanted { OrderStatus::Reserved } else { OrderStatus::PartiallyReserved };
        let state = OrderState {
            status,
            wanted,
            held,
            due: times(wanted, self.price),
            expires_at_s: self.now_s + SHOWN_S,
            person: None,
            attention: Vec::new(),
            seats: None,
        };
        self.orders.push(Order {
            state,
            prices: self.price,
            release_at_s: self.now_s + SHOWN_S + BUFFER_S,
            extended: false,
            open_payment: None,
        });
        Answer::Done(201)
    }

    fn on_order(&mut self, step: Step) -> Answer {
        let (Step::ChangeSeats { order, .. }
        | Step::Register { order, .. }
        | Step::Pay { order }
        | Step::ConfirmFree { order }
        | Step::Extend { order }
        | Step::Cancel { order }
        | Step::Assign { order, .. }
        | Step::Unassign { order, .. }
        | Step::Refund { order }
        | Step::Override { order }) = step
        else {
            return Answer::Nothing;
        };
        let Some(index) = self.named(order) else { return Answer::Nothing };
        let status = self.orders[index].state.status;
        let open = OPEN.contains(&status);
        match step {
            Step::Assign { position, person, .. } => self.seat(index, position, Some(person)),
            Step::Unassign { position, .. } => self.seat(index, position, None),
            Step::Refund { .. } => self.refund(index),
            Step::Override { .. } => self.offer_more(index),
            Step::ConfirmFree { .. } if status == OrderStatus::Confirmed => Answer::Done(200),
            Step::Cancel { .. } if status == OrderStatus::Cancelled => Answer::Done(200),
            Step::ChangeSeats { seats, .. } if !is_order(seats) && !open => Answer::Refused(&[409, 410, 422]),
            _ if !open => OVER,
            Step::ChangeSeats { seats, .. } => self.change_seats(index, seats),
            Step::Register { person, .. } => {
                self.orders[index].state.person = Some(person);
                Answer::Done(200)
            }
            Step::Pay { .. } => self.pay(index),
            Step::ConfirmFree { .. } => self.confirm_free(index),
            Step::Extend { .. } => self.extend(index),
            _ => {
                self.end(index, OrderStatus::Cancelled);
                Answer::Done(200)
            }
        }
    }

    fn end(&mut self, index: usize, status: OrderStatus) {
        let state = &mut self.orders[index].state;
        (state.status, state.held) = (status, [0, 0]);
    }

    /// Whether what is shown as its time is over.
    fn time_is_up(&self, index: usize) -> bool {
        self.now_s > self.orders[index].state.expires_at_s
    }

    /// As many of these as can be had, beside what the order holds already.
    fn obtainable(&self, index: usize, wanted: [i64; 2]) -> [i64; 2] {
        both(|seat| wanted[seat].min(self.remaining(seat).max(0) + self.orders[index].state.held[seat]))
    }

    fn change_seats(&mut self, index: usize, wanted: [i64; 2]) -> Answer {
        if !is_order(wanted) {
            return Answer::Refused(&[409, 410, 422]);
        }
        if self.orders[index].state.status == OrderStatus::PaymentPending {
            return Answer::Refused(&[409]);
        }
        if self.time_is_up(index) {
            return Answer::Refused(&[410]);
        }
        let held = self.obtainable(index, wanted);
        let prices = both(|seat| match self.orders[index].state.wanted[seat] {
            0 => self.price[seat],
            _ => self.orders[index].prices[seat],
        });
        let order = &mut self.orders[index];
        order.prices = prices;
        let state = &mut order.state;
        (state.wanted, state.held, state.due) = (wanted, held, times(wanted, prices));
        state.status = if held == wanted { OrderStatus::Reserved } else { OrderStatus::PartiallyReserved };
        Answer::Done(200)
    }

    fn pay(&mut self, index: usize) -> Answer {
        let status = self.orders[index].state.status;
        if status == OrderStatus::PaymentPending {
            return Answer::Done(200);
        }
        if self.time_is_up(index) {
            return Answer::Refused(&[410]);
        }
        let state = &mut self.orders[index].state;
        if status != OrderStatus::Reserved || state.person.is_none() || state.due == 0 {
            return Answer::Refused(&[409]);
        }
        state.status = OrderStatus::PaymentPending;
        let total = state.due;
        self.orders[index].open_payment = Some(self.payments.len());
        self.payments.push(Payment { order: index, total, rejected: false, completed: false });
        Answer::Done(201)
    }

    fn confirm_free(&mut self, index: usize) -> Answer {
        let state = &self.orders[index].state;
        if state.status == OrderStatus::PaymentPending {
            return Answer::Refused(&[409]);
        }
        if self.time_is_up(index) {
            return Answer::Refused(&[410]);
        }
        if state.due != 0 || state.status != OrderStatus::Reserved || state.person.is_none() {
            return Answer::Refused(&[409]);
        }
        self.confirm(index);
        Answer::Done(200)
    }

    fn confirm(&mut self, index: usize) {
        let state = &mut self.orders[index].state;
        (state.status, state.held) = (OrderStatus::Confirmed, [0, 0]);
        let count = usize::try_from(state.wanted[0] + state.wanted[1]).unwrap_or(0);
        state.seats = Some(vec![None; count]);
        for seat in 0..2 {
            self.sold[seat] += state.wanted[seat];
        }
    }

    fn extend(&mut self, index: usize) -> Answer {
        let twice = self.breaks(Broken::MoreTimeTwice);
        let order = &mut self.orders[index];
        if order.extended && !twice {
            return Answer::Refused(&[409]);
        }
        let until = order.state.expires_at_s.max(self.now_s) + EXTENSION_S;
        order.release_at_s += until - order.state.expires_at_s;
        (order.state.expires_at_s, order.extended) = (until, true);
        Answer::Done(200)
    }

    fn seat(&mut self, index: usize, position: i64, person: Option<u8>) -> Answer {
        let Some(seats) = &mut self.orders[index].state.seats else { return Answer::Refused(&[409]) };
        let seat = usize::try_from(position).ok().and_then(|position| seats.get_mut(position));
        let Some(seat) = seat else { return Answer::Refused(&[404]) };
        *seat = person;
        Answer::Done(200)
    }

    fn call_back(&mut self, payment: usize, completed: bool, wrong_by: i64) {
        let it = &mut self.payments[payment];
        let index = it.order;
        if completed && !it.completed {
            it.completed = true;
            let amount = it.total + wrong_by;
            self.charged(index, payment, amount);
        } else if !completed && !it.completed && !it.rejected {
            it.rejected = true;
            self.rejected(index, payment);
        }
    }

    fn rejected(&mut self, index: usize, payment: usize) {
        let order = &mut self.orders[index];
        if order.state.status == OrderStatus::PaymentPending && order.open_payment == Some(payment) {
            order.state.status = OrderStatus::Reserved;
            if self.breaks(Broken::RejectionEndsTheOrder) {
                self.end(index, OrderStatus::Cancelled);
            }
        }
    }

    /// Money came in: the order is confirmed if the amount is right and all its seats are held or can be had again;
    /// else somebody must decide.
    fn charged(&mut self, index: usize, payment: usize, amount: i64) {
        let state = &self.orders[index].state;
        if state.status == OrderStatus::Confirmed {
            return self.orders[index].state.attention.push((payment, Reason::SecondCharge, None));
        }
        let over = !OPEN.contains(&state.status);
        if over && self.breaks(Broken::LatePaymentsAreDropped) {
            return;
        }
        let had = if over { self.obtainable(index, state.wanted) } else { state.held };
        if amount == state.due && had == state.wanted {
            return self.confirm(index);
        }
        let reason = if amount == state.due { Reason::SoldOut } else { Reason::WrongAmount };
        self.orders[index].state.attention.push((payment, reason, None));
        self.end(index, OrderStatus::NeedsAttention);
    }

    fn undecided(&self, index: usize) -> Option<usize> {
        self.orders[index].state.attention.iter().position(|(_, _, decided)| decided.is_none())
    }

    fn refund(&mut self, index: usize) -> Answer {
        let Some(entry) = self.undecided(index) else { return Answer::Refused(&[404, 409]) };
        let state = &mut self.orders[index].state;
        state.attention[entry].2 = Some(Decided::Refunded);
        if state.status == OrderStatus::NeedsAttention && state.attention.iter().all(|it| it.2.is_some()) {
            state.status = OrderStatus::Refunded;
        }
        Answer::Done(200)
    }

    fn offer_more(&mut self, index: usize) -> Answer {
        let Some(entry) = self.undecided(index) else { return Answer::Refused(&[404, 409]) };
        let state = &self.orders[index].state;
        if state.status != OrderStatus::NeedsAttention || state.attention[entry].1 != Reason::SoldOut {
            return Answer::Refused(&[409]);
        }
        let wanted = state.wanted;
        let missing = both(|seat| match wanted[seat] {
            0 => 0,
            count => (count - self.remaining(seat)).max(0),
        });
        for (quota, missing) in self.quota.iter_mut().zip(missing) {
            *quota += missing;
        }
        self.orders[index].state.attention[entry].2 = Some(Decided::MoreSeats);
        self.confirm(index);
        Answer::Done(200)
    }
}
