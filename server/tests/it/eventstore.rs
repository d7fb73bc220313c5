//! What every store of events promises, whatever database it lies on.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use plenary_server::clock::{Clock, Entropy};
use plenary_server::db::{Db, Tx, Writes};
use plenary_server::eventstore::{
    self, Aggregate, Codec, Error, Keys, NewEvent, RecordedEvent, Shard, StoredEvent, StreamId, StreamType,
};
use plenary_server::faults::{Action, Fault, Faults};
use plenary_server::messaging::{
    Command, CommandId, Failure, Mailbox, Outcome, Parts, SendError, UnitOfWork, body_hash, command_id,
};
use plenary_shared::{ConferenceId, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::site::{Place, sabotage};

macro_rules! on_both {
    ($name:ident) => {
        mod $name {
            #[tokio::test]
            async fn on_sqlite() {
                super::$name(super::Store::on($crate::site::Place::sqlite()).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name(super::Store::on($crate::site::Place::postgres().await).await).await;
            }
        }
    };
}

/// Something was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Event {
    Counted { by: i64 },
}

impl StoredEvent for Event {
    fn name(&self) -> &'static str {
        "Counted"
    }
}

#[derive(Debug, Default)]
struct Counter(i64);

impl Aggregate for Counter {
    type Event = Event;
    const STREAM_TYPE: &'static str = "counter";

    fn evolve(self, Event::Counted { by }: &Event) -> Self {
        Self(self.0 + by)
    }
}

fn codec() -> Codec {
    Codec::new([StreamType::of::<Event>(Counter::STREAM_TYPE)])
}

const CONFERENCE: ConferenceId = ConferenceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0003));
const SHARD: Shard = Shard(3);
const STREAM: Uuid = Uuid::from_u128(1);

/// An empty log.
struct Store {
    db: Db,
    clock: Clock,
    _place: Place,
}

impl Store {
    async fn on(place: Place) -> Self {
        let db = place.open().await;
        let mut tx = db.begin().await.unwrap();
        eventstore::create_shards(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
        let (clock, _) = Clock::test(Timestamp::from_millis(1_000));
        Self { db, clock, _place: place }
    }

    fn event(&self, stream: Uuid, version: i64) -> NewEvent {
        let id = Entropy.id(self.clock.now());
        NewEvent {
            shard: SHARD,
            conference_id: CONFERENCE,
            stream_id: StreamId(stream),
            stream_type: Counter::STREAM_TYPE,
            version,
            event_id: id,
            correlation_id: id,
            causation_id: id,
            recorded_at: self.clock.now(),
            event: Arc::new(Event::Counted { by: version }),
        }
    }

    /// Appends as a writer does: it takes the head, then writes after it.
    async fn append(&self, events: Vec<NewEvent>) -> Result<Vec<RecordedEvent>, Error> {
        let mut tx = self.db.begin().await?;
        let head = eventstore::begin_append(tx.conn(), &[SHARD]).await?[0].1.position;
        let recorded = append(&mut tx, [(SHARD, head)], events).await?;
        tx.commit().await?;
        Ok(recorded)
    }

    async fn read(&self) -> Result<Vec<RecordedEvent>, Error> {
        let mut reader = self.db.read().await?;
        eventstore::read_after(reader.conn(), &codec(), SHARD, 0, 100).await
    }

    async fn stream(&self) -> Result<Vec<RecordedEvent>, Error> {
        let mut reader = self.db.read().await?;
        eventstore::load_stream(reader.conn(), &codec(), SHARD, StreamId(STREAM), 0).await
    }

    async fn three(&self) {
        for version in 1..=3 {
            self.append(vec![self.event(STREAM, version)]).await.unwrap();
        }
    }

    fn mailbox(&self) -> Mailbox {
        self.failing_mailbox(Faults::default())
    }

    fn failing_mailbox(&self, faults: Faults) -> Mailbox {
        let parts = Parts {
            db: self.db.clone(),
            codec: codec(),
            clock: self.clock.clone(),
            entropy: Entropy,
            reactors: Vec::new(),
            projections: Vec::new(),
            on_timer: |timer| panic!("nothing here sets timers: {timer:?}"),
            outbox: Arc::default(),
            faults,
        };
        Mailbox::start(parts).0
    }
}

/// Writes events after these heads.
async fn append<const N: usize>(
    tx: &mut Tx,
    heads: [(Shard, i64); N],
    events: Vec<NewEvent>,
) -> Result<Vec<RecordedEvent>, Error> {
    let mut writes = Writes::default();
    let recorded = eventstore::append(&mut writes, &Keys::default(), &BTreeMap::from(heads), events)?;
    writes.send(tx.conn()).await?;
    Ok(recorded)
}

on_both!(what_was_appended_is_read_in_order_without_a_hole);
async fn what_was_appended_is_read_in_order_without_a_hole(store: Store) {
    store.append(vec![store.event(STREAM, 1), store.event(Uuid::from_u128(2), 1)]).await.unwrap();
    store.append(vec![store.event(STREAM, 2)]).await.unwrap();
    let read = store.read().await.unwrap();
    assert_eq!(read.iter().map(|event| event.position).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(read[2].get::<Event>(), Some(&Event::Counted { by: 2 }));
    assert_eq!((read[2].conference_id, read[2].recorded_at), (CONFERENCE, store.clock.now()));
    let stream = store.stream().await.unwrap();
    assert_eq!(
        stream.iter().map(|event| (event.position, event.version)).collect::<Vec<_>>(),
        [(1, 1), (3, 2)]
    );
}

on_both!(shards_are_appended_to_together);
async fn shards_are_appended_to_together(store: Store) {
    let of = |shard, version| NewEvent { shard, ..store.event(Uuid::from_u128(9), version) };
    let heads = [(Shard(2), 0), (Shard(5), 0)];
    let mut tx = store.db.begin().await.unwrap();
    let begun = eventstore::begin_append(tx.conn(), &[Shard(5), Shard(2)]).await.unwrap();
    assert_eq!(begun.iter().map(|(shard, head)| (*shard, head.position)).collect::<Vec<_>>(), heads);
    let events = vec![of(Shard(5), 1), of(Shard(2), 1), of(Shard(5), 2)];
    let recorded = append(&mut tx, heads, events).await.unwrap();
    tx.commit().await.unwrap();
    let places: Vec<_> = recorded.iter().map(|it| (it.shard.0, it.position, it.version)).collect();
    assert_eq!(places, [(2, 1, 1), (5, 1, 1), (5, 2, 2)]);
    let mut reader = store.db.read().await.unwrap();
    let heads: Vec<_> = eventstore::heads(reader.conn()).await.unwrap();
    assert!(heads.contains(&(Shard(2), 1)) && heads.contains(&(Shard(5), 2)), "{heads:?}");
}

on_both!(one_head_that_has_moved_keeps_all_events_out);
async fn one_head_that_has_moved_keeps_all_events_out(store: Store) {
    store.three().await;
    let mut tx = store.db.begin().await.unwrap();
    let other = NewEvent { shard: Shard(2), ..store.event(Uuid::from_u128(9), 1) };
    let events = vec![other, store.event(Uuid::from_u128(2), 1)];
    let refused = append(&mut tx, [(Shard(2), 0), (SHARD, 7)], events).await;
    assert!(matches!(refused, Err(Error::Database(sqlx::Error::RowNotFound))), "{refused:?}");
}

on_both!(every_shard_counts_for_itself);
async fn every_shard_counts_for_itself(store: Store) {
    store.three().await;
    for shard in Shard::all() {
        let mut reader = store.db.read().await.unwrap();
        let (head, _) = eventstore::head(reader.conn(), shard).await.unwrap();
        assert_eq!(head, if shard == SHARD { 3 } else { 0 });
    }
}

on_both!(a_stream_has_every_version_once);
async fn a_stream_has_every_version_once(store: Store) {
    store.three().await;
    let refused = store.append(vec![store.event(STREAM, 3)]).await;
    assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
    assert_eq!(store.read().await.unwrap().len(), 3);
}

on_both!(an_append_after_a_head_that_has_moved_is_refused);
async fn an_append_after_a_head_that_has_moved_is_refused(store: Store) {
    store.three().await;
    for stale in [0, 2, 7] {
        let mut tx = store.db.begin().await.unwrap();
        let event = store.event(Uuid::from_u128(2), 1);
        let refused = append(&mut tx, [(SHARD, stale)], vec![event]).await;
        assert!(matches!(refused, Err(Error::Database(_))), "{stale}: {refused:?}");
        tx.rollback().await.unwrap();
    }
    assert_eq!(store.read().await.unwrap().len(), 3);
}

on_both!(what_is_given_up_leaves_no_trace);
async fn what_is_given_up_leaves_no_trace(store: Store) {
    let mut tx = store.db.begin().await.unwrap();
    let event = store.event(STREAM, 1);
    eventstore::begin_append(tx.conn(), &[SHARD]).await.unwrap();
    append(&mut tx, [(SHARD, 0)], vec![event]).await.unwrap();
    tx.rollback().await.unwrap();
    assert!(store.read().await.unwrap().is_empty());
    store.three().await;
    assert_eq!(store.read().await.unwrap()[0].position, 1);
}

on_both!(a_reader_stops_at_a_hole);
async fn a_reader_stops_at_a_hole(store: Store) {
    store.three().await;
    assert_eq!(sabotage(&store.db, "delete from events where position = 2").await, 1);
    assert!(matches!(store.read().await, Err(Error::Hole { shard: 3, expected: 2, found: 3 })));
    assert!(matches!(store.stream().await, Err(Error::StreamHole { expected: 2, found: 3, .. })));
}

on_both!(an_event_that_nobody_knows_stops_whoever_reads);
async fn an_event_that_nobody_knows_stops_whoever_reads(store: Store) {
    store.three().await;
    for (change, original, said) in [
        (
            "event_type = 'Vanished'",
            "event_type = 'Counted'",
            "Vanished in version 1, of a stream of type counter: its streams hold no such event",
        ),
        (
            "schema_version = 2",
            "schema_version = 1",
            "Counted in version 2, of a stream of type counter: this program knows versions 1 to 1",
        ),
        ("stream_type = 'abacus'", "stream_type = 'counter'", "no room knows streams of type abacus"),
    ] {
        sabotage(&store.db, &format!("update events set {change} where position = 2")).await;
        let stopped = [store.read().await.unwrap_err(), store.stream().await.unwrap_err()];
        let said = format!("the event at 3-2 cannot be read: {said}");
        assert_eq!(stopped.map(|error| error.to_string()), [said.clone(), said]);
        sabotage(&store.db, &format!("update events set {original} where position = 2")).await;
    }
}

/// Counts, unless what is counted would pass `at_most`.
#[derive(Debug, Clone, Copy)]
struct Count {
    by: i64,
    at_most: i64,
}

#[async_trait]
impl Command for Count {
    fn name(&self) -> &'static str {
        "Count"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let Counter(counted) = work.load::<Counter>(STREAM).await?;
        if counted + self.by > self.at_most {
            return Err(Problem::new("too-many", 409, "That is too many.").into());
        }
        let version = work.append::<Counter>(STREAM, vec![Event::Counted { by: self.by }]).await?;
        Ok(Outcome::new(201, STREAM, version))
    }
}

fn key() -> CommandId {
    command_id("POST /counters", "a-random-key")
}

on_both!(a_command_is_recorded_once_and_its_outcome_given_again);
async fn a_command_is_recorded_once_and_its_outcome_given_again(store: Store) {
    let count = Count { by: 1, at_most: 9 };
    let hash = body_hash(b"{}");
    let mailbox = store.mailbox();
    let first = mailbox.send_once(CONFERENCE, (key(), hash), count).await.unwrap();
    mailbox.send(CONFERENCE, count).await.unwrap();
    let again = mailbox.send_once(CONFERENCE, (key(), hash), count).await.unwrap();
    // Another process has nothing but the database to remember by.
    let elsewhere = store.mailbox().send_once(CONFERENCE, (key(), hash), count).await.unwrap();
    assert_eq!((first.repeated, again.repeated, elsewhere.repeated), (false, true, true));
    assert_eq!((first.outcome, first.outcome), (again.outcome, elsewhere.outcome));
    assert_eq!(first.outcome, Outcome::new(201, STREAM, 1));
    assert_eq!(store.stream().await.unwrap().len(), 2);

    let other = mailbox.send_once(CONFERENCE, (key(), body_hash(b"[]")), count).await;
    assert!(matches!(other, Err(SendError::Refused(it)) if it.slug() == "idempotency-key-reused"));
}

on_both!(a_refused_command_is_not_recorded);
async fn a_refused_command_is_not_recorded(store: Store) {
    let mailbox = store.mailbox();
    let refused = mailbox.send_once(CONFERENCE, (key(), body_hash(b"")), Count { by: 1, at_most: 0 }).await;
    assert!(matches!(refused, Err(SendError::Refused(it)) if it.slug() == "too-many"));
    let later = mailbox.send_once(CONFERENCE, (key(), body_hash(b"")), Count { by: 1, at_most: 1 }).await;
    assert!(!later.unwrap().repeated);
}

on_both!(commands_sent_at_once_see_each_other);
async fn commands_sent_at_once_see_each_other(store: Store) {
    let mailbox = store.mailbox();
    let count = Count { by: 1, at_most: 30 };
    let sent = (0..50).map(|_| mailbox.send(CONFERENCE, count));
    let answers = futures_util::future::join_all(sent).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 30);
    let versions: Vec<_> = store.stream().await.unwrap().iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=30).collect::<Vec<_>>());
}

on_both!(what_is_decided_ahead_of_a_batch_that_is_lost_takes_effect_once);
async fn what_is_decided_ahead_of_a_batch_that_is_lost_takes_effect_once(store: Store) {
    // More than two batches: while one is on its way, the next is decided, and the rest waits.
    const COMMANDS: i64 = 1500;
    let mut counted = 0;
    for point in ["written", "committed"] {
        for nth in 1..=3 {
            let faults = Faults::default();
            let point = format!("fault point, mailbox: {point}");
            faults.arm(Fault { point, action: Action::Error { times: 1 }, nth });
            let mailbox = store.failing_mailbox(faults.clone());
            let count = Count { by: 1, at_most: counted + COMMANDS - 100 };
            let sent = (0..COMMANDS).map(|number| {
                let id = command_id("POST /counters", &format!("{counted}-{number}"));
                mailbox.send_once(CONFERENCE, (id, body_hash(b"")), count)
            });
            let answers = futures_util::future::join_all(sent).await;
            assert!(faults.has_struck());
            let too_many = |answer: &&Result<_, SendError>| matches!(answer, Err(SendError::Refused(_)));
            assert_eq!(answers.iter().filter(too_many).count(), 100);
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1400);
            counted += 1400;
        }
    }
    let versions: Vec<_> = store.stream().await.unwrap().iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=counted).collect::<Vec<_>>());
}

on_both!(another_writer_on_the_same_database_overwrites_nothing);
async fn another_writer_on_the_same_database_overwrites_nothing(store: Store) {
    let (one, other) = (store.mailbox(), store.mailbox());
    for _ in 0..20 {
        for mailbox in [&one, &other] {
            mailbox.send(CONFERENCE, Count { by: 1, at_most: 99 }).await.unwrap();
        }
    }
    let versions: Vec<_> = store.stream().await.unwrap().iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=40).collect::<Vec<_>>());
}
