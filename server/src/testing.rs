//! What the tests of several modules share: databases, and a mailbox on one of them.

use std::sync::Arc;

use plenary_shared::Timestamp;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::clock::{Clock, Entropy, TestClock};
use crate::db::Db;
use crate::eventstore::{self, Codec, StreamType};
use crate::faults::Faults;
use crate::messaging::{Mailbox, Parts, hex};

/// Names a server on which the tests may create databases: `postgres://postgres@127.0.0.1:5432/postgres`.
const POSTGRES_URL: &str = "PLENARY_TEST_POSTGRES_URL";

/// An empty, migrated database. A file lives as long as this does; what is on a server goes with the server.
#[derive(Debug)]
pub struct TestDb {
    pub db: Db,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(TempDir),
    Server(String),
}

impl TestDb {
    /// Opens it again after it was closed.
    pub async fn reopen(&mut self) {
        self.db = self.place.open().await;
    }
}

impl Place {
    async fn open(&self) -> Db {
        match self {
            Self::File(folder) => Db::open_sqlite(&folder.path().join("plenary.db")).await.unwrap(),
            Self::Server(url) => Db::open_postgres(url).await.unwrap(),
        }
    }
}

/// One of each kind. Whatever is tested on one is tested on the other.
pub async fn databases() -> [TestDb; 2] {
    [sqlite().await, postgres().await]
}

/// A database in a file of its own.
pub async fn sqlite() -> TestDb {
    ready(Place::File(tempfile::tempdir().unwrap())).await
}

/// A database of its own on the server that the environment names.
pub async fn postgres() -> TestDb {
    let Ok(server) = std::env::var(POSTGRES_URL) else {
        panic!("{POSTGRES_URL} names no PostgreSQL server to test on; `cargo xtask test` starts one");
    };
    let name = format!("plenary_{}", hex(&Entropy.bytes::<8>()));
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    admin.close().await.unwrap();
    let (server, query) = server.split_once('?').unwrap_or((&server, ""));
    let (authority, _) = server.rsplit_once('/').unwrap();
    ready(Place::Server(format!("{authority}/{name}?{query}"))).await
}

async fn ready(place: Place) -> TestDb {
    let db = place.open().await;
    let mut tx = db.begin().await.unwrap();
    eventstore::create_shards(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    TestDb { db, place }
}

/// Set to anything to have the committed tables written anew instead of compared: for whoever has changed a rule, and
/// reads the difference before committing it.
const WRITE_TABLES: &str = "PLENARY_WRITE_TABLES";

/// Compares a table with the committed text in `file`, a path below `server/`.
#[track_caller]
pub fn assert_committed(file: &str, table: &[String]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let table = format!("{}\n", table.join("\n"));
    if std::env::var_os(WRITE_TABLES).is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let first = committed.lines().zip(table.lines()).find(|(committed, now)| committed != now);
    assert!(committed == table, "{file} says otherwise: {first:?}; {WRITE_TABLES}=1 writes it anew");
}

/// A clock that stands at 2026-03-01T09:00:00Z, and the hand that moves it.
pub fn clock() -> (Clock, Arc<TestClock>) {
    Clock::test(Timestamp::from_millis(1_772_355_600_000))
}

/// A mailbox for commands that nothing reacts to.
pub fn mailbox(db: &Db, clock: &Clock, streams: impl IntoIterator<Item = StreamType>) -> Mailbox {
    let parts = Parts {
        db: db.clone(),
        codec: Codec::new(streams),
        clock: clock.clone(),
        entropy: Entropy,
        reactors: Vec::new(),
        projections: Vec::new(),
        on_timer: |timer| panic!("nothing here sets timers: {timer:?}"),
        outbox: Arc::default(),
        faults: Faults::default(),
    };
    Mailbox::start(parts).0
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;
    use std::time::Duration;

    use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};
    use tokio::time::{sleep, timeout};

    use super::{Place, databases, postgres};
    use crate::db::{Db, Statement};

    #[tokio::test]
    async fn every_statement_prepares_on_its_database() {
        for it in databases().await {
            let statements = inventory::iter::<Statement>.into_iter();
            for statement in statements.filter(|statement| statement.kind == it.db.kind()) {
                let sql = statement.sql.into_sql_str();
                let prepared = match &it.db {
                    Db::Sqlite { writer, .. } => writer.acquire().await.unwrap().prepare(sql).await.map(drop),
                    Db::Postgres(pool) => pool.acquire().await.unwrap().prepare(sql).await.map(drop),
                };
                assert!(prepared.is_ok(), "{}: {:?}", statement.place, prepared.err());
            }
        }
    }

    /// What has a handful of rows however much is sold.
    const SMALL: [&str; 4] = ["derived_generation", "log_heads", "secrets", "shards"];
    /// What reads a whole database on purpose, and compares it with what it should be.
    const WHOLE: [&str; 7] = [
        "src/bench/",
        "src/rebuild/",
        "src/schema.rs",
        "src/verify/",
        "src/eventstore/forms.rs",
        "src/registration/projections/rows.rs",
        "src/registration/waiting/rows.rs",
    ];

    /// The tables that a statement reads from one end to the other, as the connections of a serving process plan it.
    async fn scanned(db: &Db, sql: &'static str) -> Vec<String> {
        let first_word = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
        match db {
            Db::Sqlite { writer, .. } => {
                let sql = AssertSqlSafe(format!("explain query plan {sql}"));
                let steps: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(sql).fetch_all(writer).await.unwrap();
                // What has an index to go by, or is no table but an array or a constant.
                let is_table = |step: &&str| {
                    ![" USING ", " VIRTUAL TABLE ", "CONSTANT ROW", "("].iter().any(|it| step.contains(it))
                };
                let steps = steps.iter().filter_map(|(.., step)| step.strip_prefix("SCAN ")).filter(is_table);
                steps.map(first_word).collect()
            }
            Db::Postgres(pool) => {
                let mut conn = pool.acquire().await.unwrap();
                let nulls: Vec<_> =
                    (1..100).take_while(|it| sql.contains(&format!("${it}"))).map(|_| "null").collect();
                let nulls = if nulls.is_empty() { String::new() } else { format!("({})", nulls.join(",")) };
                conn.execute("set plan_cache_mode = force_generic_plan").await.unwrap();
                conn.execute(AssertSqlSafe(format!("prepare it as {sql}"))).await.unwrap();
                let sql = AssertSqlSafe(format!("explain execute it{nulls}"));
                let steps: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut *conn).await.unwrap();
                conn.execute("deallocate it").await.unwrap();
                let steps = steps.iter().filter_map(|(step,)| step.split_once("Seq Scan on "));
                steps.map(|(_, rest)| first_word(rest)).collect()
            }
        }
    }

    /// Goes away after so many looks at what is not there yet.
    async fn leave(asked: impl Future, mut looks: usize) {
        let mut asked = pin!(asked);
        poll_fn(|context| match asked.as_mut().poll(context) {
            Poll::Pending if looks > 0 => {
                looks -= 1;
                Poll::Pending
            }
            _ => Poll::Ready(()),
        })
        .await;
    }

    #[tokio::test]
    async fn who_leaves_while_a_transaction_begins_leaves_none_open() {
        let it = postgres().await;
        let Place::Server(url) = &it.place else { unreachable!("it is on a server") };
        // One that PostgreSQL does not end by itself when a transaction stands still.
        let reads = Db::open_postgres_read_only(url).await.unwrap();
        let mut watcher = PgConnection::connect(url).await.unwrap();
        for looks in 0..12 {
            leave(reads.snapshot(), looks).await;
            let open = async {
                let open = "select count(*) from pg_stat_activity
                    where datname = current_database() and state like 'idle in transaction%'";
                while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut watcher).await.unwrap() > 0 {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(Duration::from_secs(10), open)
                .await
                .unwrap_or_else(|_| panic!("open after {looks} looks"));
        }
    }

    #[tokio::test]
    async fn no_statement_of_a_serving_process_reads_a_whole_table() {
        for it in databases().await {
            for statement in
                inventory::iter::<Statement>.into_iter().filter(|statement| statement.kind == it.db.kind())
            {
                let place = statement.place;
                if WHOLE.iter().any(|whole| place.contains(whole)) || place.contains("tests") {
                    continue;
                }
                let scanned = scanned(&it.db, statement.sql).await;
                let big: Vec<_> = scanned.iter().filter(|table| !SMALL.contains(&table.as_str())).collect();
                assert!(big.is_empty(), "{place} reads all of {big:?}");
            }
        }
    }
}
