//! `plenary verify`: replays the log and checks that everything agrees with it.
//!
//! It reads one state of the database from beginning to end, beside a process that goes on serving. Each part
//! checks the invariants of one thing: it is given every event, in order, and asked at the end.

mod chronicle;
mod keys;
mod management;
mod money;
mod orders;
mod processes;
mod promo_codes;
mod queries;
mod records;
mod refunds;
mod seats;
mod wait_lists;

use std::fmt;

use self::chronicle::Chronicle;
use self::keys::Erased;
use self::management::Management;
use self::money::Money;
use self::orders::Orders;
use self::processes::Processes;
use self::promo_codes::Codes;
use self::refunds::{Carried, Refunds};
use self::seats::Seats;
use self::wait_lists::WaitLists;
use crate::db::{Conn, Db};
use crate::eventstore::{self, Codec, RecordedEvent, Shard};
use crate::http::secrets::Secrets;
use crate::messaging::Error;
use crate::registration::projections::Views;

/// Events read at once.
const CHUNK: i64 = 1000;
/// Violations that the verdict spells out.
const SPELLED_OUT: usize = 10;

/// What a replay came to.
#[derive(Debug, Default)]
pub struct Verdict {
    pub events: u64,
    pub orders: usize,
    pub violations: Vec<String>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, orders, violations } = self;
        if violations.is_empty() {
            return write!(f, "ok: {events} events, {orders} orders, nothing disagrees");
        }
        let listed: Vec<_> = violations.iter().take(SPELLED_OUT).map(String::as_str).collect();
        let more = violations.len().saturating_sub(SPELLED_OUT);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        write!(f, "FAILED: {} violations in {events} events: {}{more}", violations.len(), listed.join("; "))
    }
}

/// What was found wrong, a sentence each.
#[derive(Debug, Default)]
struct Violations(Vec<String>);

impl Violations {
    fn add(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }
}

/// Replays the log up to the head that it finds.
///
/// # Errors
///
/// When the database cannot be read. What is wrong with its contents is in the verdict.
pub async fn verify(db: &Db, codec: &Codec) -> Result<Verdict, Error> {
    let secrets = Secrets::open_read_only(db).await?;
    let mut tx = db.snapshot().await?;
    let mut replay = Replay::new(secrets);
    for shard in Shard::all() {
        replay.shard(tx.conn(), codec, shard).await?;
    }
    replay.finish(tx.conn()).await
}

/// What is folded from the log, and what was found wrong on the way.
#[derive(Debug)]
struct Replay {
    secrets: Secrets,
    events: u64,
    violations: Violations,
    chronicle: Chronicle,
    seats: Seats,
    orders: Orders,
    processes: Processes,
    money: Money,
    refunds: Refunds,
    erased: Erased,
    management: Management,
    codes: Codes,
    wait_lists: WaitLists,
    views: Views,
}

impl Replay {
    fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            events: 0,
            violations: Violations::default(),
            chronicle: Chronicle::default(),
            seats: Seats::default(),
            orders: Orders::default(),
            processes: Processes::default(),
            money: Money::default(),
            refunds: Refunds::default(),
            erased: Erased::default(),
            management: Management::default(),
            codes: Codes::default(),
            wait_lists: WaitLists::default(),
            views: Views::default(),
        }
    }

    async fn shard(&mut self, mut conn: Conn<'_>, codec: &Codec, shard: Shard) -> Result<(), Error> {
        let Some(head) = self.readable(eventstore::head(conn.again(), shard).await)? else { return Ok(()) };
        self.chronicle.begin(shard);
        loop {
            let after = self.chronicle.position();
            let chunk = eventstore::read_after(conn.again(), codec, shard, after, CHUNK).await;
            let Some(chunk) = self.readable(chunk)? else { return Ok(()) };
            if chunk.is_empty() {
                break;
            }
            for event in &chunk {
                self.event(event);
            }
        }
        self.chronicle.end(head, &mut self.violations);
        Ok(())
    }

    /// What cannot be read of the contents is a violation; a database that fails is none.
    fn readable<T>(&mut self, read: Result<T, eventstore::Error>) -> Result<Option<T>, Error> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(eventstore::Error::Database(error)) => Err(error.into()),
            Err(error) => {
                self.violations.add(error.to_string());
                Ok(None)
            }
        }
    }

    fn event(&mut self, event: &RecordedEvent) {
        let violations = &mut self.violations;
        self.events += 1;
        self.chronicle.event(event, violations);
        self.processes.event(event, &self.seats);
        self.seats.event(event, violations);
        violations.0.extend(self.orders.wrong_price(event));
        self.orders.event(event, violations);
        self.money.event(event);
        self.refunds.event(event);
        self.erased.event(event);
        self.management.event(event);
        violations.0.extend(self.codes.event(event));
        self.wait_lists.event(event);
        self.views.fold(event, &self.secrets);
    }

    async fn finish(self, mut conn: Conn<'_>) -> Result<Verdict, Error> {
        let mut violations = self.violations;
        for form in eventstore::forms_not_noted(conn.again()).await? {
            violations.add(format!("the log holds a form of events that is not noted: {form}"));
        }
        self.orders.finish(&self.seats, &mut violations);
        self.seats.finish(&self.orders, &mut violations);
        let ledger = queries::ledger(conn.again()).await?;
        self.money.finish(&self.orders, &ledger, conn.again(), &mut violations).await?;
        let on_the_way = queries::refunds_on_their_way(conn.again()).await?;
        self.refunds.finish(&Carried { given: ledger.refunds, on_the_way }, &mut violations);
        self.erased.finish(queries::keys(conn.again()).await?, &mut violations);
        self.processes.finish(&self.orders, &self.seats, conn.again(), &mut violations).await?;
        self.wait_lists.finish(&self.orders, &self.seats, &self.management, &mut violations);
        violations.0.extend(self.codes.check_uses(self.orders.all()));
        violations.0.extend(self.codes.check_rows(queries::promo_codes(conn.again()).await?));
        self.management.finish(conn.again(), &mut violations).await?;
        records::check(&self.chronicle, &self.orders, &self.money, conn.again(), &mut violations).await?;
        let mut violations = violations.0;
        violations.extend(self.views.compare(conn).await?);
        Ok(Verdict { events: self.events, orders: self.orders.count(), violations })
    }
}
