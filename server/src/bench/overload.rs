//! More buyers than can be answered, for longer than a rush: how quick it stays for those who are let in, whether the
//! others are told when to come back, what becomes of other conferences, and whether all that was accepted is there
//! after the server was killed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};

use super::client::{Client, Says};
use super::ground::Ground;
use super::measure::{AsyncWorker, Line, Pen, Plan, float, measure, of_a_hundred};
use super::process::Server;
use super::shop::{self, Buyer, Fair};
use super::{Failure, Sizes};

/// Longer than a line may be long before anybody is turned away; what is measured begins after it.
const RUSH: Duration = Duration::from_secs(5);
/// Conferences beside the one that everybody wants, each with one buyer.
const NEIGHBOURS: usize = 8;
/// How often a neighbour buys.
const NOW_AND_THEN: Duration = Duration::from_millis(100);

/// When a buyer asks again.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// At once when there was an answer; after the time that a refusal names.
    AsTold,
    /// At once, whatever was answered.
    AtOnce,
    /// So often and no more.
    Every(Duration),
}

pub async fn run(ground: &Ground, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let plan = Plan { warm_up: RUSH, ..sizes.plan };
    let (patient, rude) = sizes.crowd;
    Ok(vec![
        overload(ground, plan, (patient, Pace::AsTold, "who wait as they are told")).await?,
        overload(ground, plan, (rude, Pace::AtOnce, "who ask again at once")).await?,
    ])
}

async fn overload(
    ground: &Ground,
    plan: Plan,
    (crowd, pace, manners): (usize, Pace, &str),
) -> Result<Line, Failure> {
    let server = Server::start(ground).await?;
    let fairs = shop::open_many(server.address, 1 + NEIGHBOURS, super::flow::PRICE).await?;
    let tallies =
        [Tally::of("accepted", "turned away"), Tally::of("neighbour accepted", "neighbour turned away")];
    let mut buyers = Vec::new();
    for (index, fair) in fairs.iter().enumerate() {
        let (tally, pace, count) =
            if index == 0 { (&tallies[0], pace, crowd) } else { (&tallies[1], Pace::Every(NOW_AND_THEN), 1) };
        for _ in 0..count {
            let buyer = Buyer::at(server.address).await?;
            buyers.push(Wanting { buyer, fair: fair.clone(), pace, tally: Arc::clone(tally) });
        }
    }
    let line = Line::new(format!("{crowd} buyers of one conference {manners}"), "accepted");
    let line = measure(line, plan, &server.watched(), buyers).await?;
    server.kill().await?;
    let server = Server::start(ground).await?;
    let sold = sold(server.address, &fairs).await?;
    server.stop().await?;
    let [crowd, neighbours] = &tallies;
    let accepted = crowd.accepted() + neighbours.accepted();
    let (began_mib, ended_mib) = (line.server_held_mib.first(), line.server_held_mib.last());
    let (began_mib, ended_mib) = (began_mib.copied().unwrap_or(0.0), ended_mib.copied().unwrap_or(0.0));
    Ok(line
        .figure("turned away, of a hundred", crowd.turned_away_of_100())
        .figure("neighbours turned away, of a hundred", neighbours.turned_away_of_100())
        .figure("turned away without a time to come back", crowd.untold() + neighbours.untold())
        .figure("accepted and lost", (accepted - sold).abs())
        .figure("RSS when the runs began, MiB", began_mib)
        .figure("RSS when they ended, MiB", ended_mib))
}

/// Seats that are held at all of the conferences.
async fn sold(address: SocketAddr, fairs: &[Fair]) -> Result<f64, Failure> {
    let mut client = Client::connect(address).await?;
    let mut sold = 0;
    for fair in fairs {
        let path = format!("/api/conferences/{}", fair.slug);
        let conference = client.get(&path, Says::default()).await?.expect(200)?.json()?;
        let available = conference["seat_types"][0]["available"].as_i64();
        sold += shop::QUOTA - available.ok_or("the conference does not say what is available")?;
    }
    Ok(float(u64::try_from(sold)?))
}

/// What was answered to some of the buyers, warm-up and all.
#[derive(Debug, Default)]
struct Tally {
    /// What the two answers are called in the figures.
    names: [&'static str; 2],
    accepted: AtomicU64,
    turned_away: AtomicU64,
    /// Of those turned away: who was not told when to come back.
    untold: AtomicU64,
}

impl Tally {
    fn of(accepted: &'static str, turned_away: &'static str) -> Arc<Self> {
        Arc::new(Self { names: [accepted, turned_away], ..Self::default() })
    }

    fn accepted(&self) -> f64 {
        float(self.accepted.load(Ordering::Relaxed))
    }

    fn untold(&self) -> f64 {
        float(self.untold.load(Ordering::Relaxed))
    }

    fn turned_away_of_100(&self) -> f64 {
        of_a_hundred(self.turned_away.load(Ordering::Relaxed), self.accepted.load(Ordering::Relaxed))
    }
}

/// Buys one seat after the other.
#[derive(Debug)]
struct Wanting {
    buyer: Buyer,
    fair: Fair,
    pace: Pace,
    tally: Arc<Tally>,
}

impl AsyncWorker for Wanting {
    async fn work(mut self, pen: Pen) -> Result<(), Failure> {
        while pen.going() {
            let since = Instant::now();
            let told = self.ask(&pen).await?;
            let pause = match self.pace {
                Pace::AsTold => told.unwrap_or_default(),
                Pace::AtOnce => Duration::ZERO,
                Pace::Every(interval) => interval.saturating_sub(since.elapsed()),
            };
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }
}

impl Wanting {
    /// Gives how long to stay away, if it was turned away and told so.
    async fn ask(&mut self, pen: &Pen) -> Result<Option<Duration>, Failure> {
        let Tally { names: [accepted, turned_away], .. } = *self.tally;
        let since = Instant::now();
        let (_, answer) = self.buyer.ask_for(&self.fair, 1).await?;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            answer.expect(201)?;
            self.tally.accepted.fetch_add(1, Ordering::Relaxed);
            pen.step(accepted, since);
            pen.done();
            return Ok(None);
        }
        self.tally.turned_away.fetch_add(1, Ordering::Relaxed);
        pen.step(turned_away, since);
        let told = answer.header(header::RETRY_AFTER).parse().ok().map(Duration::from_secs);
        if told.is_none() {
            self.tally.untold.fetch_add(1, Ordering::Relaxed);
        }
        Ok(told)
    }
}
