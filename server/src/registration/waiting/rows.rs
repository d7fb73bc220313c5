//! The rows of the wait list's read model: read one by one, written once for each batch.

use plenary_shared::WaitListEntryId;
use uuid::Uuid;

use super::WaitListEntryView;
use crate::db::{Conn, Writes};
use crate::messaging::Error;
use crate::{fetch_all, fetch_optional, later};

/// The view of an entry.
///
/// # Errors
///
/// When the database fails or the row cannot be read.
pub async fn load(conn: Conn<'_>, id: WaitListEntryId) -> Result<Option<WaitListEntryView>, Error> {
    let row = fetch_optional!(conn, (String,), "select body from wait_list_views where entry_id = $1", id.0)?;
    Ok(row.map(|(body,)| serde_json::from_str(&body)).transpose()?)
}

/// What entries are listed and counted by: `1` while it waits, else `0`.
fn waiting(it: &WaitListEntryView) -> &'static str {
    if it.entry.waits_for() > 0 { "1" } else { "0" }
}

/// Has every touched row written once.
///
/// # Errors
///
/// When one cannot be written as JSON.
pub fn store<'v>(
    writes: &mut Writes,
    views: impl Iterator<Item = &'v WaitListEntryView>,
) -> Result<(), Error> {
    let row = |it: &WaitListEntryView| {
        let (body, entry) = (serde_json::to_string(it)?, &it.entry);
        let status = it.status().as_str();
        let key = (entry.id, it.conference_id, entry.seat_type_id);
        Ok((key.0, key.1, key.2, it.ordinal, waiting(it), status, it.version, body))
    };
    let rows = views.map(row).collect::<Result<Vec<_>, Error>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    later!(
        writes,
        sqlite: "insert into wait_list_views (entry_id, conference_id, seat_type_id, ordinal, waiting, status, version,
                body)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), unhex(value->>2, '-'), value->>3,
                cast(value->>4 as integer), value->>5, value->>6, value->>7
            from jsonb_each($1) where true
            on conflict (entry_id) do update set ordinal = excluded.ordinal, waiting = excluded.waiting,
                status = excluded.status, version = excluded.version, body = excluded.body",
        postgres: "insert into wait_list_views (entry_id, conference_id, seat_type_id, ordinal, waiting, status, version,
                body)
            select (value->>0)::uuid, (value->>1)::uuid, (value->>2)::uuid, (value->>3)::bigint,
                (value->>4)::int::boolean, value->>5, (value->>6)::bigint, value->>7
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (entry_id) do update set ordinal = excluded.ordinal, waiting = excluded.waiting,
                status = excluded.status, version = excluded.version, body = excluded.body",
        serde_json::to_string(&rows)?,
    );
    Ok(())
}

/// Rows by their key, each as one text.
pub type Whole = Vec<(Uuid, String)>;

/// What is stored, and what it should be according to `views`.
///
/// # Errors
///
/// When the database fails.
pub async fn compare(
    conn: Conn<'_>,
    views: impl Iterator<Item = &WaitListEntryView> + Send,
) -> Result<(Whole, Whole), Error> {
    let whole = |it: &WaitListEntryView| {
        let (body, status) = (serde_json::to_string(it)?, it.status().as_str());
        Ok((
            it.id().0,
            format!(
                "{} {} {} {status} {} {body}",
                it.entry.seat_type_id,
                it.ordinal,
                waiting(it),
                it.version
            ),
        ))
    };
    let rebuilt = views.map(whole).collect::<Result<Whole, Error>>()?;
    let stored = fetch_all!(
        conn,
        (Uuid, Uuid, i64, bool, String, i64, String),
        "select entry_id, seat_type_id, ordinal, waiting, status, version, body from wait_list_views",
    )?;
    let whole = |(id, seat_type, ordinal, waiting, status, version, body): (
        Uuid,
        Uuid,
        i64,
        bool,
        String,
        i64,
        String,
    )| {
        (id, format!("{seat_type} {ordinal} {} {status} {version} {body}", i32::from(waiting)))
    };
    Ok((stored.into_iter().map(whole).collect(), rebuilt))
}
