//! What follows from events: the registration process carried out, quotas passed on, seats given positions.

use std::collections::VecDeque;

use async_trait::async_trait;
use plenary_shared::registration::SeatQuantity;
use plenary_shared::{OrderId, Problem, SeatTypeId, Timestamp};
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::commands::ORDERS;
use super::commands::decide_order;
use super::order::{self, Order};
use super::process::{self, Input, Output, Process};
use super::seat_assignments::{self, AssignableSeat, SeatAssignments};
use super::seats_availability::{self, SeatsAvailability};
use super::wait_list::WaitList;
use crate::conference::contracts as management;
use crate::eventstore::{DomainEvent, NewEvent, StreamId};
use crate::messaging::{self, Command, DueTimer, Error, Failure, Outcome, Reactor, UnitOfWork};
use crate::payments::contracts as payments;
use crate::{fault_point, planted};

/// A registration process as it is stored, with what it has decided so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoredProcess {
    pub process: Process,
    pub decisions: Vec<Decision>,
}

/// One decision of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub at: Timestamp,
    /// The commands that it decided on, by name.
    pub commands: Vec<String>,
}

impl messaging::Process for StoredProcess {
    const CLAIMED_AS: Option<&'static str> = Some(ORDERS);

    fn due_at(&self) -> Option<(Timestamp, i64)> {
        self.process.due_at()
    }
}

/// Hands what happened to the registration process of the order it happened to.
#[derive(Debug)]
pub struct RegistrationProcessRouter;

#[async_trait]
impl Reactor for RegistrationProcessRouter {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        match input_of(event.stream_id, event.event.as_ref()) {
            Some((order_id, input)) => advance(work, order_id, input).await,
            None => Ok(()),
        }
    }
}

/// What an event of a stream says to a registration process, and to which.
pub fn input_of(stream: StreamId, event: &dyn DomainEvent) -> Option<(OrderId, Input)> {
    if let Some(happened) = event.get::<order::Event>() {
        let order_id = OrderId(stream.0);
        return Some((order_id, of_order(order_id, happened)?));
    }
    payments::settled(event).map(|settled| match settled {
        payments::Settled::Completed { order_id, payment_id, amount } => {
            (order_id, Input::PaymentCompleted { payment_id, amount })
        }
        payments::Settled::Rejected { order_id, payment_id } => {
            (order_id, Input::PaymentRejected { payment_id })
        }
        payments::Settled::Refunded { order_id, payment_id } => {
            (order_id, Input::PaymentRefunded { payment_id })
        }
    })
}

fn of_order(order_id: OrderId, event: &order::Event) -> Option<Input> {
    use order::Event as E;
    match event {
        E::OrderPlaced { conference_id, seats, release_at, .. } => Some(Input::OrderPlaced {
            order_id,
            conference_id: *conference_id,
            seats: order::quantities(seats),
            release_at: *release_at,
        }),
        E::OrderSeatsChanged { seats, .. } => Some(Input::SeatsChanged { seats: order::quantities(seats) }),
        E::OrderPaymentStarted { payment_id, .. } => Some(Input::PaymentStarted { payment_id: *payment_id }),
        E::OrderConfirmed { .. } => Some(Input::OrderConfirmed),
        E::OrderCancelled { .. } => Some(Input::OrderCancelled),
        E::OrderExpired { .. } => Some(Input::OrderExpired),
        E::OrderNeedsAttention { payment_id, .. } => {
            Some(Input::OrderNeedsAttention { payment_id: *payment_id })
        }
        E::OrderQuotaOverridden { payment_id, amount, .. } => {
            Some(Input::QuotaOverridden { payment_id: *payment_id, amount: *amount })
        }
        E::OrderExpirationExtended { release_at, .. } => {
            Some(Input::ExpirationExtended { release_at: *release_at })
        }
        E::OrderTotalsCalculated { .. }
        | E::OrderPromoCodesChanged { .. }
        | E::OrderPartiallyReserved { .. }
        | E::OrderReservationCompleted { .. }
        | E::OrderHolderAdded { .. }
        | E::OrderRegistrantAssigned { .. }
        | E::OrderPersonalDataErased { .. }
        | E::OrderPaymentRejected { .. }
        | E::OrderRefundDecided { .. }
        | E::OrderPaymentRefunded { .. } => None,
    }
}

/// Gives the process `input`, and carries out what it decides until it has nothing more to say.
pub(super) async fn advance(work: &mut UnitOfWork<'_>, order_id: OrderId, input: Input) -> Result<(), Error> {
    work.correlate(order_id.0);
    let mut inputs = VecDeque::from([input]);
    while let Some(input) = inputs.pop_front() {
        fault_point!(work.faults(), "process: received");
        let stored: StoredProcess = work.process(order_id.0).await?;
        if planted!(work.faults(), DropsLatePayments) && stored.process.status() == "ended" {
            return Ok(());
        }
        let turn = turn(work, order_id, &input).await?;
        let (process, outputs) = process::react(stored.process.clone(), &input);
        if process != stored.process || !outputs.is_empty() {
            let mut decisions = stored.decisions;
            if !outputs.is_empty() {
                let commands = outputs.iter().map(|output| output.name().to_owned()).collect();
                decisions.push(Decision { at: work.now(), commands });
            }
            work.put_process(order_id.0, StoredProcess { process, decisions })?;
        }
        fault_point!(work.faults(), "process: state saved");
        for output in outputs {
            inputs.extend(carry_out(work, order_id, turn, output).await?);
            fault_point!(work.faults(), "process: carried out");
        }
    }
    fault_point!(work.faults(), "process: done");
    Ok(())
}

/// When an order is asked for seats that others wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The seats are its own: offered to it, or added for it.
    Now,
    /// Once nobody on the wait list waits for them any more.
    AfterTheList,
}

/// Whose turn it is. Where a conference is published the list has been served before anybody asks; where it is not,
/// free seats wait for those who wait.
async fn turn(work: &mut UnitOfWork<'_>, order_id: OrderId, input: &Input) -> Result<Turn, Error> {
    Ok(match input {
        Input::QuotaOverridden { .. } => Turn::Now,
        Input::OrderPlaced { .. } => {
            let list = work.load::<WaitList>(work.conference_id().0).await?;
            if list.seat_type_on_offer(order_id).is_some() { Turn::Now } else { Turn::AfterTheList }
        }
        _ => Turn::AfterTheList,
    })
}

async fn kept(work: &mut UnitOfWork<'_>, turn: Turn) -> Result<Vec<SeatQuantity>, Error> {
    match turn {
        Turn::Now => Ok(Vec::new()),
        Turn::AfterTheList => Ok(work.load::<WaitList>(work.conference_id().0).await?.awaited()),
    }
}

/// Carries out one decision. Gives the answer, where there is one to wait for.
async fn carry_out(
    work: &mut UnitOfWork<'_>,
    order_id: OrderId,
    turn: Turn,
    output: Output,
) -> Result<Option<Input>, Error> {
    use seats_availability::Command as Seats;
    let reservation_id = order_id;
    match output {
        Output::MakeSeatReservation { seats } => {
            let kept = kept(work, turn).await?;
            decide_seats(work, Seats::MakeSeatReservation { reservation_id, seats, kept }).await?;
            return Ok(Some(Input::SeatsReserved { details: held(work, order_id).await? }));
        }
        Output::CommitSeatReservation => {
            decide_seats(work, Seats::CommitSeatReservation { reservation_id }).await?;
        }
        Output::CancelSeatReservation => {
            decide_seats(work, Seats::CancelSeatReservation { reservation_id }).await?;
        }
        Output::MarkSeatsAsReserved { reserved } => {
            tell_order(work, order_id, order::Command::MarkSeatsAsReserved { reserved }).await?;
        }
        Output::RecordPaymentRejected { payment_id } => {
            tell_order(work, order_id, order::Command::RejectPayment { payment_id }).await?;
        }
        Output::RecordPaymentRefunded { payment_id } => {
            tell_order(work, order_id, order::Command::RecordRefund { payment_id }).await?;
        }
        Output::AdoptQuotas => adopt_quotas(work).await?,
        Output::CompletePayment { payment_id, amount } => {
            let held = held(work, order_id).await?;
            tell_order(work, order_id, order::Command::CompletePayment { payment_id, amount, held }).await?;
        }
        Output::ExpireOrder => tell_order(work, order_id, order::Command::Expire).await?,
    }
    Ok(None)
}

async fn held(work: &mut UnitOfWork<'_>, order_id: OrderId) -> Result<Vec<SeatQuantity>, Error> {
    let availability = work.load::<SeatsAvailability>(work.conference_id().0).await?;
    Ok(availability.holds(order_id).unwrap_or_default().to_vec())
}

/// Sets every quota that Management has announced, also those that nobody has reacted to yet.
async fn adopt_quotas(work: &mut UnitOfWork<'_>) -> Result<(), Error> {
    let catalogue = work.load::<Catalogue>(work.conference_id().0).await?;
    let commands: Vec<_> = catalogue.seats.iter().map(|it| set_quota(it.id, &it.seat)).collect();
    for command in commands {
        decide_seats(work, command).await?;
    }
    Ok(())
}

const fn set_quota(seat_type_id: SeatTypeId, seat: &management::Seat) -> seats_availability::Command {
    seats_availability::Command::SetSeatQuota { seat_type_id, quota: seat.quota, quota_version: seat.version }
}

async fn decide_seats(work: &mut UnitOfWork<'_>, command: seats_availability::Command) -> Result<(), Error> {
    let id = work.conference_id().0;
    let availability = work.load::<SeatsAvailability>(id).await?;
    let events = seats_availability::decide(availability, command)
        .map_err(|refusal| Error::ReactionRefused(refusal.to_string()))?;
    work.append::<SeatsAvailability>(id, events).await?;
    Ok(())
}

pub(super) async fn tell_order(
    work: &mut UnitOfWork<'_>,
    order_id: OrderId,
    command: order::Command,
) -> Result<(), Error> {
    match decide_order(work, order_id, command).await {
        Ok(_) => Ok(()),
        Err(Failure::Failed(error)) => Err(error),
        Err(Failure::Refused(problem)) => Err(Error::ReactionRefused(problem.title)),
    }
}

/// Wakes a registration process whose time has come.
#[derive(Debug)]
pub struct ExpireRegistrationProcess(pub DueTimer);

#[async_trait]
impl Command for ExpireRegistrationProcess {
    fn name(&self) -> &'static str {
        "ExpireRegistrationProcess"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let order_id = OrderId(self.0.process_id);
        let input = Input::TimedOut { token: self.0.token, now: work.now() };
        advance(work, order_id, input).await?;
        Ok(Outcome::new(200, order_id, work.version_of::<Order>(order_id.0).await?))
    }
}

/// Passes the quotas that Management sets on to the seats availability.
#[derive(Debug)]
pub struct QuotaTranslator;

#[async_trait]
impl Reactor for QuotaTranslator {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        use management::Event::{SeatCreated, SeatUpdated};
        let Some(SeatCreated { seat_type_id, seat } | SeatUpdated { seat_type_id, seat }) = event.event.get()
        else {
            return Ok(());
        };
        decide_seats(work, set_quota(*seat_type_id, seat)).await
    }
}

/// Gives the seats of a confirmed order their positions.
#[derive(Debug)]
pub struct SeatAssigner;

#[async_trait]
impl Reactor for SeatAssigner {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        let Some(order::Event::OrderConfirmed { .. }) = event.event.get() else { return Ok(()) };
        let order_id = OrderId(event.stream_id.0);
        let order = work.load::<Order>(order_id.0).await?;
        let seats = order.terms().map(|terms| terms.seats.as_slice()).unwrap_or_default();
        let seats = seats.iter().map(|seat| AssignableSeat {
            seat_type_id: seat.seat_type_id,
            seat_type_name: seat.name.clone(),
            quantity: seat.quantity,
        });
        let command = seat_assignments::Command::Create { order_id, seats: seats.collect() };
        let assignments = work.load::<SeatAssignments>(order_id.0).await?;
        let events = seat_assignments::decide(assignments, command).map_err(
            |refusal: seat_assignments::Refusal| Error::ReactionRefused(Problem::from(refusal).title),
        )?;
        let erased = order_was_erased(work, order_id).await?;
        work.append::<SeatAssignments>(order_id.0, events).await?;
        if erased { erase_attendees(work, order_id).await } else { Ok(()) }
    }
}

async fn order_was_erased(work: &mut UnitOfWork<'_>, order_id: OrderId) -> Result<bool, Error> {
    let order = work.load::<Order>(order_id.0).await?;
    Ok(order.terms().is_some_and(|terms| terms.erased_at.is_some()))
}

async fn erase_attendees(work: &mut UnitOfWork<'_>, order_id: OrderId) -> Result<(), Error> {
    let assignments = work.load::<SeatAssignments>(order_id.0).await?;
    let events = seat_assignments::decide(assignments, seat_assignments::Command::EraseAttendees)
        .map_err(|refusal| Error::ReactionRefused(refusal.to_string()))?;
    work.append::<SeatAssignments>(order_id.0, events).await?;
    Ok(())
}

/// Makes unreadable what the log holds of whoever is named in an order.
#[derive(Debug)]
pub struct PersonalDataEraser;

#[async_trait]
impl Reactor for PersonalDataEraser {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        let Some(order::Event::OrderPersonalDataErased { .. }) = event.event.get() else { return Ok(()) };
        let order_id = OrderId(event.stream_id.0);
        erase_attendees(work, order_id).await?;
        work.erase_personal_data(order_id.0);
        Ok(())
    }
}
