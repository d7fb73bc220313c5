//! Callbacks of the processor: verified, stored, then answered. Handling reads what was stored.

use std::time::Duration;

use axum::body::Bytes;
use plenary_shared::payments::PaymentCallback;
use plenary_shared::{ConferenceId, Problem};
use tokio::sync::watch;

use super::commands::{HandleCallback, PAYMENTS};
use super::store::{self, CallbackState};
use crate::clock::Clock;
use crate::db::Db;
use crate::faults::Faults;
use crate::http::input::parse;
use crate::http::problem::ApiError;
use crate::http::secrets::{Purpose, Secrets};
use crate::messaging::{self, Mailbox, SendError};
use crate::{fault_point, planted};

/// How far the time in a signature may be from ours, in seconds: it limits how long a copied request is of use.
const TOLERANCE_S: i64 = 300;
/// How often callbacks that could not be handled at once are tried again.
const SWEEP: Duration = Duration::from_secs(5);

/// Takes in what the processor says.
#[derive(Debug)]
pub struct Inbox {
    pub db: Db,
    pub mailbox: Mailbox,
    pub clock: Clock,
    pub secrets: std::sync::Arc<Secrets>,
    pub faults: Faults,
}

/// What a signature covers: the time, a dot, and the raw body.
pub fn signed_text(sent_at_s: i64, body: &[u8]) -> Vec<u8> {
    [sent_at_s.to_string().as_bytes(), b".", body].concat()
}

/// The time and the signatures of a header `t=…,v1=hex`.
fn parse_signature(header: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let pairs = || header.split(',').filter_map(|pair| pair.trim().split_once('='));
    let sent_at_s = pairs().find(|(name, _)| *name == "t")?.1.parse().ok()?;
    let signatures =
        pairs().filter(|(name, _)| *name == "v1").filter_map(|(_, value)| from_hex(value)).collect();
    Some((sent_at_s, signatures))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

impl Inbox {
    /// Takes in one callback. When this returns it is stored, and handled unless too much else is going on.
    ///
    /// # Errors
    ///
    /// When the signature is wrong or too old, the body is no callback, or the database fails. Nothing is changed
    /// then.
    pub async fn receive(&self, signature: Option<&str>, body: &Bytes) -> Result<(), ApiError> {
        self.verify(signature, body)?;
        let callback: PaymentCallback = parse(body)?;
        if callback.event_id.is_empty() || callback.event_id.len() > 200 || callback.event_id.contains('\0') {
            let error =
                plenary_shared::FieldError::new("event_id", "length", "1 to 200 characters are expected.");
            return Err(ApiError::invalid(vec![error]));
        }
        fault_point!(self.faults, "inbox: verified");
        let mut reader = self.db.read().await?;
        let owner = messaging::owner_of(reader.conn(), PAYMENTS, callback.payment_id.0.as_bytes()).await?;
        drop(reader);
        fault_point!(self.faults, "inbox: located");
        match owner {
            None => {
                tracing::warn!(payment.id = %callback.payment_id, "a callback for an unknown payment was parked");
                self.store(&callback, CallbackState::Parked).await
            }
            Some(conference) => self.handle(conference, callback).await,
        }?;
        fault_point!(self.faults, "inbox: handled");
        Ok(())
    }

    fn verify(&self, signature: Option<&str>, body: &[u8]) -> Result<(), ApiError> {
        let refuse =
            || ApiError::from(Problem::new("wrong-signature", 401, "The signature is wrong or too old."));
        let (sent_at_s, signatures) = signature.and_then(parse_signature).ok_or_else(refuse)?;
        let now_s = self.clock.now().as_millis() / 1000;
        let text = signed_text(sent_at_s, body);
        let known = signatures.iter().any(|it| self.secrets.verify(Purpose::Processor, &text, it));
        if known && now_s.abs_diff(sent_at_s) <= TOLERANCE_S.unsigned_abs() { Ok(()) } else { Err(refuse()) }
    }

    async fn handle(&self, conference: ConferenceId, callback: PaymentCallback) -> Result<(), ApiError> {
        if planted!(self.faults, AnswersBeforeStoring) {
            let (mailbox, command) = (self.mailbox.clone(), HandleCallback { callback });
            tokio::spawn(async move { mailbox.send(conference, command).await });
            return Ok(());
        }
        match self.mailbox.send(conference, HandleCallback { callback: callback.clone() }).await {
            Ok(_) => Ok(()),
            Err(SendError::Refused(problem)) => Err(ApiError::Problem(problem)),
            // It is stored all the same, so that the answer is true, and handled by the sweeper.
            Err(SendError::Overloaded | SendError::Unavailable) => {
                self.store(&callback, CallbackState::Waiting).await
            }
        }
    }

    async fn store(&self, callback: &PaymentCallback, state: CallbackState) -> Result<(), ApiError> {
        let mut tx = self.db.begin().await?;
        store::receive(tx.conn(), callback, state, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Handles the callbacks that were only stored, until told to stop.
    pub async fn sweep(self: std::sync::Arc<Self>, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.sweep_once().await {
                tracing::warn!(%error, "waiting callbacks could not be handled");
            }
            tokio::select! {
                () = self.clock.sleep_until(self.clock.now() + SWEEP) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn sweep_once(&self) -> Result<(), messaging::Error> {
        let mut reader = self.db.read().await?;
        let waiting = store::waiting_callbacks(reader.conn()).await?;
        for callback in waiting {
            let payment = callback.payment_id;
            let owner = messaging::owner_of(reader.conn(), PAYMENTS, payment.0.as_bytes()).await?;
            let Some(conference) = owner else { continue };
            if let Err(error) = self.mailbox.send(conference, HandleCallback { callback }).await {
                tracing::warn!(?error, payment.id = %payment, "a waiting callback could not be handled");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_has_a_time_and_one_or_more_codes() {
        assert_eq!(parse_signature("t=12,v1=00ff, v1=01"), Some((12, vec![vec![0, 255], vec![1]])));
        assert_eq!(parse_signature("v1=00"), None);
        assert_eq!(parse_signature("t=1,v1=zz"), Some((1, vec![])));
        assert_eq!(parse_signature("t=1,v1=€"), Some((1, vec![])));
    }
}
