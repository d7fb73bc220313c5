//! A derived table and its new rows beside it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use plenary_shared::ConferenceId;

use crate::db::{Conn, Kind};
use crate::execute;
use crate::messaging::Error;
use crate::schema::{self, Form, Table};

/// Rows that a report names.
const NAMED: usize = 10;

/// The rows that differed.
#[derive(Debug, Default)]
pub struct Differences {
    pub count: usize,
    /// The first of them: table and key.
    pub named: Vec<String>,
}

/// A table with its new rows in a temporary table of the same name.
#[derive(Debug)]
pub(super) struct Shadow {
    pub table: Table,
    kind: Kind,
    /// The table that everybody sees.
    live: String,
    /// The one that this connection sees when it names no schema.
    beside: String,
}

impl Shadow {
    /// Makes the table beside `table`, empty.
    pub async fn create(mut conn: Conn<'_>, table: Table, home: &str) -> Result<Self, Error> {
        let (kind, name) = (conn.kind(), &table.name);
        let live = format!("{home}.{name}");
        let (beside, create) = match kind {
            Kind::Sqlite => {
                let columns = schema::definition(conn.again(), name).await?;
                (format!("temp.{name}"), format!("create temp table {name} {columns}"))
            }
            Kind::Postgres => (
                format!("pg_temp.{name}"),
                format!("create temp table {name} (like {live} including defaults including indexes)"),
            ),
        };
        schema::run(conn, create).await?;
        Ok(Self { table, kind, live, beside })
    }

    /// Finds the rows that differ, and the conferences that they belong to.
    pub async fn compare(
        &self,
        mut conn: Conn<'_>,
        differences: &mut Differences,
        suspects: &mut BTreeSet<ConferenceId>,
    ) -> Result<(), Error> {
        let (live, beside) = (&self.live, &self.beside);
        let missing_or_other = self.unmatched(beside, live);
        let surplus_or_other = self.unmatched(live, beside);
        let mut keys = BTreeSet::new();
        for rows in [&missing_or_other, &surplus_or_other] {
            let key = self.key_in_words();
            schema::each(conn.again(), format!("select {key} from {rows}"), |key| {
                keys.extend(key);
                Ok::<_, Error>(())
            })
            .await?;
            if self.table.has("conference_id") {
                let id = self.in_words("conference_id");
                schema::each(conn.again(), format!("select distinct {id} from {rows}"), |id| {
                    suspects.extend(id.and_then(|id| id.parse().ok()).map(ConferenceId));
                    Ok::<_, Error>(())
                })
                .await?;
            }
        }
        differences.count += keys.len();
        let room = NAMED.saturating_sub(differences.named.len());
        differences.named.extend(keys.into_iter().take(room).map(|key| format!("{} {key}", self.table.name)));
        Ok(())
    }

    /// Replaces the rows of these conferences that differ; of a table that knows no conferences, all that differ.
    /// Gives how many.
    pub async fn replace(&self, mut conn: Conn<'_>, suspects: &str) -> Result<u64, Error> {
        let (live, beside, columns) = (&self.live, &self.beside, self.table.listed());
        let among = self.among("t");
        let gone =
            format!("delete from {live} as t where {among} and not exists ({})", self.match_of(beside));
        let gone = schema::run_with(conn.again(), gone, suspects).await?;
        let missing = format!(
            "insert into {live} ({columns}) select {columns} from {beside} as t
             where {among} and not exists (select 1 from {live} as o where {})",
            self.same_key(),
        );
        let come = schema::run_with(conn, missing, suspects).await?;
        Ok(gone.max(come))
    }

    /// How many rows the new table has.
    pub async fn rows(&self, conn: Conn<'_>) -> Result<i64, Error> {
        Ok(schema::number(conn, format!("select count(*) from {}", self.beside)).await?)
    }

    /// The rows of one table, as `t`, that the other has not or has otherwise.
    fn unmatched(&self, one: &str, other: &str) -> String {
        format!("{one} as t where not exists ({})", self.match_of(other))
    }

    /// The row of another table that is `t` in every column.
    fn match_of(&self, other: &str) -> String {
        let same = |column: &str| match self.kind {
            Kind::Sqlite => format!("o.{column} is t.{column}"),
            Kind::Postgres => format!("o.{column} is not distinct from t.{column}"),
        };
        let rest = self.table.columns.iter().filter(|it| !self.table.key.contains(&it.name));
        let rest = rest.fold(self.same_key(), |mut all, it| {
            let _ = write!(all, " and {}", same(&it.name));
            all
        });
        format!("select 1 from {other} as o where {rest}")
    }

    fn same_key(&self) -> String {
        let columns = self.table.key.iter().map(|column| format!("o.{column} = t.{column}"));
        columns.collect::<Vec<_>>().join(" and ")
    }

    /// Whether a row belongs to one of the conferences in the parameter.
    fn among(&self, row: &str) -> String {
        // Every statement has its parameter, whether it looks at it or not.
        if !self.table.has("conference_id") {
            return "$1 <> ''".to_owned();
        }
        match self.kind {
            Kind::Sqlite => {
                format!("{row}.conference_id in (select unhex(value, '-') from jsonb_each($1))")
            }
            Kind::Postgres => format!(
                "{row}.conference_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) as ids(value))"
            ),
        }
    }

    fn key_in_words(&self) -> String {
        let columns = self.table.key.iter().map(|column| self.in_words(column));
        columns.collect::<Vec<_>>().join(" || ' ' || ")
    }

    /// A column as text.
    fn in_words(&self, column: &str) -> String {
        let form = self.table.columns.iter().find(|it| it.name == column);
        match (self.kind, form.map(|it| (it.form, it.native.as_str()))) {
            (Kind::Sqlite, Some((Form::Blob, _))) => format!("lower(hex(t.{column}))"),
            (Kind::Postgres, Some((Form::Blob, "bytea"))) => format!("encode(t.{column}, 'hex')"),
            (Kind::Postgres, Some((Form::Blob, _))) => format!("replace(t.{column}::text, '-', '')"),
            (Kind::Sqlite, _) => format!("cast(t.{column} as text)"),
            (Kind::Postgres, _) => format!("t.{column}::text"),
        }
    }
}

/// Has serving processes forget the derived rows that they keep in memory.
pub(super) async fn tell_servers(conn: Conn<'_>) -> Result<(), Error> {
    execute!(conn, "update derived_generation set generation = generation + 1")?;
    Ok(())
}
