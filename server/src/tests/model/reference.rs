//! The rules once more, as plainly as they can be said: no events, no messages, no process. Seats are numbers in two
//! pairs, money is a number, and what follows from something is done at once.

mod charges;
mod codes;
mod orders;
mod waiting;

use std::time::Duration;

use plenary_shared::registration::OrderStatus;

use self::codes::Taken;
use self::waiting::Entry;
pub use self::waiting::{OFFER_S, Offer, Waiting, email_of};
use super::steps::{CODES, CodeRule, Codes, Step};

/// How long an order may be paid, how much longer its seats are held, and how much more time it gets once.
pub const SHOWN_S: i64 = 15 * 60;
pub const BUFFER_S: i64 = 14 * 60;
const EXTENSION_MS: i64 = 10 * 60 * SECOND_MS;
const SECOND_MS: i64 = 1_000;
const MOST_SEATS: i64 = 20;
pub const QUOTAS: [i64; 2] = [4, 2];
/// Half of an odd number of the first kind is no whole number.
pub const PRICES: [i64; 2] = [1_001, 0];

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
    ExpiryKeepsUses,
    AmountsAreForEverySeat,
    PartialOffersLosePlaces,
    HiddenSeatsAreAnybodys,
    TheErasedAreNamedAgain,
}

impl Broken {
    pub const ALL: [Self; 11] = [
        Self::ExpiryKeepsSeats,
        Self::LatePaymentsAreDropped,
        Self::NewPricesChangeOrders,
        Self::QuotaCutsTakeNothing,
        Self::MoreTimeTwice,
        Self::RejectionEndsTheOrder,
        Self::ExpiryKeepsUses,
        Self::AmountsAreForEverySeat,
        Self::PartialOffersLosePlaces,
        Self::HiddenSeatsAreAnybodys,
        Self::TheErasedAreNamedAgain,
    ];
}

/// Everything that can be seen of a conference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    pub remaining: [i64; 2],
    pub sold: [i64; 2],
    pub orders: Vec<OrderState>,
    /// How many orders use each promotional code.
    pub uses: [i64; CODES],
    /// Those who wait or have an open offer, in the order in which seats are offered.
    pub line: Vec<Waiting>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    pub status: OrderStatus,
    pub wanted: [i64; 2],
    pub held: [i64; 2],
    pub due: i64,
    pub expires_at_ms: i64,
    pub codes: Codes,
    pub person: Option<u8>,
    pub erased: bool,
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
    /// With their rules as they were.
    codes: Vec<Taken>,
    release_at_ms: i64,
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
    now_ms: i64,
    quota: [i64; 2],
    price: [i64; 2],
    published: bool,
    sold: [i64; 2],
    orders: Vec<Order>,
    payments: Vec<Payment>,
    codes: [Option<CodeRule>; CODES],
    /// Everybody who ever joined.
    entries: Vec<Entry>,
    /// Those of them who wait or have an open offer.
    line: Vec<usize>,
    broken: Option<Broken>,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            now_ms: 0,
            quota: QUOTAS,
            price: PRICES,
            published: true,
            sold: [0, 0],
            orders: Vec::new(),
            payments: Vec::new(),
            codes: [None; CODES],
            entries: Vec::new(),
            line: Vec::new(),
            broken: None,
        }
    }
}

const OPEN: [OrderStatus; 3] =
    [OrderStatus::PartiallyReserved, OrderStatus::Reserved, OrderStatus::PaymentPending];
/// An order that cannot change any more says so with one of these.
const OVER: Answer = Answer::Refused(&[409, 410]);

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
        let line = self.line.iter().map(|entry| self.entries[*entry].waiting()).collect();
        let remaining = both(|seat| self.remaining(seat));
        State { remaining, sold: self.sold, orders, uses: std::array::from_fn(|code| self.uses(code)), line }
    }

    /// How long ago everything began.
    pub const fn now_ms(&self) -> i64 {
        self.now_ms
    }

    fn remaining(&self, seat: usize) -> i64 {
        let held: i64 = self.orders.iter().map(|order| order.state.held[seat]).sum();
        self.quota[seat] - held - self.sold[seat]
    }

    /// The order that a step names.
    pub fn named(&self, order: usize) -> Option<usize> {
        (!self.orders.is_empty()).then(|| order % self.orders.len())
    }

    /// What an order asks for.
    pub fn wanted(&self, order: usize) -> [i64; 2] {
        self.orders[order].state.wanted
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
            Step::Place { seats, codes } => return self.place(seats, codes),
            Step::SetCode { code, rule } => return self.set_code(code, rule),
            Step::Join { person, seat_type, wanted } => return self.join(person, seat_type, wanted),
            Step::Leave { entry, .. } => return self.leave(entry),
            Step::SetQuota { seat_type, quota } => {
                self.quota[seat_type] = if self.breaks(Broken::QuotaCutsTakeNothing) {
                    quota.max(self.quota[seat_type])
                } else {
                    quota
                };
                self.serve();
                return Answer::Done(200);
            }
            Step::SetPrice { seat_type, price } => {
                self.price[seat_type] = price;
                if self.breaks(Broken::NewPricesChangeOrders) {
                    for index in 0..self.orders.len() {
                        self.orders[index].prices[seat_type] = price;
                        self.orders[index].state.due = self.due(index);
                    }
                }
                return Answer::Done(200);
            }
            Step::Publish | Step::Unpublish => {
                self.published = step == Step::Publish;
                self.serve();
                return Answer::Done(200);
            }
            Step::CallBack { payment, completed, wrong_by } => {
                let Some(payment) = self.payment(payment) else { return Answer::Nothing };
                self.call_back(payment, completed, wrong_by);
                return Answer::Done(200);
            }
            // What comes again changes nothing; whether there is anything to come again, the runner knows.
            Step::Wait(_) | Step::Restart | Step::CallBackAgain { .. } | Step::Again { .. } => {}
            by_order => return self.on_order(by_order),
        }
        Answer::Nothing
    }

    /// How much time passes before a step: no two things happen at the same instant, or nobody could say which was first.
    /// Waits end at whole seconds, so that what was done so many steps after one happens to the millisecond at the end
    /// of what was begun so many steps after another.
    pub fn pause(&self, step: Step) -> Duration {
        let pause_ms = match step {
            Step::Wait(seconds) => i64::try_from(seconds).unwrap_or(0) * SECOND_MS - self.now_ms % SECOND_MS,
            _ => 1,
        };
        Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0))
    }

    /// Time passes. Those whose time is up expire, the longest overdue first, and of those of one instant the one that
    /// was placed first. Tells whether there were any.
    pub fn pass(&mut self, pause: Duration) -> bool {
        self.now_ms += i64::try_from(pause.as_millis()).unwrap_or(0);
        let is_due = |order: &Order| OPEN.contains(&order.state.status) && order.release_at_ms <= self.now_ms;
        let mut due: Vec<_> = (0..self.orders.len()).filter(|index| is_due(&self.orders[*index])).collect();
        due.sort_by_key(|index| self.orders[*index].release_at_ms);
        let any = !due.is_empty();
        for index in due {
            let held = self.orders[index].state.held;
            self.end(index, OrderStatus::Expired);
            if self.breaks(Broken::ExpiryKeepsSeats) {
                self.orders[index].state.held = held;
            }
            self.serve();
        }
        any
    }

    fn place(&mut self, wanted: [i64; 2], codes: Codes) -> Answer {
        if !self.published {
            return Answer::Refused(&[404]);
        }
        let Some(codes) = self.choose(wanted, codes, &[]).filter(|_| is_order(wanted)) else {
            return Answer::Refused(&[422]);
        };
        self.put(wanted, codes, SHOWN_S * SECOND_MS);
        Answer::Done(201)
    }

    /// A new order.
    fn put(&mut self, wanted: [i64; 2], codes: Vec<Taken>, shown_ms: i64) {
        let held = both(|seat| wanted[seat].min(self.to_be_had(seat)));
        let status = if held == wanted { OrderStatus::Reserved } else { OrderStatus::PartiallyReserved };
        let state = OrderState {
            status,
            wanted,
            held,
            due: codes::price(wanted, self.price, &codes, self.broken),
            expires_at_ms: self.now_ms + shown_ms,
            codes: codes::which(&codes),
            person: None,
            erased: false,
            attention: Vec::new(),
            seats: None,
        };
        self.orders.push(Order {
            state,
            prices: self.price,
            codes,
            release_at_ms: self.now_ms + shown_ms + BUFFER_S * SECOND_MS,
            extended: false,
            open_payment: None,
        });
    }

    /// What all that an order asks for costs.
    fn due(&self, index: usize) -> i64 {
        let order = &self.orders[index];
        codes::price(order.state.wanted, order.prices, &order.codes, self.broken)
    }

    fn on_order(&mut self, step: Step) -> Answer {
        let (Step::ChangeSeats { order, .. }
        | Step::ChangeCodes { order, .. }
        | Step::Register { order, .. }
        | Step::Pay { order }
        | Step::ConfirmFree { order }
        | Step::Extend { order }
        | Step::Cancel { order }
        | Step::Assign { order, .. }
        | Step::Unassign { order, .. }
        | Step::Erase { order }
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
            Step::Erase { .. } => self.erase(index),
            Step::Refund { .. } => self.refund(index),
            Step::Override { .. } => self.offer_more(index),
            Step::ConfirmFree { .. } if status == OrderStatus::Confirmed => Answer::Done(200),
            Step::Cancel { .. } if status == OrderStatus::Cancelled => Answer::Done(200),
            Step::ChangeSeats { seats, codes, .. } => self.change_seats(index, seats, codes),
            Step::ChangeCodes { codes, .. } => self.change_seats(index, self.wanted(index), codes),
            _ if !open => OVER,
            Step::Register { person, .. } => self.register(index, person),
            Step::Pay { .. } => self.pay(index),
            Step::ConfirmFree { .. } => self.confirm_free(index),
            Step::Extend { .. } => self.extend(index),
            _ => {
                self.end(index, OrderStatus::Cancelled);
                self.serve();
                Answer::Done(200)
            }
        }
    }

    /// Its seats are free, and whoever was offered them has not taken them.
    fn end(&mut self, index: usize, status: OrderStatus) {
        let state = &mut self.orders[index].state;
        (state.status, state.held) = (status, [0, 0]);
        self.close_offer(index, 0);
    }
}
