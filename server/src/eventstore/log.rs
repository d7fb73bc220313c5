//! The log's statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plenary_shared::{ConferenceId, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::keys::{self, Keys};
use super::sealing::{self, KeyState};
use super::{Codec, Error, NewEvent, RecordedEvent, SHARDS, Shard, StreamId};
use crate::db::{Conn, Writes};
use crate::{execute, fetch_all, fetch_many, fetch_optional, later, row};

row! {
    /// An event as it lies in the log. Within JSON it is an array of these, in this order.
    #[derive(Debug, Deserialize)]
    struct Row {
        shard: i16,
        position: i64,
        conference_id: Uuid,
        stream_id: Uuid,
        stream_type: String,
        version: i64,
        event_id: Uuid,
        event_type: String,
        schema_version: i16,
        correlation_id: Uuid,
        causation_id: Uuid,
        recorded_at: i64,
        payload: String,
    }
}

impl Row {
    fn open(&mut self, keys: &HashMap<Uuid, KeyState>) -> Result<(), Error> {
        if sealing::subjects(&self.payload).next().is_none() {
            return Ok(());
        }
        let opened = sealing::open(&self.payload, keys, self.event_id);
        let (shard, position) = (self.shard, self.position);
        self.payload = opened.map_err(|reason| Error::Sealed { shard, position, reason })?;
        Ok(())
    }

    fn decode(self, codec: &Codec) -> Result<RecordedEvent, Error> {
        let (shard, position) = (self.shard, self.position);
        let event = codec.decode(&self.stream_type, &self.event_type, self.schema_version, &self.payload);
        let event = event.map_err(|reason| Error::Unread { shard, position, reason })?;
        Ok(RecordedEvent {
            shard: Shard(self.shard),
            position: self.position,
            conference_id: ConferenceId(self.conference_id),
            stream_id: StreamId(self.stream_id),
            stream_type: self.stream_type,
            version: self.version,
            event_id: self.event_id,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            recorded_at: Timestamp::from_micros(self.recorded_at),
            event,
        })
    }
}

/// Reads rows as the events that they are, with what was sealed in them opened.
async fn decode_all(conn: Conn<'_>, codec: &Codec, mut rows: Vec<Row>) -> Result<Vec<RecordedEvent>, Error> {
    let subjects: BTreeSet<_> = rows.iter().flat_map(|row| sealing::subjects(&row.payload)).collect();
    if !subjects.is_empty() {
        let keys = keys::find(conn, &subjects).await?;
        rows.iter_mut().try_for_each(|row| row.open(&keys))?;
    }
    rows.into_iter().map(|row| row.decode(codec)).collect()
}

/// Where a shard ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Of the last event; 0 before the first.
    pub position: i64,
    pub recorded_at: Timestamp,
}

/// Gives every shard its head, once.
///
/// # Errors
///
/// When the database fails.
pub async fn create_shards(conn: Conn<'_>) -> Result<(), Error> {
    execute!(
        conn,
        "with recursive shards (shard) as (select 0 union all select shard + 1 from shards where shard + 1 < $1) \
         insert into log_heads (shard, position, recorded_at) select shard, 0, 0 from shards where true \
         on conflict do nothing",
        SHARDS,
    )?;
    Ok(())
}

/// The last position of a shard and when it was recorded.
///
/// # Errors
///
/// When the database fails, or the log was never set up.
pub async fn head(conn: Conn<'_>, shard: Shard) -> Result<(i64, Timestamp), Error> {
    let row = fetch_optional!(
        conn,
        (i64, i64),
        "select position, recorded_at from log_heads where shard = $1",
        shard.0
    )?;
    row.map(|(position, at)| (position, Timestamp::from_micros(at))).ok_or(Error::NoHead(shard.0))
}

/// The last position of every shard.
///
/// # Errors
///
/// When the database fails.
pub async fn heads(conn: Conn<'_>) -> Result<Vec<(Shard, i64)>, Error> {
    let rows = fetch_all!(conn, (i16, i64), "select shard, position from log_heads order by shard")?;
    Ok(rows.into_iter().map(|(shard, position)| (Shard(shard), position)).collect())
}

/// Where an event lies and whom it concerns, without what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    pub position: i64,
    pub conference_id: ConferenceId,
    pub stream_id: StreamId,
    pub stream_type: String,
}

/// What at most `limit` events of a shard after position `after` concern, in order.
///
/// # Errors
///
/// When the database fails or a position is missing.
pub async fn touched_after(
    conn: Conn<'_>,
    shard: Shard,
    after: i64,
    limit: i64,
) -> Result<Vec<Touched>, Error> {
    let rows = fetch_all!(
        conn,
        (i64, Uuid, Uuid, String),
        "select position, conference_id, stream_id, stream_type from events
         where shard = $1 and position > $2 order by position limit $3",
        shard.0,
        after,
        limit,
    )?;
    (after + 1..)
        .zip(rows)
        .map(|(expected, (position, conference_id, stream_id, stream_type))| {
            if position != expected {
                return Err(Error::Hole { shard: shard.0, expected, found: position });
            }
            let (conference_id, stream_id) = (ConferenceId(conference_id), StreamId(stream_id));
            Ok(Touched { position, conference_id, stream_id, stream_type })
        })
        .collect()
}

/// The heads of some shards for appending to them: no other transaction can append there until this one has ended.
///
/// # Errors
///
/// When the database fails, another transaction holds a head for too long, or the log was never set up.
pub async fn begin_append(conn: Conn<'_>, shards: &[Shard]) -> Result<Vec<(Shard, Head)>, Error> {
    let numbers: Vec<_> = shards.iter().map(|shard| shard.0).collect();
    let numbers = serde_json::to_string(&numbers).expect("numbers are JSON");
    // SQLite has one writer and the transaction began by taking its lock. PostgreSQL locks in the order of the shards, so that
    // two writers never wait for each other.
    let rows = fetch_all!(
        conn,
        (i16, i64, i64),
        sqlite: "select shard, position, recorded_at from log_heads
            where shard in (select value from jsonb_each($1)) order by shard",
        postgres: "select shard, position, recorded_at from log_heads
            where shard in (select value::smallint from jsonb_array_elements_text($1::jsonb) as rows(value))
            order by shard for update",
        numbers,
    )?;
    let heads: Vec<_> = rows
        .into_iter()
        .map(|(shard, position, at)| {
            (Shard(shard), Head { position, recorded_at: Timestamp::from_micros(at) })
        })
        .collect();
    let missing = shards.iter().find(|shard| !heads.iter().any(|(it, _)| it == *shard));
    missing.map_or(Ok(heads), |shard| Err(Error::NoHead(shard.0)))
}

/// Has `events` written, which continue after the positions of `heads`, and the heads moved. Gives them with their
/// positions, shard by shard. What is personal in them is sealed with `keys`.
///
/// The writing fails when a stream has one of the versions already or a head has moved: some writer did not hold the head.
///
/// # Errors
///
/// When an event belongs to a shard without a head, or to nobody whose key is among `keys`.
pub fn append(
    writes: &mut Writes,
    keys: &Keys,
    heads: &BTreeMap<Shard, i64>,
    mut events: Vec<NewEvent>,
) -> Result<Vec<RecordedEvent>, Error> {
    events.sort_by_key(|event| event.shard);
    let mut recorded = Vec::with_capacity(events.len());
    let mut moved = Vec::new();
    for of_shard in events.chunk_by(|one, next| one.shard == next.shard) {
        let shard = of_shard[0].shard;
        let head = *heads.get(&shard).ok_or(Error::NoHead(shard.0))?;
        recorded.extend((head + 1..).zip(of_shard).map(|(position, new)| record(position, new)));
        moved.extend(recorded.last().map(|last| (shard, head, last.position, last.recorded_at)));
    }
    if moved.is_empty() {
        return Ok(recorded);
    }
    let rows = recorded.iter().zip(&events).map(|(recorded, new)| to_row(recorded.position, new, keys));
    insert(writes, &rows.collect::<Result<Vec<_>, _>>()?);
    move_heads(writes, &moved);
    Ok(recorded)
}

/// Moves heads from where they were to the last event of each shard.
fn move_heads(writes: &mut Writes, moved: &[(Shard, i64, i64, Timestamp)]) {
    let rows: Vec<_> =
        moved.iter().map(|(shard, from, to, at)| (shard.0, *from, *to, at.as_micros())).collect();
    let rows = serde_json::to_string(&rows).expect("numbers are JSON");
    later!(
        writes,
        changes: moved.len(),
        sqlite: "update log_heads set position = value->>2, recorded_at = value->>3 from jsonb_each($1)
            where shard = value->>0 and position = value->>1",
        postgres: "update log_heads set position = (value->>2)::bigint, recorded_at = (value->>3)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)
            where shard = (value->>0)::smallint and position = (value->>1)::bigint",
        rows,
    );
}

fn record(position: i64, new: &NewEvent) -> RecordedEvent {
    RecordedEvent {
        shard: new.shard,
        position,
        conference_id: new.conference_id,
        stream_id: new.stream_id,
        stream_type: new.stream_type.to_owned(),
        version: new.version,
        event_id: new.event_id,
        correlation_id: new.correlation_id,
        causation_id: new.causation_id,
        recorded_at: new.recorded_at,
        event: Arc::clone(&new.event),
    }
}

fn insert(writes: &mut Writes, rows: &[NewRow<'_>]) {
    let rows = serde_json::to_string(rows).expect("texts, numbers and ids are JSON");
    later!(
        writes,
        sqlite: "insert into events (shard, position, conference_id, stream_id, stream_type, version, event_id,
                event_type, schema_version, correlation_id, causation_id, recorded_at, payload)
            select value->>0, value->>1, unhex(value->>2, '-'), unhex(value->>3, '-'), value->>4, value->>5,
                unhex(value->>6, '-'), value->>7, value->>8, unhex(value->>9, '-'), unhex(value->>10, '-'),
                value->>11, value->>12
            from jsonb_each($1)",
        postgres: "insert into events (shard, position, conference_id, stream_id, stream_type, version, event_id,
                event_type, schema_version, correlation_id, causation_id, recorded_at, payload)
            select (value->>0)::smallint, (value->>1)::bigint, (value->>2)::uuid, (value->>3)::uuid, value->>4,
                (value->>5)::bigint, (value->>6)::uuid, value->>7, (value->>8)::smallint, (value->>9)::uuid,
                (value->>10)::uuid, (value->>11)::bigint, value->>12
            from jsonb_array_elements($1::jsonb) as rows(value)",
        rows,
    );
}

/// The columns of an event, in the order of the statement that writes them.
type NewRow<'e> = (i16, i64, ConferenceId, Uuid, &'e str, i64, Uuid, &'e str, i16, Uuid, Uuid, i64, String);

fn to_row<'e>(position: i64, event: &'e NewEvent, keys: &Keys) -> Result<NewRow<'e>, Error> {
    Ok((
        event.shard.0,
        position,
        event.conference_id,
        event.stream_id.0,
        event.stream_type,
        event.version,
        event.event_id,
        event.event.name(),
        event.event.schema_version(),
        event.correlation_id,
        event.causation_id,
        event.recorded_at.as_micros(),
        keys.payload_of(event)?,
    ))
}

/// The events of one stream after version `after`, in order.
///
/// # Errors
///
/// When the database fails, a version is missing or an event cannot be read.
pub async fn load_stream(
    mut conn: Conn<'_>,
    codec: &Codec,
    shard: Shard,
    stream: StreamId,
    after: i64,
) -> Result<Vec<RecordedEvent>, Error> {
    let rows = fetch_all!(
        conn.again(),
        Row,
        "select shard, position, conference_id, stream_id, stream_type, version, event_id, event_type, schema_version,
            correlation_id, causation_id, recorded_at, payload
         from events where shard = $1 and stream_id = $2 and version > $3 order by version",
        shard.0,
        stream.0,
        after,
    )?;
    for (expected, row) in (after + 1..).zip(&rows) {
        if row.version != expected {
            return Err(Error::StreamHole { stream: stream.0, expected, found: row.version });
        }
    }
    decode_all(conn, codec, rows).await
}

/// At most `limit` events of a shard after position `after`, in order.
///
/// # Errors
///
/// When the database fails, a position is missing or an event cannot be read.
pub async fn read_after(
    mut conn: Conn<'_>,
    codec: &Codec,
    shard: Shard,
    after: i64,
    limit: i64,
) -> Result<Vec<RecordedEvent>, Error> {
    // What is selected from a part that has a limit comes in that part's order; what did not would be a hole.
    let rows = fetch_many!(
        conn.again(),
        Row,
        sqlite: "select json_group_array(json_array(shard, position, hex(conference_id), hex(stream_id), stream_type,
                version, hex(event_id), event_type, schema_version, hex(correlation_id), hex(causation_id), recorded_at,
                payload))
            from (select * from events where shard = $1 and position > $2 order by position limit $3)",
        postgres: "select shard, position, conference_id, stream_id, stream_type, version, event_id, event_type,
                schema_version, correlation_id, causation_id, recorded_at, payload
            from events where shard = $1 and position > $2 order by position limit $3",
        shard.0,
        after,
        limit,
    )?;
    for (expected, row) in (after + 1..).zip(&rows) {
        if row.position != expected {
            return Err(Error::Hole { shard: shard.0, expected, found: row.position });
        }
    }
    decode_all(conn, codec, rows).await
}

/// At most `limit` events of a conference after position `after`, in order.
///
/// # Errors
///
/// When the database fails or an event cannot be read.
pub async fn read_conference_after(
    mut conn: Conn<'_>,
    codec: &Codec,
    conference: ConferenceId,
    after: i64,
    limit: i64,
) -> Result<Vec<RecordedEvent>, Error> {
    let rows = fetch_all!(
        conn.again(),
        Row,
        "select shard, position, conference_id, stream_id, stream_type, version, event_id, event_type, schema_version,
            correlation_id, causation_id, recorded_at, payload
         from events where conference_id = $1 and position > $2 order by position limit $3",
        conference.0,
        after,
        limit,
    )?;
    decode_all(conn, codec, rows).await
}

/// The events of a shard at these positions, in order; positions that do not exist are left out.
///
/// # Errors
///
/// When the database fails or an event cannot be read.
pub async fn events_at(
    mut conn: Conn<'_>,
    codec: &Codec,
    shard: Shard,
    positions: &[i64],
) -> Result<Vec<RecordedEvent>, Error> {
    let positions = serde_json::to_string(positions).expect("numbers are JSON");
    let rows = fetch_all!(
        conn.again(),
        Row,
        sqlite: "select shard, position, conference_id, stream_id, stream_type, version, event_id, event_type, schema_version,
                correlation_id, causation_id, recorded_at, payload
            from events where shard = $1 and position in (select value from jsonb_each($2)) order by position",
        postgres: "select shard, position, conference_id, stream_id, stream_type, version, event_id, event_type, schema_version,
                correlation_id, causation_id, recorded_at, payload
            from events where shard = $1
                and position in (select value::bigint from jsonb_array_elements_text($2::jsonb) as rows(value))
            order by position",
        shard.0,
        positions,
    )?;
    decode_all(conn, codec, rows).await
}
