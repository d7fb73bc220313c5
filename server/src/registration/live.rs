//! What is pushed, and the hot copy of what everybody reads.
//!
//! The newest state of each conference is kept in memory, serialised once per version and language, and replaced
//! when a batch is durable: reading it costs no database. Whole states go through channels that keep only the newest
//! one, so a slow reader misses intermediate states and never piles them up.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use lru::LruCache;
use plenary_shared::conference::Conference;
use plenary_shared::format::Locale;
use plenary_shared::live::{ACTIVITY, AVAILABILITY, CONFERENCE, ORDER};
use plenary_shared::registration::{HistoryEvent, Order, OrderConference};
use plenary_shared::{ConferenceId, OrderId, Timestamp};
use serde::Serialize;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{Notify, broadcast, watch};

use super::history;
use super::projections::{ConferenceView, Form, OrderView, SummaryView};
use crate::clock::Clock;
use crate::eventstore::{RecordedEvent, Shard};
use crate::http::sse;

/// Messages that an organizer's connection may be behind before it is cut off; it comes back with its last id.
const BEHIND: usize = 1024;

/// The newest state of a conference, with what was made of it.
#[derive(Debug)]
pub struct HotConference {
    pub view: ConferenceView,
    /// As everybody sees it, in its own words.
    pub conference: Conference,
    translated: PerReader<Conference>,
    json: PerReader<Bytes>,
    conference_message: PerReader<Bytes>,
    availability_message: OnceLock<Bytes>,
}

/// What is made once for those who read own words, and once for each language.
type PerReader<T> = [OnceLock<T>; 1 + Locale::ALL.len()];

const fn cell<T>(cells: &PerReader<T>, reader: Option<Locale>) -> &OnceLock<T> {
    match reader {
        None => &cells[0],
        Some(Locale::En) => &cells[1],
        Some(Locale::De) => &cells[2],
    }
}

impl HotConference {
    fn new(view: ConferenceView) -> Option<Self> {
        let conference = view.to_conference(None)?;
        Some(Self {
            view,
            conference,
            translated: PerReader::default(),
            json: PerReader::default(),
            conference_message: PerReader::default(),
            availability_message: OnceLock::new(),
        })
    }

    /// As a reader sees it.
    pub fn for_reader(&self, reader: Option<Locale>) -> &Conference {
        if reader.is_none() {
            return &self.conference;
        }
        let make = || self.view.to_conference(reader).unwrap_or_else(|| self.conference.clone());
        cell(&self.translated, reader).get_or_init(make)
    }

    /// The answer to whoever asks for the conference.
    pub fn json(&self, reader: Option<Locale>) -> Bytes {
        let make = || Bytes::from(to_json(self.for_reader(reader)));
        cell(&self.json, reader).get_or_init(make).clone()
    }

    /// The whole conference as a message.
    pub fn conference_message(&self, reader: Option<Locale>) -> Bytes {
        let make = || sse::message(CONFERENCE, self.view.position, &to_json(self.for_reader(reader)));
        cell(&self.conference_message, reader).get_or_init(make).clone()
    }

    /// What is left of it as a message.
    pub fn availability_message(&self) -> Bytes {
        let make = || sse::message(AVAILABILITY, self.view.position, &to_json(&self.view.to_availability()));
        self.availability_message.get_or_init(make).clone()
    }

    /// How orders name it, for a reader.
    pub fn order_conference(&self, reader: Option<Locale>) -> OrderConference {
        let Conference { id, slug, name, .. } = self.for_reader(reader);
        OrderConference { id: *id, slug: slug.clone(), name: name.clone() }
    }

    /// An order of the conference as a reader sees it; `None` before it was placed.
    pub fn order(
        &self,
        view: &OrderView,
        (form, reader): (Form, Option<Locale>),
        now: Timestamp,
    ) -> Option<Order> {
        let mut order = view.to_order(form, self.order_conference(reader), now)?;
        for seat in &mut order.seats {
            seat.name = self.view.catalogue.name_for(reader, seat.seat_type_id, &seat.name).to_owned();
        }
        Some(order)
    }
}

/// The newest state of an order, in its two forms, each serialised once for each language.
#[derive(Debug)]
pub struct LiveOrder {
    pub view: Arc<OrderView>,
    conference: Arc<HotConference>,
    made_at: Timestamp,
    full: PerReader<Bytes>,
    redacted: PerReader<Bytes>,
}

impl LiveOrder {
    pub fn new(view: Arc<OrderView>, conference: Arc<HotConference>, made_at: Timestamp) -> Self {
        Self { view, conference, made_at, full: PerReader::default(), redacted: PerReader::default() }
    }

    /// The order as a message.
    pub fn message(&self, form: Form, reader: Option<Locale>) -> Bytes {
        let cells = match form {
            Form::Full => &self.full,
            Form::Redacted => &self.redacted,
        };
        let make = || sse::message(ORDER, self.view.position, &self.json(form, reader));
        cell(cells, reader).get_or_init(make).clone()
    }

    fn json(&self, form: Form, reader: Option<Locale>) -> String {
        to_json(&self.conference.order(&self.view, (form, reader), self.made_at))
    }

    /// The order as its organizer sees it. Each of her streams gives it an id of its own.
    pub fn for_organizer(&self) -> Json {
        Json::from(self.json(Form::Full, None))
    }
}

/// A text of JSON that many share.
pub type Json = Arc<str>;

/// A message for organizers, and its position in the log.
#[derive(Debug, Clone)]
pub struct Activity {
    pub position: i64,
    pub message: Bytes,
}

/// The numbers of a conference as they are after a position of the log.
#[derive(Debug, Clone)]
struct Numbers {
    position: i64,
    json: Json,
}

/// What an organizer's connection listens to.
#[derive(Debug, Clone)]
struct Organizer {
    summary: watch::Sender<Option<Numbers>>,
    /// Told of an order before its activity: whoever has heard what happened has heard what came of it.
    orders: broadcast::Sender<Json>,
    activity: Told,
}

/// What happens, told in each language that somebody reads it in.
#[derive(Debug, Clone)]
struct Told([broadcast::Sender<Activity>; Locale::ALL.len()]);

impl Told {
    fn new() -> Self {
        Self(Locale::ALL.map(|_| broadcast::Sender::new(BEHIND)))
    }

    fn in_language(&self, locale: Locale) -> &broadcast::Sender<Activity> {
        let [english, german] = &self.0;
        match locale {
            Locale::En => english,
            Locale::De => german,
        }
    }

    fn is_heard(&self) -> bool {
        self.0.iter().any(|sender| sender.receiver_count() > 0)
    }
}

/// The receiving ends of an organizer's connection.
#[derive(Debug)]
pub struct OrganizerFeed {
    summary: watch::Receiver<Option<Numbers>>,
    orders: broadcast::Receiver<Json>,
    activity: broadcast::Receiver<Activity>,
    /// What happened, held until everything is told that came of it.
    held: Option<Activity>,
}

/// What an organizer is told next.
#[derive(Debug)]
pub enum News {
    Summary(Json),
    Order(Json),
    Activity(Activity),
}

impl OrganizerFeed {
    /// Waits for what there is to tell. An order comes before what happened to it.
    ///
    /// `None` for whoever is too far behind, or when everything was forgotten: it comes back with its last id.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            if let Some(activity) = self.held.take() {
                return match self.orders.try_recv() {
                    Ok(order) => {
                        self.held = Some(activity);
                        Some(News::Order(order))
                    }
                    Err(TryRecvError::Empty) => Some(News::Activity(activity)),
                    Err(TryRecvError::Closed | TryRecvError::Lagged(_)) => None,
                };
            }
            tokio::select! {
                changed = self.summary.changed() => {
                    changed.ok()?;
                    let newest = self.summary.borrow_and_update().as_ref().map(|it| Json::clone(&it.json));
                    if let Some(newest) = newest {
                        return Some(News::Summary(newest));
                    }
                }
                order = self.orders.recv() => return Some(News::Order(order.ok()?)),
                activity = self.activity.recv() => self.held = Some(activity.ok()?),
            }
        }
    }
}

/// Channels that are there for as long as somebody listens.
#[derive(Debug)]
struct Followed<K, V> {
    senders: HashMap<K, watch::Sender<V>>,
    /// How many there may be before those are looked for that nobody listens to any more: twice as many as were left the last
    /// time, so that to follow costs the same however many are followed.
    sweep_at: usize,
}

impl<K, V> Default for Followed<K, V> {
    fn default() -> Self {
        Self { senders: HashMap::new(), sweep_at: 0 }
    }
}

impl<K: Eq + Hash, V> Followed<K, V> {
    /// The channel of `key`, made by `new` when there is none.
    fn channel(&mut self, key: K, new: impl FnOnce() -> watch::Sender<V>) -> &watch::Sender<V> {
        const FEW: usize = 64;
        if self.senders.len() >= self.sweep_at {
            self.senders.retain(|_, sender| sender.receiver_count() > 0);
            self.sweep_at = (2 * self.senders.len()).max(FEW);
        }
        self.senders.entry(key).or_insert_with(new)
    }

    /// The channel of `key`, if somebody listens.
    fn heard(&self, key: &K) -> Option<&watch::Sender<V>> {
        self.senders.get(key).filter(|sender| sender.receiver_count() > 0)
    }

    fn clear(&mut self) {
        self.senders.clear();
    }
}

/// All live channels of this process.
#[derive(Debug, Default)]
pub struct Live {
    conferences: Mutex<HashMap<ConferenceId, watch::Sender<Arc<HotConference>>>>,
    slugs: Mutex<HashMap<String, ConferenceId>>,
    orders: Mutex<Followed<OrderId, Arc<LiveOrder>>>,
    /// Orders as they were last committed, as far as this process has been told of their shards.
    recent: Mutex<Recent>,
    organizers: Mutex<HashMap<ConferenceId, Organizer>>,
    /// The position of the last change of each wait list that somebody looks at.
    wait_lists: Mutex<Followed<ConferenceId, i64>>,
    /// How far organizers have been told of each shard.
    told: Mutex<HashMap<Shard, i64>>,
    behind: Notify,
    clock: Clock,
}

#[derive(Debug)]
struct Recent(LruCache<OrderId, Arc<OrderView>>);

impl Default for Recent {
    fn default() -> Self {
        /// An order's takes about 2 KiB.
        const CAPACITY: NonZeroUsize = NonZeroUsize::new(4096).expect("it is not zero");
        Self(LruCache::new(CAPACITY))
    }
}

/// What has changed, and the newest state of it.
#[derive(Debug, Default)]
pub struct Changes {
    pub conferences: BTreeMap<ConferenceId, ConferenceView>,
    pub orders: BTreeMap<OrderId, Arc<OrderView>>,
    /// Orders that have changed as well, and whose state was not read.
    pub other_orders: BTreeMap<OrderId, ConferenceId>,
    pub summaries: BTreeMap<ConferenceId, SummaryView>,
    /// The positions at which wait lists changed last.
    pub wait_lists: BTreeMap<ConferenceId, i64>,
    pub events: Vec<RecordedEvent>,
}

/// A piece of a shard's log: what comes after one position, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub shard: Shard,
    pub after: i64,
    pub last: i64,
}

/// The pieces that the events of a batch are. Within a shard they lie side by side.
pub fn stretches(events: &[RecordedEvent]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for event in events {
        match stretches.iter_mut().find(|it| it.shard == event.shard) {
            Some(stretch) => stretch.last = event.position,
            None => stretches.push(Stretch {
                shard: event.shard,
                after: event.position - 1,
                last: event.position,
            }),
        }
    }
    stretches
}

pub fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("views are JSON")
}

/// A panic elsewhere leaves a map as it was between two whole changes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    pub fn new(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    /// The hot copy of a conference, if it has one.
    pub fn conference(&self, id: ConferenceId) -> Option<Arc<HotConference>> {
        lock(&self.conferences).get(&id).map(|sender| Arc::clone(&sender.borrow()))
    }

    /// The conference with this slug, in lower case, if it is known here.
    pub fn by_slug(&self, slug_key: &str) -> Option<ConferenceId> {
        lock(&self.slugs).get(slug_key).copied()
    }

    /// Keeps a conference read from the database, unless a newer state has come meanwhile. `None` for one that was
    /// never created.
    pub fn keep(&self, view: ConferenceView) -> Option<Arc<HotConference>> {
        let hot = Arc::new(HotConference::new(view)?);
        lock(&self.slugs).insert(hot.conference.slug.to_lowercase(), hot.view.id);
        let mut conferences = lock(&self.conferences);
        let sender = conferences.entry(hot.view.id).or_insert_with(|| watch::Sender::new(Arc::clone(&hot)));
        sender.send_if_modified(|known| {
            let newer = known.view.version < hot.view.version;
            if newer {
                *known = Arc::clone(&hot);
            }
            newer
        });
        Some(Arc::clone(&sender.borrow()))
    }

    /// An order as it was last committed, if that was lately.
    pub fn recent_order(&self, id: OrderId) -> Option<Arc<OrderView>> {
        lock(&self.recent).0.get(&id).cloned()
    }

    /// Forgets everything. Live streams end; whoever follows comes back and gets the state of the database.
    pub fn forget(&self) {
        lock(&self.conferences).clear();
        lock(&self.slugs).clear();
        lock(&self.orders).clear();
        lock(&self.recent).0.clear();
        lock(&self.organizers).clear();
        lock(&self.wait_lists).clear();
    }

    /// Follows a conference that has a hot copy.
    pub fn follow_conference(&self, id: ConferenceId) -> Option<watch::Receiver<Arc<HotConference>>> {
        lock(&self.conferences).get(&id).map(watch::Sender::subscribe)
    }

    /// Follows an order; `now` is its state as just read.
    pub fn follow_order(&self, now: LiveOrder) -> watch::Receiver<Arc<LiveOrder>> {
        let now = Arc::new(now);
        let mut orders = lock(&self.orders);
        let sender = orders.channel(now.view.id, || watch::Sender::new(Arc::clone(&now)));
        if sender.borrow().view.version < now.view.version {
            sender.send_replace(now);
        }
        sender.subscribe()
    }

    /// Follows the wait list of a conference, whose log ends at position `now`: whatever happens to one place on it may
    /// move the others.
    pub fn follow_wait_list(&self, id: ConferenceId, now: i64) -> watch::Receiver<i64> {
        lock(&self.wait_lists).channel(id, || watch::Sender::new(now)).subscribe()
    }

    fn publish_wait_list(&self, id: ConferenceId, position: i64) {
        if let Some(sender) = lock(&self.wait_lists).heard(&id) {
            sender.send_if_modified(|known| {
                let newer = *known < position;
                *known = position.max(*known);
                newer
            });
        }
    }

    /// Follows what an organizer sees of a conference.
    pub fn follow_organizer(&self, id: ConferenceId, locale: Locale) -> OrganizerFeed {
        let mut organizers = lock(&self.organizers);
        organizers.retain(|_, it| it.activity.is_heard());
        let organizer = organizers.entry(id).or_insert_with(|| Organizer {
            summary: watch::Sender::new(None),
            orders: broadcast::Sender::new(BEHIND),
            activity: Told::new(),
        });
        OrganizerFeed {
            summary: organizer.summary.subscribe(),
            orders: organizer.orders.subscribe(),
            activity: organizer.activity.in_language(locale).subscribe(),
            held: None,
        }
    }

    /// Says where the log stands as the process begins; of what lies before, nobody is told.
    pub fn begin(&self, heads: impl IntoIterator<Item = (Shard, i64)>) {
        lock(&self.told).extend(heads);
    }

    /// How far everybody here has been told of a shard.
    pub fn told(&self, shard: Shard) -> i64 {
        lock(&self.told).get(&shard).copied().unwrap_or(0)
    }

    /// Returns when something was published that does not follow on what was told before it.
    pub async fn fell_behind(&self) {
        self.behind.notified().await;
    }

    pub fn has_organizers(&self, id: ConferenceId) -> bool {
        lock(&self.organizers).get(&id).is_some_and(|it| it.activity.is_heard())
    }

    pub fn is_followed(&self, id: OrderId) -> bool {
        lock(&self.orders).heard(&id).is_some()
    }

    /// Replaces what is hot and tells whoever follows. Called when what has changed is durable.
    ///
    /// Whole states with a version replace older ones, whoever is first. Organizers are told everything in order: what
    /// does not follow on what they know is left to whoever reads it off the log. Gives whether any of the
    /// stretches followed on what was told before.
    pub fn publish(&self, changes: Changes, stretches: &[Stretch]) -> bool {
        let Changes { conferences, orders, other_orders, summaries, wait_lists, events } = changes;
        for view in conferences.into_values() {
            self.keep(view);
        }
        for (id, position) in wait_lists {
            self.publish_wait_list(id, position);
        }
        let followed: Vec<_> = orders.values().filter_map(|view| self.publish_order(view)).collect();
        let mut told = lock(&self.told);
        let mut follows = false;
        for stretch in stretches {
            let known = told.entry(stretch.shard).or_default();
            if *known < stretch.after {
                self.behind.notify_one();
            }
            if *known != stretch.after {
                continue;
            }
            *known = stretch.last;
            follows = true;
            let here = |id: ConferenceId| Shard::of(id) == stretch.shard;
            // Only here: a state that another node has followed on already would stay for ever.
            self.keep_orders(
                orders.values().filter(|it| here(it.conference_id)),
                other_orders.iter().filter(|(_, of)| here(**of)).map(|(id, _)| *id),
            );
            for order in followed.iter().filter(|it| here(it.view.conference_id)) {
                self.tell_organizers_of(order);
            }
            for (id, summary) in summaries.iter().filter(|(id, _)| here(**id)) {
                self.publish_summary(*id, summary);
            }
            events
                .iter()
                .filter(|it| it.shard == stretch.shard)
                .for_each(|event| self.publish_activity(event));
        }
        follows
    }

    fn keep_orders<'a>(
        &self,
        changed: impl Iterator<Item = &'a Arc<OrderView>>,
        unread: impl Iterator<Item = OrderId>,
    ) {
        let mut recent = lock(&self.recent);
        for id in unread {
            recent.0.pop(&id);
        }
        for view in changed {
            recent.0.put(view.id, Arc::clone(view));
        }
    }

    /// Tells whoever follows an order. Gives it if anybody at all wants to hear of it.
    fn publish_order(&self, view: &Arc<OrderView>) -> Option<Arc<LiveOrder>> {
        let hot = self.conference(view.conference_id)?;
        let follower = lock(&self.orders).heard(&view.id).cloned();
        if follower.is_none() && !self.has_organizers(view.conference_id) {
            return None;
        }
        let order = Arc::new(LiveOrder::new(Arc::clone(view), hot, self.clock.now()));
        if let Some(follower) = follower {
            follower.send_if_modified(|known| {
                let newer = known.view.version < order.view.version;
                if newer {
                    *known = Arc::clone(&order);
                }
                newer
            });
        }
        Some(order)
    }

    fn tell_organizers_of(&self, order: &LiveOrder) {
        if let Some(organizer) = lock(&self.organizers).get(&order.view.conference_id) {
            // Nobody may be listening any more.
            let _ = organizer.orders.send(order.for_organizer());
        }
    }

    fn publish_summary(&self, id: ConferenceId, summary: &SummaryView) {
        let organizer = lock(&self.organizers).get(&id).cloned();
        let (Some(organizer), Some(hot)) = (organizer, self.conference(id)) else { return };
        let summary = summary.to_summary(&hot.view, self.clock.now());
        let position = summary.position;
        let json = Json::from(to_json(&summary));
        organizer.summary.send_if_modified(|known| {
            let newer = known.as_ref().is_none_or(|known| known.position < position);
            if newer {
                *known = Some(Numbers { position, json });
            }
            newer
        });
    }

    fn publish_activity(&self, event: &RecordedEvent) {
        let organizer = lock(&self.organizers).get(&event.conference_id).cloned();
        let (Some(organizer), Some(hot)) = (organizer, self.conference(event.conference_id)) else { return };
        for locale in Locale::ALL {
            let sender = organizer.activity.in_language(locale);
            if sender.receiver_count() > 0 {
                let _ = sender.send(activity(&history::tell(event, &hot.view.catalogue, locale)));
            }
        }
    }
}

/// A history event as a message.
pub fn activity(event: &HistoryEvent) -> Activity {
    Activity { position: event.position, message: sse::message(ACTIVITY, event.position, &to_json(event)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_organizer_hears_of_an_order_before_what_happened_to_it() {
        let live = Live::default();
        let id = ConferenceId(uuid::Uuid::from_u128(1));
        let mut feed = live.follow_organizer(id, Locale::En);
        for position in 1..=64 {
            let organizer = lock(&live.organizers)[&id].clone();
            organizer.orders.send(Json::from(position.to_string())).unwrap();
            let activity = Activity { position, message: Bytes::new() };
            organizer.activity.in_language(Locale::En).send(activity).unwrap();
            let (first, second) = (feed.next().await.unwrap(), feed.next().await.unwrap());
            assert!(matches!(first, News::Order(json) if *json == *position.to_string()));
            assert!(matches!(second, News::Activity(it) if it.position == position));
        }
    }

    #[test]
    fn channels_that_nobody_listens_to_go_away_and_those_in_use_stay() {
        let mut followed = Followed::<u32, u32>::default();
        let kept = followed.channel(0, || watch::Sender::new(7)).subscribe();
        for key in 1..10_000 {
            drop(followed.channel(key, || watch::Sender::new(0)).subscribe());
        }
        assert!(followed.senders.len() <= 64, "{}", followed.senders.len());
        assert_eq!(*followed.channel(0, || watch::Sender::new(0)).borrow(), 7);
        assert!(followed.heard(&0).is_some() && followed.heard(&9_999).is_none());
        drop(kept);
        assert!(followed.heard(&0).is_none());
    }
}
