//! The migrations of both databases, in the order in which they are applied.
//!
//! They are named here one by one and compiled in. (`sqlx::migrate!` would find them by itself, and compile all of
//! sqlx a second time to do so.) A test compares the names with the folders.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::db::{Conn, Kind};
use crate::schema;

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        const MIGRATIONS: &[Texts] = &[$(Texts {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }),+];
    };
}

migrations! {
    1 "0001_initial",
    2 "0002_personal_keys",
    3 "0003_promo_codes",
    4 "0004_wait_list",
    5 "0005_refunds",
    6 "0006_outbox_parked",
    7 "0007_derived_generation",
    8 "0008_event_forms",
    9 "0009_translations",
    10 "0010_payment_inbox_open",
    11 "0011_keys_by_time",
}

/// One migration, written for each database.
struct Texts {
    version: i64,
    /// The name of its files.
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// What brings a database of this kind up to date.
pub fn migrator(kind: Kind) -> Migrator {
    let migration = |texts: &Texts| {
        let sql = match kind {
            Kind::Sqlite => texts.sqlite,
            Kind::Postgres => texts.postgres,
        };
        let (_, description) = texts.name.split_once('_').unwrap_or(("", texts.name));
        let description = description.replace('_', " ").into();
        Migration::new(texts.version, description, MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

/// Why a database cannot be read as it is.
#[derive(Debug, thiserror::Error)]
pub enum Outdated {
    #[error("the database is empty: nothing was ever served from it or imported into it")]
    Empty,
    #[error(
        "the database has migrations {found:?} and this program {known:?}; use the program that serves from it"
    )]
    Other { found: Vec<i64>, known: Vec<i64> },
    #[error("the migrations of the database cannot be read")]
    Database(#[source] sqlx::Error),
}

/// Whether a database has the tables of this program. Whoever only reads it cannot bring it up to date.
///
/// # Errors
///
/// When it has others, none, or the database fails.
pub async fn require_current(conn: Conn<'_>) -> Result<(), Outdated> {
    let found = schema::migrations(conn).await.map_err(|error| match error {
        // There is no such table.
        sqlx::Error::Database(_) => Outdated::Empty,
        other => Outdated::Database(other),
    })?;
    let known: Vec<_> = MIGRATIONS.iter().map(|it| it.version).collect();
    if found == known { Ok(()) } else { Err(Outdated::Other { found, known }) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::{Connection, Executor, SqliteConnection};

    use super::*;

    /// What was recorded before its keys began with the id is there afterwards, in the same order.
    #[tokio::test]
    async fn a_log_from_before_keys_went_by_time_is_kept() {
        let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let all = migrator(Kind::Sqlite);
        let before = all.iter().filter(|it| it.version < 11).cloned().collect();
        Migrator::with_migrations(before).run(&mut conn).await.unwrap();
        let fill = "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 100)
            insert into events select n % 3, n, x'c0', cast(n as blob), 'counter', 1, cast(-n as blob), 'Counted', 1,
                x'00', x'00', n, 'payload ' || n from numbers;
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 100)
            insert into commands select n % 3, cast(n as blob), 201, x'00', n, x'11', n from numbers;
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 100)
            insert into processes select n % 3, cast(n as blob), x'c0', 1, '{}', n, 7 from numbers";
        conn.execute(fill).await.unwrap();
        let rows = async |conn: &mut SqliteConnection| -> Vec<String> {
            let all = "select json_array(shard, position, hex(conference_id), hex(stream_id), stream_type, version, hex(event_id),
                    event_type, schema_version, hex(correlation_id), hex(causation_id), recorded_at, payload)
                from (select * from events order by rowid)
                union all select * from (select json_array(shard, hex(command_id), status, hex(concerns), version, hex(body_hash),
                    recorded_at) from commands order by command_id)
                union all select * from (select json_array(shard, hex(process_id), hex(conference_id), version, state, due_at,
                    token) from processes order by process_id)";
            sqlx::query_scalar(all).fetch_all(conn).await.unwrap()
        };
        let recorded = rows(&mut conn).await;
        assert_eq!(recorded.len(), 300);
        all.run(&mut conn).await.unwrap();
        assert_eq!(rows(&mut conn).await, recorded);
    }

    #[test]
    fn every_migration_is_named_under_its_number() {
        let named: BTreeSet<_> = MIGRATIONS.iter().map(|it| format!("{}.sql", it.name)).collect();
        for kind in ["sqlite", "postgres"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(kind);
            let files = std::fs::read_dir(folder).unwrap();
            let files: BTreeSet<_> =
                files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            assert_eq!(files, named, "the files of {kind} and the names in migrations.rs");
        }
        for it in MIGRATIONS {
            assert!(
                it.name.starts_with(&format!("{:04}_", it.version)),
                "{} is number {}",
                it.name,
                it.version
            );
        }
    }
}
