//! Statements that wait for the end of a batch, to be sent all at once.
//!
//! A trip to the database costs as much as several rows: on SQLite the hand-over to the thread that its connection lives
//! on, on PostgreSQL two changes from one process to another. A batch writes a dozen tables, and one trip serves them all.

use std::fmt::Write as _;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Either, Executor, PgConnection, Row, SqliteConnection, SqlitePool};

use super::{Conn, Db, begin_whole, to_the_end};

/// A statement that takes its rows as one JSON array, `$1`, and gives nothing back.
#[derive(Debug)]
pub struct Write {
    pub sqlite: &'static str,
    pub postgres: &'static str,
    pub rows: String,
    /// How many rows it changes; `None` where that depends on what is there.
    pub changes: Option<usize>,
}

/// What waits, in the order in which it is to happen. On PostgreSQL all of it is one statement, whose parts do not see each
/// other's effects: no two of them may change the same row.
#[derive(Debug, Default)]
pub struct Writes(Vec<Write>);

impl Writes {
    /// Has a statement wait. The macro [`later!`](crate::later) makes one.
    pub fn add(&mut self, write: Write) {
        self.0.push(write);
    }

    /// Sends what waits. Nothing waits afterwards.
    ///
    /// # Errors
    ///
    /// When the database fails or refuses, and [`RowNotFound`](sqlx::Error::RowNotFound) when a statement has changed more or
    /// fewer rows than it says. Some may have been written then: the transaction is to be given up.
    pub async fn send(&mut self, conn: Conn<'_>) -> sqlx::Result<()> {
        let writes = std::mem::take(&mut self.0);
        let changed = match conn {
            _ if writes.is_empty() => return Ok(()),
            Conn::Sqlite(conn) => send_to_sqlite(conn, &writes).await?,
            Conn::Postgres(conn) => send_to_postgres(conn, &writes).await?,
        };
        let expected = writes.iter().filter_map(|write| write.changes);
        if expected.eq(changed) { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
    }

    /// Sends what waits in a transaction of its own and commits it, durable. On SQLite all of it is one trip.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send), and when it cannot be committed. Nothing of it is kept then, unless it was the commit that
    /// failed: then it is not known.
    pub async fn commit(mut self, db: &Db) -> sqlx::Result<()> {
        match db {
            Db::Sqlite { writer, .. } => commit_on_sqlite(writer.clone(), self.0).await,
            Db::Postgres(pool) => {
                let mut tx = begin_whole(pool, "begin").await?;
                self.send(Conn::Postgres(&mut tx)).await?;
                tx.commit().await
            }
        }
    }
}

/// What makes a transaction fail when something in it is not as it should be, a statement that has changed another number of
/// rows than it says for one: a view that refuses to be written to.
const EXPECTATIONS: &str = "create temp view unexpected (found) as select 0;
    create temp trigger refuse_unexpected instead of insert on unexpected
        begin select raise(abort, 'something else was found than expected'); end";

/// Makes a connection ready to [commit](Writes::commit) on.
pub(super) async fn prepare(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    conn.execute(EXPECTATIONS).await.map(drop)
}

/// Whoever asked for it and went away meanwhile would leave an open transaction behind.
async fn commit_on_sqlite(pool: SqlitePool, writes: Vec<Write>) -> sqlx::Result<()> {
    to_the_end(async move {
        let mut conn = pool.acquire().await?;
        let committed = begin_to_commit(&mut conn, writes).await;
        // What fails leaves the transaction open, most of the time. Where there is nothing to give up, nobody knows what there is.
        if committed.is_err() && conn.execute("rollback").await.is_err() {
            let _ = conn.detach().close().await;
        }
        committed
    })
    .await
}

async fn begin_to_commit(conn: &mut SqliteConnection, writes: Vec<Write>) -> sqlx::Result<()> {
    let mut sql = String::from("begin immediate;\n");
    for (number, write) in (1..).zip(&writes) {
        sql.push_str(&numbered(write.sqlite, number));
        sql.push_str(";\n");
        if write.changes.is_some() {
            let expected = writes.len() + number;
            // Writing to a text does not fail.
            let _ = writeln!(sql, "insert into unexpected select 1 where changes() <> ${expected};");
        }
    }
    sql.push_str("commit");
    let (rows, changes): (Vec<_>, Vec<_>) = writes.into_iter().map(|it| (it.rows, it.changes)).unzip();
    let query = rows.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), sqlx::query::Query::bind);
    let changes = changes.into_iter().map(|it| it.and_then(|changes| i64::try_from(changes).ok()));
    let query = changes.fold(query, sqlx::query::Query::bind);
    conn.execute(query).await.map(drop)
}

/// Gives how many rows were changed by each statement that says how many it changes.
async fn send_to_sqlite(conn: &mut SqliteConnection, writes: &[Write]) -> sqlx::Result<Vec<usize>> {
    let mut sql = String::new();
    for (number, write) in (1..).zip(writes) {
        sql.push_str(&numbered(write.sqlite, number));
        sql.push_str(";\n");
    }
    let query = writes.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, it| query.bind(it.rows.as_str()));
    let mut results = conn.fetch_many(query);
    let mut changed = Vec::new();
    let mut statements = writes.iter();
    while let Some(result) = results.try_next().await? {
        if let (Either::Left(done), Some(write)) = (result, statements.next())
            && write.changes.is_some()
        {
            changed.push(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX));
        }
    }
    Ok(changed)
}

/// As [`send_to_sqlite`].
async fn send_to_postgres(conn: &mut PgConnection, writes: &[Write]) -> sqlx::Result<Vec<usize>> {
    let (mut sql, mut counts) = (String::from("with "), String::from("select 0::bigint"));
    for (number, write) in (1..).zip(writes) {
        let comma = if number == 1 { "" } else { ",\n" };
        let statement = numbered(write.postgres, number);
        let returning = if write.changes.is_some() { " returning 1" } else { "" };
        // Writing to a text does not fail.
        let _ = write!(sql, "{comma}w{number} as ({statement}{returning})");
        if write.changes.is_some() {
            let _ = write!(counts, ", (select count(*) from w{number})");
        }
    }
    sql.push('\n');
    sql.push_str(&counts);
    let query = writes.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, it| query.bind(it.rows.as_str()));
    let row = query.fetch_one(conn).await?;
    let count =
        |index| row.try_get::<i64, _>(index).map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    (1..row.len()).map(count).collect()
}

/// The statement with its parameter as the `number`th of all.
fn numbered(statement: &str, number: usize) -> String {
    statement.replace("$1", &format!("${number}"))
}

/// Has a statement wait for the end of the batch: `later!(writes, changes: n, sqlite: "…", postgres: "…", rows)`.
/// Without `changes` it may change as many rows as it likes.
#[macro_export]
macro_rules! later {
    ($writes:expr, sqlite: $sqlite:literal, postgres: $postgres:literal, $rows:expr $(,)?) => {
        $crate::later!(@ $writes, None, $sqlite, $postgres, $rows)
    };
    ($writes:expr, changes: $changes:expr, sqlite: $sqlite:literal, postgres: $postgres:literal, $rows:expr $(,)?) => {
        $crate::later!(@ $writes, Some($changes), $sqlite, $postgres, $rows)
    };
    (@ $writes:expr, $changes:expr, $sqlite:literal, $postgres:literal, $rows:expr) => {{
        $crate::note_statement!($sqlite, $postgres);
        $writes.add($crate::db::Write { sqlite: $sqlite, postgres: $postgres, rows: $rows, changes: $changes });
    }};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing;

    /// Has the heads of shards moved: `[[shard, position], …]`.
    fn moved(rows: &str, changes: Option<usize>) -> Write {
        Write {
            sqlite: "update log_heads set position = value->>1 from jsonb_each($1) where shard = value->>0",
            postgres: "update log_heads set position = (value->>1)::bigint
                from jsonb_array_elements($1::jsonb) as rows(value) where shard = (value->>0)::smallint",
            rows: rows.to_owned(),
            changes,
        }
    }

    async fn heads(db: &Db, writes: impl IntoIterator<Item = Write>) -> sqlx::Result<[i64; 3]> {
        let mut tx = db.begin().await.unwrap();
        let mut waiting = Writes(writes.into_iter().collect());
        waiting.send(tx.conn()).await?;
        assert!(waiting.0.is_empty());
        let heads = crate::eventstore::heads(tx.conn()).await.unwrap();
        tx.rollback().await.unwrap();
        Ok(std::array::from_fn(|shard| heads[shard].1))
    }

    #[tokio::test]
    async fn everything_that_waits_is_sent_with_its_own_rows() {
        for it in testing::databases().await {
            assert_eq!(heads(&it.db, []).await.unwrap(), [0, 0, 0]);
            let writes = [moved("[[0, 7], [1, 8]]", Some(2)), moved("[[2, 9], [-1, 9]]", None)];
            assert_eq!(heads(&it.db, writes).await.unwrap(), [7, 8, 9]);
        }
    }

    async fn stored(db: &Db) -> [i64; 3] {
        let heads = crate::eventstore::heads(db.read().await.unwrap().conn()).await.unwrap();
        std::array::from_fn(|shard| heads[shard].1)
    }

    #[tokio::test]
    async fn a_whole_transaction_is_kept_or_nothing_of_it() {
        for it in testing::databases().await {
            Writes::default().commit(&it.db).await.unwrap();
            let kept = Writes(vec![moved("[[0, 7], [1, 8]]", Some(2)), moved("[[2, 9], [-1, 9]]", None)]);
            kept.commit(&it.db).await.unwrap();
            assert_eq!(stored(&it.db).await, [7, 8, 9]);
            for unexpected in [moved("[[2, 4]]", Some(2)), moved("[[2, null]]", None)] {
                let lost = Writes(vec![moved("[[1, 4]]", Some(1)), unexpected]);
                assert!(lost.commit(&it.db).await.is_err());
                assert_eq!(stored(&it.db).await, [7, 8, 9]);
            }
            // Whoever comes next finds no transaction open.
            Writes(vec![moved("[[0, 1]]", Some(1))]).commit(&it.db).await.unwrap();
            assert_eq!(stored(&it.db).await, [1, 8, 9]);
        }
    }

    #[tokio::test]
    async fn a_statement_that_changes_another_number_of_rows_than_it_says_is_an_error() {
        for it in testing::databases().await {
            let too_few = [moved("[[0, 7]]", None), moved("[[1, 8], [-1, 8]]", Some(2))];
            let too_many = [moved("[[0, 7], [1, 8]]", Some(1)), moved("[[2, 9]]", Some(1))];
            for writes in [too_few, too_many] {
                let sent = heads(&it.db, writes).await;
                assert!(matches!(sent, Err(sqlx::Error::RowNotFound)), "{sent:?}");
            }
        }
    }
}
