//! The third-party processor: behind a trait, with the simulated one that is built in.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Bytes;
use plenary_shared::payments::{PaymentCallback, PaymentOutcome, PaymentStatus};
use plenary_shared::{ConferenceId, Money, PaymentId};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::callbacks::{self, Inbox};
use super::commands::RecordRefund;
use super::store;
use crate::clock::{Clock, Entropy};
use crate::db::{Db, Writes};
use crate::fault_point;
use crate::faults::Faults;
use crate::http::secrets::{Purpose, Secrets};
use crate::messaging::outbox::{self, Delivery, Message, NewMessage, Undelivered};
use crate::messaging::{Error, Mailbox, hex};

/// Whoever takes the money.
#[async_trait]
pub trait Processor: Debug + Send + Sync {
    /// Where the registrant pays.
    fn redirect_url(&self, payment: PaymentId) -> String;

    /// Gives back what a payment took. It may be asked for the same refund again, and gives the money back once.
    ///
    /// # Errors
    ///
    /// Why the money is not known to be back, for the operator, without personal data.
    async fn refund(&self, refund: &Refund) -> Result<(), String>;
}

/// Money to give back. A payment is refunded whole and once: its id is the key of its refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub conference_id: ConferenceId,
    pub payment_id: PaymentId,
    pub amount: Money,
}

/// The kind of the outbox messages that carry refunds to the processor.
pub(crate) const REFUND: &str = "payment_refund";

/// The kind of the outbox messages that carry the simulated processor's callbacks.
const CALLBACK: &str = "payment_callback";

/// A processor that takes no money: its page asks whether it should pretend to. It keeps a ledger of its own and
/// calls back like a real one, signed, at least once.
#[derive(Debug, Clone)]
pub struct Simulated {
    pub db: Db,
    pub clock: Clock,
    pub entropy: Entropy,
    /// Told when a callback waits in the outbox.
    pub outbox: Arc<Notify>,
    pub faults: Faults,
}

#[async_trait]
impl Processor for Simulated {
    fn redirect_url(&self, payment: PaymentId) -> String {
        format!("/simulated-processor/{payment}")
    }

    async fn refund(&self, refund: &Refund) -> Result<(), String> {
        let book = async {
            let mut tx = self.db.begin().await?;
            store::refund_in_ledger(tx.conn(), refund.payment_id, refund.amount, self.clock.now()).await?;
            tx.commit().await
        };
        book.await.map_err(|error| error.to_string())
    }
}

impl Simulated {
    /// Decides a payment, once: later decisions change nothing. The callback is on its way when this returns.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn decide(&self, id: PaymentId, outcome: PaymentOutcome) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let stored = store::load(tx.conn(), id).await?.payment;
        let (Some(terms), Some(PaymentStatus::Initiated)) = (stored.terms(), stored.status()) else {
            return Ok(tx.rollback().await?);
        };
        let event_id = self.entropy.id(now);
        let callback = PaymentCallback {
            event_id: event_id.to_string(),
            payment_id: id,
            outcome,
            amount: terms.total.amount,
            currency: terms.total.currency,
            occurred_at: now,
        };
        if !store::decide_in_ledger(tx.conn(), &callback, event_id).await? {
            return Ok(tx.rollback().await?);
        }
        let payload = serde_json::to_string(&callback)?;
        let mut writes = Writes::default();
        outbox::store(&mut writes, &[NewMessage { id: event_id, kind: CALLBACK, payload, due_at: now }]);
        writes.send(tx.conn()).await?;
        fault_point!(self.faults, "processor: decided");
        tx.commit().await?;
        fault_point!(self.faults, "processor: committed");
        self.outbox.notify_one();
        Ok(())
    }
}

/// Brings the simulated processor's callbacks to where a real one's arrive, through the same door.
#[derive(Debug)]
pub struct CallbackDelivery {
    pub inbox: Arc<Inbox>,
    pub secrets: Arc<Secrets>,
    pub clock: Clock,
}

#[async_trait]
impl Delivery for CallbackDelivery {
    fn kind(&self) -> &'static str {
        CALLBACK
    }

    async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let body = Bytes::from(message.payload.clone());
        let sent_at_s = self.clock.now().as_millis() / 1000;
        let signature = self.secrets.sign(Purpose::Processor, &callbacks::signed_text(sent_at_s, &body));
        let signature = format!("t={sent_at_s},v1={}", hex(&signature));
        let received = self.inbox.receive(Some(&signature), &body).await;
        received.map_err(|error| Undelivered::Later(format!("{error:?}")))
    }
}

/// Brings refunds to the processor, and its answer to the payment.
#[derive(Debug)]
pub struct RefundDelivery {
    pub processor: Arc<dyn Processor>,
    pub mailbox: Mailbox,
}

#[async_trait]
impl Delivery for RefundDelivery {
    fn kind(&self) -> &'static str {
        REFUND
    }

    async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let refund: Refund = serde_json::from_str(&message.payload).map_err(|error| error.to_string())?;
        self.processor.refund(&refund).await?;
        let command = RecordRefund { payment_id: refund.payment_id };
        let recorded = self.mailbox.send(refund.conference_id, command).await;
        recorded.map(drop).map_err(|error| Undelivered::Later(format!("{error:?}")))
    }
}
