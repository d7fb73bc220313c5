//! The rows that a batch writes beside the log: command outcomes, process states, and the timers in them.

use std::collections::HashMap;

use plenary_shared::{ConferenceId, Timestamp};
use uuid::Uuid;

use super::{CommandId, DueTimer, Outcome};
use crate::db::{Conn, Writes};
use crate::eventstore::Shard;
use crate::hex::encode as hex;
use crate::{fetch_all, fetch_optional, later, row};

/// The first bytes of the SHA-256 of a request's body: enough to tell two bodies apart, and nothing of what they say.
pub type BodyHash = [u8; 16];

/// A command that has had its effect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recorded {
    pub outcome: Outcome,
    pub body_hash: BodyHash,
}

/// A command's record on its way into the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewRecord {
    pub shard: Shard,
    pub id: CommandId,
    pub recorded: Recorded,
}

/// A process state on its way into the database.
#[derive(Debug, Clone)]
pub(super) struct NewProcessState {
    pub shard: Shard,
    pub process_id: Uuid,
    pub conference_id: ConferenceId,
    pub version: i64,
    pub state: String,
    pub due: Option<(Timestamp, i64)>,
}

/// What a batch finds when it begins.
#[derive(Debug)]
pub(super) struct Found {
    /// The commands of the batch that have had their effect, and what it was.
    pub outcomes: HashMap<CommandId, Recorded>,
    /// How often derived rows were mended: when it grows, what is remembered of them may be wrong.
    pub generation: i64,
}

row! {
    #[derive(Debug)]
    struct FoundRow {
        generation: i64,
        command_id: Option<Uuid>,
        status: Option<i16>,
        concerns: Option<Uuid>,
        version: Option<i64>,
        body_hash: Option<Vec<u8>>,
    }
}

/// Looks up which of these commands have had their effect. To be called when the heads are taken: what has been committed
/// until then is seen.
pub(super) async fn find(
    conn: Conn<'_>,
    ids: impl Iterator<Item = (Shard, CommandId)>,
) -> sqlx::Result<Found> {
    let keys: Vec<_> = ids.map(|(shard, id)| (shard.0, id.0)).collect();
    let keys = serde_json::to_string(&keys).expect("numbers and ids are JSON");
    let rows = fetch_all!(
        conn,
        FoundRow,
        sqlite: "select generation, command_id, status, concerns, version, body_hash from derived_generation left join (
                select commands.* from jsonb_each($1) as wanted join commands
                    on shard = wanted.value->>0 and command_id = unhex(wanted.value->>1, '-')) on true",
        postgres: "select generation, command_id, status, concerns, version, body_hash from derived_generation left join (
                select commands.* from jsonb_array_elements($1::jsonb) as wanted(value) join commands
                    on shard = (value->>0)::smallint and command_id = (value->>1)::uuid) as found on true",
        keys,
    )?;
    let generation = rows.first().map_or(0, |row| row.generation);
    Ok(Found { outcomes: rows.into_iter().filter_map(recorded).collect(), generation })
}

/// Has the batch fail when derived rows have been mended since it has [found](find) this generation: it has gone by what
/// they were before. On PostgreSQL nobody can mend them while the batch holds its heads.
pub(super) fn require_generation(writes: &mut Writes, generation: i64) {
    later!(
        writes,
        sqlite: "insert into unexpected select generation from derived_generation where generation <> $1->>0",
        postgres: "select 1 from derived_generation where generation <> ($1::jsonb->>0)::bigint",
        format!("[{generation}]"),
    );
}

fn recorded(row: FoundRow) -> Option<(CommandId, Recorded)> {
    let status = u16::try_from(row.status?).unwrap_or(500);
    let outcome = Outcome::new(status, row.concerns?, row.version?);
    let body_hash = row.body_hash?.try_into().unwrap_or_default();
    Some((CommandId(row.command_id?), Recorded { outcome, body_hash }))
}

/// Records what commands came to.
pub(super) fn store(writes: &mut Writes, records: &[NewRecord], now: Timestamp) {
    if records.is_empty() {
        return;
    }
    let row = |it: &NewRecord| {
        let Recorded { outcome, body_hash } = &it.recorded;
        let (concerns, hash) = (outcome.concerns, hex(body_hash));
        (it.shard.0, it.id.0, outcome.status, concerns, outcome.version, hash, now.as_micros())
    };
    let rows: Vec<_> = records.iter().map(row).collect();
    let rows = serde_json::to_string(&rows).expect("texts, numbers and ids are JSON");
    later!(
        writes,
        sqlite: "insert into commands (shard, command_id, status, concerns, version, body_hash, recorded_at)
            select value->>0, unhex(value->>1, '-'), value->>2, unhex(value->>3, '-'), value->>4,
                unhex(value->>5), value->>6
            from jsonb_each($1)",
        postgres: "insert into commands (shard, command_id, status, concerns, version, body_hash, recorded_at)
            select (value->>0)::smallint, (value->>1)::uuid, (value->>2)::smallint, (value->>3)::uuid,
                (value->>4)::bigint, decode(value->>5, 'hex'), (value->>6)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)",
        rows,
    );
}

/// The state of a process and its version.
pub(super) async fn load_process(
    conn: Conn<'_>,
    shard: Shard,
    id: Uuid,
) -> sqlx::Result<Option<(i64, String)>> {
    fetch_optional!(
        conn,
        (i64, String),
        "select version, state from processes where shard = $1 and process_id = $2",
        shard.0,
        id,
    )
}

/// Stores process states with the times at which they want to be woken.
pub(super) fn store_processes(writes: &mut Writes, states: &[NewProcessState]) {
    if states.is_empty() {
        return;
    }
    let mut rows = Vec::with_capacity(states.len());
    for it in states {
        let due_at = it.due.map(|(due_at, _)| due_at.as_micros());
        let token = it.due.map_or(0, |(_, token)| token);
        rows.push((it.shard.0, it.process_id, it.conference_id, it.version, &it.state, due_at, token));
    }
    let rows = serde_json::to_string(&rows).expect("texts, numbers and ids are JSON");
    later!(
        writes,
        sqlite: "insert into processes (shard, process_id, conference_id, version, state, due_at, token)
            select value->>0, unhex(value->>1, '-'), unhex(value->>2, '-'), value->>3, value->>4, value->>5,
                value->>6
            from jsonb_each($1) where true
            on conflict (shard, process_id) do update set version = excluded.version, state = excluded.state,
                due_at = excluded.due_at, token = excluded.token",
        postgres: "insert into processes (shard, process_id, conference_id, version, state, due_at, token)
            select (value->>0)::smallint, (value->>1)::uuid, (value->>2)::uuid, (value->>3)::bigint, value->>4,
                (value->>5)::bigint, (value->>6)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (shard, process_id) do update set version = excluded.version, state = excluded.state,
                due_at = excluded.due_at, token = excluded.token",
        rows,
    );
}

/// The timers that have come due in a range of shards, the longest overdue first.
pub(super) async fn due_timers(
    conn: Conn<'_>,
    shards: (Shard, Shard),
    now: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<DueTimer>> {
    let rows = fetch_all!(
        conn,
        (Uuid, Uuid, i64),
        "select process_id, conference_id, token from processes
         where shard >= $1 and shard <= $2 and due_at is not null and due_at <= $3
         order by due_at, process_id limit $4",
        shards.0.0,
        shards.1.0,
        now.as_micros(),
        limit,
    )?;
    Ok(rows
        .into_iter()
        .map(|(process_id, conference_id, token)| DueTimer {
            process_id,
            conference_id: ConferenceId(conference_id),
            token,
        })
        .collect())
}

/// When the next timer of a range of shards comes due.
pub(super) async fn next_due(conn: Conn<'_>, shards: (Shard, Shard)) -> sqlx::Result<Option<Timestamp>> {
    let row = fetch_optional!(
        conn,
        (Option<i64>,),
        "select min(due_at) from processes where shard >= $1 and shard <= $2 and due_at is not null",
        shards.0.0,
        shards.1.0,
    )?;
    Ok(row.and_then(|(due_at,)| due_at).map(Timestamp::from_micros))
}
