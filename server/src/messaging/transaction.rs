//! The transaction of a batch, which begins when it is first needed.
//!
//! Most batches find all that they need in what the writer remembers. They are decided while the batch before is still on
//! its way into the database, and begin, write and commit in one trip.

use tokio::sync::watch;

use super::Error;
use crate::db::{Conn, Db, Tx, Writes};
use crate::fault_point;
use crate::faults::Faults;

/// What has become of a batch that was sent to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    UnderWay,
    Kept,
    Lost,
}

/// The transaction of one batch. What is not committed is given up when it is dropped.
#[derive(Debug)]
pub struct Transaction {
    db: Db,
    open: Option<Tx>,
    /// The batch before this one: what is read must have seen its effect.
    before: Option<watch::Receiver<Fate>>,
}

/// Where rows are read from.
#[derive(Debug)]
pub enum Source<'c> {
    Connection(Conn<'c>),
    Batch(&'c mut Transaction),
}

impl Source<'_> {
    /// A connection that sees everything up to now.
    ///
    /// # Errors
    ///
    /// When the database fails, or the batch before was not kept.
    pub async fn conn(&mut self) -> Result<Conn<'_>, Error> {
        match self {
            Self::Connection(conn) => Ok(conn.again()),
            Self::Batch(transaction) => transaction.conn().await,
        }
    }
}

impl Transaction {
    /// Begins when it is first asked for a connection, and not before the batch that is still on its way has ended.
    pub(super) fn later(db: &Db, before: Option<watch::Receiver<Fate>>) -> Self {
        Self { db: db.clone(), open: None, before }
    }

    /// One that has begun.
    #[cfg(test)]
    pub(super) fn begun(db: &Db, tx: Tx) -> Self {
        Self { db: db.clone(), open: Some(tx), before: None }
    }

    pub(super) const fn has_begun(&self) -> bool {
        self.open.is_some()
    }

    /// The connection that it runs on.
    ///
    /// # Errors
    ///
    /// When the database fails, or the batch before was not kept.
    pub async fn conn(&mut self) -> Result<Conn<'_>, Error> {
        if let Some(mut before) = self.before.take() {
            let ended = before.wait_for(|fate| *fate != Fate::UnderWay).await;
            if ended.map_or(Fate::Lost, |fate| *fate) == Fate::Lost {
                return Err(Error::BatchBefore);
            }
        }
        if self.open.is_none() {
            self.open = Some(self.db.begin().await?);
        }
        Ok(self.open.as_mut().expect("it has begun").conn())
    }

    /// Writes and commits, durable.
    pub(super) async fn commit(self, mut writes: Writes, faults: &Faults) -> Result<(), Error> {
        match self.open {
            None => {
                // Nobody but the database knows when it has written and not committed.
                fault_point!(faults, "mailbox: written");
                writes.commit(&self.db).await?;
            }
            Some(mut tx) => {
                writes.send(tx.conn()).await?;
                fault_point!(faults, "mailbox: written");
                tx.commit().await?;
            }
        }
        fault_point!(faults, "mailbox: committed");
        Ok(())
    }

    /// Commits in the middle of the work, as only a planted bug does.
    pub(super) async fn tear(&mut self, writes: &mut Writes) -> Result<(), Error> {
        writes.send(self.conn().await?).await?;
        if let Some(tx) = self.open.take() {
            tx.commit().await?;
        }
        Ok(())
    }

    /// Gives up what was written in it.
    pub(super) async fn roll_back(self) -> sqlx::Result<()> {
        match self.open {
            Some(tx) => tx.rollback().await,
            None => Ok(()),
        }
    }
}
