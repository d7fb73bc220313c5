//! The commands and reactions of this room.

use std::num::NonZeroUsize;

use async_trait::async_trait;
use lru::LruCache;
use plenary_shared::payments::{PaymentCallback, PaymentOutcome, PaymentStatus};
use plenary_shared::{Money, PaymentId, Problem};

use super::payment::{self, Payment};
use super::processor::{REFUND, Refund};
use super::store::{self, CallbackState, HandledCallbacks, PaymentRows, StoredPayment};
use super::streams::Billing;
use crate::eventstore::{NewEvent, RecordedEvent};
use crate::fault_point;
use crate::messaging::{Command, Error, Failure, Outcome, Reactor, Remembered, UnitOfWork};
use crate::registration::contracts as registration;

/// The directory of payments: payment id → conference.
pub const PAYMENTS: &str = "payment";

/// Initiates the payments that orders ask for.
#[derive(Debug)]
pub struct PaymentInitiator;

#[async_trait]
impl Reactor for PaymentInitiator {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        let Some(wanted) = registration::payment_wanted(event) else { return Ok(()) };
        let conference_id = work.conference_id();
        let name = work.load::<Billing>(conference_id.0).await?.conference_name.clone();
        let command = payment::Command::Initiate {
            payment_id: wanted.payment_id,
            order_id: wanted.order_id,
            conference_id,
            description: format!("Registration for {name}"),
            total: wanted.total,
        };
        work.enter(PAYMENTS, wanted.payment_id.0);
        fault_point!(work.faults(), "payment: entered");
        match decide(work, wanted.payment_id, command).await {
            Ok(_) => Ok(()),
            Err(Failure::Failed(error)) => Err(error),
            Err(Failure::Refused(problem)) => Err(Error::ReactionRefused(problem.title)),
        }
    }
}

/// Has the processor asked for the refunds that orders want.
#[derive(Debug)]
pub struct RefundRequester;

#[async_trait]
impl Reactor for RefundRequester {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        let Some(wanted) = registration::refund_wanted(event) else { return Ok(()) };
        let (payment_id, amount) = (wanted.payment_id, wanted.amount);
        let refund = Refund { conference_id: work.conference_id(), payment_id, amount };
        work.send(REFUND, serde_json::to_string(&refund)?);
        Ok(())
    }
}

/// Records that the processor has given a payment back.
#[derive(Debug)]
pub(crate) struct RecordRefund {
    pub payment_id: PaymentId,
}

#[async_trait]
impl Command for RecordRefund {
    fn name(&self) -> &'static str {
        "RecordRefund"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let version = decide(work, self.payment_id, payment::Command::Refund).await?;
        Ok(Outcome::new(200, self.payment_id, version))
    }
}

/// Payments as they were last saved, so that the next batch need not read them.
#[derive(Debug)]
struct LastPayments(LruCache<PaymentId, StoredPayment>);

impl Default for LastPayments {
    fn default() -> Self {
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(4096).expect("it is not zero");
        Self(LruCache::new(CAPACITY))
    }
}

impl Remembered for LastPayments {
    fn forget(&mut self, event: &RecordedEvent) {
        self.0.pop(&PaymentId(event.stream_id.0));
    }
}

async fn load(work: &mut UnitOfWork<'_>, id: PaymentId) -> Result<StoredPayment, Error> {
    if let Some(waiting) = work.waiting::<PaymentRows>().and_then(|rows| rows.get(id)) {
        return Ok(waiting.clone());
    }
    match work.kept().of::<LastPayments>().0.get(&id).cloned() {
        Some(known) => Ok(known),
        None if work.is_fresh(PAYMENTS, id.0) => Ok(StoredPayment::default()),
        None => store::load(work.conn().await?, id).await,
    }
}

/// Loads a payment, asks its rules, stores its row and appends its events. Gives its version.
async fn decide(work: &mut UnitOfWork<'_>, id: PaymentId, command: payment::Command) -> Result<i64, Failure> {
    let stored = load(work, id).await?;
    let events = payment::decide(&stored.payment, command)
        .map_err(|refusal| Problem::new("payment-refused", 409, refusal.to_string()))?;
    if events.is_empty() {
        return Ok(stored.version);
    }
    let payment = events.iter().fold(stored.payment, payment::evolve);
    let next = StoredPayment { payment, version: stored.version + 1 };
    if let Some(terms) = next.payment.terms() {
        work.correlate(terms.order_id.0);
        let terms = terms.clone();
        work.later::<PaymentRows>().save(&terms, &next);
        work.kept().of::<LastPayments>().0.put(id, next.clone());
        fault_point!(work.faults(), "payment: saved");
    }
    work.append::<Payment>(id.0, events).await?;
    Ok(next.version)
}

/// Stores a callback as handled, or has it stored at the end of the batch. Gives whether it is still to be handled.
async fn receive(work: &mut UnitOfWork<'_>, callback: &PaymentCallback) -> Result<bool, Error> {
    if work.waiting::<HandledCallbacks>().is_some_and(|waiting| waiting.contains(&callback.event_id)) {
        return Ok(false);
    }
    let now = work.now();
    let known = work.kept().of::<LastPayments>().0.peek(&callback.payment_id);
    if known.is_some_and(|it| it.payment.status() == Some(PaymentStatus::Initiated)) {
        // Nothing that was handled has changed this payment: should this callback be one of those, its repeat will not either.
        work.later::<HandledCallbacks>().add(callback.clone(), now);
        return Ok(true);
    }
    store::receive(work.write().await?, callback, CallbackState::Handled, now).await
}

/// Handles what the processor said of a payment. Stores it in the inbox in the same transaction.
#[derive(Debug)]
pub struct HandleCallback {
    pub callback: PaymentCallback,
}

#[async_trait]
impl Command for HandleCallback {
    fn name(&self) -> &'static str {
        match self.callback.outcome {
            PaymentOutcome::Completed => "CompleteThirdPartyProcessorPayment",
            PaymentOutcome::Rejected => "CancelThirdPartyProcessorPayment",
        }
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let callback = &self.callback;
        let payment_id = callback.payment_id;
        if !receive(work, callback).await? {
            return Ok(Outcome::new(200, payment_id, 0));
        }
        fault_point!(work.faults(), "inbox: received");
        let command = match callback.outcome {
            PaymentOutcome::Completed => {
                payment::Command::Complete { amount: Money::new(callback.amount, callback.currency) }
            }
            PaymentOutcome::Rejected => payment::Command::Reject,
        };
        match decide(work, payment_id, command).await {
            Ok(version) => Ok(Outcome::new(200, payment_id, version)),
            // It is stored, and the rules see no use in it.
            Err(Failure::Refused(_)) => Ok(Outcome::new(200, payment_id, 0)),
            Err(failed) => Err(failed),
        }
    }
}
