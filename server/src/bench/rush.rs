//! More buyers than seats, all at once: each has a connection of its own, and all send in the same moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::client::Client;
use super::ground::Ground;
use super::measure::{Latencies, Line, float, median};
use super::process::Server;
use super::shop::{self, Buyer, Fair};
use super::{Failure, Sizes};

pub async fn run(ground: &Ground, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let (buyers, seats) = sizes.rush;
    let server = Server::start(ground).await?;
    let mut client = Client::connect(server.address).await?;
    let mut latencies = Latencies::default();
    let mut line = Line::new(format!("{buyers} buyers of {seats} seats"), "answers");
    let (mut lasted, mut cpu, mut wrong) = (Vec::new(), Vec::new(), 0.0);
    for number in 0..sizes.plan.runs {
        let fair = shop::open(&mut client, &format!("rush-{number}"), super::flow::PRICE, seats).await?;
        let before = server.watched().read();
        let (took, sold) = rush(server.address, &fair, buyers, &mut latencies).await?;
        cpu.push(server.watched().read().since(&before).server_s * 1e6 / float(buyers as u64));
        line.per_second.push(float(buyers as u64) / took.as_secs_f64());
        lasted.push(took.as_secs_f64());
        // Every seat is sold, and none twice.
        wrong += if sold == seats { 0.0 } else { 1.0 };
    }
    line.latencies = latencies.percentiles();
    line.server_cpu_us = Some(median(cpu));
    line.server_rss_mib = server.watched().peak_mib();
    let line = line.figure("until all are answered, s", median(lasted)).figure("wrong splits", wrong);
    server.stop().await?;
    Ok(vec![line])
}

/// Gives how long it took until all were answered, and how many seats are held then.
async fn rush(
    address: SocketAddr,
    fair: &Fair,
    buyers: usize,
    latencies: &mut Latencies,
) -> Result<(Duration, i64), Failure> {
    let start = Arc::new(Barrier::new(buyers + 1));
    let mut tasks = JoinSet::new();
    for _ in 0..buyers {
        let mut buyer = Buyer::at(address).await?;
        let (start, fair) = (Arc::clone(&start), fair.clone());
        tasks.spawn(async move {
            start.wait().await;
            let since = Instant::now();
            let order = buyer.place(&fair, 1).await?;
            Ok::<_, Failure>((order.reserved, since.elapsed()))
        });
    }
    start.wait().await;
    let since = Instant::now();
    let mut sold = 0;
    while let Some(ended) = tasks.join_next().await {
        let (reserved, took) = ended??;
        sold += reserved;
        latencies.record("reserve", took);
    }
    Ok((since.elapsed(), sold))
}
