//! Commands straight into the mailbox, without HTTP: what the write path itself can do, beside what the database can.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_shared::registration::{Person, SeatQuantity};
use plenary_shared::{ConferenceId, OrderId, SeatTypeId};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::ground::Ground;
use super::measure::{AsyncWorker, Line, Pen, float, measure, of_a_hundred};
use super::process::Watched;
use super::{Failure, Place, Sizes, limit, shop};
use crate::clock::{Clock, Entropy};
use crate::http::client_address::TrustedProxies;
use crate::http::limits::Limits;
use crate::http::serve::serve;
use crate::messaging::{Command, Mailbox, SendError};
use crate::registration::commands::{
    AssignRegistrantDetails, AssignSeat, ConfirmOrder, RegisterToConference,
};
use crate::registration::order::HolderId;
use crate::startup::{self, Running, Settings};

/// How many commands a transaction carries out, on average.
const IN_A_BATCH: &str = "commands in a batch";

pub async fn run(ground: &Ground, place: &Place, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let inside = Inside::start(ground).await?;
    let fairs = inside.fairs(sizes.conferences).await?;
    let reservations = inside.reservations(&fairs, sizes).await?;
    let assignments = inside.assignments(&fairs, sizes).await?;
    inside.stop().await;
    let [reservation, assignment] = limit::patterns(ground).await?;
    let mut lines = Vec::new();
    for (line, name, pattern, subjects) in [
        (reservations, "reservations", reservation, sizes.conferences),
        (assignments, "AssignSeat", assignment, sizes.in_flight),
    ] {
        let batch = line.figures.get(IN_A_BATCH).copied().unwrap_or(1.0);
        let measured = (ground.kind(), place);
        let bare = limit::run(measured, (name, &pattern), (batch, subjects), sizes).await?;
        let ratio = line.rate() / bare.rate();
        lines.extend([line.figure("part of the bare loop", ratio), bare]);
    }
    Ok(lines)
}

/// A conference as commands name it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    conference_id: ConferenceId,
    seat_type_id: SeatTypeId,
}

/// A server inside this process.
#[derive(Debug)]
pub struct Inside {
    running: Running,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Inside {
    pub async fn start(ground: &Ground) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let settings = Settings { public_url: format!("http://{address}"), ..Settings::for_measuring() };
        let running = startup::start(ground.open().await?, Clock::System, settings).await?;
        let limit = (Limits::DEFAULT.connections, TrustedProxies::default());
        let serving = tokio::spawn(serve(listener, running.router.clone(), limit, std::future::pending()));
        Ok(Self { running, address, serving })
    }

    /// Conferences whose seats cost nothing, so that an order is confirmed by one command.
    pub async fn fairs(&self, count: usize) -> Result<Arc<[Target]>, Failure> {
        let mut targets = Vec::new();
        for fair in shop::open_many(self.address, count, 0).await? {
            let hot = self.running.queries.conference(&fair.slug).await?.ok_or("it was opened just now")?;
            targets.push(Target { conference_id: hot.view.id, seat_type_id: fair.seat_type.parse()? });
        }
        Ok(targets.into())
    }

    pub async fn reservations(&self, fairs: &Arc<[Target]>, sizes: Sizes) -> Result<Line, Failure> {
        let worker = |index| Reserving { mailbox: self.mailbox(), fairs: Arc::clone(fairs), index };
        let before = self.counts();
        let line = Line::new(format!("reservations, {} under way", sizes.in_flight), "commands");
        let line = measure(line, sizes.plan, &Watched::myself(), (0..sizes.in_flight).map(worker)).await?;
        Ok(self.counts().tell(line, before))
    }

    async fn assignments(&self, fairs: &Arc<[Target]>, sizes: Sizes) -> Result<Line, Failure> {
        let mut workers = Vec::new();
        for index in 0..sizes.in_flight {
            let (mailbox, target) = (self.mailbox(), fairs[index % fairs.len()]);
            let order_id = confirmed(&mailbox, target).await?;
            workers.push(Assigning { mailbox, conference_id: target.conference_id, order_id });
        }
        let before = self.counts();
        let line = Line::new(format!("AssignSeat, {} under way", sizes.in_flight), "commands");
        let line = measure(line, sizes.plan, &Watched::myself(), workers).await?;
        Ok(self.counts().tell(line, before))
    }

    pub fn mailbox(&self) -> Mailbox {
        self.running.mailbox.clone()
    }

    pub fn events(&self) -> u64 {
        self.running.mailbox.statistics.events.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn counts(&self) -> Counts {
        let load = |it: &std::sync::atomic::AtomicU64| it.load(std::sync::atomic::Ordering::Relaxed);
        let statistics = &self.running.mailbox.statistics;
        Counts {
            commands: load(&statistics.commands),
            batches: load(&statistics.batches),
            turned_away: load(&statistics.turned_away),
        }
    }

    pub async fn stop(self) {
        self.serving.abort();
        self.running.stop().await;
    }
}

#[derive(Debug, Clone, Copy)]
struct Counts {
    commands: u64,
    batches: u64,
    turned_away: u64,
}

impl Counts {
    /// How many commands went into a batch, and how many of those that asked were told to come back.
    fn tell(self, line: Line, before: Self) -> Line {
        let commands = self.commands - before.commands;
        let turned_away = self.turned_away - before.turned_away;
        line.figure(IN_A_BATCH, float(commands) / float((self.batches - before.batches).max(1)))
            .figure("turned away, of a hundred", of_a_hundred(turned_away, commands))
    }
}

fn failed(error: &SendError) -> Failure {
    format!("a command was not carried out: {error:?}").into()
}

/// How long a sender waits who is told to come back: far shorter than a browser does, so that there is always enough to do.
const COME_BACK: Duration = Duration::from_millis(5);

/// Has a command carried out, again and again while too much is waiting.
async fn carried_out<C: Command + 'static>(
    mailbox: &Mailbox,
    conference: ConferenceId,
    command: impl Fn() -> C,
) -> Result<(), Failure> {
    loop {
        match mailbox.send(conference, command()).await {
            Ok(_) => return Ok(()),
            Err(SendError::Overloaded) => tokio::time::sleep(COME_BACK).await,
            Err(error) => return Err(failed(&error)),
        }
    }
}

/// Places an order of one seat.
///
/// # Errors
///
/// When it is refused or the database fails.
pub async fn reserve(mailbox: &Mailbox, target: Target) -> Result<OrderId, Failure> {
    let order_id = OrderId(Entropy.id(Clock::System.now()));
    let command = || RegisterToConference {
        order_id,
        seats: vec![SeatQuantity { seat_type_id: target.seat_type_id, quantity: 1 }],
        promo_codes: Vec::new(),
        expected_total: None,
        holder: HolderId(crate::hex::encode(&Entropy.bytes::<16>())),
    };
    carried_out(mailbox, target.conference_id, command).await?;
    Ok(order_id)
}

async fn confirmed(mailbox: &Mailbox, target: Target) -> Result<OrderId, Failure> {
    let order_id = reserve(mailbox, target).await?;
    let registrant = ada(0);
    let register = AssignRegistrantDetails { order_id, registrant, language: None };
    mailbox.send(target.conference_id, register).await.map_err(|error| failed(&error))?;
    mailbox.send(target.conference_id, ConfirmOrder { order_id }).await.map_err(|error| failed(&error))?;
    Ok(order_id)
}

fn ada(turn: usize) -> Person {
    let last_name = format!("Lovelace the {turn}th");
    Person { first_name: "Ada".to_owned(), last_name, email: "ada@example.org".to_owned() }
}

#[derive(Debug)]
struct Reserving {
    mailbox: Mailbox,
    fairs: Arc<[Target]>,
    index: usize,
}

impl AsyncWorker for Reserving {
    async fn work(self, pen: Pen) -> Result<(), Failure> {
        let Self { mailbox, fairs, index } = self;
        for turn in (index..).take_while(|_| pen.going()) {
            let since = Instant::now();
            reserve(&mailbox, fairs[turn % fairs.len()]).await?;
            pen.step("command", since);
            pen.done();
        }
        Ok(())
    }
}

/// Gives the attendee of one seat another name, again and again: one event each time.
#[derive(Debug)]
struct Assigning {
    mailbox: Mailbox,
    conference_id: ConferenceId,
    order_id: OrderId,
}

impl AsyncWorker for Assigning {
    async fn work(self, pen: Pen) -> Result<(), Failure> {
        let Self { mailbox, conference_id, order_id } = self;
        for turn in (0..).take_while(|_| pen.going()) {
            let since = Instant::now();
            let command = || AssignSeat { order_id, position: 0, attendee: Some(ada(turn)) };
            carried_out(&mailbox, conference_id, command).await?;
            pen.step("command", since);
            pen.done();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measure::Plan;
    use crate::db::Kind;

    /// Far too little to measure anything, and enough to see that everything works.
    const SIZES: Sizes = Sizes {
        plan: Plan { warm_up: Duration::from_millis(20), run: Duration::from_millis(500), runs: 1 },
        conferences: 2,
        in_flight: 8,
        ..Sizes::QUICK
    };

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_write_path_and_its_limit_are_measured_on_both_databases() {
        let folder = tempfile::tempdir().unwrap();
        let postgres_url = std::env::var("PLENARY_TEST_POSTGRES_URL").ok();
        assert!(postgres_url.is_some(), "PLENARY_TEST_POSTGRES_URL names no server to test on");
        let place = Place { folder: folder.path().to_owned(), postgres_url };
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let ground = Ground::make(kind, &place).await.unwrap();
            let lines = run(&ground, &place, SIZES).await.unwrap();
            ground.remove().await.unwrap();
            let rates: Vec<_> = lines.iter().map(Line::rate).collect();
            assert!(rates.iter().all(|rate| *rate > 0.0), "{rates:?}");
            assert!([0, 2].iter().all(|index| lines[*index].figures["part of the bare loop"] > 0.0));
        }
    }
}
