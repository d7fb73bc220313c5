//! `plenary rebuild`: makes the read models anew from the log, beside a process that goes on serving.
//!
//! The new rows are made beside the old ones, in temporary tables of the same names that only this connection sees:
//! the projections write there with the very statements with which they write when serving. Then both are compared
//! in one state of the database. Only the last step holds up writers: under the locks with which they append, the
//! events that came meanwhile are folded in, and the rows that differ are replaced, in one transaction. Whatever
//! ends it before that leaves everything as it was, because temporary tables go with their connection.
//!
//! Rows that were right when compared stay right, because writers fold every event into them. So the last step
//! looks only at conferences that had a wrong row or an event since, and is short.

mod shadow;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use plenary_shared::ConferenceId;
use tokio::time::Instant;

use self::shadow::{Differences, Shadow};
use crate::db::{Conn, Db, Dedicated, Kind, Writes};
use crate::eventstore::{self, Codec, RecordedEvent, SHARDS, Shard};
use crate::fault_point;
use crate::faults::Faults;
use crate::messaging::{Error, Kept, Projection, Source};
use crate::schema;

/// Events folded at once. A row that several of them touch is written once.
const CHUNK: i64 = 2000;

/// What the read models are made with.
#[derive(Debug, Clone)]
pub struct ReadModels {
    pub codec: Codec,
    pub projections: Vec<Arc<dyn Projection>>,
    /// Empty but in tests.
    pub faults: Faults,
}

impl ReadModels {
    /// The tables that are derived from the log.
    pub fn tables(&self) -> BTreeSet<&'static str> {
        self.projections.iter().flat_map(|it| it.tables()).copied().collect()
    }

    async fn project(
        &self,
        events: &[RecordedEvent],
        mut conn: Conn<'_>,
        kept: &mut Kept,
    ) -> Result<(), Error> {
        let mut writes = Writes::default();
        for projection in &self.projections {
            // Whatever is to be done after a commit concerns live streams, which have heard of all this.
            let mut source = Source::Connection(conn.again());
            drop(projection.project(events, &mut source, &mut writes, kept).await?);
        }
        Ok(writes.send(conn).await?)
    }
}

/// What a rebuild came to.
#[derive(Debug, Default)]
pub struct Report {
    pub events: u64,
    /// Of each table: how many rows it has, and how many were replaced, added or taken away.
    pub tables: Vec<(String, i64, u64)>,
    /// Rows that differed when they were compared, some by name.
    pub differences: Differences,
    /// How long nobody could write.
    pub writers_waited: Duration,
}

impl Report {
    /// How many rows were put right.
    pub fn mended(&self) -> u64 {
        self.tables.iter().map(|(_, _, mended)| mended).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, rows, mended) in &self.tables {
            writeln!(f, "{table}: {rows} rows, {mended} mended")?;
        }
        for named in &self.differences.named {
            writeln!(f, "differed: {named}")?;
        }
        let more = self.differences.count.saturating_sub(self.differences.named.len());
        if more > 0 {
            writeln!(f, "differed: {more} more")?;
        }
        let waited_ms = self.writers_waited.as_millis();
        let (events, mended) = (self.events, self.mended());
        write!(f, "rebuilt from {events} events; {mended} rows mended; writers waited {waited_ms} ms at most")
    }
}

/// Makes the read models anew and puts right what differs.
///
/// # Errors
///
/// When the database fails or an event cannot be read; then nothing was changed.
pub async fn rebuild(db: &Db, models: &ReadModels) -> Result<Report, Error> {
    let mut rebuild = Rebuild::begin(db, models).await?;
    rebuild.fill().await?;
    fault_point!(models.faults, "rebuild: filled");
    rebuild.compare().await?;
    fault_point!(models.faults, "rebuild: compared");
    rebuild.switch().await?;
    fault_point!(models.faults, "rebuild: committed");
    rebuild.conn.close().await?;
    Ok(rebuild.report)
}

/// Makes the read models of a database that has none yet, in the transaction that is open. Gives the number of events.
///
/// # Errors
///
/// When the database fails or an event cannot be read; then the transaction is to be given up.
pub async fn fill_empty(mut conn: Conn<'_>, models: &ReadModels) -> Result<u64, Error> {
    let (mut count, mut kept) = (0, Kept::default());
    for shard in Shard::all() {
        let mut after = 0;
        loop {
            let events = eventstore::read_after(conn.again(), &models.codec, shard, after, CHUNK).await?;
            let Some(last) = events.last() else { break };
            models.project(&events, conn.again(), &mut kept).await?;
            after = last.position;
            count += events.len() as u64;
        }
    }
    shadow::tell_servers(conn).await?;
    Ok(count)
}

/// A rebuild on its way. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Rebuild<'m> {
    models: &'m ReadModels,
    conn: Dedicated,
    shadows: Vec<Shadow>,
    /// How far each shard has been folded.
    folded: Vec<i64>,
    /// Conferences of which some row differs or an event came after the comparison.
    suspects: BTreeSet<ConferenceId>,
    kept: Kept,
    report: Report,
}

impl<'m> Rebuild<'m> {
    /// Makes the empty tables beside the old ones.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn begin(db: &Db, models: &'m ReadModels) -> Result<Self, Error> {
        let mut conn = db.connect().await?;
        let home = schema::home(conn.conn()).await?;
        let derived = models.tables();
        let tables = schema::tables(conn.conn()).await?;
        let mut shadows = Vec::new();
        for table in tables.into_iter().filter(|table| derived.contains(table.name.as_str())) {
            shadows.push(Shadow::create(conn.conn(), table, &home).await?);
        }
        let folded = vec![0; usize::try_from(SHARDS).unwrap_or(0)];
        let (suspects, kept) = (BTreeSet::new(), Kept::default());
        Ok(Self { models, conn, shadows, folded, suspects, kept, report: Report::default() })
    }

    /// Folds the log, as far as it goes by now.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn fill(&mut self) -> Result<(), Error> {
        for shard in Shard::all() {
            while self.fold_chunk(shard, Transaction::Own).await? {}
        }
        Ok(())
    }

    /// Finds the rows that differ, in one state of the database.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn compare(&mut self) -> Result<(), Error> {
        self.say("begin", "begin isolation level repeatable read").await?;
        self.catch_up().await?;
        self.suspects.clear();
        for shadow in &self.shadows {
            shadow.compare(self.conn.conn(), &mut self.report.differences, &mut self.suspects).await?;
        }
        self.say("commit", "commit").await
    }

    /// Puts right what differs, with every event in it, while nobody can append.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read; then nothing was changed.
    pub async fn switch(&mut self) -> Result<(), Error> {
        // What has come since the comparison is mostly folded before anybody has to wait.
        self.catch_up_alone().await?;
        self.say("begin immediate", "begin").await?;
        let shards: Vec<_> = Shard::all().collect();
        eventstore::begin_append(self.conn.conn(), &shards).await?;
        let locked = Instant::now();
        self.catch_up().await?;
        let suspects: Vec<_> = self.suspects.iter().collect();
        let suspects = serde_json::to_string(&suspects)?;
        for shadow in &self.shadows {
            let mended = shadow.replace(self.conn.conn(), &suspects).await?;
            let rows = shadow.rows(self.conn.conn()).await?;
            self.report.tables.push((shadow.table.name.clone(), rows, mended));
        }
        fault_point!(self.models.faults, "rebuild: replaced");
        if self.report.mended() > 0 {
            shadow::tell_servers(self.conn.conn()).await?;
        }
        self.say("commit", "commit").await?;
        self.report.writers_waited = locked.elapsed();
        Ok(())
    }

    /// Folds what came since, in the transaction that is open.
    async fn catch_up(&mut self) -> Result<(), Error> {
        for shard in Shard::all() {
            while self.fold_chunk(shard, Transaction::Open).await? {}
        }
        Ok(())
    }

    async fn catch_up_alone(&mut self) -> Result<(), Error> {
        for shard in Shard::all() {
            while self.fold_chunk(shard, Transaction::Own).await? {}
        }
        Ok(())
    }

    /// Folds the next events of a shard. Gives whether there may be more.
    async fn fold_chunk(&mut self, shard: Shard, transaction: Transaction) -> Result<bool, Error> {
        let own = transaction == Transaction::Own;
        if own {
            self.say("begin", "begin").await?;
        }
        let folded = &mut self.folded[usize::try_from(shard.0).unwrap_or(0)];
        let events =
            eventstore::read_after(self.conn.conn(), &self.models.codec, shard, *folded, CHUNK).await?;
        if let Some(last) = events.last() {
            self.models.project(&events, self.conn.conn(), &mut self.kept).await?;
            *folded = last.position;
            self.suspects.extend(events.iter().map(|event| event.conference_id));
            self.report.events += events.len() as u64;
        }
        if own {
            self.say("commit", "commit").await?;
        }
        Ok(i64::try_from(events.len()).is_ok_and(|count| count == CHUNK))
    }

    /// Says when a transaction begins and ends.
    async fn say(&mut self, sqlite: &str, postgres: &str) -> Result<(), Error> {
        let conn: Conn<'_> = self.conn.conn();
        let sql = match conn.kind() {
            Kind::Sqlite => sqlite,
            Kind::Postgres => postgres,
        };
        schema::run(conn, sql.to_owned()).await?;
        Ok(())
    }
}

/// Whose transaction a chunk is folded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    Own,
    Open,
}
