//! One SQL text, two databases.
//!
//! The URL chooses the database once, at start-up. From there on a transaction and a connection are enums of
//! two, and [`execute!`](crate::execute), [`fetch_all!`](crate::fetch_all) and
//! [`fetch_optional!`](crate::fetch_optional) expand one statement into one arm for each. Binding and decoding
//! stay typed in both arms, and [`row!`](crate::row) reads the rows of either into one struct.
//!
//! Many rows at once travel as one JSON array in one parameter, which both databases can unfold.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool,
    Transaction,
};

use crate::migrations::{self, Outdated};

mod writes;

pub use writes::{Write, Writes};

/// Earlier versions can corrupt a database in WAL mode on a checkpoint.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// Connections for reads on SQLite; more than the cores help little, as reads are short.
const SQLITE_READERS: u32 = 4;
/// Connections on PostgreSQL for everything but the writers, which have their own.
const POSTGRES_CONNECTIONS: u32 = 32;
/// Connections on PostgreSQL of each writer: it does one thing at a time, and one more stands in for one that was lost.
const POSTGRES_WRITER_CONNECTIONS: u32 = 2;
/// How PostgreSQL is to plan what a serving process asks for, all of which goes by a key. Its own choice rests on what a table
/// was like when it was last analysed, and is kept: a sale that fills an empty table would read all of it in every batch,
/// until somebody counts it again.
const BY_KEY: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];
/// How long a connection may wait and be waited for that hinders nobody.
const PATIENT: [(&str, &str); 2] = [("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0")];
/// Pages that the write-ahead log may grow to before SQLite folds it into the file: 64 MiB. Every page that changes again
/// before that is folded once instead of each time.
const SQLITE_CHECKPOINT_PAGES: &str = "16384";
/// What a connection keeps of the file in memory, in KiB (negative, as SQLite wants it).
const SQLITE_WRITER_CACHE: &str = "-32768";
/// How long SQLite waits for another process that writes: `plenary rebuild` beside a server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The database of this process.
#[derive(Debug, Clone)]
pub enum Db {
    /// One connection writes, the others are opened read-only: a reader can never hold the write lock.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// An open write transaction. Rolls back when dropped.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A pooled connection for reads outside a transaction.
#[derive(Debug)]
pub enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A connection outside the pools. What is made on it alone, and what is not committed, is gone with it.
#[derive(Debug)]
pub enum Dedicated {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Dedicated {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn) => Conn::Sqlite(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }

    /// Closes it in good order.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn) => conn.close().await,
            Self::Postgres(conn) => conn.close().await,
        }
    }
}

/// What every function that holds SQL takes: a connection, in a transaction or not.
#[derive(Debug)]
pub enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    /// The same connection for one more statement.
    pub fn again(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn) => Conn::Sqlite(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("could not open the database")]
    Connect(#[from] sqlx::Error),
    #[error(transparent)]
    Outdated(#[from] Outdated),
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    #[error("the address of a PostgreSQL database is postgres://user:password@host/name")]
    Address,
    #[error("could not migrate the database")]
    Migrate(#[from] MigrateError),
    #[error("SQLite {found} is too old; at least {}.{}.{} is needed", OLDEST_SQLITE.0, OLDEST_SQLITE.1, OLDEST_SQLITE.2)]
    OldSqlite { found: String },
}

impl Db {
    /// Opens the SQLite file at `path`, made if missing, and applies what migrations are pending.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or migrated, or when the SQLite inside is older than can be trusted.
    pub async fn open_sqlite(path: &Path) -> Result<Self, OpenError> {
        let options = sqlite_options(path).create_if_missing(true);
        let writer = sqlite_pool(1).after_connect(|conn, _| Box::pin(writes::prepare(conn)));
        let writer = writer.connect_with(options).await?;
        let (found,): (String,) = sqlx::query_as("select sqlite_version()").fetch_one(&writer).await?;
        if parse_version(&found) < Some(OLDEST_SQLITE) {
            return Err(OpenError::OldSqlite { found });
        }
        migrations::migrator(Kind::Sqlite).run(&writer).await?;
        let readers = sqlite_readers(path).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Opens an existing SQLite file without the right to change it, beside a process that serves from it.
    ///
    /// # Errors
    ///
    /// When there is no such file, it is no database, or it is one of another version of the program.
    pub async fn open_sqlite_read_only(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let readers = sqlite_readers(path).await?;
        let db = Self::Sqlite { writer: readers.clone(), readers };
        db.require_current().await?;
        Ok(db)
    }

    /// Connects to the PostgreSQL database at `url` and applies what migrations are pending.
    ///
    /// # Errors
    ///
    /// When the URL is malformed, or the database cannot be reached or migrated.
    pub async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let pool = postgres_pool(url, false).await?;
        // They hold no shard, may take long, and wait for each other when several nodes start at once.
        let options = pool.connect_options().as_ref().clone().options(PATIENT);
        let mut conn = options.connect().await?;
        migrations::migrator(Kind::Postgres).run(&mut conn).await?;
        conn.close().await?;
        Ok(Self::Postgres(pool))
    }

    /// Connects to the PostgreSQL database at `url` for reads alone.
    ///
    /// # Errors
    ///
    /// When the URL is malformed, the database cannot be reached, or it is one of another version of the program.
    pub async fn open_postgres_read_only(url: &str) -> Result<Self, OpenError> {
        let db = Self::Postgres(postgres_pool(url, true).await?);
        db.require_current().await?;
        Ok(db)
    }

    /// Whoever only reads a database cannot bring it up to date.
    async fn require_current(&self) -> Result<(), OpenError> {
        Ok(migrations::require_current(self.read().await?.conn()).await?)
    }

    pub const fn kind(&self) -> Kind {
        match self {
            Self::Sqlite { .. } => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// Opens a write transaction.
    ///
    /// SQLite takes its one write lock here and not at the first write, because a transaction that reads first
    /// and writes later fails at once when another has written in between.
    ///
    /// # Errors
    ///
    /// When no connection is free in time.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => Tx::Postgres(begin_whole(pool, "begin").await?),
        })
    }

    /// Opens a transaction that sees one state of the database from its first statement on, and changes nothing.
    ///
    /// # Errors
    ///
    /// When no connection is free in time.
    pub async fn snapshot(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => {
                Tx::Postgres(begin_whole(pool, "begin isolation level repeatable read read only").await?)
            }
        })
    }

    /// Takes a connection for reads.
    ///
    /// # Errors
    ///
    /// When no connection is free in time.
    pub async fn read(&self) -> sqlx::Result<Reader> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Self::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// Opens a connection that no pool knows, with the rights of a writer.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn connect(&self) -> sqlx::Result<Dedicated> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Dedicated::Sqlite(writer.connect_options().connect().await?),
            Self::Postgres(pool) => Dedicated::Postgres(pool.connect_options().connect().await?),
        })
    }

    /// The same database for a thread with a runtime of its own, which is the one that it is called on. What it needs often it
    /// reaches by connections that belong to this runtime and are opened when first needed: for those of the others it would
    /// stand in line, and be woken when the other runtime has time. SQLite's one connection that writes is everybody's.
    #[must_use]
    pub fn apart(&self) -> Self {
        match self {
            Self::Sqlite { writer, readers } => {
                let options = readers.connect_options().as_ref().clone();
                Self::Sqlite { writer: writer.clone(), readers: sqlite_pool(1).connect_lazy_with(options) }
            }
            Self::Postgres(pool) => {
                let options = pool.connect_options().as_ref().clone();
                let pool = PgPoolOptions::new().max_connections(POSTGRES_WRITER_CONNECTIONS);
                Self::Postgres(pool.connect_lazy_with(options))
            }
        }
    }

    /// Closes what [`apart`](Self::apart) has opened.
    pub async fn leave(&self) {
        match self {
            Self::Sqlite { readers, .. } => readers.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Closes every connection; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL may lose the last commits when the power fails, and a payment is one of them.
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
        .pragma("cache_size", SQLITE_WRITER_CACHE)
        // Else what was erased would stay readable in the parts of the file that are free.
        .pragma("secure_delete", "on")
        // What a statement has changed before it fails is remembered there, in a file of its own for each that is large.
        .pragma("temp_store", "memory")
}

/// A file does not go away by itself: there is no need to ask before each use whether it is still there.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false)
}

async fn sqlite_readers(path: &Path) -> sqlx::Result<SqlitePool> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    // Only the writer folds the write-ahead log into the file.
    let options = options.pragma("wal_autocheckpoint", "0").pragma("query_only", "on");
    sqlite_pool(SQLITE_READERS).connect_with(options).await
}

/// Begins a transaction, to the end even when whoever asked for it goes away meanwhile.
///
/// A request ends where its client leaves. sqlx does not roll back what was begun and not yet answered then, and gives the
/// connection to the next: who would be refused, or read what was there when it began, until PostgreSQL ends the connection.
async fn begin_whole(pool: &PgPool, statement: &'static str) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    to_the_end(async move { pool.begin_with(statement).await }).await
}

/// Does something to its end even when whoever asked for it goes away meanwhile.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> sqlx::Result<T> {
    tokio::spawn(work).await.unwrap_or_else(|broken| match broken.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime ends.
        Err(_) => Err(sqlx::Error::PoolClosed),
    })
}

async fn postgres_pool(url: &str, read_only: bool) -> Result<PgPool, OpenError> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(OpenError::Address);
    }
    // What is wrong with an address is not repeated: there may be a password in it.
    let mut options: PgConnectOptions = url.parse().map_err(|_| OpenError::Address)?;
    options = options.application_name("plenary").options([
        ("synchronous_commit", "on"),
        // A node that stands still must not keep the others from a shard for long.
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", if read_only { "0" } else { "2s" }),
        ("tcp_keepalives_idle", "10"),
        ("default_transaction_read_only", if read_only { "on" } else { "off" }),
    ]);
    if !read_only {
        options = options.options(BY_KEY);
    }
    // A pool goes on asking a server that is not there, and says then that it has no connection to give.
    options.connect().await?.close().await?;
    Ok(PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).connect_with(options).await?)
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)))
}

impl Tx {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(tx) => Conn::Sqlite(tx),
            Self::Postgres(tx) => Conn::Postgres(tx),
        }
    }

    /// Commits, durable.
    ///
    /// # Errors
    ///
    /// When the database refuses or cannot be reached; then it is not known whether the transaction was kept.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Gives up everything written in it.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached; nothing of the transaction is kept then either.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }
}

impl Reader {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn) => Conn::Sqlite(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }
}

/// Every statement of the program, so that one test can prepare each on its database.
#[cfg(test)]
#[derive(Debug)]
pub struct Statement {
    pub sql: &'static str,
    pub place: &'static str,
    pub kind: Kind,
}

#[cfg(test)]
inventory::collect!(Statement);

/// Runs a statement and gives the number of rows it changed.
#[macro_export]
macro_rules! execute {
    ($conn:expr, $($rest:tt)+) => {
        $crate::run!(query, execute, $conn, $($rest)+)
    };
}

/// Gives all rows as `$row`.
#[macro_export]
macro_rules! fetch_all {
    ($conn:expr, $row:ty, $($rest:tt)+) => {
        $crate::run!(query_as::<$row>, fetch_all, $conn, $($rest)+)
    };
}

/// Gives rows as `$row` where there are many. SQLite gives them as one JSON array of arrays, because sqlx copies each value
/// of each row from thread to thread, which costs several times as much as to find it.
#[macro_export]
macro_rules! fetch_many {
    ($conn:expr, $row:ty, sqlite: $sqlite:literal, postgres: $postgres:literal $(, $arg:expr)* $(,)?) => {{
        $crate::note_statement!($sqlite, $postgres);
        match $conn {
            $crate::db::Conn::Sqlite(conn) => sqlx::query_scalar::<_, String>($sqlite)$(.bind($arg))*
                .fetch_one(conn).await
                .and_then(|rows| serde_json::from_str::<Vec<$row>>(&rows).map_err(|it| sqlx::Error::Decode(it.into()))),
            $crate::db::Conn::Postgres(conn) => sqlx::query_as::<_, $row>($postgres)$(.bind($arg))*
                .fetch_all(conn).await,
        }
    }};
}

/// Gives the first row as `$row`, if there is one.
#[macro_export]
macro_rules! fetch_optional {
    ($conn:expr, $row:ty, $($rest:tt)+) => {
        $crate::run!(query_as::<$row>, fetch_optional, $conn, $($rest)+)
    };
}

/// A struct with named fields that the columns of the same names are read into.
///
/// (`#[derive(sqlx::FromRow)]` does the same, and compiles all of sqlx a second time to do so.)
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_visibility:vis $field:ident: $kind:ty),+ $(,)?
    }) => {
        $(#[$meta])*
        $visibility struct $name {
            $($(#[$field_meta])* $field_visibility $field: $kind,)+
        }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($kind: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)+
        {
            fn from_row(row: &'r R) -> sqlx::Result<Self> {
                Ok(Self { $($field: row.try_get(stringify!($field))?,)+ })
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! run {
    ($query:ident $(::<$row:ty>)?, $method:ident, $conn:expr, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::run!($query $(::<$row>)?, $method, $conn, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
    ($query:ident $(::<$row:ty>)?, $method:ident, $conn:expr, sqlite: $sqlite:literal, postgres: $postgres:literal $(, $arg:expr)* $(,)?) => {{
        $crate::note_statement!($sqlite, $postgres);
        match $conn {
            $crate::db::Conn::Sqlite(conn) => sqlx::$query$(::<_, $row>)?($sqlite)$(.bind($arg))*
                .$method(conn).await.map($crate::db::Outcome::outcome),
            $crate::db::Conn::Postgres(conn) => sqlx::$query$(::<_, $row>)?($postgres)$(.bind($arg))*
                .$method(conn).await.map($crate::db::Outcome::outcome),
        }
    }};
}

/// Notes a statement for the test that prepares every one.
#[doc(hidden)]
#[macro_export]
macro_rules! note_statement {
    ($sqlite:literal, $postgres:literal) => {
        #[cfg(test)]
        const _: () = {
            const PLACE: &str = concat!(file!(), ":", line!());
            inventory::submit! {
                $crate::db::Statement { sql: $sqlite, place: PLACE, kind: $crate::db::Kind::Sqlite }
            }
            inventory::submit! {
                $crate::db::Statement { sql: $postgres, place: PLACE, kind: $crate::db::Kind::Postgres }
            }
        };
    };
}

/// What a statement gives back on either database.
#[doc(hidden)]
pub trait Outcome {
    type Value;
    fn outcome(self) -> Self::Value;
}

impl Outcome for sqlx::sqlite::SqliteQueryResult {
    type Value = u64;
    fn outcome(self) -> u64 {
        self.rows_affected()
    }
}

impl Outcome for sqlx::postgres::PgQueryResult {
    type Value = u64;
    fn outcome(self) -> u64 {
        self.rows_affected()
    }
}

impl<T> Outcome for Vec<T> {
    type Value = Self;
    fn outcome(self) -> Self {
        self
    }
}

impl<T> Outcome for Option<T> {
    type Value = Self;
    fn outcome(self) -> Self {
        self
    }
}
