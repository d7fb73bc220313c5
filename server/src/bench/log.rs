//! A long log: how fast it is read and folded, how long `verify`, `rebuild`, `export` and `import` take, and how long a server
//! takes to start on it.

use std::collections::HashMap;
use std::io::{BufReader, BufWriter};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use uuid::Uuid;

use super::append::{self, Inside, Target};
use super::client::{Client, Says};
use super::ground::Ground;
use super::measure::{Line, float};
use super::process::{Server, Watched};
use super::{Failure, Place, Sizes};
use crate::db::Db;
use crate::eventstore::{self, Aggregate, Codec, Shard};
use crate::registration::order::{self, Order};
use crate::registration::seats_availability::{self, SeatsAvailability};
use crate::{rebuild, startup, transfer, verify};

/// Events read at once.
const CHUNK: i64 = 1000;
/// Conferences that a log is filled with.
const CONFERENCES: usize = 100;

pub async fn run(ground: &Ground, place: &Place, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    fill(ground, sizes).await?;
    let db = ground.open_read_only().await?;
    let codec = startup::codec();
    let mut replaying = Line::new("replay: read, decode, fold", "events");
    let mut verifying = Line::new("verify: replay, check, compare with the views", "events");
    for _ in 0..sizes.plan.runs {
        let (events, took) = replay(&db, &codec).await?;
        replaying.per_second.push(float(events) / took.as_secs_f64());
    }
    replaying.server_rss_mib = Watched::myself().peak_mib();
    let since = Instant::now();
    let verdict = verify::verify(&db, &codec).await?;
    if !verdict.violations.is_empty() {
        return Err(format!("the log that was filled does not hold: {verdict}").into());
    }
    verifying.per_second.push(float(verdict.events) / since.elapsed().as_secs_f64());
    db.close().await;
    let name = format!("start with {} events", verdict.events);
    let mut starting = Line::new(name, "starts");
    let mut slowest = Duration::ZERO;
    for _ in 0..sizes.plan.runs {
        let took = start(ground, &mut starting).await?;
        starting.per_second.push(1.0 / took.as_secs_f64());
        slowest = slowest.max(took);
    }
    let slowest = slowest.as_secs_f64();
    let starting = starting.figure("slowest until ready, s", slowest);
    let mut lines = vec![replaying, verifying, rebuild(ground).await?];
    lines.extend(transfer(ground, place, verdict.events).await?);
    lines.push(starting);
    Ok(lines)
}

/// `plenary rebuild`, of read models that are right.
async fn rebuild(ground: &Ground) -> Result<Line, Failure> {
    let db = ground.open().await?;
    let models = startup::read_models(&db).await?;
    let since = Instant::now();
    let report = rebuild::rebuild(&db, &models).await?;
    let took = since.elapsed().as_secs_f64();
    db.close().await;
    if report.mended() > 0 {
        return Err(format!("the read models were not what a rebuild makes of them: {report}").into());
    }
    let mut line = Line::new("rebuild: make the views beside, compare, replace", "events");
    line.per_second.push(float(report.events) / took);
    let waited = report.writers_waited.as_secs_f64() * 1e3;
    Ok(line.figure("all, s", took).figure("writers waited, ms", waited))
}

/// `plenary export` into a file, and `plenary import` of it into an empty database of the same kind.
async fn transfer(ground: &Ground, place: &Place, events: u64) -> Result<[Line; 2], Failure> {
    let line = |name: &str, took: Duration| {
        let mut line = Line::new(name, "events");
        line.per_second.push(float(events) / took.as_secs_f64());
        line.figure("all, s", took.as_secs_f64())
    };
    let path = place.folder.join(format!("{}.jsonl", ground.name()));
    let since = Instant::now();
    let db = ground.open_read_only().await?;
    let derived = startup::read_models(&db).await?.tables();
    let file = std::fs::File::create_new(&path)?;
    transfer::export(&db, &derived, BufWriter::new(&file)).await?;
    file.sync_all()?;
    let exported = line("export", since.elapsed());
    db.close().await;
    let bytes = float(std::fs::metadata(&path)?.len());

    let other = Ground::make(ground.kind(), place).await?;
    let since = Instant::now();
    let db = other.open().await?;
    let mut imported = transfer::import(&db, BufReader::new(std::fs::File::open(&path)?)).await?;
    let models = startup::read_models_seen_by(imported.conn()).await?;
    rebuild::fill_empty(imported.conn(), &models).await?;
    imported.commit().await?;
    let imported = line("import: read, make the views", since.elapsed());
    db.close().await;
    other.remove().await?;
    std::fs::remove_file(&path)?;
    Ok([exported.figure("MiB", bytes / 1024.0 / 1024.0), imported])
}

/// From the start of the process until it says that it is ready.
async fn start(ground: &Ground, line: &mut Line) -> Result<Duration, Failure> {
    let since = Instant::now();
    let server = Server::start(ground).await?;
    let mut client = Client::connect(server.address).await?;
    client.get("/readyz", Says::default()).await?.expect(200)?;
    let took = since.elapsed();
    line.server_rss_mib = server.watched().peak_mib();
    server.stop().await?;
    Ok(took)
}

/// Reserves until the log is long enough.
async fn fill(ground: &Ground, sizes: Sizes) -> Result<(), Failure> {
    let inside = Inside::start(ground).await?;
    let fairs = inside.fairs(CONFERENCES).await?;
    let wanted = sizes.log as u64;
    let mut tasks = JoinSet::new();
    let inside = Arc::new(inside);
    for index in 0..sizes.in_flight {
        let (inside, fairs): (_, Arc<[Target]>) = (Arc::clone(&inside), Arc::clone(&fairs));
        tasks.spawn(async move {
            let mailbox = inside.mailbox();
            for turn in (index..).take_while(|_| inside.events() < wanted) {
                append::reserve(&mailbox, fairs[turn % fairs.len()]).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let inside = Arc::into_inner(inside).ok_or("every worker has ended")?;
    inside.stop().await;
    Ok(())
}

/// Reads the shards side by side, as far as there are cores.
async fn replay(db: &Db, codec: &Codec) -> Result<(u64, Duration), Failure> {
    let since = Instant::now();
    let readers = i16::try_from(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))?;
    let mut tasks = JoinSet::new();
    for reader in 0..readers {
        let (db, codec) = (db.clone(), codec.clone());
        tasks.spawn(async move {
            let mut events = 0;
            for shard in Shard::all().filter(|shard| shard.0 % readers == reader) {
                events += replay_shard(&db, &codec, shard).await?;
            }
            Ok::<_, Failure>(events)
        });
    }
    let mut events = 0;
    while let Some(ended) = tasks.join_next().await {
        events += ended??;
    }
    Ok((events, since.elapsed()))
}

async fn replay_shard(db: &Db, codec: &Codec, shard: Shard) -> Result<u64, Failure> {
    let mut reader = db.read().await?;
    let mut orders: HashMap<Uuid, Order> = HashMap::new();
    let mut seats: HashMap<Uuid, SeatsAvailability> = HashMap::new();
    let (mut position, mut events) = (0, 0);
    loop {
        let chunk = eventstore::read_after(reader.conn(), codec, shard, position, CHUNK).await?;
        let Some(last) = chunk.last() else { return Ok(events) };
        position = last.position;
        events += chunk.len() as u64;
        for event in &chunk {
            if let Some(happened) = event.get::<order::Event>() {
                let order = orders.entry(event.stream_id.0).or_default();
                *order = order::evolve(std::mem::take(order), happened);
            } else if let Some(happened) = event.get::<seats_availability::Event>() {
                let known = seats.entry(event.stream_id.0).or_default();
                *known = std::mem::take(known).evolve(happened);
            }
        }
    }
}
