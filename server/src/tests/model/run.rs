//! Steps turned into the commands that serve, and what they leave compared with the reference.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use plenary_shared::conference::{SeatTypeInput, Unpublish};
use plenary_shared::payments::{PaymentCallback, PaymentOutcome};
use plenary_shared::registration::{AttentionResolution, Person, SeatQuantity};
use plenary_shared::{ConferenceId, Currency, Money, OrderId, PaymentId, Problem, SeatTypeId, Timestamp};
use uuid::Uuid;

use super::reference::{Answer, Decided, OrderState, Reason, Reference, State};
use super::steps::Step;
use super::stores::Memory;
use crate::clock::Entropy;
use crate::conference::contracts as management;
use crate::conference::{PublishConference, UnpublishConference, UpdateSeatType};
use crate::eventstore::{DomainEvent, StreamId};
use crate::messaging::{Command, CommandId, Reply};
use crate::payments::HandleCallback;
use crate::registration::attention::ResolveAttention;
use crate::registration::commands::{
    AssignRegistrantDetails, AssignSeat, ChangeSeats, ConfirmOrder, ExtendReservation, RegisterToConference,
    ReleaseOrder, StartPayment,
};
use crate::registration::order::{self, AttentionReason, HolderId, Order, Resolution};
use crate::registration::seat_assignments::{self, SeatAssignments};
use crate::registration::seats_availability::{self, SeatsAvailability};

/// What the store and the reference disagree about.
#[derive(Debug)]
pub struct Failure {
    step: Step,
    what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.step, self.what)
    }
}

pub type Answered = Result<Reply, Box<Problem>>;

/// A command on its way.
#[derive(Debug, Clone)]
pub struct Asked {
    pub id: CommandId,
    pub command: Arc<dyn Command>,
    /// What it was answered before, if it comes again.
    status_before: Option<u16>,
}

/// One conference: what has been asked of it, and what its events make of it.
#[derive(Debug)]
pub struct Player {
    pub conference: ConferenceId,
    pub began: Timestamp,
    pub reference: Reference,
    seats: Vec<(SeatTypeId, management::Seat)>,
    placed: Vec<OrderId>,
    payments: Vec<PaymentId>,
    callbacks: Vec<PaymentCallback>,
    past: Vec<Asked>,
    orders: BTreeMap<OrderId, Order>,
    assignments: BTreeMap<StreamId, SeatAssignments>,
    availability: SeatsAvailability,
}

/// Runs a whole sequence in memory.
pub async fn run(memory: &mut Memory, reference: Reference, steps: &[Step]) -> Result<(), Failure> {
    let mut player = memory.open_conference(reference).await;
    for step in steps {
        match *step {
            Step::Wait(seconds) => memory.wait(Duration::from_secs(seconds)).await,
            Step::Restart => memory.restart(),
            _ => {}
        }
        let asked = player.asked(*step);
        let expected = player.reference.step(*step);
        if let Some(asked) = asked {
            let answered = memory.send(player.conference, asked.clone()).await;
            player.answered(*step, &asked, &answered, expected)?;
            memory.deliver(player.conference).await;
        }
        memory.show(&mut player);
        player.compare(*step)?;
    }
    Ok(())
}

pub fn person(number: u8) -> Person {
    // The last two are the same person under two names.
    let email = format!("p{}@example.org", number.min(2));
    Person { first_name: number.to_string(), last_name: "Guest".to_owned(), email }
}

fn number_of(person: &Person) -> u8 {
    person.first_name.parse().expect("people are numbered")
}

impl Player {
    pub fn new(conference: ConferenceId, began: Timestamp, reference: Reference) -> Self {
        Self {
            conference,
            began,
            reference,
            seats: Vec::new(),
            placed: Vec::new(),
            payments: Vec::new(),
            callbacks: Vec::new(),
            past: Vec::new(),
            orders: BTreeMap::new(),
            assignments: BTreeMap::new(),
            availability: SeatsAvailability::default(),
        }
    }

    fn quantities(&self, seats: [i64; 2]) -> Vec<SeatQuantity> {
        let seat =
            |(&quantity, (id, _)): (&i64, &(SeatTypeId, _))| SeatQuantity { seat_type_id: *id, quantity };
        seats.iter().zip(&self.seats).map(seat).collect()
    }

    fn input(&self, seat_type: usize) -> SeatTypeInput {
        let management::Seat { name, description, price, quota, version } = self.seats[seat_type].1.clone();
        SeatTypeInput { name, description, price, quota, version: Some(version) }
    }

    fn update(&self, seat_type: usize, change: impl FnOnce(&mut SeatTypeInput)) -> Arc<dyn Command> {
        let mut input = self.input(seat_type);
        change(&mut input);
        Arc::new(UpdateSeatType { id: self.seats[seat_type].0, input })
    }

    /// The order that a step names.
    fn order(&self, number: usize) -> Option<OrderId> {
        self.reference.named(number).map(|index| self.placed[index])
    }

    /// What a step asks; `None` when nobody is asked. It looks at the reference as it was before the step.
    pub fn asked(&mut self, step: Step) -> Option<Asked> {
        if let Step::Again { nth } = step {
            return (!self.past.is_empty()).then(|| self.past[nth % self.past.len()].clone());
        }
        let command = self.command(step)?;
        Some(Asked { id: CommandId(Entropy.id(self.began)), command, status_before: None })
    }

    fn command(&mut self, step: Step) -> Option<Arc<dyn Command>> {
        Some(match step {
            Step::Wait(_) | Step::Restart | Step::Again { .. } => return None,
            Step::Place(seats) => self.place(seats),
            Step::SetQuota { seat_type, quota } => self.update(seat_type, |input| input.quota = quota),
            Step::SetPrice { seat_type, price } => self.update(seat_type, |input| input.price.amount = price),
            Step::Publish => Arc::new(PublishConference),
            Step::Unpublish => Arc::new(UnpublishConference(Unpublish { redirect_url: None })),
            Step::CallBack { payment, completed, wrong_by } => {
                let payment = self.reference.payment(payment)?;
                self.call_back(payment, completed, wrong_by)
            }
            Step::CallBackAgain { nth } => {
                let callback = self.callbacks.get(nth % self.callbacks.len().max(1))?.clone();
                Arc::new(HandleCallback { callback })
            }
            by_order => return self.on_order(by_order),
        })
    }

    fn place(&self, seats: [i64; 2]) -> Arc<dyn Command> {
        Arc::new(RegisterToConference {
            order_id: OrderId(Entropy.id(self.began)),
            seats: self.quantities(seats),
            promo_codes: Vec::new(),
            expected_total: None,
            holder: HolderId("holder".to_owned()),
        })
    }

    fn call_back(&mut self, payment: usize, completed: bool, wrong_by: i64) -> Arc<dyn Command> {
        let callback = PaymentCallback {
            event_id: Entropy.id(self.began).to_string(),
            payment_id: self.payments[payment],
            outcome: if completed { PaymentOutcome::Completed } else { PaymentOutcome::Rejected },
            amount: self.reference.total_of(payment) + wrong_by,
            currency: Currency::USD,
            occurred_at: self.began,
        };
        self.callbacks.push(callback.clone());
        Arc::new(HandleCallback { callback })
    }

    fn on_order(&self, step: Step) -> Option<Arc<dyn Command>> {
        Some(match step {
            Step::ChangeSeats { order, seats } => {
                let (order_id, seats) = (self.order(order)?, self.quantities(seats));
                Arc::new(ChangeSeats { order_id, seats, promo_codes: Vec::new() })
            }
            Step::Register { order, person: number } => {
                let order_id = self.order(order)?;
                Arc::new(AssignRegistrantDetails { order_id, registrant: person(number), language: None })
            }
            Step::Pay { order } => Arc::new(StartPayment { order_id: self.order(order)? }),
            Step::ConfirmFree { order } => Arc::new(ConfirmOrder { order_id: self.order(order)? }),
            Step::Extend { order } => Arc::new(ExtendReservation { order_id: self.order(order)? }),
            Step::Cancel { order } => Arc::new(ReleaseOrder { order_id: self.order(order)? }),
            Step::Assign { order, position, person: number } => Arc::new(AssignSeat {
                order_id: self.order(order)?,
                position,
                attendee: Some(person(number)),
            }),
            Step::Unassign { order, position } => {
                Arc::new(AssignSeat { order_id: self.order(order)?, position, attendee: None })
            }
            Step::Refund { order } => self.resolve(order, AttentionResolution::Refund)?,
            Step::Override { order } => self.resolve(order, AttentionResolution::OverrideQuota)?,
            _ => return None,
        })
    }

    fn resolve(&self, order: usize, resolution: AttentionResolution) -> Option<Arc<dyn Command>> {
        Some(Arc::new(ResolveAttention { order_id: self.order(order)?, resolution, payment_id: None }))
    }

    /// Compares an answer with what was expected, and remembers it.
    pub fn answered(
        &mut self,
        step: Step,
        asked: &Asked,
        answered: &Answered,
        expected: Answer,
    ) -> Result<(), Failure> {
        let failure = |what: String| Err(Failure { step, what });
        let expected = match (asked.status_before, step) {
            (Some(status), _) => Answer::Done(status),
            (None, Step::CallBackAgain { .. }) => Answer::Done(200),
            (None, _) => expected,
        };
        let as_expected = match (answered, expected) {
            (Ok(reply), Answer::Done(status)) => {
                reply.outcome.status == status && reply.repeated == asked.status_before.is_some()
            }
            (Err(problem), Answer::Refused(statuses)) => statuses.contains(&problem.status),
            _ => false,
        };
        if !as_expected {
            return failure(format!("it was answered {answered:?} where the rules say {expected:?}"));
        }
        let Ok(reply) = answered else { return Ok(()) };
        if asked.status_before.is_none() {
            self.remember(step, *reply);
            self.past.push(Asked { status_before: Some(reply.outcome.status), ..asked.clone() });
        }
        Ok(())
    }

    fn remember(&mut self, step: Step, reply: Reply) {
        let concerns = reply.outcome.concerns;
        match step {
            Step::Place(_) => self.placed.push(OrderId(concerns)),
            Step::Pay { .. } if self.reference.payments() > self.payments.len() => {
                self.payments.push(PaymentId(concerns));
            }
            _ => {}
        }
    }

    /// Folds an event in.
    pub fn see(&mut self, stream: StreamId, event: &dyn DomainEvent) {
        if let Some(event) = event.get::<order::Event>() {
            let order = self.orders.entry(OrderId(stream.0)).or_default();
            *order = order::evolve(std::mem::take(order), event);
        } else if let Some(event) = event.get::<seats_availability::Event>() {
            self.availability = seats_availability::evolve(std::mem::take(&mut self.availability), event);
        } else if let Some(event) = event.get::<seat_assignments::Event>() {
            let assignments = self.assignments.entry(stream).or_default();
            *assignments = seat_assignments::evolve(std::mem::take(assignments), event);
        } else if let Some(
            management::Event::SeatCreated { seat_type_id, seat }
            | management::Event::SeatUpdated { seat_type_id, seat },
        ) = event.get()
        {
            match self.seats.iter_mut().find(|(id, _)| id == seat_type_id) {
                Some((_, known)) => known.clone_from(seat),
                None => self.seats.push((*seat_type_id, seat.clone())),
            }
        }
    }

    /// Compares what there is with the reference.
    pub fn compare(&self, step: Step) -> Result<(), Failure> {
        let (found, expected) = (self.state(), self.reference.state());
        if let Err(what) = self.availability.check() {
            return Err(Failure { step, what });
        }
        if found == expected {
            return Ok(());
        }
        Err(Failure { step, what: format!("it is {found:#?}\nwhere the rules say {expected:#?}") })
    }

    fn state(&self) -> State {
        let per_seat = |value: &dyn Fn(SeatTypeId) -> i64| [value(self.seats[0].0), value(self.seats[1].0)];
        State {
            remaining: per_seat(&|id| self.availability.remaining(id).unwrap_or(0)),
            sold: per_seat(&|id| self.availability.committed(id)),
            orders: self.placed.iter().map(|id| self.order_state(*id)).collect(),
        }
    }

    fn order_state(&self, id: OrderId) -> OrderState {
        let order = &self.orders[&id];
        let terms = order.terms().expect("it was placed");
        let pair = |seats: &[SeatQuantity]| {
            let of = |index: usize| {
                seats.iter().filter(|it| it.seat_type_id == self.seats[index].0).map(|it| it.quantity).sum()
            };
            [of(0), of(1)]
        };
        let attention = terms.attention.iter().map(|entry| {
            let payment = self.payments.iter().position(|id| *id == entry.payment_id);
            (payment.expect("it was started"), reason(entry.reason), entry.resolution.map(decided))
        });
        let assigned = self.assignments.get(&StreamId::of::<SeatAssignments>(id.0));
        let sits = |seat: &seat_assignments::AssignedSeat| {
            seat.attendee.as_ref().and_then(|it| it.reveal()).map(number_of)
        };
        OrderState {
            status: order.status(),
            wanted: pair(&terms.requested()),
            held: pair(self.availability.holds(id).unwrap_or_default()),
            due: terms.due().amount,
            expires_at_s: i64::try_from(terms.expires_at.since(self.began).as_secs()).unwrap_or(i64::MAX),
            person: terms.registrant.as_ref().and_then(|it| it.reveal()).map(number_of),
            attention: attention.collect(),
            seats: assigned.map(|it| it.seats().iter().map(sits).collect()),
        }
    }
}

const fn reason(reason: AttentionReason) -> Reason {
    match reason {
        AttentionReason::LateAndSoldOut => Reason::SoldOut,
        AttentionReason::SecondCharge => Reason::SecondCharge,
        AttentionReason::WrongAmount => Reason::WrongAmount,
    }
}

const fn decided(resolution: Resolution) -> Decided {
    match resolution {
        Resolution::RefundDecided | Resolution::Refunded => Decided::Refunded,
        Resolution::QuotaOverridden => Decided::MoreSeats,
    }
}

/// What creates the seat types of every conference here.
pub fn seat_type(quota: i64, price: i64) -> SeatTypeInput {
    SeatTypeInput {
        name: format!("Seat for {price}"),
        description: String::new(),
        price: Money::new(price, Currency::USD),
        quota,
        version: None,
    }
}

/// A new id, at `now`.
pub fn new_id(now: Timestamp) -> Uuid {
    Entropy.id(now)
}
