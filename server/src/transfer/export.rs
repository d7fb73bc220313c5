//! Writes what cannot be derived.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use super::{Checksum, Footer, Header, Heading, LOCAL, TransferError};
use crate::db::{Conn, Db, Kind};
use crate::schema::{self, Column, Form, Table};

/// Writes one state of the database to `out`, beside a process that goes on serving. Gives the number of rows.
///
/// # Errors
///
/// When the database cannot be read or `out` not be written.
pub async fn export(db: &Db, derived: &BTreeSet<&str>, out: impl Write + Send) -> Result<u64, TransferError> {
    let mut tx = db.snapshot().await?;
    let mut out = Lines { out, sum: Checksum::default(), rows: 0 };
    out.json(&Header::new(schema::migrations(tx.conn()).await?))?;
    for table in exported(schema::tables(tx.conn()).await?, derived) {
        out.json(&Heading::of(&table))?;
        rows(tx.conn(), &table, &mut out).await?;
    }
    out.end()
}

/// The tables that an export holds: all that are not derived.
fn exported(tables: Vec<Table>, derived: &BTreeSet<&str>) -> impl Iterator<Item = Table> {
    tables.into_iter().filter(|table| table.name != LOCAL && !derived.contains(table.name.as_str()))
}

async fn rows<W: Write>(conn: Conn<'_>, table: &Table, out: &mut Lines<W>) -> Result<(), TransferError> {
    let kind = conn.kind();
    let cells: Vec<_> = table.columns.iter().map(|column| cell(kind, column)).collect();
    let array = match kind {
        Kind::Sqlite => format!("json_array({})", cells.join(", ")),
        Kind::Postgres => format!("json_build_array({})::text", cells.join(", ")),
    };
    let keys = table.key.iter().map(|key| sorted(kind, table, key)).collect::<Vec<_>>().join(", ");
    schema::each(conn, format!("select {array} from {} order by {keys}", table.name), |row| {
        // The databases write the same JSON in different ways.
        let row: Value = serde_json::from_str(&row.unwrap_or_default()).map_err(std::io::Error::from)?;
        out.rows += 1;
        out.json(&row)
    })
    .await
}

/// A column as JSON has it.
fn cell(kind: Kind, Column { name, form, native }: &Column) -> String {
    match (kind, form, native.as_str()) {
        (Kind::Sqlite, Form::Blob, _) => format!("case when {name} is not null then lower(hex({name})) end"),
        (Kind::Postgres, Form::Blob, "bytea") => format!("encode({name}, 'hex')"),
        (Kind::Postgres, Form::Blob, _) => format!("replace({name}::text, '-', '')"),
        (Kind::Postgres, Form::Integer, "boolean") => format!("{name}::int"),
        (_, Form::Integer | Form::Text, _) => name.clone(),
    }
}

/// A column of the key as rows are sorted by it: text by its bytes, whatever language the database speaks.
fn sorted(kind: Kind, table: &Table, key: &str) -> String {
    let text = table.columns.iter().any(|it| it.name == key && it.form == Form::Text);
    if text && kind == Kind::Postgres { format!("{key} collate \"C\"") } else { key.to_owned() }
}

/// Lines on their way out, and the sum over them.
struct Lines<W> {
    out: W,
    sum: Checksum,
    rows: u64,
}

impl<W: Write> Lines<W> {
    fn json(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        let line = serde_json::to_string(line).map_err(std::io::Error::from)?;
        self.sum.add(&line);
        Ok(writeln!(self.out, "{line}")?)
    }

    fn end(mut self) -> Result<u64, TransferError> {
        let footer = Footer { rows: self.rows, sha256: self.sum.finish() };
        let footer = serde_json::to_string(&footer).map_err(std::io::Error::from)?;
        writeln!(self.out, "{footer}")?;
        self.out.flush()?;
        Ok(self.rows)
    }
}
