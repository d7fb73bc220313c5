//! The statements of the benchmark: whether a database is durable, and the bare rows of commands.
//!
//! The bare rows have statements of their own on purpose: the limit stays what it is when the write path changes.

use plenary_shared::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use crate::clock::Entropy;
use crate::db::Conn;
use crate::eventstore::Shard;
use crate::{execute, fetch_all, fetch_optional};

/// What decides whether a commit outlives a power failure, as it is set on this connection.
pub async fn durability(conn: Conn<'_>) -> sqlx::Result<String> {
    let row = fetch_optional!(
        conn,
        (String,),
        sqlite: "select 'synchronous=' || (select synchronous from pragma_synchronous)
            || ' journal_mode=' || (select journal_mode from pragma_journal_mode)",
        postgres: "select 'synchronous_commit=' || current_setting('synchronous_commit')
            || ' fsync=' || current_setting('fsync')
            || ' full_page_writes=' || current_setting('full_page_writes')",
    )?;
    Ok(row.map(|(found,)| found).unwrap_or_default())
}

/// What a reservation leaves behind, as it was found.
#[derive(Debug, Clone)]
pub struct Sample {
    events: Vec<Event>,
    process: String,
    order: (String, String, String),
    conference: String,
    summary: String,
}

#[derive(Debug, Clone)]
struct Event {
    stream_type: String,
    name: String,
    schema_version: i16,
    payload: String,
}

/// Takes the last of `among` reservations as the pattern.
pub async fn sample(mut conn: Conn<'_>, among: i64) -> Result<Sample, Failure> {
    let placed = fetch_optional!(
        conn.again(),
        (Uuid, Uuid, i16),
        "select correlation_id, conference_id, shard from events
         where event_type = 'OrderPlaced' order by shard, position limit $1",
        among,
    )?;
    let (order_id, conference_id, shard) = placed.ok_or("no reservation was recorded")?;
    let events = fetch_all!(
        conn.again(),
        (String, String, i16, String),
        "select stream_type, event_type, schema_version, payload from events
         where conference_id = $1 and correlation_id = $2 order by position",
        conference_id,
        order_id,
    )?;
    let event =
        |(stream_type, name, schema_version, payload)| Event { stream_type, name, schema_version, payload };
    let process = fetch_optional!(
        conn.again(),
        (String,),
        "select state from processes where shard = $1 and process_id = $2",
        shard,
        order_id,
    )?;
    let order = fetch_optional!(
        conn.again(),
        (String, String, String),
        "select status, search, body from order_views where order_id = $1",
        order_id,
    )?;
    let views = fetch_optional!(
        conn,
        (String, String),
        "select c.body, s.body from conference_views c join summary_views s on s.conference_id = c.conference_id
         where c.conference_id = $1",
        conference_id,
    )?;
    let (conference, summary) = views.ok_or("the conference has no views")?;
    Ok(Sample {
        events: events.into_iter().map(event).collect(),
        process: process.ok_or("the order has no process")?.0,
        order: order.ok_or("the order has no view")?,
        conference,
        summary,
    })
}

/// What giving a seat to somebody leaves behind, as it was found.
#[derive(Debug, Clone)]
pub struct Assignment {
    event: Event,
    view: String,
}

/// Takes one of them as the pattern.
pub async fn assignment(mut conn: Conn<'_>) -> Result<Assignment, Failure> {
    let event = fetch_optional!(
        conn.again(),
        (String, String, i16, String),
        "select stream_type, event_type, schema_version, payload from events
         where event_type = 'SeatAssigned' order by shard, position limit 1",
    )?;
    let (stream_type, name, schema_version, payload) = event.ok_or("no seat was assigned")?;
    let view = fetch_optional!(conn, (String,), "select body from assignment_views limit 1")?;
    let (view,) = view.ok_or("no order has assignments")?;
    Ok(Assignment { event: Event { stream_type, name, schema_version, payload }, view })
}

/// What rows are made after.
#[derive(Debug, Clone)]
pub enum Pattern {
    Reservation(Sample),
    Assignment(Assignment),
}

impl Pattern {
    /// The rows of `size` commands like this one, spread over `subjects` (conferences of reservations, orders of
    /// assignments), after `position`.
    pub fn like(&self, shard: Shard, position: i64, size: usize, subjects: &[Uuid], now: Timestamp) -> Batch {
        match self {
            Self::Reservation(sample) => sample.like(shard, position, size, subjects, now),
            Self::Assignment(assignment) => assignment.like(shard, position, size, subjects, now),
        }
    }
}

impl Assignment {
    fn like(&self, shard: Shard, mut position: i64, size: usize, orders: &[Uuid], now: Timestamp) -> Batch {
        let at = now.as_micros();
        let (mut events, mut commands) = (Vec::new(), Vec::new());
        let conference = orders[0];
        for order in orders.iter().cycle().take(size) {
            position += 1;
            let command = Entropy.id(now);
            let place = (shard, position, at);
            events.push(self.event.row(place, (&conference, order, position), (order, &command)));
            commands.push(json!([shard.0, command, 200, order, 4, "00112233445566778899aabbccddeeff", at]));
        }
        let assignments =
            orders.iter().take(size).map(|order| json!([order, conference, position, self.view]));
        Batch {
            shard,
            position,
            recorded_at: at,
            events: Value::Array(events).to_string(),
            commands: Value::Array(commands).to_string(),
            assignments: Value::Array(assignments.collect()).to_string(),
            processes: String::new(),
            directory: String::new(),
            orders: String::new(),
            conferences: String::new(),
            summaries: String::new(),
        }
    }
}

impl Event {
    /// The row of an event like this one: where it lies, its conference, stream and version, and what it followed from.
    fn row(
        &self,
        (shard, position, at): (Shard, i64, i64),
        (conference, stream, version): (&Uuid, &Uuid, i64),
        (correlation, causation): (&Uuid, &Uuid),
    ) -> Value {
        json!([
            shard.0,
            position,
            conference,
            stream,
            self.stream_type,
            version,
            Entropy.id(Timestamp::from_micros(at)),
            self.name,
            self.schema_version,
            correlation,
            causation,
            at,
            self.payload
        ])
    }
}

/// The rows of one transaction, each table's as one JSON array; empty where a table gets none.
#[derive(Debug)]
pub struct Batch {
    shard: Shard,
    /// The head after it.
    pub position: i64,
    recorded_at: i64,
    events: String,
    commands: String,
    processes: String,
    directory: String,
    orders: String,
    conferences: String,
    summaries: String,
    assignments: String,
}

impl Sample {
    fn like(
        &self,
        shard: Shard,
        mut position: i64,
        size: usize,
        conferences: &[Uuid],
        now: Timestamp,
    ) -> Batch {
        let at = now.as_micros();
        let [mut events, mut commands, mut processes, mut directory, mut orders] = [const { Vec::new() }; 5];
        let (status, search, body) = &self.order;
        for conference in conferences.iter().cycle().take(size) {
            let (order, command) = (Entropy.id(now), Entropy.id(now));
            for (number, event) in (1..).zip(&self.events) {
                position += 1;
                events.push(self.event(event, (shard, position, at), (conference, &order, &command), number));
            }
            commands.push(json!([shard.0, command, 201, order, 4, "00112233445566778899aabbccddeeff", at]));
            processes.push(json!([shard.0, order, conference, 2, self.process, at + 1_740_000_000, 0]));
            directory.push(json!(["order", order.simple().to_string(), conference]));
            orders.push(json!([order, conference, status, search, 4, body]));
        }
        let views = |body: &String| {
            let rows = conferences
                .iter()
                .take(size)
                .map(|it| json!([it, "slug", "2036-06-01", "search", position, body]));
            Value::Array(rows.collect()).to_string()
        };
        let text = |rows| Value::Array(rows).to_string();
        Batch {
            shard,
            position,
            recorded_at: at,
            events: text(events),
            commands: text(commands),
            processes: text(processes),
            directory: text(directory),
            orders: text(orders),
            conferences: views(&self.conference),
            summaries: views(&self.summary),
            assignments: String::new(),
        }
    }

    fn event(
        &self,
        event: &Event,
        place: (Shard, i64, i64),
        (conference, order, command): (&Uuid, &Uuid, &Uuid),
        number: i64,
    ) -> Value {
        let (_, position, _) = place;
        // The order's own events lie in its stream; those of the seats lie in the conference's.
        let own = event.stream_type == self.events.first().map_or("", |first| &first.stream_type);
        let (stream, version) = if own { (order, number) } else { (conference, position) };
        event.row(place, (conference, stream, version), (order, command))
    }
}

/// Writes the rows; nothing is looked up.
pub async fn write(mut conn: Conn<'_>, batch: &Batch) -> sqlx::Result<()> {
    write_log(conn.again(), batch).await?;
    write_commands(conn.again(), batch).await?;
    if !batch.assignments.is_empty() {
        write_assignments(conn.again(), batch).await?;
    }
    if !batch.orders.is_empty() {
        write_processes(conn.again(), batch).await?;
        write_views(conn, batch).await?;
    }
    Ok(())
}

async fn write_log(mut conn: Conn<'_>, batch: &Batch) -> sqlx::Result<()> {
    execute!(
        conn.again(),
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
        batch.events.as_str(),
    )?;
    execute!(
        conn,
        "update log_heads set position = $1, recorded_at = $2 where shard = $3",
        batch.position,
        batch.recorded_at,
        batch.shard.0,
    )?;
    Ok(())
}

async fn write_commands(conn: Conn<'_>, batch: &Batch) -> sqlx::Result<()> {
    execute!(
        conn,
        sqlite: "insert into commands (shard, command_id, status, concerns, version, body_hash, recorded_at)
            select value->>0, unhex(value->>1, '-'), value->>2, unhex(value->>3, '-'), value->>4,
                unhex(value->>5), value->>6
            from jsonb_each($1)",
        postgres: "insert into commands (shard, command_id, status, concerns, version, body_hash, recorded_at)
            select (value->>0)::smallint, (value->>1)::uuid, (value->>2)::smallint, (value->>3)::uuid,
                (value->>4)::bigint, decode(value->>5, 'hex'), (value->>6)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)",
        batch.commands.as_str(),
    )?;
    Ok(())
}

async fn write_assignments(conn: Conn<'_>, batch: &Batch) -> sqlx::Result<()> {
    execute!(
        conn,
        sqlite: "insert into assignment_views (order_id, conference_id, version, body)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), value->>2, value->>3
            from jsonb_each($1) where true
            on conflict (order_id) do update set version = excluded.version, body = excluded.body",
        postgres: "insert into assignment_views (order_id, conference_id, version, body)
            select (value->>0)::uuid, (value->>1)::uuid, (value->>2)::bigint, value->>3
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (order_id) do update set version = excluded.version, body = excluded.body",
        batch.assignments.as_str(),
    )?;
    Ok(())
}

async fn write_processes(mut conn: Conn<'_>, batch: &Batch) -> sqlx::Result<()> {
    execute!(
        conn.again(),
        sqlite: "insert into processes (shard, process_id, conference_id, version, state, due_at, token)
            select value->>0, unhex(value->>1, '-'), unhex(value->>2, '-'), value->>3, value->>4, value->>5,
                value->>6
            from jsonb_each($1)",
        postgres: "insert into processes (shard, process_id, conference_id, version, state, due_at, token)
            select (value->>0)::smallint, (value->>1)::uuid, (value->>2)::uuid, (value->>3)::bigint, value->>4,
                (value->>5)::bigint, (value->>6)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)",
        batch.processes.as_str(),
    )?;
    execute!(
        conn,
        sqlite: "insert into directory (kind, entry, conference_id)
            select value->>0, unhex(value->>1), unhex(value->>2, '-') from jsonb_each($1)",
        postgres: "insert into directory (kind, entry, conference_id)
            select value->>0, decode(value->>1, 'hex'), (value->>2)::uuid
            from jsonb_array_elements($1::jsonb) as rows(value)",
        batch.directory.as_str(),
    )?;
    Ok(())
}

async fn write_views(mut conn: Conn<'_>, batch: &Batch) -> sqlx::Result<()> {
    execute!(
        conn.again(),
        sqlite: "insert into order_views (order_id, conference_id, status, search, version, body)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), value->>2, value->>3, value->>4, value->>5
            from jsonb_each($1)",
        postgres: "insert into order_views (order_id, conference_id, status, search, version, body)
            select (value->>0)::uuid, (value->>1)::uuid, value->>2, value->>3, (value->>4)::bigint, value->>5
            from jsonb_array_elements($1::jsonb) as rows(value)",
        batch.orders.as_str(),
    )?;
    execute!(
        conn.again(),
        sqlite: "insert into conference_views (conference_id, slug_key, published, start_date, search, version, body)
            select unhex(value->>0, '-'), value->>1, 1, value->>2, value->>3, value->>4, value->>5
            from jsonb_each($1) where true
            on conflict (conference_id) do update set version = excluded.version, body = excluded.body",
        postgres: "insert into conference_views (conference_id, slug_key, published, start_date, search, version,
                body)
            select (value->>0)::uuid, value->>1, true, value->>2, value->>3, (value->>4)::bigint, value->>5
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (conference_id) do update set version = excluded.version, body = excluded.body",
        batch.conferences.as_str(),
    )?;
    execute!(
        conn,
        sqlite: "insert into summary_views (conference_id, version, body)
            select unhex(value->>0, '-'), value->>4, value->>5 from jsonb_each($1) where true
            on conflict (conference_id) do update set version = excluded.version, body = excluded.body",
        postgres: "insert into summary_views (conference_id, version, body)
            select (value->>0)::uuid, (value->>4)::bigint, value->>5
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (conference_id) do update set version = excluded.version, body = excluded.body",
        batch.summaries.as_str(),
    )?;
    Ok(())
}
