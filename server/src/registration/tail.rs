//! What others have committed: read off the log, so that the hot copies and live streams of this process know of it.
//!
//! Several processes may serve from one PostgreSQL. Each publishes what it commits itself at once; what the others
//! commit it finds at the heads of the log. The same brings back what was committed although the commit was reported to
//! have failed. Nothing is told twice or out of order: how far each shard has been told is counted in one place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use plenary_shared::{ConferenceId, OrderId};
use tokio::sync::watch;

use super::live::{Changes, Live, Stretch};
use super::order::Order;
use super::projections::{load_conference_view, load_order_view, load_summary_view};
use super::wait_list::WaitList;
use crate::db::{Conn, Db, Kind};
use crate::eventstore::{self, Aggregate, Codec, Shard, Touched};
use crate::http::command::position_of;
use crate::http::problem::ApiError;
use crate::messaging::{Error, Position};

/// How long after a look at the heads comes the next where others may commit. `NOTIFY` would be sooner by half of this, and
/// costs every commit of every process.
const POLL: Duration = Duration::from_millis(50);
/// The same when others have committed something lately: whoever follows a conference that changes all the time hears of it
/// five times a second, and what has just been missed comes this much later than the next of them.
const SOON: Duration = Duration::from_millis(5);
/// How long that is lately. After as long a silence a stream tells of the next change as soon as it is known; only while changes
/// come closer together does one that was just missed wait for the next of five messages.
const LATELY: Duration = Duration::from_millis(200);
/// Looking takes one part of so many of the time at most, unless it would be done less often than every [`POLL`] then.
const ONE_OF: u32 = 3;
/// The same where nobody else commits.
const IDLE: Duration = Duration::from_secs(5);
/// Events looked at in one step.
const STEP: i64 = 1000;
/// How long a read waits to see what its sender has seen. After that it is refused: it would show what has passed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Follows the log for the live part of this process.
#[derive(Debug)]
pub struct Tail {
    pub db: Db,
    pub codec: Codec,
    pub live: Arc<Live>,
}

impl Tail {
    /// Goes on until told to stop.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut found_at = None;
        while !*stop.borrow() {
            let since = Instant::now();
            let found = self.look().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what others have committed could not be read");
                false
            });
            if found {
                found_at = Some(since);
            }
            let lately = found_at.is_some_and(|at| since.duration_since(at) < LATELY);
            tokio::select! {
                () = self.live.fell_behind() => {}
                () = tokio::time::sleep(pause(self.db.kind(), lately, since.elapsed())) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Tells of what has not been told yet. Gives whether there was anything.
    async fn look(&self) -> Result<bool, Error> {
        let mut reader = self.db.read().await?;
        let mut found = false;
        for (shard, head) in eventstore::heads(reader.conn()).await? {
            found |= self.catch_up(reader.conn(), shard, head).await?;
        }
        Ok(found)
    }

    /// Tells of everything up to a position of a shard that has not been told yet. Gives whether there was anything.
    async fn catch_up(&self, mut conn: Conn<'_>, shard: Shard, head: i64) -> Result<bool, Error> {
        let mut found = false;
        loop {
            let after = self.live.told(shard);
            if after >= head {
                return Ok(found);
            }
            let touched = eventstore::touched_after(conn.again(), shard, after, STEP).await?;
            let Some(end) = touched.last() else { return Ok(found) };
            let stretch = Stretch { shard, after, last: end.position };
            let changes = self.changes(conn.again(), shard, &touched).await?;
            // If this process has told of the same meanwhile, nothing is told again, and the next round begins there.
            found |= self.live.publish(changes, &[stretch]);
        }
    }

    /// The newest state of what somebody here looks at.
    async fn changes(&self, mut conn: Conn<'_>, shard: Shard, touched: &[Touched]) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        let conferences: BTreeSet<ConferenceId> = touched.iter().map(|it| it.conference_id).collect();
        let known = |id: &ConferenceId| self.live.conference(*id).is_some();
        for id in conferences.into_iter().filter(known) {
            changes.conferences.extend(load_conference_view(conn.again(), id).await?.map(|view| (id, view)));
            if self.live.has_organizers(id) {
                changes.summaries.extend(load_summary_view(conn.again(), id).await?.map(|view| (id, view)));
            }
        }
        let lists = touched.iter().filter(|it| it.stream_type == WaitList::STREAM_TYPE);
        changes.wait_lists = lists.map(|it| (it.conference_id, it.position)).collect();
        let orders = touched.iter().filter(|it| it.stream_type == Order::STREAM_TYPE);
        let orders: BTreeMap<OrderId, ConferenceId> =
            orders.map(|it| (OrderId(it.stream_id.0), it.conference_id)).collect();
        let watched =
            |(id, of): &(OrderId, ConferenceId)| self.live.is_followed(*id) || self.live.has_organizers(*of);
        let (read, unread) = orders.into_iter().partition(watched);
        changes.other_orders = unread;
        let read: BTreeMap<_, _> = read;
        for id in read.into_keys() {
            let view = load_order_view(conn.again(), id).await?;
            changes.orders.extend(view.map(|view| (id, Arc::new(view))));
        }
        let shown = touched.iter().filter(|it| self.live.has_organizers(it.conference_id));
        let shown: Vec<_> = shown.map(|it| it.position).collect();
        if !shown.is_empty() {
            changes.events = eventstore::events_at(conn, &self.codec, shard, &shown).await?;
        }
        Ok(changes)
    }

    /// Returns when this process knows of everything up to a position.
    async fn reach(&self, Position { shard, position }: Position) -> Result<(), Error> {
        if !(0..eventstore::SHARDS).contains(&shard.0) || self.live.told(shard) >= position {
            return Ok(());
        }
        let mut reader = self.db.read().await?;
        let (head, _) = eventstore::head(reader.conn(), shard).await?;
        self.catch_up(reader.conn(), shard, head.min(position)).await?;
        Ok(())
    }
}

/// How long to wait after a look that took so long, where others have committed something lately or not.
fn pause(kind: Kind, lately: bool, took: Duration) -> Duration {
    match kind {
        Kind::Sqlite => IDLE,
        Kind::Postgres if lately => (took * (ONE_OF - 1)).clamp(SOON, POLL),
        Kind::Postgres => POLL,
    }
}

/// Lets a read that names a position see at least that, or refuses it for the moment.
///
/// # Errors
///
/// When the position cannot be seen yet.
pub async fn fresh(
    State(tail): State<Arc<Tail>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if *request.method() == Method::GET
        && let Some(position) = position_of(request.headers())
    {
        let reached = tokio::time::timeout(PATIENCE, tail.reach(position));
        // Boxed: else every request would have room for it.
        Box::pin(reached).await.map_err(|_| ApiError::Overloaded)??;
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_looked_after_as_often_as_it_costs_little_and_tells_something() {
        let of = |kind, lately, took_ms| pause(kind, lately, Duration::from_millis(took_ms));
        for (lately, took_ms, expected) in
            [(false, 1, POLL), (true, 1, SOON), (true, 10, Duration::from_millis(20)), (true, 500, POLL)]
        {
            assert_eq!(of(Kind::Postgres, lately, took_ms), expected, "{lately}, {took_ms} ms");
            assert_eq!(of(Kind::Sqlite, lately, took_ms), IDLE);
        }
    }
}
