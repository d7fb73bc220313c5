//! The limit: the rows of a command written by a bare loop, that decides nothing, on a database of the same kind with
//! the same durability and in batches of the same size. Batches are serialised ahead, beside the loop.

use std::time::Instant;

use tokio::sync::mpsc;

use super::ground::Ground;
use super::measure::{AsyncWorker, Line, Pen, measure};
use super::process::Watched;
use super::store::{self, Pattern};
use super::{Failure, Place, Sizes};
use crate::clock::{Clock, Entropy};
use crate::db::{Db, Kind};
use crate::eventstore::{self, Shard};

/// Reservations that the sample is taken from.
const SAMPLE: i64 = 1;
/// Batches that wait for their turn, serialised.
const AHEAD: usize = 4;

/// Takes one reservation and one assignment of `measured` as patterns.
pub async fn patterns(measured: &Ground) -> Result<[Pattern; 2], Failure> {
    let db = measured.open_read_only().await?;
    let mut reader = db.read().await?;
    let reservation = store::sample(reader.conn(), SAMPLE).await?;
    let assignment = store::assignment(reader.conn()).await?;
    drop(reader);
    db.close().await;
    Ok([Pattern::Reservation(reservation), Pattern::Assignment(assignment)])
}

/// Writes the like of `pattern`, `batch` in a transaction, spread over so many subjects.
pub async fn run(
    (kind, place): (Kind, &Place),
    (name, pattern): (&str, &Pattern),
    (batch, subjects): (f64, usize),
    sizes: Sizes,
) -> Result<Line, Failure> {
    let ground = Ground::make(kind, place).await?;
    let db = ground.open().await?;
    let mut tx = db.begin().await?;
    eventstore::create_shards(tx.conn()).await?;
    tx.commit().await?;
    let shards: Vec<_> = match db.kind() {
        Kind::Sqlite => vec![Shard(0)],
        Kind::Postgres => Shard::all().collect(),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a batch has at most 512 commands"
    )]
    let size = batch.round().max(1.0) as usize;
    // A batch writes the views of every subject that its commands name, each once.
    let subjects = size.min((subjects / shards.len()).max(1));
    let writer = |shard| Writer { db: db.clone(), shard, pattern: pattern.clone(), size, subjects };
    let line = Line::new(format!("the rows of {name}, bare, {size} in a batch"), "commands");
    let line = measure(line, sizes.plan, &Watched::myself(), shards.into_iter().map(writer)).await?;
    db.close().await;
    ground.remove().await?;
    Ok(line)
}

#[derive(Debug)]
struct Writer {
    db: Db,
    shard: Shard,
    pattern: Pattern,
    size: usize,
    subjects: usize,
}

impl AsyncWorker for Writer {
    async fn work(self, pen: Pen) -> Result<(), Failure> {
        let Self { db, shard, pattern, size, subjects } = self;
        let (ahead, mut batches) = mpsc::channel(AHEAD);
        let serialising = tokio::spawn(async move {
            let now = || Clock::System.now();
            let subjects: Vec<_> = (0..subjects).map(|_| Entropy.id(now())).collect();
            let mut position = 0;
            loop {
                let batch = pattern.like(shard, position, size, &subjects, now());
                position = batch.position;
                if ahead.send(batch).await.is_err() {
                    break;
                }
            }
        });
        while pen.going() {
            let batch = batches.recv().await.ok_or("batches have no end")?;
            let since = Instant::now();
            let mut tx = db.begin().await?;
            store::write(tx.conn(), &batch).await?;
            tx.commit().await?;
            pen.step("batch", since);
            (0..size).for_each(|_| pen.done());
        }
        drop(batches);
        Ok(serialising.await?)
    }
}
