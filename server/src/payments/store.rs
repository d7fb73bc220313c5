//! The rows of this room: payments, the callback inbox, and the simulated processor's ledger.

use plenary_shared::payments::{PaymentCallback, PaymentOutcome, PaymentStatus};
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, Timestamp};
use uuid::Uuid;

use super::payment::{self, Payment};
use crate::db::Conn;
use crate::messaging::Error;
use crate::{execute, fetch_all, fetch_optional};

/// A payment as it is stored.
#[derive(Debug, Clone, Default)]
pub struct StoredPayment {
    pub payment: Payment,
    /// 0 before it is stored for the first time.
    pub version: i64,
}

/// A payment and its version; one that was never initiated when there is none.
///
/// # Errors
///
/// When the database fails or the row cannot be read.
pub async fn load(conn: Conn<'_>, id: PaymentId) -> Result<StoredPayment, Error> {
    let row = fetch_optional!(
        conn,
        (String, i64),
        "select state, version from payments where payment_id = $1",
        id.0
    )?;
    let Some((state, version)) = row else { return Ok(StoredPayment::default()) };
    Ok(StoredPayment { payment: serde_json::from_str(&state)?, version })
}

/// Stores a payment's next state, made on the version before it.
///
/// # Errors
///
/// When the database fails or the payment was changed meanwhile.
pub async fn save(conn: Conn<'_>, terms: &payment::Terms, stored: &StoredPayment) -> Result<(), Error> {
    let status = stored.payment.status().map_or("none", status_name);
    let saved = execute!(
        conn,
        "insert into payments (payment_id, order_id, conference_id, status, state, version)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (payment_id) do update set status = excluded.status, state = excluded.state,
            version = excluded.version
         where payments.version = excluded.version - 1",
        terms.payment_id.0,
        terms.order_id.0,
        terms.conference_id.0,
        status,
        serde_json::to_string(&stored.payment)?,
        stored.version,
    )?;
    if saved == 1 { Ok(()) } else { Err(Error::Database(sqlx::Error::RowNotFound)) }
}

/// The name of a status as it crosses HTTP.
pub const fn status_name(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Initiated => "initiated",
        PaymentStatus::Completed => "completed",
        PaymentStatus::Rejected => "rejected",
        PaymentStatus::Refunded => "refunded",
    }
}

/// Where a callback stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackState {
    /// Stored; its payment has not heard of it.
    Waiting,
    Handled,
    /// It names no payment of ours; kept for the operator, and handled should the payment become known.
    Parked,
}

impl CallbackState {
    const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Handled => "handled",
            Self::Parked => "parked",
        }
    }
}

/// Stores a callback as standing at `state`, unless it is known and stands further already. Gives whether this
/// changed anything.
///
/// # Errors
///
/// When the database fails.
pub async fn receive(
    conn: Conn<'_>,
    callback: &PaymentCallback,
    state: CallbackState,
    now: Timestamp,
) -> Result<bool, Error> {
    let stored = execute!(
        conn,
        "insert into payment_inbox (event_id, payment_id, body, received_at, state)
         values ($1, $2, $3, $4, $5)
         on conflict (event_id) do update set state = excluded.state
         where (payment_inbox.state = 'waiting' and excluded.state <> 'waiting')
            or (payment_inbox.state = 'parked' and excluded.state = 'handled')",
        callback.event_id.as_str(),
        callback.payment_id.0,
        serde_json::to_string(callback)?,
        now.as_micros(),
        state.name(),
    )?;
    Ok(stored == 1)
}

/// The callbacks that wait, and the parked ones whose payment has become known, oldest first.
///
/// # Errors
///
/// When the database fails or a row cannot be read.
pub async fn waiting_callbacks(conn: Conn<'_>) -> Result<Vec<PaymentCallback>, Error> {
    let rows = fetch_all!(
        conn,
        (String,),
        "select body from payment_inbox i
         where state = 'waiting'
            or (state = 'parked' and exists (select 1 from payments p where p.payment_id = i.payment_id))
         order by received_at limit 100",
    )?;
    rows.into_iter().map(|(body,)| Ok(serde_json::from_str(&body)?)).collect()
}

/// Writes what the simulated processor decided, once. Gives whether this was the first decision.
///
/// # Errors
///
/// When the database fails.
pub async fn decide_in_ledger(
    conn: Conn<'_>,
    callback: &PaymentCallback,
    event_id: Uuid,
) -> Result<bool, Error> {
    let outcome = match callback.outcome {
        PaymentOutcome::Completed => "completed",
        PaymentOutcome::Rejected => "rejected",
    };
    let written = execute!(
        conn,
        "insert into processor_ledger (payment_id, event_id, outcome, amount, currency, occurred_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        callback.payment_id.0,
        event_id,
        outcome,
        callback.amount,
        callback.currency.code(),
        callback.occurred_at.as_micros(),
    )?;
    Ok(written == 1)
}

/// Writes that the simulated processor gave a payment back. A repeat changes nothing.
///
/// # Errors
///
/// When the database fails.
pub async fn refund_in_ledger(
    conn: Conn<'_>,
    payment_id: PaymentId,
    amount: Money,
    now: Timestamp,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "insert into processor_refunds (payment_id, amount, currency, refunded_at)
         values ($1, $2, $3, $4) on conflict do nothing",
        payment_id.0,
        amount.amount,
        amount.currency.code(),
        now.as_micros(),
    )?;
    Ok(())
}

/// The order and the conference that a payment is for.
///
/// # Errors
///
/// When the database fails.
pub async fn subject_of(conn: Conn<'_>, id: PaymentId) -> sqlx::Result<Option<(OrderId, ConferenceId)>> {
    let row = fetch_optional!(
        conn,
        (Uuid, Uuid),
        "select order_id, conference_id from payments where payment_id = $1",
        id.0
    )?;
    Ok(row.map(|(order, conference)| (OrderId(order), ConferenceId(conference))))
}
