//! `plenary verify`: replays the log and checks that everything agrees with it.
//!
//! It reads one state of the database from beginning to end, beside a process that goes on serving.

mod promo_codes;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use plenary_shared::registration::OrderStatus;
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, PromoCodeId, SeatTypeId, Timestamp};
use uuid::Uuid;

use crate::conference::contracts as management;
use crate::db::{Conn, Db};
use crate::eventstore::{self, Aggregate, Codec, RecordedEvent, Shard, StreamId};
use crate::fetch_all;
use crate::http::secrets::Secrets;
use crate::messaging::Error;
use crate::payments::payment;
use crate::registration::order::{self, Order, quantities};
use crate::registration::projections::Views;
use crate::registration::seats_availability::{self, SeatsAvailability};
use crate::registration::wait_list::{self, WaitList};
use crate::registration::waiting::{self, Surroundings};

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
    verdict: Verdict,
    versions: HashMap<StreamId, i64>,
    availability: BTreeMap<ConferenceId, SeatsAvailability>,
    orders: BTreeMap<OrderId, Order>,
    wait_lists: BTreeMap<ConferenceId, WaitList>,
    published: HashSet<ConferenceId>,
    charges: BTreeMap<PaymentId, Charge>,
    codes: promo_codes::Codes,
    views: Views,
}

/// A completed payment.
#[derive(Debug, Clone, Copy)]
struct Charge {
    order_id: OrderId,
    amount: Money,
}

impl Replay {
    fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            verdict: Verdict::default(),
            versions: HashMap::new(),
            availability: BTreeMap::new(),
            orders: BTreeMap::new(),
            wait_lists: BTreeMap::new(),
            published: HashSet::new(),
            charges: BTreeMap::new(),
            codes: promo_codes::Codes::default(),
            views: Views::default(),
        }
    }

    fn violated(&mut self, what: impl Into<String>) {
        self.verdict.violations.push(what.into());
    }

    async fn shard(&mut self, mut conn: Conn<'_>, codec: &Codec, shard: Shard) -> Result<(), Error> {
        let (head, head_at) = match eventstore::head(conn.again(), shard).await {
            Ok(head) => head,
            Err(eventstore::Error::Database(error)) => return Err(error.into()),
            Err(error) => {
                self.violated(error.to_string());
                return Ok(());
            }
        };
        let (mut position, mut last) = (0, Timestamp::from_micros(0));
        loop {
            let chunk = match eventstore::read_after(conn.again(), codec, shard, position, CHUNK).await {
                Ok(chunk) => chunk,
                Err(eventstore::Error::Database(error)) => return Err(error.into()),
                Err(error) => {
                    self.violated(error.to_string());
                    return Ok(());
                }
            };
            let Some(end) = chunk.last() else { break };
            position = end.position;
            for event in &chunk {
                if event.recorded_at < last {
                    self.violated(format!("time runs backwards at {}-{}", shard.0, event.position));
                }
                last = event.recorded_at;
                self.event(event);
            }
        }
        if (position, last) != (head, head_at) {
            self.violated(format!("the head of shard {} is at {head}, its log ends at {position}", shard.0));
        }
        Ok(())
    }

    fn event(&mut self, event: &RecordedEvent) {
        self.verdict.events += 1;
        let version = self.versions.entry(event.stream_id).or_default();
        *version += 1;
        let (expected, stream) = (*version, event.stream_id.0);
        if event.version != expected {
            self.violated(format!("stream {stream} has version {} where {expected} was due", event.version));
        }
        if Shard::of(event.conference_id) != event.shard {
            self.violated(format!("conference {} is in the wrong shard", event.conference_id));
        }
        if let Some(happened) = event.get::<seats_availability::Event>() {
            self.seats(event, happened);
        }
        if let Some(happened) = event.get::<order::Event>() {
            let order = self.orders.entry(OrderId(stream)).or_default();
            self.verdict.violations.extend(promo_codes::wrong_price(OrderId(stream), order, event));
            *order = order::evolve(std::mem::take(order), happened);
        }
        if let Some(happened) = event.get::<wait_list::Event>() {
            let list = self.wait_lists.entry(event.conference_id).or_default();
            *list = wait_list::evolve(std::mem::take(list), happened);
        }
        match event.get::<management::Event>() {
            Some(management::Event::ConferencePublished) => {
                self.published.insert(event.conference_id);
            }
            Some(management::Event::ConferenceUnpublished { .. }) => {
                self.published.remove(&event.conference_id);
            }
            _ => {}
        }
        if let Some(payment::Event::PaymentCompleted { payment_id, order_id, amount, .. }) = event.get() {
            self.charges.insert(*payment_id, Charge { order_id: *order_id, amount: *amount });
        }
        self.verdict.violations.extend(self.codes.event(event));
        self.views.fold(event, &self.secrets);
    }

    /// The books balance after every event, and nothing is taken that is not there.
    fn seats(&mut self, event: &RecordedEvent, happened: &seats_availability::Event) {
        let availability = self.availability.entry(event.conference_id).or_default();
        *availability = std::mem::take(availability).evolve(happened);
        let place = format!("{}-{}", event.shard.0, event.position);
        let mut wrong = Vec::new();
        if let Err(unbalanced) = availability.check() {
            wrong.push(format!("the books do not balance at {place}: {unbalanced}"));
        }
        if let seats_availability::Event::SeatsReserved { availability_changes, .. } = happened {
            let taken = availability_changes.iter().filter(|it| it.change < 0);
            let oversold =
                taken.filter(|it| availability.remaining(it.seat_type_id).is_none_or(|left| left < 0));
            wrong.extend(oversold.map(|it| format!("seat type {} is oversold at {place}", it.seat_type_id)));
        }
        self.verdict.violations.extend(wrong);
    }

    async fn finish(mut self, mut conn: Conn<'_>) -> Result<Verdict, Error> {
        self.verdict.orders = self.orders.len();
        self.check_orders();
        self.check_commitments();
        self.check_charges();
        self.check_wait_lists();
        self.verdict.violations.extend(self.codes.check_uses(&self.orders));
        self.check_promo_codes(conn.again()).await?;
        self.check_processes(conn.again()).await?;
        let different = self.views.compare(conn).await?;
        self.verdict.violations.extend(different);
        Ok(self.verdict)
    }

    /// What an order says it holds is what is held for it.
    fn check_orders(&mut self) {
        let mut wrong = Vec::new();
        for (id, order) in &self.orders {
            let Some(terms) = order.terms() else { continue };
            let availability = self.availability.get(&terms.conference_id);
            let held = availability.and_then(|it| it.holds(*id)).unwrap_or_default();
            let due = match order.status() {
                OrderStatus::Pending => {
                    wrong.push(format!("order {id} was never decided"));
                    continue;
                }
                OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending => {
                    terms.reserved.as_slice()
                }
                OrderStatus::Confirmed
                | OrderStatus::Expired
                | OrderStatus::Cancelled
                | OrderStatus::NeedsAttention
                | OrderStatus::Refunded => &[],
            };
            if held != due {
                wrong.push(format!(
                    "order {id} is {} and holds other seats than it says",
                    order.status().as_str()
                ));
            }
        }
        self.verdict.violations.extend(wrong);
    }

    /// What is committed is what confirmed orders have bought.
    fn check_commitments(&mut self) {
        let mut bought: BTreeMap<(ConferenceId, SeatTypeId), i64> = BTreeMap::new();
        for order in self.orders.values().filter(|order| order.status() == OrderStatus::Confirmed) {
            let Some(terms) = order.terms() else { continue };
            for seat in quantities(&terms.seats) {
                *bought.entry((terms.conference_id, seat.seat_type_id)).or_default() += seat.quantity;
            }
        }
        let mut wrong = Vec::new();
        for (conference, availability) in &self.availability {
            for seat_type in availability.seat_types() {
                let bought = bought.remove(&(*conference, seat_type)).unwrap_or(0);
                let committed = availability.committed(seat_type);
                if bought != committed {
                    wrong.push(format!(
                        "of seat type {seat_type} {committed} are committed and {bought} confirmed"
                    ));
                }
            }
        }
        wrong.extend(bought.into_keys().map(|(_, it)| format!("seat type {it} was sold and never offered")));
        self.verdict.violations.extend(wrong);
    }

    /// Whoever was charged has seats or somebody's attention, and whoever has paid seats was charged.
    fn check_charges(&mut self) {
        let mut wrong = Vec::new();
        for (id, charge) in &self.charges {
            let order = self.orders.get(&charge.order_id);
            let confirmed =
                matches!(order, Some(Order::Confirmed { payment_id: Some(paid), .. }) if paid == id);
            let terms = order.and_then(Order::terms);
            let noticed = terms.is_some_and(|terms| terms.attention.iter().any(|it| it.payment_id == *id));
            if !confirmed && !noticed {
                wrong.push(format!(
                    "payment {id} was completed and order {} knows nothing of it",
                    charge.order_id
                ));
            }
            if confirmed && terms.is_some_and(|terms| terms.total != charge.amount) {
                wrong.push(format!("order {} costs something else than payment {id} took", charge.order_id));
            }
        }
        for (id, order) in &self.orders {
            let Order::Confirmed { terms, payment_id } = order else { continue };
            let charged = payment_id.is_some_and(|payment| self.charges.contains_key(&payment));
            if terms.total.amount > 0 && !charged {
                wrong.push(format!("order {id} is confirmed and was never charged"));
            }
        }
        self.verdict.violations.extend(wrong);
    }

    async fn check_promo_codes(&mut self, conn: Conn<'_>) -> Result<(), Error> {
        let rows = fetch_all!(
            conn,
            (Uuid, String, bool, i64),
            "select promo_code_id, code, active, version from promo_codes",
        )?;
        let rows =
            rows.into_iter().map(|(id, code, active, version)| (PromoCodeId(id), code, active, version));
        self.verdict.violations.extend(self.codes.check_rows(rows.collect()));
        Ok(())
    }

    /// Offers are orders, and no seat is free while somebody waits for it.
    fn check_wait_lists(&mut self) {
        let mut wrong = Vec::new();
        let nothing = SeatsAvailability::default();
        for (conference, list) in &self.wait_lists {
            let around = Surroundings {
                published: self.published.contains(conference),
                availability: self.availability.get(conference).unwrap_or(&nothing),
                orders: &self.orders,
            };
            wrong.extend(waiting::check(list, &around));
        }
        self.verdict.violations.extend(wrong);
    }

    /// Every order that can expire has a timer.
    async fn check_processes(&mut self, conn: Conn<'_>) -> Result<(), Error> {
        let timers = fetch_all!(conn, (Uuid,), "select process_id from processes where due_at is not null")?;
        let timers: HashSet<_> = timers.into_iter().map(|(id,)| OrderId(id)).collect();
        let mut wrong = Vec::new();
        for (id, order) in &self.orders {
            let open = matches!(
                order.status(),
                OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending
            );
            if open && !timers.contains(id) {
                wrong.push(format!("order {id} is open and will never expire"));
            }
        }
        self.verdict.violations.extend(wrong);
        Ok(())
    }
}
