//! Fresh databases to measure on, and the proof that they keep what they acknowledge.

use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::process::Command;

use super::process::filesystem_of;
use super::{Failure, Place, store};
use crate::clock::Entropy;
use crate::db::{Db, Kind};
use crate::hex;

/// For people.
pub const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "SQLite",
        Kind::Postgres => "PostgreSQL",
    }
}

/// For the command line.
pub const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgres",
    }
}

/// A database of its own, in a folder of its own.
#[derive(Debug)]
pub struct Ground {
    folder: PathBuf,
    database: Database,
}

#[derive(Debug)]
enum Database {
    Sqlite,
    Postgres { server: String, name: String },
}

impl Ground {
    /// # Errors
    ///
    /// When the folder or the database cannot be made.
    pub async fn make(kind: Kind, place: &Place) -> Result<Self, Failure> {
        let name = format!("plenary_bench_{}", hex::encode(&Entropy.bytes::<6>()));
        let folder = place.folder.join(&name);
        std::fs::create_dir_all(folder.join("site"))?;
        std::fs::write(folder.join("site/manifest.json"), "{}")?;
        let database = match kind {
            Kind::Sqlite => Database::Sqlite,
            Kind::Postgres => {
                let server = place.postgres_url.clone().ok_or("name a server with --postgres-url")?;
                administer(&server, &format!("create database {name}")).await?;
                Database::Postgres { server, name }
            }
        };
        Ok(Self { folder, database })
    }

    /// A name that no other ground has.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub const fn kind(&self) -> Kind {
        match self.database {
            Database::Sqlite => Kind::Sqlite,
            Database::Postgres { .. } => Kind::Postgres,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// An empty set of assets: pages are measured, not what they link to.
    pub fn assets(&self) -> PathBuf {
        self.folder.join("site")
    }

    fn url(&self) -> Option<String> {
        let Database::Postgres { server, name } = &self.database else { return None };
        let (server, query) = server.split_once('?').unwrap_or((server, ""));
        let (authority, _) = server.rsplit_once('/')?;
        Some(format!("{authority}/{name}?{query}"))
    }

    /// Tells a `plenary` command which database it is.
    pub fn name_to(&self, command: &mut Command) {
        command.env_remove("PLENARY_DATABASE_URL").env_remove("PLENARY_DEMO");
        command.arg("--data-dir").arg(self.data());
        if let Some(url) = self.url() {
            command.env("PLENARY_DATABASE_URL", url);
        }
    }

    /// # Errors
    ///
    /// When it cannot be opened.
    pub async fn open(&self) -> Result<Db, Failure> {
        if let Some(url) = self.url() {
            return Ok(Db::open_postgres(&url).await?);
        }
        std::fs::create_dir_all(self.data())?;
        Ok(Db::open_sqlite(&self.data().join("plenary.db")).await?)
    }

    /// Opens it beside a server.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub async fn open_read_only(&self) -> Result<Db, Failure> {
        Ok(match self.url() {
            Some(url) => Db::open_postgres_read_only(&url).await?,
            None => Db::open_sqlite_read_only(&self.data().join("plenary.db")).await?,
        })
    }

    /// Refuses to measure what may lose acknowledged commits: there is nothing to compare it with.
    ///
    /// # Errors
    ///
    /// When the database does not flush, or its folder lies in memory.
    pub async fn insist_on_durability(&self) -> Result<(), Failure> {
        let db = self.open().await?;
        let mut tx = db.begin().await?;
        let found = store::durability(tx.conn()).await?;
        tx.rollback().await?;
        db.close().await;
        let wanted = match self.kind() {
            Kind::Sqlite => "synchronous=2 journal_mode=wal",
            Kind::Postgres => "synchronous_commit=on fsync=on full_page_writes=on",
        };
        if found != wanted {
            return Err(format!("the database is not durable: it has {found}, and {wanted} is needed").into());
        }
        let filesystem = filesystem_of(&self.folder);
        let in_memory = matches!(filesystem.as_str(), "tmpfs" | "ramfs");
        if self.kind() == Kind::Sqlite && in_memory {
            return Err(format!("{} lies in memory; name a folder on a disk", self.folder.display()).into());
        }
        Ok(())
    }

    /// # Errors
    ///
    /// When the database cannot be dropped.
    pub async fn remove(mut self) -> Result<(), Failure> {
        if let Database::Postgres { server, name } = std::mem::replace(&mut self.database, Database::Sqlite) {
            administer(&server, &format!("drop database {name} with (force)")).await?;
        }
        Ok(())
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn administer(server: &str, sql: &str) -> Result<(), Failure> {
    let mut admin = PgConnection::connect(server).await?;
    admin.execute(AssertSqlSafe(sql.to_owned())).await?;
    Ok(admin.close().await?)
}
