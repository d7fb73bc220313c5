//! Where a sequence is run: in memory, or on a server with a database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use plenary_shared::conference::CreateConference as Creation;
use plenary_shared::{ConferenceId, Timestamp};
use serde_json::Value;

use super::reference::{BUFFER_S, OFFER_S, PRICES, QUOTAS, Reference, SHOWN_S};
use super::run::{Answered, Asked, Player, new_id, seat_type};
use super::steps::Step;
use crate::clock::{Clock, TestClock};
use crate::conference::{self, Access, CreateConference, CreateSeatType, PublishConference};
use crate::eventstore::{self, DomainEvent, Shard, StreamId};
use crate::fetch_optional;
use crate::messaging::{Command, CommandId, InMemory, Mailbox, SendError};
use crate::payments::{RecordRefund, Refund};
use crate::startup::{self, Running, Settings};
use crate::testing::{self, TestDb};
use crate::verify;

/// Between the commands that open a conference.
const INSTANT: Duration = Duration::from_millis(1);

/// 2026-03-01T09:00:00Z
pub const BEGINNING: Timestamp = Timestamp::from_millis(1_772_355_600_000);

/// One recorded event: when, of what, and what.
pub type Recorded = (Timestamp, StreamId, Arc<dyn DomainEvent>);

/// The commands that open a conference, each at an instant of its own: ids of kinds of seats sort as they were made.
fn opening(conference: ConferenceId) -> Vec<Arc<dyn Command>> {
    let slug = format!("model-{}", conference.0.simple());
    let creation: Creation = serde_json::from_value(serde_json::json!({
        "owner_name": "Olga", "owner_email": "olga@example.org", "name": "Model", "slug": slug,
        "description": "A conference.", "location": "Berlin", "start_date": "2026-06-01", "end_date": "2026-06-02",
    }))
    .unwrap();
    let world = conference::World {
        reserved_slugs: &[],
        is_time_zone: |_| true,
        reservation_s: (SHOWN_S, BUFFER_S),
        waitlist_offer_s: OFFER_S,
    };
    let access = Access { owner_hash: [0; 16], code: "ABCDE".to_owned() };
    let created = CreateConference::new(conference, &creation, world, access).unwrap();
    let seats = QUOTAS.iter().zip(PRICES).map(|(quota, price)| CreateSeatType(seat_type(*quota, price)));
    let seats: Vec<Arc<dyn Command>> = seats.map(|it| Arc::new(it) as Arc<dyn Command>).collect();
    let mut commands: Vec<Arc<dyn Command>> = vec![Arc::new(created)];
    commands.extend(seats);
    commands.push(Arc::new(PublishConference));
    commands
}

/// The rules, reactions and processes that serve, with nothing beneath.
#[derive(Debug)]
pub struct Memory {
    mailbox: InMemory,
    began: Timestamp,
    seen: usize,
    _db: TestDb,
}

impl Memory {
    pub async fn open() -> Self {
        let db = testing::sqlite().await;
        let tx = db.db.begin().await.unwrap();
        let mailbox =
            InMemory::new((&db.db, tx), startup::codec(), startup::reactors(), startup::on_timer, BEGINNING);
        Self { mailbox, began: BEGINNING, seen: 0, _db: db }
    }

    pub fn begin_anew(&mut self, now: Timestamp) {
        self.mailbox.begin_anew(now);
        (self.began, self.seen) = (now, 0);
    }

    pub async fn open_conference(&mut self, reference: Reference) -> Player {
        let conference = ConferenceId(new_id(self.began));
        for command in opening(conference) {
            self.mailbox.send(conference, CommandId(new_id(self.began)), command).await.unwrap();
            self.mailbox.wait(INSTANT).await;
            self.began = self.began + INSTANT;
        }
        let mut player = Player::new(conference, self.began, reference);
        self.show(&mut player);
        player
    }

    pub async fn send(&mut self, conference: ConferenceId, asked: Asked) -> Answered {
        self.mailbox.send(conference, asked.id, asked.command).await
    }

    pub async fn wait(&mut self, pause: Duration) {
        self.mailbox.wait(pause).await;
    }

    pub fn restart(&mut self) {
        self.mailbox.restart();
    }

    /// Has the processor answer what was sent to it.
    pub async fn deliver(&mut self, conference: ConferenceId) {
        for message in self.mailbox.sent().iter().filter(|it| it.kind == "payment_refund") {
            let Refund { payment_id, .. } = serde_json::from_str(&message.payload).unwrap();
            let command = Arc::new(RecordRefund { payment_id });
            self.mailbox.send(conference, CommandId(new_id(self.began)), command).await.unwrap();
        }
    }

    /// Shows what was recorded since this was called last.
    pub fn show(&mut self, player: &mut Player) {
        let events = self.mailbox.events();
        for event in &events[self.seen..] {
            player.see(event.stream_id, &*event.event);
        }
        self.seen = events.len();
    }

    pub fn history(&self) -> Vec<Recorded> {
        let events = self.mailbox.events().iter();
        events.map(|it| (it.recorded_at, it.stream_id, Arc::clone(&it.event))).collect()
    }
}

/// A whole server on a database.
#[derive(Debug)]
pub struct Stored {
    db: TestDb,
    clock: Clock,
    hand: Arc<TestClock>,
    running: Option<Running>,
    read: HashMap<Shard, i64>,
    histories: BTreeMap<ConferenceId, Vec<Recorded>>,
}

impl Stored {
    pub async fn on(db: TestDb) -> Self {
        let (clock, hand) = testing::clock();
        let mut stored =
            Self { db, clock, hand, running: None, read: HashMap::new(), histories: BTreeMap::new() };
        stored.start().await;
        stored
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn start(&mut self) {
        let settings = Settings::for_measuring();
        let started = startup::start(self.db.db.clone(), self.clock.clone(), settings).await;
        self.running = Some(started.unwrap());
    }

    async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.db.reopen().await;
        self.start().await;
    }

    fn mailbox(&self) -> &Mailbox {
        &self.running.as_ref().expect("it runs").mailbox
    }

    async fn send(&self, conference: ConferenceId, id: CommandId, command: Arc<dyn Command>) -> Answered {
        match self.mailbox().send_shared(conference, id, command).await {
            Ok(reply) => Ok(reply),
            Err(SendError::Refused(problem)) => Err(problem),
            Err(error) => panic!("the database failed: {error:?}"),
        }
    }

    async fn open(&self, count: usize) -> Vec<Player> {
        let conferences: Vec<_> = (0..count).map(|_| ConferenceId(new_id(self.now()))).collect();
        let mut openings: Vec<_> = conferences.iter().map(|id| opening(*id).into_iter()).collect();
        loop {
            let next = conferences.iter().zip(&mut openings).filter_map(|(id, it)| Some((*id, it.next()?)));
            let sent = next.map(|(id, it)| self.send(id, CommandId(new_id(self.now())), it));
            let answers = join_all(sent).await;
            if answers.is_empty() {
                let player = |id| Player::new(id, self.now(), Reference::default());
                return conferences.into_iter().map(player).collect();
            }
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            self.wait(INSTANT).await;
        }
    }

    /// Runs sequences beside each other, one step of each at a time. Gives their conferences.
    pub async fn run_together(&mut self, sequences: &[Vec<Step>]) -> (Timestamp, Vec<ConferenceId>) {
        let began = self.now();
        let mut players = self.open(sequences.len()).await;
        self.show(&mut players).await;
        for index in 0..sequences[0].len() {
            // They wait and restart together.
            let pause = players[0].reference.pause(sequences[0][index]);
            self.wait(pause).await;
            let mut expired = false;
            for player in &mut players {
                expired |= player.reference.pass(pause);
            }
            if expired {
                self.show(&mut players).await;
            }
            if sequences[0][index] == Step::Restart {
                self.restart().await;
            }
            let playing = players.iter_mut().zip(sequences).map(|(player, steps)| {
                let step = steps[index];
                let asked = player.asked(step);
                let expected = player.reference.step(step);
                let this = &*self;
                async move {
                    let Some(asked) = asked else { return };
                    let answered = this.send(player.conference, asked.id, asked.command.clone()).await;
                    player.answered(step, &asked, &answered, expected).unwrap_or_else(|it| panic!("{it}"));
                }
            });
            join_all(playing).await;
            self.settle().await;
            self.show(&mut players).await;
            for (player, steps) in players.iter().zip(sequences) {
                player.compare(steps[index]).unwrap_or_else(|it| panic!("{it}\n{steps:#?}"));
            }
        }
        (began, players.iter().map(|player| player.conference).collect())
    }

    async fn wait(&self, pause: Duration) {
        self.hand.advance(pause);
        self.settle().await;
    }

    /// Returns when no timer is due and every refund has been answered.
    async fn settle(&self) {
        let now = self.now().as_micros();
        loop {
            let mut reader = self.db.db.read().await.unwrap();
            let due = fetch_optional!(
                reader.conn(),
                (i64,),
                "select count(*) from processes where due_at <= $1",
                now
            );
            let sent = fetch_optional!(
                reader.conn(),
                (i64,),
                "select count(*) from outbox where state = 'waiting' and kind = 'payment_refund'",
            );
            if (due.unwrap(), sent.unwrap()) == (Some((0,)), Some((0,))) {
                return;
            }
            drop(reader);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Shows everybody what was recorded since this was called last.
    async fn show(&mut self, players: &mut [Player]) {
        let codec = startup::codec();
        let mut reader = self.db.db.read().await.unwrap();
        for shard in Shard::all() {
            let after = self.read.get(&shard).copied().unwrap_or(0);
            let events = eventstore::read_after(reader.conn(), &codec, shard, after, 100_000);
            for event in events.await.unwrap() {
                self.read.insert(shard, event.position);
                // Orders of sequences that have ended go on expiring.
                let of_it = players.iter_mut().find(|it| it.conference == event.conference_id);
                let Some(player) = of_it else { continue };
                player.see(event.stream_id, &*event.event);
                let history = self.histories.entry(event.conference_id).or_default();
                history.push((event.recorded_at, event.stream_id, event.event));
            }
        }
    }

    pub fn history_of(&self, conference: ConferenceId) -> Vec<Recorded> {
        self.histories[&conference].clone()
    }

    /// Stops the server, once everything agrees with everything.
    pub async fn finish(mut self) {
        let verdict = verify::verify(&self.db.db, &startup::codec()).await.unwrap();
        assert_eq!(verdict.violations, Vec::<String>::new());
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

/// Events with ids named by the order in which they appear, and without what is random: two histories of the same are
/// the same then.
pub fn normalized(history: &[Recorded]) -> Vec<String> {
    let mut names = HashMap::new();
    let recorded = |(at, stream, event): &Recorded| {
        let mut payload: Value = serde_json::from_str(&event.to_json()).unwrap();
        let stream = name(&mut names, &stream.0.to_string());
        rename(&mut names, &mut payload);
        format!("{} {stream} {} {payload}", at.as_millis(), event.name())
    };
    history.iter().map(recorded).collect()
}

fn name(names: &mut HashMap<String, usize>, id: &str) -> String {
    let next = names.len();
    format!("#{}", names.entry(id.to_owned()).or_insert(next))
}

fn rename(names: &mut HashMap<String, usize>, value: &mut Value) {
    match value {
        Value::String(text) if text.parse::<uuid::Uuid>().is_ok() => *text = name(names, text),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(names, item)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "access_code" | "slug" => *value = Value::Null,
                    // They are kept by id, and ids of one instant sort by chance.
                    "promo_code_ids" => {
                        rename(names, value);
                        value.as_array_mut().into_iter().for_each(|ids| ids.sort_by_key(Value::to_string));
                    }
                    _ => rename(names, value),
                }
            }
        }
        _ => {}
    }
}
