//! The rows that are compared with the log.

use std::collections::{BTreeMap, HashMap};

use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, PromoCodeId, SeatTypeId, Timestamp};
use uuid::Uuid;

use crate::db::{Conn, Kind};
use crate::messaging::Error;
use crate::payments;
use crate::schema::{self, Form, Table};
use crate::{fetch_all, row};

/// A stored process.
#[derive(Debug)]
pub struct ProcessRow {
    pub order_id: OrderId,
    pub state: String,
    /// When it is to be woken, and the token.
    pub due: Option<(Timestamp, i64)>,
}

pub async fn processes(conn: Conn<'_>) -> Result<Vec<ProcessRow>, Error> {
    let rows = fetch_all!(
        conn,
        (Uuid, String, Option<i64>, i64),
        "select process_id, state, due_at, token from processes order by process_id",
    )?;
    let row = |(id, state, due_at, token): (Uuid, String, Option<i64>, i64)| ProcessRow {
        order_id: OrderId(id),
        state,
        due: due_at.map(|at| (Timestamp::from_micros(at), token)),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// State and version of every payment.
pub async fn payments(conn: Conn<'_>) -> Result<BTreeMap<PaymentId, (String, i64)>, Error> {
    let rows = fetch_all!(conn, (Uuid, String, i64), "select payment_id, state, version from payments")?;
    Ok(rows.into_iter().map(|(id, state, version)| (PaymentId(id), (state, version))).collect())
}

/// Id, body and state of every callback.
pub async fn inbox(conn: Conn<'_>) -> Result<Vec<(String, String, String)>, Error> {
    Ok(fetch_all!(
        conn,
        (String, String, String),
        "select event_id, body, state from payment_inbox order by received_at, event_id",
    )?)
}

/// The simulated processor's own books.
#[derive(Debug, Default)]
pub struct Ledger {
    pub decided: BTreeMap<PaymentId, LedgerEntry>,
    pub refunds: BTreeMap<PaymentId, Money>,
}

#[derive(Debug)]
pub struct LedgerEntry {
    pub completed: bool,
    pub amount: Money,
    /// Its callback has not arrived yet.
    pub on_its_way: bool,
}

pub async fn ledger(mut conn: Conn<'_>) -> Result<Ledger, Error> {
    let decided = fetch_all!(
        conn.again(),
        (Uuid, String, i64, String, i64),
        "select l.payment_id, l.outcome, l.amount, l.currency,
            (select count(*) from outbox o where o.message_id = l.event_id and o.state in ('waiting', 'parked'))
         from processor_ledger l",
    )?;
    let refunds =
        fetch_all!(conn, (Uuid, i64, String), "select payment_id, amount, currency from processor_refunds",)?;
    let mut ledger = Ledger::default();
    for (id, outcome, amount, currency, waiting) in decided {
        let entry = LedgerEntry {
            completed: outcome == "completed",
            amount: money(amount, &currency)?,
            on_its_way: waiting > 0,
        };
        ledger.decided.insert(PaymentId(id), entry);
    }
    for (id, amount, currency) in refunds {
        ledger.refunds.insert(PaymentId(id), money(amount, &currency)?);
    }
    Ok(ledger)
}

/// The refunds that have not been brought to the processor.
pub async fn refunds_on_their_way(conn: Conn<'_>) -> Result<BTreeMap<PaymentId, Money>, Error> {
    let rows = fetch_all!(
        conn,
        (String,),
        "select payload from outbox where kind = $1 and state in ('waiting', 'parked')",
        payments::REFUND,
    )?;
    let refund = |(payload,): (String,)| {
        let refund: payments::Refund = serde_json::from_str(&payload)?;
        Ok((refund.payment_id, refund.amount))
    };
    rows.into_iter().map(refund).collect()
}

/// What has become of somebody's key.
#[derive(Debug)]
pub struct KeyRow {
    pub subject: Uuid,
    pub held: bool,
}

pub async fn keys(conn: Conn<'_>) -> Result<Vec<KeyRow>, Error> {
    let rows = fetch_all!(
        conn,
        (Uuid, bool),
        "select subject_id, value is not null from personal_keys order by subject_id",
    )?;
    Ok(rows.into_iter().map(|(subject, held)| KeyRow { subject, held }).collect())
}

fn money(amount: i64, currency: &str) -> sqlx::Result<Money> {
    let currency =
        currency.parse().map_err(|_| sqlx::Error::Decode(format!("{currency} is no currency").into()))?;
    Ok(Money::new(amount, currency))
}

/// A conference's row.
#[derive(Debug)]
pub struct ConferenceRow {
    /// What the others are told of, as text.
    pub columns: [String; 15],
    pub ever_published: bool,
}

row! {
    struct StoredConference {
        conference_id: Uuid,
        slug: String,
        name: String,
        tagline: String,
        description: String,
        location: String,
        start_date: String,
        end_date: String,
        currency: String,
        time_zone: String,
        reservation_shown_s: i64,
        reservation_buffer_s: i64,
        waitlist_offer_s: i64,
        language: Option<String>,
        translations: String,
        published: bool,
        ever_published: bool,
    }
}

pub async fn conferences(conn: Conn<'_>) -> Result<Vec<(ConferenceId, ConferenceRow)>, Error> {
    let stored = fetch_all!(
        conn,
        StoredConference,
        "select conference_id, slug, name, tagline, description, location, start_date, end_date, currency,
            time_zone, reservation_shown_s, reservation_buffer_s, waitlist_offer_s, language, translations, published,
            ever_published
         from conferences order by conference_id",
    )?;
    let row = |it: StoredConference| {
        let columns = [
            it.slug,
            it.name,
            it.tagline,
            it.description,
            it.location,
            it.start_date,
            it.end_date,
            it.currency,
            it.time_zone,
            it.reservation_shown_s.to_string(),
            it.reservation_buffer_s.to_string(),
            it.waitlist_offer_s.to_string(),
            it.language.unwrap_or_default(),
            it.translations,
            i64::from(it.published).to_string(),
        ];
        (ConferenceId(it.conference_id), ConferenceRow { columns, ever_published: it.ever_published })
    };
    Ok(stored.into_iter().map(row).collect())
}

/// Name, description, price in minor units, quota, version and translations of a seat type.
pub type SeatTypeColumns = (String, String, i64, i64, i64, String);

/// The seat types of every conference, in their order.
pub async fn seat_types(
    conn: Conn<'_>,
) -> Result<BTreeMap<ConferenceId, Vec<(SeatTypeId, SeatTypeColumns)>>, Error> {
    let rows = fetch_all!(
        conn,
        (Uuid, Uuid, String, String, i64, i64, i64, String),
        "select conference_id, seat_type_id, name, description, price, quota, version, translations
         from seat_types order by conference_id, ordinal",
    )?;
    let mut seat_types: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (conference, id, name, description, price, quota, version, translations) in rows {
        let columns = (name, description, price, quota, version, translations);
        seat_types.entry(ConferenceId(conference)).or_default().push((SeatTypeId(id), columns));
    }
    Ok(seat_types)
}

/// What a command came to.
#[derive(Debug)]
pub struct CommandRow {
    pub command_id: Uuid,
    pub status: i64,
    pub concerns: Uuid,
}

pub async fn commands(conn: Conn<'_>) -> Result<Vec<CommandRow>, Error> {
    let rows = fetch_all!(
        conn,
        (Uuid, i16, Uuid),
        "select command_id, status, concerns from commands order by shard, command_id",
    )?;
    let row = |(command_id, status, concerns): (Uuid, i16, Uuid)| CommandRow {
        command_id,
        status: i64::from(status),
        concerns,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Id and code of every promotional code, whether it is active, and its version.
pub async fn promo_codes(conn: Conn<'_>) -> Result<Vec<(PromoCodeId, String, bool, i64)>, Error> {
    let rows = fetch_all!(
        conn,
        (Uuid, String, bool, i64),
        "select promo_code_id, code, active, version from promo_codes",
    )?;
    let row = |(id, code, active, version)| (PromoCodeId(id), code, active, version);
    Ok(rows.into_iter().map(row).collect())
}

/// Every entry of the directory and the conference that it leads to.
pub async fn directory(conn: Conn<'_>) -> Result<HashMap<(String, Vec<u8>), Uuid>, Error> {
    let rows = fetch_all!(conn, (String, Vec<u8>, Uuid), "select kind, entry, conference_id from directory")?;
    Ok(rows.into_iter().map(|(kind, entry, conference)| ((kind, entry), conference)).collect())
}

/// Every conference by its slug in lower case.
pub async fn slugs(conn: Conn<'_>) -> Result<Vec<(String, Uuid)>, Error> {
    Ok(fetch_all!(conn, (String, Uuid), "select slug_key, conference_id from conferences")?)
}

/// The ids by which a table has its rows, if it has them by ids.
pub async fn ids_of(conn: Conn<'_>, table: &Table) -> Result<Vec<Uuid>, Error> {
    let [key] = table.key.as_slice() else { return Ok(Vec::new()) };
    let is_id = |native: &str| native == "uuid" || native == "blob";
    let ids = table.columns.iter().any(|it| it.name == *key && it.form == Form::Blob && is_id(&it.native));
    if !ids || table.name == "commands" {
        return Ok(Vec::new());
    }
    let text = match conn.kind() {
        Kind::Sqlite => format!("lower(hex({key}))"),
        Kind::Postgres => format!("{key}::text"),
    };
    let mut found = Vec::new();
    schema::each(conn, format!("select {text} from {}", table.name), |id| {
        found.extend(id.and_then(|id| id.parse::<Uuid>().ok()));
        Ok::<_, Error>(())
    })
    .await?;
    Ok(found)
}
