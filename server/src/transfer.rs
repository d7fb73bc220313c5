//! `plenary export` and `plenary import`: everything that cannot be derived, as text, from one database to another
//! of either kind.
//!
//! The format is a line of JSON after another:
//!
//! ```text
//! {"plenary_export":1,"migrations":[1,…],"shards":16}
//! {"table":"commands","columns":[["shard","integer"],["command_id","blob"],…]}
//! [3,"0195503d48007a10800000000000000a",…]
//! …
//! {"rows":1234,"sha256":"…"}
//! ```
//!
//! Tables come by name and rows by primary key, so that the same contents are the same bytes, whatever database they
//! came from. Bytes (ids and hashes too) are hexadecimal, yes and no are 1 and 0. The last line counts the rows and
//! holds the SHA-256 of all lines before it. Derived tables are left out: whoever imports makes them anew.

mod export;
mod import;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::export::export;
pub use self::import::{Imported, import};
use crate::eventstore::SHARDS;
use crate::hex;
use crate::schema::{Column, Table};

/// The version of the format.
const FORMAT: u32 = 1;
/// The table that says something of its own database alone.
const LOCAL: &str = "derived_generation";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    plenary_export: u32,
    /// The migrations of the database that it came from.
    migrations: Vec<i64>,
    shards: i16,
}

impl Header {
    const fn new(migrations: Vec<i64>) -> Self {
        Self { plenary_export: FORMAT, migrations, shards: SHARDS }
    }
}

/// The line before the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Heading {
    table: String,
    /// Name and form of each column.
    columns: Vec<(String, String)>,
}

impl Heading {
    fn of(table: &Table) -> Self {
        let column = |it: &Column| (it.name.clone(), it.form.name().to_owned());
        Self { table: table.name.clone(), columns: table.columns.iter().map(column).collect() }
    }
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Footer {
    rows: u64,
    sha256: String,
}

/// The sum over the lines so far.
#[derive(Debug, Clone, Default)]
struct Checksum(Sha256);

impl Checksum {
    fn add(&mut self, line: &str) {
        self.0.update(line.as_bytes());
        self.0.update(b"\n");
    }

    fn finish(self) -> String {
        hex::encode(&self.0.finalize())
    }
}

/// Why nothing was exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the file cannot be read or written")]
    File(#[from] std::io::Error),
    #[error("line {line} is no line of an export: {reason}")]
    Line { line: u64, reason: String },
    #[error("this is no export of version {FORMAT} with {SHARDS} shards")]
    Format,
    #[error(
        "the export has migrations {theirs:?} and this database {ours:?}; export and import with the same program"
    )]
    Migrations { theirs: Vec<i64>, ours: Vec<i64> },
    #[error("the table {0} is not empty; an export is imported into an empty database")]
    NotEmpty(String),
    #[error("the export does not end, or was changed: {0}")]
    Checksum(&'static str),
}
