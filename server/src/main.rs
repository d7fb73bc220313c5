//! `plenary`: one program that serves, migrates and verifies.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, BufWriter};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use plenary_server::clock::{Clock, Entropy};
use plenary_server::config::{Cli, Command, Database, Export, Import, Outbox, Rebuild, RotateKeys, Serve};
use plenary_server::db::{Db, OpenError};
use plenary_server::demo::{self, Opened};
use plenary_server::faults::Faults;
use plenary_server::http::assets::Assets;
use plenary_server::http::client_address::TrustedProxies;
use plenary_server::http::limits::Limits;
use plenary_server::http::secrets::Secrets;
use plenary_server::http::serve::serve as serve_connections;
use plenary_server::mail::{self, Discard, Folder, Smtp};
use plenary_server::messaging::{self, outbox::Parked};
use plenary_server::rebuild::ReadModels;
use plenary_server::startup::{self, Running, Settings};
use plenary_server::verify::{self, Verdict};
use plenary_server::{rebuild, transfer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Memory is asked for on one thread and given back on another, all the time: for that this one is faster, and holds less.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long requests that are under way get to finish after the signal to stop. Live streams never finish by
/// themselves.
const GRACE: Duration = Duration::from_secs(5);

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let run = |runtime: tokio::runtime::Runtime| runtime.block_on(run(cli));
    match runtime.map_err(Failure::from).and_then(run) {
        Ok(code) => code,
        Err(error) => {
            say(&mut std::io::stderr(), &describe(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// An error with what led to it, on one line.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        // Some say themselves what led to them.
        _ if said.ends_with(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

/// Writes a line; whoever closed the pipe does not want it.
fn say(out: &mut impl std::io::Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(options) => serve(*options).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate(database) => {
            open(&database).await?.close().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Bench(options) => {
            plenary_server::bench::run(&options, &mut std::io::stdout()).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Outbox(options) => outbox(&options).await,
        Command::Verify(database) => verify(&database).await,
        Command::RotateKeys(RotateKeys { purpose, database }) => {
            let db = open(&database).await?;
            let from = Secrets::replace(&db, purpose, Entropy, Clock::System.now()).await?;
            say(&mut std::io::stdout(), &format!("a new secret signs from {from} on"));
            db.close().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Rebuild(database) => rebuild(&database).await,
        Command::Export(options) => export(&options).await,
        Command::Import(options) => import(&options).await,
    }
}

async fn open(database: &Database) -> Result<Db, Failure> {
    if let Some(url) = &database.database_url {
        return Ok(Db::open_postgres(url).await?);
    }
    std::fs::create_dir_all(&database.data_dir)?;
    Ok(Db::open_sqlite(&database.file()).await?)
}

/// Lists what was given up, and has one of it tried again.
async fn outbox(options: &Outbox) -> Result<ExitCode, Failure> {
    let db = open(&options.database).await?;
    let mut out = std::io::stdout();
    let mut code = ExitCode::SUCCESS;
    if let Some(id) = options.retry {
        let mut tx = db.begin().await?;
        let found = messaging::outbox::retry(tx.conn(), id, Clock::System.now()).await?;
        tx.commit().await?;
        if found {
            say(&mut out, &format!("{id} will be tried again"));
        } else {
            say(&mut std::io::stderr(), &format!("no message {id} was given up"));
            code = ExitCode::FAILURE;
        }
    }
    if options.parked {
        let parked = messaging::outbox::parked(db.read().await?.conn()).await?;
        for Parked { id, kind, attempts } in parked {
            say(&mut out, &format!("{id} {kind} {attempts}"));
        }
    }
    db.close().await;
    Ok(code)
}

async fn open_read_only(database: &Database) -> Result<Db, OpenError> {
    match &database.database_url {
        Some(url) => Db::open_postgres_read_only(url).await,
        None => Db::open_sqlite_read_only(&database.file()).await,
    }
}

async fn verify(database: &Database) -> Result<ExitCode, Failure> {
    let verdict = verify::verify(&open_read_only(database).await?, &startup::codec()).await?;
    Ok(pronounce(&verdict))
}

fn pronounce(verdict: &Verdict) -> ExitCode {
    say(&mut std::io::stdout(), &verdict.to_string());
    if verdict.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn rebuild(options: &Rebuild) -> Result<ExitCode, Failure> {
    let db = open(&options.database).await?;
    let models = ReadModels { faults: faults_of_rebuild(options), ..startup::read_models(&db).await? };
    let report = rebuild::rebuild(&db, &models).await?;
    db.close().await;
    say(&mut std::io::stdout(), &report.to_string());
    Ok(ExitCode::SUCCESS)
}

async fn export(options: &Export) -> Result<ExitCode, Failure> {
    let db = open_read_only(&options.database).await?;
    let derived = startup::read_models(&db).await?.tables();
    let rows = match &options.to {
        Some(path) => export_to(path, &db, &derived).await?,
        None => transfer::export(&db, &derived, BufWriter::new(std::io::stdout())).await?,
    };
    // The standard output may be the export itself.
    say(&mut std::io::stderr(), &format!("exported {rows} rows"));
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that was not there before. It is there as a whole, and on the disk, or not at all.
async fn export_to(path: &Path, db: &Db, derived: &BTreeSet<&str>) -> Result<u64, Failure> {
    let file = File::create_new(path).map_err(|error| about(path, &error))?;
    let written = match transfer::export(db, derived, BufWriter::new(&file)).await {
        Ok(rows) => file.sync_all().map(|()| rows).map_err(|error| about(path, &error)),
        Err(error) => Err(error.into()),
    };
    if written.is_err() {
        std::fs::remove_file(path).map_err(|error| about(path, &error))?;
    }
    written
}

/// What is wrong with a file.
fn about(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display()).into()
}

async fn import(options: &Import) -> Result<ExitCode, Failure> {
    let from: Box<dyn BufRead + Send> = match &options.from {
        Some(path) => Box::new(BufReader::new(File::open(path).map_err(|error| about(path, &error))?)),
        None => Box::new(BufReader::new(std::io::stdin())),
    };
    let db = open(&options.database).await?;
    let mut imported = transfer::import(&db, from).await?;
    let models = startup::read_models_seen_by(imported.conn()).await?;
    let events = rebuild::fill_empty(imported.conn(), &models).await?;
    let rows = imported.rows;
    imported.commit().await?;
    say(&mut std::io::stdout(), &format!("imported {rows} rows; made the read models from {events} events"));
    let verdict = verify::verify(&db, &startup::codec()).await?;
    db.close().await;
    Ok(pronounce(&verdict))
}

async fn serve(options: Serve) -> Result<(), Failure> {
    let assets = match &options.assets {
        Some(folder) => Assets::from_folder(folder)?,
        None => embedded()?,
    };
    let limits = limits(&options)?;
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let proxies = TrustedProxies(options.trusted_proxies.clone().into());
    let default_url = format!("http://{address}");
    let public_url = options.public_url.as_deref().unwrap_or(&default_url).trim_end_matches('/').to_owned();
    let settings = Settings {
        public_url: public_url.clone(),
        reservation_shown: options.reservation_shown,
        reservation_buffer: options.reservation_buffer,
        waitlist_offer: options.waitlist_offer,
        trusted_proxies: proxies.clone(),
        assets: Arc::new(assets),
        limits,
        is_demo: options.demo,
        mail: mail(&options, &public_url)?,
        faults: faults(&options),
    };
    let _alone = alone_on_file(&options.database).await?;
    let db = open(&options.database).await?;
    let running = startup::start(db, Clock::System, settings).await?;
    if options.demo {
        let demo = running.demo(Entropy, Clock::System);
        announce_demo(&public_url, &demo.fill().await.map_err(|error| format!("{error:?}"))?);
    } else {
        tracing::warn!("payments are simulated: no money is taken");
    }
    tracing::info!(%address, "serving");
    until_stopped(listener, running, (limits, proxies)).await
}

/// Keeps other processes from serving from the same SQLite file for as long as what it gives is held: each would go by what it
/// remembers of the log, and see what the other appends only when it is refused.
async fn alone_on_file(database: &Database) -> Result<Option<File>, Failure> {
    if database.database_url.is_some() {
        return Ok(None);
    }
    std::fs::create_dir_all(&database.data_dir)?;
    let lock = File::create(database.data_dir.join("plenary.lock"))?;
    // One that was told to stop may be at its last requests.
    let patience = Instant::now() + GRACE;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::WouldBlock) if Instant::now() < patience => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(TryLockError::WouldBlock) => {
                let folder = database.data_dir.display();
                return Err(format!("another process serves from {folder}; several need PostgreSQL").into());
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

/// What was asked for, as far as the system lets this process open files.
fn limits(options: &Serve) -> Result<Limits, Failure> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    let asked = Limits {
        connections: options.max_connections,
        requests: options.max_requests,
        streams: options.max_streams,
    };
    let limits = asked.within(usize::try_from(files)?);
    if limits != asked {
        let Limits { connections, streams, .. } = limits;
        if asked == Limits::DEFAULT {
            tracing::info!(files, connections, streams, "as much as the limit of open files allows");
        } else {
            tracing::warn!(
                files,
                connections,
                streams,
                "the limit of open files allows less than was asked for"
            );
        }
    }
    Ok(limits)
}

fn mail(options: &Serve, public_url: &str) -> Result<mail::Settings, Failure> {
    let from = options.mail_from.clone().unwrap_or_else(|| mail::sender_of(public_url));
    let folder = Folder::new(options.database.data_dir.join("mail"));
    if let Some(url) = &options.smtp_url {
        return Ok(mail::Settings { post: Arc::new(Smtp::at(url)?), from, shown: None });
    }
    if options.discard_letters {
        tracing::warn!("letters are thrown away");
        return Ok(mail::Settings { post: Arc::new(Discard), from, shown: None });
    }
    tracing::warn!("no mail server is set up: letters are written to a folder");
    let shown = options.demo.then(|| folder.clone());
    Ok(mail::Settings { post: Arc::new(folder), from, shown })
}

/// What a test has fail in this process.
#[cfg(feature = "faults")]
fn faults(options: &Serve) -> Faults {
    let faults = options.bug.map_or_else(Faults::default, Faults::with);
    options.faults.iter().cloned().for_each(|fault| faults.arm(fault));
    faults
}

#[cfg(not(feature = "faults"))]
fn faults(_: &Serve) -> Faults {
    Faults::default()
}

/// As [`faults`], in a rebuild.
#[cfg(feature = "faults")]
fn faults_of_rebuild(options: &Rebuild) -> Faults {
    let faults = Faults::default();
    options.faults.iter().cloned().for_each(|fault| faults.arm(fault));
    faults
}

#[cfg(not(feature = "faults"))]
fn faults_of_rebuild(_: &Rebuild) -> Faults {
    Faults::default()
}

#[cfg(feature = "embed")]
fn embedded() -> Result<Assets, Failure> {
    Ok(Assets::embedded()?)
}

#[cfg(not(feature = "embed"))]
fn embedded() -> Result<Assets, Failure> {
    Err("this build has no assets in it: name their folder with --assets, or use `cargo xtask start`".into())
}

fn announce_demo(url: &str, conferences: &[Opened]) {
    let mut out = std::io::stdout();
    say(&mut out, "");
    say(&mut out, &format!("  Plenary is at      {url}/"));
    say(&mut out, &format!("  Organizers go to   {url}/manage   with the e-mail address {}", demo::OWNER));
    say(&mut out, "");
    for Opened { slug, access_code } in conferences {
        say(&mut out, &format!("  {url}/{slug:<16} organizer's access code {access_code}"));
    }
    say(&mut out, "");
}

/// Serves until SIGTERM or SIGINT. Every accepted command is carried out.
async fn until_stopped(
    listener: TcpListener,
    running: Running,
    (limits, proxies): (Limits, TrustedProxies),
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = serve_connections(listener, running.router.clone(), (limits.connections, proxies), async {
        let _ = stopped.await;
    });
    let mut server = tokio::spawn(server);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut server => return Ok(ended?),
    }
    tracing::info!("stopping");
    let _ = stop.send(());
    if tokio::time::timeout(GRACE, &mut server).await.is_err() {
        server.abort();
    }
    running.stop().await;
    tracing::info!("stopped");
    Ok(())
}
