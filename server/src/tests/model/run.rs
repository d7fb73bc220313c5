//! A sequence of steps, and what they leave compared with the reference.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use plenary_shared::conference::{SeatTypeInput, Translations};
use plenary_shared::payments::PaymentCallback;
use plenary_shared::registration::{Person, SeatQuantity};
use plenary_shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, Problem, PromoCodeId, SeatTypeId, Timestamp,
    WaitListEntryId,
};
use uuid::Uuid;

use super::asked::CODE_NAMES;
use super::reference::{Answer, Decided, Offer, OrderState, Reason, Reference, State, Waiting, email_of};
use super::steps::{CODES, Step};
use super::stores::Memory;
use crate::clock::Entropy;
use crate::conference::contracts as management;
use crate::eventstore::{DomainEvent, StreamId};
use crate::messaging::{Command, CommandId, Reply};
use crate::registration::order::{self, AttentionReason, Order, Resolution};
use crate::registration::promo_code_uses::{self, PromoCodeUses};
use crate::registration::seat_assignments::{self, SeatAssignments};
use crate::registration::seats_availability::{self, SeatsAvailability};
use crate::registration::wait_list::{self, Entry, WaitList};

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
    pub status_before: Option<u16>,
}

/// One conference: what has been asked of it, and what its events make of it.
#[derive(Debug)]
pub struct Player {
    pub conference: ConferenceId,
    pub began: Timestamp,
    pub reference: Reference,
    pub seats: Vec<(SeatTypeId, management::Seat)>,
    pub placed: Vec<OrderId>,
    pub payments: Vec<PaymentId>,
    pub callbacks: Vec<PaymentCallback>,
    pub past: Vec<Asked>,
    /// With their versions.
    pub codes: [Option<(PromoCodeId, i64)>; CODES],
    /// Everybody who ever joined the wait list.
    pub entries: Vec<WaitListEntryId>,
    orders: BTreeMap<OrderId, Order>,
    assignments: BTreeMap<StreamId, SeatAssignments>,
    availability: SeatsAvailability,
    uses: PromoCodeUses,
    list: WaitList,
}

/// Runs a whole sequence in memory.
pub async fn run(memory: &mut Memory, reference: Reference, steps: &[Step]) -> Result<(), Failure> {
    let mut player = memory.open_conference(reference).await;
    for step in steps {
        let pause = player.reference.pause(*step);
        memory.wait(pause).await;
        player.reference.pass(pause);
        if *step == Step::Restart {
            memory.restart();
        }
        memory.show(&mut player);
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
    let email = format!("p{}@example.org", email_of(number));
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
            codes: [None; CODES],
            entries: Vec::new(),
            orders: BTreeMap::new(),
            assignments: BTreeMap::new(),
            availability: SeatsAvailability::default(),
            uses: PromoCodeUses::default(),
            list: WaitList::default(),
        }
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
        if matches!(step, Step::Pay { .. }) && self.reference.payments() > self.payments.len() {
            self.payments.push(PaymentId(concerns));
        }
    }

    /// Folds an event in.
    pub fn see(&mut self, stream: StreamId, event: &dyn DomainEvent) {
        if let Some(event) = event.get::<order::Event>() {
            if matches!(event, order::Event::OrderPlaced { .. }) {
                self.placed.push(OrderId(stream.0));
            }
            let order = self.orders.entry(OrderId(stream.0)).or_default();
            *order = order::evolve(std::mem::take(order), event);
        } else if let Some(event) = event.get::<seats_availability::Event>() {
            self.availability = seats_availability::evolve(std::mem::take(&mut self.availability), event);
        } else if let Some(event) = event.get::<seat_assignments::Event>() {
            let assignments = self.assignments.entry(stream).or_default();
            *assignments = seat_assignments::evolve(std::mem::take(assignments), event);
        } else if let Some(event) = event.get::<promo_code_uses::Event>() {
            self.uses = promo_code_uses::evolve(std::mem::take(&mut self.uses), event);
        } else if let Some(event) = event.get::<wait_list::Event>() {
            if matches!(event, wait_list::Event::WaitListJoined { .. }) {
                self.entries.push(event.entry_id());
            }
            self.list = wait_list::evolve(std::mem::take(&mut self.list), event);
        } else if let Some(event) = event.get::<management::Event>() {
            self.hear(event);
        }
    }

    /// What Management announces.
    fn hear(&mut self, event: &management::Event) {
        use management::Event::{PromoCodeCreated, PromoCodeUpdated, SeatCreated, SeatUpdated};
        match event {
            SeatCreated { seat_type_id, seat } | SeatUpdated { seat_type_id, seat } => {
                match self.seats.iter_mut().find(|(id, _)| id == seat_type_id) {
                    Some((_, known)) => known.clone_from(seat),
                    None => self.seats.push((*seat_type_id, seat.clone())),
                }
            }
            PromoCodeCreated { promo_code_id, promo_code }
            | PromoCodeUpdated { promo_code_id, promo_code } => {
                let code = CODE_NAMES.iter().position(|name| *name == promo_code.code);
                self.codes[code.expect("no other code is made")] = Some((*promo_code_id, promo_code.version));
            }
            _ => {}
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
            uses: self.codes.map(|code| code.map_or(0, |(id, _)| self.uses.count(id))),
            line: self.list.entries().iter().map(|entry| self.waiting(entry)).collect(),
        }
    }

    fn since_it_began(&self, instant: Timestamp) -> i64 {
        i64::try_from(instant.since(self.began).as_millis()).unwrap_or(i64::MAX)
    }

    fn waiting(&self, entry: &Entry) -> Waiting {
        let email = entry.email.as_ref().and_then(|email| email.reveal()).expect("whoever waits is known");
        let offer = |offer: &wait_list::Offer| Offer {
            order: self.placed.iter().position(|id| *id == offer.order_id).expect("it was placed"),
            seats: offer.seats,
            until_ms: self.since_it_began(offer.offered_until),
        };
        Waiting {
            email: (0..3).find(|number| person(*number).email == *email).expect("people are numbered"),
            seat_type: usize::from(entry.seat_type_id == self.seats[1].0),
            wanted: entry.wanted,
            accepted: entry.accepted,
            passed_on: entry.passed_on,
            offers: entry.offers.iter().map(offer).collect(),
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
            expires_at_ms: self.since_it_began(terms.expires_at),
            codes: CODE_NAMES.map(|name| terms.promo_codes.iter().any(|it| it.code == name)),
            erased: terms.erased_at.is_some(),
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
        translations: Translations::new(),
        version: None,
    }
}

/// A new id, at `now`.
pub fn new_id(now: Timestamp) -> Uuid {
    Entropy.id(now)
}
