//! The tables of a database as it describes them itself, for what treats all of them alike: rebuild, export, import.
//!
//! Nothing here names a table of a room. Statements are put together from the names that the database gave, and
//! every value is bound.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::db::{Conn, Kind};
use crate::{fetch_all, fetch_optional};

/// A table and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// In the order of the table.
    pub columns: Vec<Column>,
    /// The names of the columns of its primary key, in the order of the key.
    pub key: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub form: Form,
    /// What the database calls its type.
    pub native: String,
}

/// What a column holds, whatever database it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bytes: ids and hashes too.
    Blob,
    /// A number, or yes and no as 1 and 0.
    Integer,
    Text,
}

impl Form {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Integer => "integer",
            Self::Text => "text",
        }
    }

    fn of(native: &str) -> Option<Self> {
        Some(match native.to_lowercase().as_str() {
            "blob" | "bytea" | "uuid" => Self::Blob,
            "integer" | "smallint" | "bigint" | "boolean" => Self::Integer,
            "text" => Self::Text,
            _ => return None,
        })
    }
}

impl Table {
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|it| it.name == column)
    }

    /// The names of its columns, as a statement lists them.
    pub fn listed(&self) -> String {
        self.columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Conn<'_> {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }
}

/// Every table of the program, by name; not the list of migrations.
///
/// # Errors
///
/// When the database fails or has a column of a type that is not used here.
pub async fn tables(mut conn: Conn<'_>) -> sqlx::Result<Vec<Table>> {
    let names = fetch_all!(
        conn.again(),
        (String,),
        sqlite: "select name from sqlite_master
            where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name <> '_sqlx_migrations'
            order by name",
        postgres: "select tablename::text from pg_tables
            where schemaname = current_schema() and tablename <> '_sqlx_migrations'
            order by tablename::text collate \"C\"",
    )?;
    let mut tables = Vec::with_capacity(names.len());
    for (name,) in names {
        tables.push(describe(conn.again(), name).await?);
    }
    Ok(tables)
}

async fn describe(conn: Conn<'_>, name: String) -> sqlx::Result<Table> {
    let rows = fetch_all!(
        conn,
        (String, String, i64),
        sqlite: "select name, type, pk from pragma_table_info($1) order by cid",
        postgres: "select a.attname::text, format_type(a.atttypid, null),
                coalesce(array_position(i.indkey::int2[], a.attnum), -1)::bigint + 1
            from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
            where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum",
        name.as_str(),
    )?;
    let mut key: Vec<_> = rows.iter().filter(|(_, _, place)| *place > 0).collect();
    key.sort_by_key(|(_, _, place)| *place);
    let key = key.into_iter().map(|(name, _, _)| name.clone()).collect();
    let column = |(column, native, _): &(String, String, i64)| {
        let form = Form::of(native);
        let form = form.ok_or_else(|| unusable(format!("{name}.{column} is of type {native}")))?;
        Ok(Column { name: column.clone(), form, native: native.to_lowercase() })
    };
    let columns = rows.iter().map(column).collect::<sqlx::Result<_>>()?;
    Ok(Table { name, columns, key })
}

fn unusable(what: String) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// The numbers of the migrations that were applied.
///
/// # Errors
///
/// When the database fails or was never migrated.
pub async fn migrations(conn: Conn<'_>) -> sqlx::Result<Vec<i64>> {
    let applied = fetch_all!(conn, (i64,), "select version from _sqlx_migrations order by version")?;
    Ok(applied.into_iter().map(|(version,)| version).collect())
}

/// The schema that the tables of a PostgreSQL database lie in, quoted; `main` on SQLite.
///
/// # Errors
///
/// When the database fails.
pub async fn home(conn: Conn<'_>) -> sqlx::Result<String> {
    let row = fetch_optional!(
        conn,
        (String,),
        sqlite: "select 'main'",
        postgres: "select quote_ident(current_schema()::text)",
    )?;
    row.map(|(name,)| name).ok_or(sqlx::Error::RowNotFound)
}

/// The statement with which SQLite made a table, from its first bracket on.
///
/// # Errors
///
/// When the database fails or has no such table.
pub async fn definition(conn: Conn<'_>, table: &str) -> sqlx::Result<String> {
    let row = fetch_optional!(
        conn,
        (String,),
        sqlite: "select sql from main.sqlite_master where type = 'table' and name = $1",
        postgres: "select ''::text where $1 <> ''",
        table,
    )?;
    let (sql,) = row.ok_or(sqlx::Error::RowNotFound)?;
    let from = sql.find('(').ok_or_else(|| unusable(format!("{table} has no columns")))?;
    Ok(sql[from..].to_owned())
}

/// Runs a statement that was put together from names of tables and columns. Gives the number of rows it changed.
///
/// # Errors
///
/// When the database fails.
pub async fn run(conn: Conn<'_>, sql: String) -> sqlx::Result<u64> {
    match conn {
        Conn::Sqlite(conn) => Ok(conn.execute(AssertSqlSafe(sql)).await?.rows_affected()),
        Conn::Postgres(conn) => Ok(conn.execute(AssertSqlSafe(sql)).await?.rows_affected()),
    }
}

/// As [`run`], with one parameter.
///
/// # Errors
///
/// When the database fails.
pub async fn run_with(conn: Conn<'_>, sql: String, value: &str) -> sqlx::Result<u64> {
    let sql = AssertSqlSafe(sql);
    Ok(match conn {
        Conn::Sqlite(conn) => sqlx::query(sql).bind(value).execute(conn).await?.rows_affected(),
        Conn::Postgres(conn) => sqlx::query(sql).bind(value).execute(conn).await?.rows_affected(),
    })
}

/// The one number that a statement gives.
///
/// # Errors
///
/// When the database fails.
pub async fn number(conn: Conn<'_>, sql: String) -> sqlx::Result<i64> {
    let sql = AssertSqlSafe(sql);
    match conn {
        Conn::Sqlite(conn) => sqlx::query_scalar(sql).fetch_one(conn).await,
        Conn::Postgres(conn) => sqlx::query_scalar(sql).fetch_one(conn).await,
    }
}

/// Hands every row's text to `take`, one after the other, without having all of them at hand.
///
/// # Errors
///
/// When the database or `take` fails.
pub async fn each<E: From<sqlx::Error>>(
    conn: Conn<'_>,
    sql: String,
    mut take: impl FnMut(Option<String>) -> Result<(), E>,
) -> Result<(), E> {
    let sql = AssertSqlSafe(sql);
    match conn {
        Conn::Sqlite(conn) => {
            let mut rows = sqlx::query(sql).fetch(conn);
            while let Some(row) = rows.try_next().await? {
                take(row.try_get(0)?)?;
            }
        }
        Conn::Postgres(conn) => {
            let mut rows = sqlx::query(sql).fetch(conn);
            while let Some(row) = rows.try_next().await? {
                take(row.try_get(0)?)?;
            }
        }
    }
    Ok(())
}
