//! The rows of this room: payments, the callback inbox, and the simulated processor's ledger.

use std::collections::BTreeMap;

use plenary_shared::payments::{PaymentCallback, PaymentOutcome, PaymentStatus};
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, Timestamp};
use uuid::Uuid;

use super::payment::{self, Payment};
use crate::db::{Conn, Writes};
use crate::messaging::{Error, LaterRows};
use crate::{execute, fetch_all, fetch_optional, later};

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

/// Payments that a batch has changed.
#[derive(Debug, Default)]
pub struct PaymentRows(BTreeMap<PaymentId, ChangedPayment>);

#[derive(Debug)]
struct ChangedPayment {
    order_id: OrderId,
    conference_id: ConferenceId,
    next: StoredPayment,
    /// The version that the batch has found; 0 for one that it has begun.
    found: i64,
}

impl PaymentRows {
    /// Has a payment's next state stored, made on the version before it.
    pub fn save(&mut self, terms: &payment::Terms, next: &StoredPayment) {
        let (order_id, conference_id) = (terms.order_id, terms.conference_id);
        let fresh =
            || ChangedPayment { order_id, conference_id, next: next.clone(), found: next.version - 1 };
        self.0.entry(terms.payment_id).or_insert_with(fresh).next = next.clone();
    }

    /// A payment as it will be stored, if it was changed.
    pub fn get(&self, id: PaymentId) -> Option<&StoredPayment> {
        self.0.get(&id).map(|changed| &changed.next)
    }

    fn json(&self, begun: bool) -> Result<(usize, String), Error> {
        let mut rows = Vec::new();
        for (id, changed) in self.0.iter().filter(|(_, it)| (it.found == 0) == begun) {
            let ChangedPayment { order_id, conference_id, next, found } = changed;
            let status = next.payment.status().map_or("none", status_name);
            let state = serde_json::to_string(&next.payment)?;
            rows.push((id, order_id, conference_id, status, state, next.version, found));
        }
        Ok((rows.len(), serde_json::to_string(&rows)?))
    }
}

impl LaterRows for PaymentRows {
    fn write(&self, writes: &mut Writes) -> Result<(), Error> {
        let (count, rows) = self.json(true)?;
        if count > 0 {
            insert(writes, rows);
        }
        let (count, rows) = self.json(false)?;
        if count > 0 {
            update(writes, rows, count);
        }
        Ok(())
    }
}

fn insert(writes: &mut Writes, rows: String) {
    later!(
        writes,
        sqlite: "insert into payments (payment_id, order_id, conference_id, status, state, version)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), unhex(value->>2, '-'), value->>3, value->>4,
                value->>5
            from jsonb_each($1)",
        postgres: "insert into payments (payment_id, order_id, conference_id, status, state, version)
            select (value->>0)::uuid, (value->>1)::uuid, (value->>2)::uuid, value->>3, value->>4,
                (value->>5)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)",
        rows,
    );
}

/// Every payment is still as the batch has found it, or the batch is given up.
fn update(writes: &mut Writes, rows: String, count: usize) {
    later!(
        writes,
        changes: count,
        sqlite: "update payments set status = value->>3, state = value->>4, version = value->>5
            from jsonb_each($1) where payment_id = unhex(value->>0, '-') and version = value->>6",
        postgres: "update payments set status = value->>3, state = value->>4, version = (value->>5)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)
            where payment_id = (value->>0)::uuid and version = (value->>6)::bigint",
        rows,
    );
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

/// Callbacks that a batch has handled.
#[derive(Debug, Default)]
pub struct HandledCallbacks(BTreeMap<String, (PaymentCallback, Timestamp)>);

impl HandledCallbacks {
    pub fn add(&mut self, callback: PaymentCallback, now: Timestamp) {
        self.0.entry(callback.event_id.clone()).or_insert((callback, now));
    }

    pub fn contains(&self, event_id: &str) -> bool {
        self.0.contains_key(event_id)
    }
}

impl LaterRows for HandledCallbacks {
    fn write(&self, writes: &mut Writes) -> Result<(), Error> {
        let mut rows = Vec::with_capacity(self.0.len());
        for (event_id, (callback, now)) in &self.0 {
            let body = serde_json::to_string(callback)?;
            rows.push((event_id, callback.payment_id, body, now.as_micros()));
        }
        receive_handled(writes, serde_json::to_string(&rows)?);
        Ok(())
    }
}

/// As [`receive`], of many callbacks that were handled.
fn receive_handled(writes: &mut Writes, rows: String) {
    later!(
        writes,
        sqlite: "insert into payment_inbox (event_id, payment_id, body, received_at, state)
            select value->>0, unhex(value->>1, '-'), value->>2, value->>3, 'handled' from jsonb_each($1) where true
            on conflict (event_id) do update set state = excluded.state where payment_inbox.state <> 'handled'",
        postgres: "insert into payment_inbox (event_id, payment_id, body, received_at, state)
            select value->>0, (value->>1)::uuid, value->>2, (value->>3)::bigint, 'handled'
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (event_id) do update set state = excluded.state where payment_inbox.state <> 'handled'",
        rows,
    );
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
         where state <> 'handled'
            and (state = 'waiting' or exists (select 1 from payments p where p.payment_id = i.payment_id))
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
