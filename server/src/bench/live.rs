//! Many subscribers of one conference while it changes all the time: how late they hear of it, and what each costs.
//!
//! Lateness is counted from the moment at which a command is sent to the moment at which a subscriber has a state that
//! holds its effect, and so includes the command itself and the coalescing of availability.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::ground::Ground;
use super::measure::{Latencies, Line, Plan, float};
use super::process::{Server, Watched};
use super::shop::{self, Buyer, Fair};
use super::{Failure, Sizes};
use crate::messaging::Position;

/// Of these, one never reads.
const ONE_OF: usize = 20;
const CHANGES_PER_S: u64 = 200;
/// Connections that send the changes.
const SENDERS: u64 = 8;
/// Subscribers that write into one record, so that locks do not count.
const RECORDS: usize = 8;

/// When the change of each position was sent, oldest first.
#[derive(Debug, Default)]
struct Changes(Mutex<Vec<(i64, Instant)>>);

#[derive(Debug, Default)]
struct Shared {
    changes: Changes,
    over: AtomicBool,
    bytes: AtomicU64,
    messages: AtomicU64,
    records: [Mutex<Latencies>; RECORDS],
}

pub async fn run(ground: &Ground, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let server = Server::start(ground).await?;
    let fairs = shop::open_many(server.address, 1, super::flow::PRICE).await?;
    let alone_mib = server.watched().rss_mib().unwrap_or(0.0);
    let subscribers = Subscribers::of(&fairs[0], server.address, sizes.subscribers).await?;
    let all_mib = server.watched().rss_mib().unwrap_or(0.0);
    let name = format!("{} subscribers", sizes.subscribers);
    let line = subscribers.hear(name, &server.watched(), server.address, sizes.plan).await?;
    let peak_mib = server.watched().peak_mib().unwrap_or(0.0);
    let each_kib = |mib: f64| (mib - alone_mib) * 1024.0 / float(sizes.subscribers as u64);
    let line = line
        .figure("KiB of memory for each subscriber", each_kib(all_mib))
        .figure("KiB of memory for each subscriber, at the peak", each_kib(peak_mib));
    server.stop().await?;
    Ok(vec![line])
}

/// Those who follow one conference at one server.
#[derive(Debug)]
pub struct Subscribers {
    fair: Fair,
    shared: Arc<Shared>,
    listening: JoinSet<Result<(), Failure>>,
    /// Their streams are open and nobody reads them.
    deaf: Vec<TcpStream>,
}

impl Subscribers {
    /// # Errors
    ///
    /// When nobody listens there.
    pub async fn of(fair: &Fair, address: SocketAddr, count: usize) -> Result<Self, Failure> {
        let shared = Arc::<Shared>::default();
        let (mut listening, mut deaf) = (JoinSet::new(), Vec::new());
        for index in 0..count {
            let stream = subscribe(address, fair).await?;
            if index % ONE_OF == 0 {
                deaf.push(stream);
            } else {
                listening.spawn(listen(stream, Arc::clone(&shared), index % RECORDS));
            }
        }
        Ok(Self { fair: fair.clone(), shared, listening, deaf })
    }

    /// What they hear of a conference that is changed at `address` for as long as the runs of a plan take.
    ///
    /// # Errors
    ///
    /// When a change is refused.
    pub async fn hear(
        self,
        name: String,
        watched: &Watched,
        address: SocketAddr,
        plan: Plan,
    ) -> Result<Line, Failure> {
        let Self { fair, shared, mut listening, deaf } = self;
        let lasts = plan.run * u32::try_from(plan.runs)?;
        let before = watched.read();
        let changed = change(address, &fair, &shared, lasts).await?;
        let used = watched.read().since(&before);
        // The last change has to arrive too.
        tokio::time::sleep(Duration::from_secs(1)).await;
        shared.over.store(true, Ordering::Relaxed);
        listening.abort_all();
        drop(deaf);
        let mut latencies = Latencies::default();
        for record in &shared.records {
            latencies.add(std::mem::take(&mut record.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        let messages = float(shared.messages.load(Ordering::Relaxed));
        let bytes = float(shared.bytes.load(Ordering::Relaxed));
        let mut line = Line::new(name, "messages");
        line.per_second.push(messages / lasts.as_secs_f64());
        line.latencies = latencies.percentiles();
        line.server_cpu_us = Some(used.server_s * 1e6 / messages.max(1.0));
        line.server_rss_mib = watched.peak_mib();
        Ok(line
            .figure("changes a second", float(changed) / lasts.as_secs_f64())
            .figure("bytes for each message", bytes / messages.max(1.0)))
    }
}

/// A bare connection: ten thousand clients must not cost more than the server that they measure.
async fn subscribe(address: SocketAddr, fair: &Fair) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let path = format!("/api/conferences/{}/events", fair.slug);
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: plenary.bench\r\n\r\n").as_bytes()).await?;
    Ok(stream)
}

async fn listen(mut stream: TcpStream, shared: Arc<Shared>, record: usize) -> Result<(), Failure> {
    let mut buffer = [0; 2048];
    let mut last = 0;
    while !shared.over.load(Ordering::Relaxed) {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Err("a subscriber was cut off".into());
        }
        let now = Instant::now();
        shared.bytes.fetch_add(length as u64, Ordering::Relaxed);
        let Some(position) = position_in(&buffer[..length]) else { continue };
        if position > last {
            shared.messages.fetch_add(1, Ordering::Relaxed);
            shared.note(record, (last, position), now);
            last = position;
        }
    }
    Ok(())
}

/// The last `id: ` in some bytes of a stream.
fn position_in(bytes: &[u8]) -> Option<i64> {
    const ID: &[u8] = b"\nid: ";
    let start = bytes.windows(ID.len()).rposition(|window| window == ID)? + ID.len();
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit());
    let digits: Vec<u8> = digits.copied().collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

impl Shared {
    /// A subscriber that knew of `last` knows of `position` now: it has heard of every change in between.
    fn note(&self, record: usize, (last, position): (i64, i64), now: Instant) {
        let changes = self.changes.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = changes.partition_point(|(change, _)| *change <= last);
        let heard: Vec<_> =
            changes[from..].iter().take_while(|(change, _)| *change <= position).copied().collect();
        drop(changes);
        // Before the first change there is nothing to be late for.
        if last > 0 {
            let mut record = self.records[record].lock().unwrap_or_else(PoisonError::into_inner);
            for (_, sent) in heard {
                record.record("command sent to client", now.saturating_duration_since(sent));
            }
        }
    }
}

/// Reserves a seat so many times a second, evenly. Gives how often.
async fn change(
    address: SocketAddr,
    fair: &Fair,
    shared: &Arc<Shared>,
    lasts: Duration,
) -> Result<u64, Failure> {
    let until = Instant::now() + lasts;
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (fair, shared) = (fair.clone(), Arc::clone(shared));
        senders.spawn(async move {
            let mut buyer = Buyer::at(address).await?;
            let mut ticks =
                tokio::time::interval(Duration::from_secs(1) / u32::try_from(CHANGES_PER_S / SENDERS)?);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut count = 0;
            while Instant::now() < until {
                ticks.tick().await;
                send(&mut buyer, &fair, &shared).await?;
                count += 1;
            }
            Ok::<u64, Failure>(count)
        });
    }
    let mut count = 0;
    while let Some(ended) = senders.join_next().await {
        count += ended??;
    }
    Ok(count)
}

async fn send(buyer: &mut Buyer, fair: &Fair, shared: &Shared) -> Result<(), Failure> {
    let sent = Instant::now();
    let (_, answer) = buyer.ask_for(fair, 1).await?;
    let seen_at =
        answer.expect(201)?.header(HeaderName::from_static("plenary-position")).parse::<Position>()?;
    let position = seen_at.position;
    let mut changes = shared.changes.0.lock().unwrap_or_else(PoisonError::into_inner);
    let place = changes.partition_point(|(change, _)| *change <= position);
    changes.insert(place, (position, sent));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_position_of_a_piece_of_a_stream_is_found() {
        let piece = b"event: availability\nid: 12\ndata: {}\n\nevent: availability\nid: 345\ndata: {}\n\n";
        assert_eq!(position_in(piece), Some(345));
        assert_eq!(position_in(b": still here\n\n"), None);
    }

    #[test]
    fn a_subscriber_hears_of_every_change_that_its_new_state_holds() {
        let shared = Shared::default();
        let now = Instant::now();
        shared.changes.0.lock().unwrap().extend([(4, now), (8, now), (12, now)]);
        shared.note(0, (0, 4), now);
        shared.note(0, (4, 12), now);
        let heard = shared.records[0].lock().unwrap().percentiles();
        assert_eq!(heard["command sent to client"].count, 2);
    }
}
