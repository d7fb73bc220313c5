//! Fills an empty database from an export.

use std::io::BufRead;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Checksum, Footer, Header, Heading, LOCAL, TransferError};
use crate::db::{Conn, Db, Kind, Tx};
use crate::schema::{self, Column, Form, Table};

/// Rows written with one statement, and characters at which fewer are enough.
const ROWS: usize = 500;
const CHARACTERS: usize = 1 << 20;

/// An export that was read into an empty database and is not committed: dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Imported {
    tx: Tx,
    /// How many rows it had.
    pub rows: u64,
}

impl Imported {
    /// The transaction, in which the derived tables are still empty: they are to be made before it is committed.
    pub fn conn(&mut self) -> Conn<'_> {
        self.tx.conn()
    }

    /// Keeps it.
    ///
    /// # Errors
    ///
    /// When the database refuses or cannot be reached.
    pub async fn commit(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }
}

/// Reads an export into an empty database.
///
/// # Errors
///
/// When the database is not empty, or the export is damaged or of another program.
pub async fn import(db: &Db, from: impl BufRead + Send) -> Result<Imported, TransferError> {
    let mut tx = db.begin().await?;
    if db.kind() == Kind::Postgres {
        // Whoever writes the export may pause.
        schema::run(tx.conn(), "set local idle_in_transaction_session_timeout = 0".to_owned()).await?;
    }
    let tables = schema::tables(tx.conn()).await?;
    check_empty(&mut tx, &tables).await?;
    let mut lines = Lines::new(from);
    check_header(&mut tx, &lines.next_as::<Header>()?).await?;
    let rows = read_tables(&mut tx, &tables, &mut lines).await?;
    Ok(Imported { tx, rows })
}

/// The heads of shards that nothing was written to are no contents; they are taken away, to be read anew.
async fn check_empty(tx: &mut Tx, tables: &[Table]) -> Result<(), TransferError> {
    schema::run(tx.conn(), "delete from log_heads where position = 0".to_owned()).await?;
    for table in tables.iter().filter(|table| table.name != LOCAL) {
        let name = &table.name;
        if schema::number(tx.conn(), format!("select count(*) from (select 1 from {name} limit 1) as one"))
            .await?
            > 0
        {
            return Err(TransferError::NotEmpty(name.clone()));
        }
    }
    Ok(())
}

async fn check_header(tx: &mut Tx, header: &Header) -> Result<(), TransferError> {
    let ours = Header::new(schema::migrations(tx.conn()).await?);
    if (header.plenary_export, header.shards) != (ours.plenary_export, ours.shards) {
        return Err(TransferError::Format);
    }
    if header.migrations != ours.migrations {
        let (theirs, ours) = (header.migrations.clone(), ours.migrations);
        return Err(TransferError::Migrations { theirs, ours });
    }
    Ok(())
}

async fn read_tables<R: BufRead>(
    tx: &mut Tx,
    tables: &[Table],
    lines: &mut Lines<R>,
) -> Result<u64, TransferError> {
    let mut rows = 0;
    while let Some(heading) = lines.next_heading()? {
        let same = |table: &&Table| table.name == heading.table && Heading::of(table) == heading;
        let table = tables.iter().find(same);
        let table =
            table.ok_or_else(|| lines.wrong(format!("no table {} has these columns", heading.table)))?;
        rows += read_rows(tx.conn(), table, lines).await?;
    }
    let sha256 = lines.sum_so_far();
    let footer = lines.next_as::<Footer>()?;
    if footer != (Footer { rows, sha256 }) {
        return Err(TransferError::Checksum("its checksum is another"));
    }
    if lines.next()?.is_some() {
        return Err(TransferError::Checksum("something follows its last line"));
    }
    Ok(rows)
}

async fn read_rows<R: BufRead>(
    mut conn: Conn<'_>,
    table: &Table,
    lines: &mut Lines<R>,
) -> Result<u64, TransferError> {
    let insert = insertion(conn.kind(), table);
    let (mut count, mut batch, mut size) = (0, Vec::new(), 0);
    while let Some(row) = lines.next_row(table.columns.len())? {
        count += 1;
        size += row.len();
        batch.push(row);
        if batch.len() >= ROWS || size >= CHARACTERS {
            write(conn.again(), &insert, &mut batch).await?;
            size = 0;
        }
    }
    write(conn, &insert, &mut batch).await?;
    Ok(count)
}

async fn write(conn: Conn<'_>, insert: &str, batch: &mut Vec<String>) -> Result<(), TransferError> {
    if !batch.is_empty() {
        schema::run_with(conn, insert.to_owned(), &format!("[{}]", batch.join(","))).await?;
        batch.clear();
    }
    Ok(())
}

/// The statement that inserts rows given as one JSON array.
fn insertion(kind: Kind, table: &Table) -> String {
    let values = table.columns.iter().enumerate().map(|(index, column)| value(kind, index, column));
    let values = values.collect::<Vec<_>>().join(", ");
    let rows = match kind {
        Kind::Sqlite => "jsonb_each($1)",
        Kind::Postgres => "jsonb_array_elements($1::jsonb) as rows(value)",
    };
    format!("insert into {} ({}) select {values} from {rows}", table.name, table.listed())
}

/// A cell of a row as its column has it.
fn value(kind: Kind, index: usize, column: &Column) -> String {
    let native = &column.native;
    match (kind, column.form) {
        (Kind::Sqlite, Form::Blob) => format!("unhex(value->>{index})"),
        (Kind::Postgres, Form::Blob) if native == "bytea" => format!("decode(value->>{index}, 'hex')"),
        (Kind::Postgres, Form::Integer) if native == "boolean" => format!("(value->>{index})::int::boolean"),
        (Kind::Postgres, Form::Blob | Form::Integer) => format!("(value->>{index})::{native}"),
        (Kind::Sqlite, Form::Integer | Form::Text) | (Kind::Postgres, Form::Text) => {
            format!("value->>{index}")
        }
    }
}

/// Lines on their way in, and the sum over them.
struct Lines<R> {
    from: R,
    sum: Checksum,
    /// The line after the one last given, read to see what it is.
    ahead: Option<String>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(from: R) -> Self {
        Self { from, sum: Checksum::default(), ahead: None, number: 0 }
    }

    fn wrong(&self, reason: impl Into<String>) -> TransferError {
        TransferError::Line { line: self.number, reason: reason.into() }
    }

    /// The sum over all lines given.
    fn sum_so_far(&self) -> String {
        self.sum.clone().finish()
    }

    fn peek(&mut self) -> Result<Option<&str>, TransferError> {
        if self.ahead.is_none() {
            let mut line = String::new();
            if self.from.read_line(&mut line)? > 0 {
                line.truncate(line.trim_end_matches(['\n', '\r']).len());
                self.ahead = Some(line);
            }
        }
        Ok(self.ahead.as_deref())
    }

    fn next(&mut self) -> Result<Option<String>, TransferError> {
        self.peek()?;
        let line = self.ahead.take();
        if let Some(line) = &line {
            self.number += 1;
            self.sum.add(line);
        }
        Ok(line)
    }

    fn next_as<T: DeserializeOwned>(&mut self) -> Result<T, TransferError> {
        let line = self.next()?.ok_or(TransferError::Checksum("its last line is missing"))?;
        serde_json::from_str(&line).map_err(|error| self.wrong(error.to_string()))
    }

    /// The next line, if it begins a table.
    fn next_heading(&mut self) -> Result<Option<Heading>, TransferError> {
        if self.peek()?.is_some_and(|line| line.starts_with("{\"table\"")) {
            return self.next_as().map(Some);
        }
        Ok(None)
    }

    /// The next line, if it is a row.
    fn next_row(&mut self, cells: usize) -> Result<Option<String>, TransferError> {
        if !self.peek()?.is_some_and(|line| line.starts_with('[')) {
            return Ok(None);
        }
        let line = self.next()?.unwrap_or_default();
        match serde_json::from_str::<Vec<Value>>(&line) {
            Ok(row) if row.len() == cells => Ok(Some(line)),
            Ok(row) => Err(self.wrong(format!("{} cells are not the {cells} of the table", row.len()))),
            Err(error) => Err(self.wrong(error.to_string())),
        }
    }
}
