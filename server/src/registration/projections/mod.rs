//! The read models of this room: folded from events, one row for each screen that asks.
//!
//! A rebuild runs the same functions over the whole log and gives the same bytes.

mod assignment_view;
mod conference_view;
mod order_view;
mod past;
mod rows;
mod summary_view;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use chrono_tz::Tz;
use lru::LruCache;
use plenary_shared::registration::AttentionResolution;
use plenary_shared::{ConferenceId, OrderId, PaymentId, WaitListEntryId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::live::{self, Changes, Live};
use super::order;
use super::promo_code_uses;
use super::seat_assignments;
use super::seats_availability;
use super::wait_list;
use super::waiting::{self, WaitListEntryView};
use crate::conference::contracts as management;
use crate::db::{Conn, Writes};
use crate::eventstore::{RecordedEvent, StreamId};
use crate::http::secrets::Secrets;
use crate::messaging::{AfterCommit, Error, Kept, Projection, Remembered, Source};

pub use assignment_view::AssignmentView;
pub use conference_view::{ConferenceView, SeatTypeView};
pub use order_view::{Form, OrderView};
pub use past::Past;
pub use rows::{
    Attention, load_assignment_view, load_conference_view, load_numbers, load_order_view, load_summary_view,
};
pub use summary_view::SummaryView;

/// Folds the events of this room and of Management into its read models.
#[derive(Debug)]
pub struct RegistrationViews {
    pub live: Arc<Live>,
    pub secrets: Arc<Secrets>,
}

/// Rows of one read model: those at hand, and which of them have changed.
#[derive(Debug)]
struct Rows<K, V> {
    at_hand: BTreeMap<K, V>,
    changed: BTreeSet<K>,
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self { at_hand: BTreeMap::new(), changed: BTreeSet::new() }
    }
}

impl<K: Ord + Copy, V> Rows<K, V> {
    fn change(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.changed.insert(key);
        self.at_hand.entry(key).or_insert_with(new)
    }

    fn changed(&self) -> impl Iterator<Item = (&K, &V)> {
        self.at_hand.iter().filter(|(key, _)| self.changed.contains(key))
    }

    fn into_changed(self) -> BTreeMap<K, V> {
        let Self { at_hand, changed } = self;
        at_hand.into_iter().filter(|(key, _)| changed.contains(key)).collect()
    }
}

/// Rows as they were last written, so that the next batch need not read them. An order's takes about 2 KiB.
#[derive(Debug)]
struct LastWritten {
    conferences: LruCache<ConferenceId, ConferenceView>,
    orders: LruCache<OrderId, OrderView>,
    assignments: LruCache<OrderId, AssignmentView>,
    summaries: LruCache<ConferenceId, SummaryView>,
}

impl Default for LastWritten {
    fn default() -> Self {
        const CONFERENCES: NonZeroUsize = NonZeroUsize::new(512).expect("it is not zero");
        const ORDERS: NonZeroUsize = NonZeroUsize::new(4096).expect("it is not zero");
        Self {
            conferences: LruCache::new(CONFERENCES),
            orders: LruCache::new(ORDERS),
            assignments: LruCache::new(ORDERS),
            summaries: LruCache::new(CONFERENCES),
        }
    }
}

impl Remembered for LastWritten {
    fn forget(&mut self, event: &RecordedEvent) {
        self.conferences.pop(&event.conference_id);
        self.summaries.pop(&event.conference_id);
        self.orders.pop(&OrderId(event.stream_id.0));
        self.assignments.pop(&order_of_assignments(event.stream_id));
    }
}

impl LastWritten {
    fn remember(&mut self, views: &Views) {
        fn all<K: Copy + Eq + Hash, V: Clone>(last: &mut LruCache<K, V>, rows: &BTreeMap<K, V>) {
            for (key, row) in rows {
                last.put(*key, row.clone());
            }
        }
        all(&mut self.conferences, &views.conferences.at_hand);
        all(&mut self.orders, &views.orders.at_hand);
        all(&mut self.assignments, &views.assignments.at_hand);
        all(&mut self.summaries, &views.summaries.at_hand);
    }
}

/// The rows that some events touch.
#[derive(Debug, Default)]
pub struct Views {
    conferences: Rows<ConferenceId, ConferenceView>,
    /// The conferences that are new, or of which more has changed than their figures.
    catalogues: BTreeSet<ConferenceId>,
    orders: Rows<OrderId, OrderView>,
    assignments: Rows<OrderId, AssignmentView>,
    summaries: Rows<ConferenceId, SummaryView>,
    /// Keyed hash of a registrant's address, and the order.
    locators: BTreeSet<(Vec<u8>, Uuid)>,
    attention: Rows<(OrderId, PaymentId), Attention>,
    /// Orders that can be found by no address any more.
    erased: BTreeSet<OrderId>,
    wait_list: Rows<WaitListEntryId, WaitListEntryView>,
}

#[async_trait]
impl Projection for RegistrationViews {
    fn tables(&self) -> &'static [&'static str] {
        &[
            "assignment_views",
            "attention_views",
            "conference_views",
            "order_locators",
            "order_views",
            "summary_views",
            "wait_list_views",
        ]
    }

    async fn project(
        &self,
        events: &[RecordedEvent],
        source: &mut Source<'_>,
        writes: &mut Writes,
        kept: &mut Kept,
    ) -> Result<Vec<AfterCommit>, Error> {
        let last = kept.of::<LastWritten>();
        let mut views = Views::default();
        for event in events {
            views.fetch(event, source, last).await?;
            views.fold(event, &self.secrets);
        }
        rows::store(writes, &views)?;
        last.remember(&views);
        let (live, events) = (Arc::clone(&self.live), events.to_vec());
        Ok(vec![Box::new(move || {
            let Views { conferences, orders, summaries, .. } = views;
            let stretches = live::stretches(&events);
            let changes = Changes {
                conferences: conferences.into_changed(),
                orders: orders.into_changed().into_iter().map(|(id, view)| (id, Arc::new(view))).collect(),
                other_orders: BTreeMap::new(),
                summaries: summaries.into_changed(),
                wait_lists: wait_lists_in(&events),
                events,
            };
            live.publish(changes, &stretches);
        })])
    }
}

impl Views {
    /// Takes up the rows that `event` changes and that are not at hand: as they were last written, else from the database.
    async fn fetch(
        &mut self,
        event: &RecordedEvent,
        source: &mut Source<'_>,
        last: &mut LastWritten,
    ) -> Result<(), Error> {
        let id = event.conference_id;
        let load = async { load_conference_view(source.conn().await?, id).await };
        take_up(&mut self.conferences, &mut last.conferences, id, load).await?;
        if event.get::<order::Event>().is_some() {
            return self.fetch_order(event, source, last).await;
        }
        if let Some(happened) = event.get::<wait_list::Event>() {
            return self.fetch_entry(happened, source).await;
        }
        if event.get::<seat_assignments::Event>().is_some() && event.version > 1 {
            let id = order_of_assignments(event.stream_id);
            let load = async { load_assignment_view(source.conn().await?, id).await };
            take_up(&mut self.assignments, &mut last.assignments, id, load).await?;
        }
        Ok(())
    }

    async fn fetch_order(
        &mut self,
        event: &RecordedEvent,
        source: &mut Source<'_>,
        last: &mut LastWritten,
    ) -> Result<(), Error> {
        let id = event.conference_id;
        let load = async { load_summary_view(source.conn().await?, id).await };
        take_up(&mut self.summaries, &mut last.summaries, id, load).await?;
        if let Some(charge) = decided_charge(event)
            && let Entry::Vacant(entry) = self.attention.at_hand.entry(charge)
            && let Some(attention) = rows::load_attention(source.conn().await?, charge).await?
        {
            entry.insert(attention);
        }
        // The first event of an order has no row yet.
        if event.version > 1 {
            let id = OrderId(event.stream_id.0);
            let load = async { load_order_view(source.conn().await?, id).await };
            take_up(&mut self.orders, &mut last.orders, id, load).await?;
        }
        Ok(())
    }

    async fn fetch_entry(
        &mut self,
        happened: &wait_list::Event,
        source: &mut Source<'_>,
    ) -> Result<(), Error> {
        if matches!(happened, wait_list::Event::WaitListJoined { .. }) {
            return Ok(());
        }
        if let Entry::Vacant(entry) = self.wait_list.at_hand.entry(happened.entry_id())
            && let Some(view) = waiting::load(source.conn().await?, happened.entry_id()).await?
        {
            entry.insert(view);
        }
        Ok(())
    }

    /// Folds one event into the rows at hand.
    pub fn fold(&mut self, event: &RecordedEvent, secrets: &Secrets) {
        if let Some(happened) = event.get::<order::Event>() {
            self.fold_order(event, happened, secrets);
        } else if let Some(happened) = event.get::<seat_assignments::Event>() {
            let id = order_of_assignments(event.stream_id);
            let view = self.assignments.change(id, || AssignmentView::new(id, event.conference_id));
            view.fold(event, happened);
        } else if let Some(happened) = event.get::<wait_list::Event>() {
            self.fold_wait_list(event, happened);
        } else if let Some(happened) = event.get::<management::Event>() {
            self.catalogues.insert(event.conference_id);
            self.conference(event).fold_management(event, happened);
        } else if let Some(happened) = event.get::<seats_availability::Event>() {
            self.conference(event).fold_availability(event, happened);
        } else if let Some(happened) = event.get::<promo_code_uses::Event>() {
            self.conference(event).fold_code_uses(event, happened);
        }
    }

    fn fold_wait_list(&mut self, event: &RecordedEvent, happened: &wait_list::Event) {
        let id = happened.entry_id();
        if let Some(view) = self.wait_list.at_hand.get_mut(&id) {
            view.fold(event, happened);
        } else if let Some(view) = WaitListEntryView::joined(event, happened) {
            self.wait_list.at_hand.insert(id, view);
        }
        self.wait_list.changed.insert(id);
    }

    fn conference(&mut self, event: &RecordedEvent) -> &mut ConferenceView {
        let id = event.conference_id;
        self.conferences.change(id, || {
            self.catalogues.insert(id);
            ConferenceView::new(id)
        })
    }

    fn fold_order(&mut self, event: &RecordedEvent, happened: &order::Event, secrets: &Secrets) {
        let id = OrderId(event.stream_id.0);
        let view = self.orders.change(id, || OrderView::new(id, event));
        let before = view.status();
        view.fold(event, happened);
        if view.status() != before {
            let zone =
                self.conferences.at_hand.get(&event.conference_id).map_or(Tz::UTC, ConferenceView::time_zone);
            self.summaries.change(event.conference_id, SummaryView::default).count(before, view, event, zone);
        }
        match happened {
            order::Event::OrderRegistrantAssigned { registrant, .. } => {
                let hash = registrant.reveal().map(|it| secrets.keyed_hash(&it.email));
                self.locators.extend(hash.map(|hash| (hash.to_vec(), id.0)));
            }
            order::Event::OrderPersonalDataErased { .. } => {
                self.locators.retain(|(_, order)| *order != id.0);
                self.erased.insert(id);
            }
            _ => self.fold_attention(event, happened),
        }
    }

    fn fold_attention(&mut self, event: &RecordedEvent, happened: &order::Event) {
        let (order_id, now) = (OrderId(event.stream_id.0), event.recorded_at);
        let mut decided = |payment_id: &PaymentId, note: &dyn Fn(&mut Attention)| {
            let charge = (order_id, *payment_id);
            if let Some(attention) = self.attention.at_hand.get_mut(&charge) {
                note(attention);
                self.attention.changed.insert(charge);
            }
        };
        match happened {
            order::Event::OrderNeedsAttention { payment_id, reason, amount } => {
                let raised = Attention {
                    conference_id: event.conference_id,
                    order_id,
                    payment_id: *payment_id,
                    reason: *reason,
                    amount: *amount,
                    raised_at: now,
                    resolution: None,
                    resolved_at: None,
                    refunded_at: None,
                };
                // Raised again, it waits for a decision again.
                let row = self.attention.change((order_id, *payment_id), || raised.clone());
                *row = raised;
            }
            order::Event::OrderRefundDecided { payment_id, .. } => {
                decided(payment_id, &|it| it.resolve(AttentionResolution::Refund, now));
            }
            order::Event::OrderQuotaOverridden { payment_id, .. } => {
                decided(payment_id, &|it| it.resolve(AttentionResolution::OverrideQuota, now));
            }
            order::Event::OrderPaymentRefunded { payment_id, .. } => {
                decided(payment_id, &|it| it.refunded_at = Some(now));
            }
            _ => {}
        }
    }

    /// Compares these rows, folded from the whole log, with those that are stored. Names the rows that differ.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn compare(&self, conn: Conn<'_>) -> Result<Vec<String>, Error> {
        rows::compare(conn, self).await
    }
}

/// The wait lists that events are about, and the position of the last of them.
fn wait_lists_in(events: &[RecordedEvent]) -> BTreeMap<ConferenceId, i64> {
    let of_lists = events.iter().filter(|event| event.get::<wait_list::Event>().is_some());
    of_lists.map(|event| (event.conference_id, event.position)).collect()
}

/// Has a row at hand if there is one. `load` begins only when it is waited for.
async fn take_up<K: Ord + Copy + Hash, V>(
    rows: &mut Rows<K, V>,
    last: &mut LruCache<K, V>,
    key: K,
    load: impl Future<Output = Result<Option<V>, Error>>,
) -> Result<(), Error> {
    let Entry::Vacant(entry) = rows.at_hand.entry(key) else { return Ok(()) };
    let row = match last.pop(&key) {
        Some(row) => Some(row),
        None => load.await?,
    };
    if let Some(row) = row {
        entry.insert(row);
    }
    Ok(())
}

/// The charge that an event says something new about.
fn decided_charge(event: &RecordedEvent) -> Option<(OrderId, PaymentId)> {
    use order::Event as E;
    let (E::OrderRefundDecided { payment_id, .. }
    | E::OrderQuotaOverridden { payment_id, .. }
    | E::OrderPaymentRefunded { payment_id, .. }) = event.get::<E>()?
    else {
        return None;
    };
    Some((OrderId(event.stream_id.0), *payment_id))
}

/// The order whose assignments lie in this stream.
fn order_of_assignments(stream: StreamId) -> OrderId {
    OrderId(stream.id_of::<seat_assignments::SeatAssignments>())
}

/// A stored body as the view that it is.
fn from_body<V: DeserializeOwned>(body: &str) -> Result<V, Error> {
    Ok(serde_json::from_str(body)?)
}

/// A view as it is stored.
fn to_body<V: Serialize>(view: &V) -> Result<String, Error> {
    Ok(serde_json::to_string(view)?)
}
