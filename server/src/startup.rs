//! The composition root: makes the rooms and connects them.

mod letters;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::{Extension, Router, middleware};
use plenary_shared::payments::StartedPayment;
use plenary_shared::{ConferenceId, OrderId, PaymentId, Problem, PromoCodeId, SeatTypeId};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::clock::{Clock, Entropy};
use crate::conference::{self, CodeUses, QuotaRaiser, SeatFigure, SeatFigures};
use crate::db::{Conn, Db};
use crate::demo::Demo;
use crate::eventstore::{self, Codec};
use crate::faults::Faults;
use crate::http::assets::{self, Assets};
use crate::http::client_address::TrustedProxies;
use crate::http::cookies::Transport;
use crate::http::guesses::Guesses;
use crate::http::input::BODY_LIMIT;
use crate::http::limits::{Door, Limits, admit};
use crate::http::problem::ApiError;
use crate::http::secrets::{self, Secrets};
use crate::http::sessions::Sessions;
use crate::http::{headers, problem};
use crate::mail::{Desk, LetterDelivery, LetterErasure, LetterWriter};
use crate::messaging::outbox::{self, Delivery};
use crate::messaging::{Command, DueTimer, Mailbox, Parts, Projection, Reactor, Writers};
use crate::payments::{
    self, CallbackDelivery, Inbox, PaymentInitiator, Processor, RefundDelivery, RefundRequester, Simulated,
};
use crate::rebuild::ReadModels;
use crate::registration::generation;
use crate::registration::live::Live;
use crate::registration::projections::RegistrationViews;
use crate::registration::queries::Queries;
use crate::registration::tail::{Tail, fresh};
use crate::registration::{
    self, ExpireRegistrationProcess, PersonalDataEraser, PromoCodeCounter, QuotaTranslator,
    RegistrationProcessRouter, SeatAssigner, SeatOfferer,
};
use crate::{mail, openapi, operations, pages};

/// Workers that take letters: a slow mail server holds up no more than what they have claimed.
const LETTER_CARRIERS: usize = 2;

/// What a process is told from outside.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the site is for the world, without a slash at the end.
    pub public_url: String,
    pub reservation_shown: Duration,
    pub reservation_buffer: Duration,
    pub waitlist_offer: Duration,
    pub trusted_proxies: TrustedProxies,
    pub assets: Arc<Assets>,
    pub limits: Limits,
    /// Whether it is a site to try things out on.
    pub is_demo: bool,
    pub mail: mail::Settings,
    /// Empty but in tests.
    pub faults: Faults,
}

impl Settings {
    /// As `plenary serve` has them when it is told nothing, without assets.
    pub fn for_measuring() -> Self {
        Self {
            public_url: String::new(),
            reservation_shown: Duration::from_mins(15),
            reservation_buffer: Duration::from_mins(14),
            waitlist_offer: Duration::from_hours(24),
            trusted_proxies: TrustedProxies::default(),
            assets: Arc::default(),
            limits: Limits::DEFAULT,
            is_demo: false,
            mail: mail::Settings { post: Arc::new(mail::Discard), from: mail::sender_of(""), shown: None },
            faults: Faults::default(),
        }
    }
}

/// A process that serves.
#[derive(Debug)]
pub struct Running {
    pub router: Router,
    pub mailbox: Mailbox,
    pub queries: Queries,
    pub secrets: Secrets,
    management: Arc<conference::Room>,
    db: Db,
    writers: Writers,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Every type of event that the program knows.
pub fn codec() -> Codec {
    let rooms = registration::stream_types().into_iter().chain(payments::stream_types());
    Codec::new(rooms.chain([conference::contracts::stream_type()]))
}

/// What follows from events, in this order: quotas are raised before the process of the order asks for the seats.
pub(crate) fn reactors() -> Vec<Arc<dyn Reactor>> {
    vec![
        Arc::new(QuotaRaiser),
        Arc::new(QuotaTranslator),
        Arc::new(RegistrationProcessRouter),
        Arc::new(PromoCodeCounter),
        Arc::new(SeatAssigner),
        Arc::new(PersonalDataEraser),
        Arc::new(SeatOfferer),
        Arc::new(LetterWriter),
        Arc::new(PaymentInitiator),
        Arc::new(RefundRequester),
    ]
}

/// What a timer that has come due leads to.
pub(crate) fn on_timer(timer: DueTimer) -> Arc<dyn Command> {
    Arc::new(ExpireRegistrationProcess(timer))
}

/// What keeps the read models.
fn projections(live: &Arc<Live>, secrets: &Secrets) -> Vec<Arc<dyn Projection>> {
    vec![Arc::new(RegistrationViews { live: Arc::clone(live), secrets: Arc::new(secrets.clone()) })]
}

/// The read models of a database that a serving process, or an import, has set up.
///
/// # Errors
///
/// When the database fails.
pub async fn read_models(db: &Db) -> sqlx::Result<ReadModels> {
    read_models_seen_by(db.read().await?.conn()).await
}

/// As [`read_models`], of what a transaction has written.
///
/// # Errors
///
/// When the database fails.
pub async fn read_models_seen_by(conn: Conn<'_>) -> sqlx::Result<ReadModels> {
    let secrets = Secrets::read(conn).await?;
    // Nobody follows this process.
    let projections = projections(&Arc::default(), &secrets);
    Ok(ReadModels { codec: codec(), projections, faults: Faults::default() })
}

/// Puts the rooms together over an opened database.
///
/// # Errors
///
/// When the database fails, or its log holds an event that this program does not know; then nothing was changed.
pub async fn start(db: Db, clock: Clock, settings: Settings) -> Result<Running, eventstore::Error> {
    eventstore::require_known_forms(db.read().await?.conn(), &codec()).await?;
    // Each statement holds by itself and may come again, so that a machine which stands still here loses no transaction.
    let mut conn = db.connect().await?;
    eventstore::create_shards(conn.conn()).await?;
    let live = Arc::new(Live::new(clock.clone()));
    live.begin(eventstore::heads(conn.conn()).await?);
    conn.close().await?;
    let entropy = Entropy;
    let secrets = Secrets::open(&db, entropy).await?;
    secrets.refresh(&db, clock.now()).await?;
    let outbox = Arc::<Notify>::default();
    let (mailbox, writers) = Mailbox::start(Parts {
        db: db.clone(),
        codec: codec(),
        clock: clock.clone(),
        entropy,
        reactors: reactors(),
        projections: projections(&live, &secrets),
        on_timer,
        outbox: Arc::clone(&outbox),
        faults: settings.faults.clone(),
    });
    let queries = Queries { db: db.clone(), live, codec: codec(), clock: clock.clone() };
    let faults = settings.faults.clone();
    let rooms = Rooms { db, clock, entropy, secrets, outbox, mailbox, queries, faults };
    Ok(rooms.connect(&settings, writers))
}

/// What the rooms are made of.
struct Rooms {
    db: Db,
    clock: Clock,
    entropy: Entropy,
    secrets: Secrets,
    outbox: Arc<Notify>,
    mailbox: Mailbox,
    queries: Queries,
    faults: Faults,
}

impl Rooms {
    fn connect(self, settings: &Settings, writers: Writers) -> Running {
        let sessions = Sessions::new(self.db.clone(), self.clock.clone(), self.entropy);
        let guesses = Guesses::new(self.db.clone(), self.clock.clone(), self.secrets.clone());
        let transport = Transport::of(&settings.public_url);
        let simulated = self.simulated();
        let processor: Arc<dyn Processor> = Arc::new(simulated.clone());
        let registration = self.registration(&sessions, &guesses, transport, &simulated);
        let management = self.management(&sessions, &guesses, transport, settings);
        let inbox = Arc::new(Inbox {
            db: self.db.clone(),
            mailbox: self.mailbox.clone(),
            clock: self.clock.clone(),
            secrets: Arc::new(self.secrets.clone()),
            faults: self.faults.clone(),
        });
        let payments = Arc::new(payments::http::Room {
            db: self.db.clone(),
            inbox: Arc::clone(&inbox),
            processor: Arc::clone(&processor),
            orders: Arc::new(OrdersDoor(Arc::clone(&registration))),
        });
        let rooms = (Arc::clone(&registration), Arc::clone(&management));
        let faces = Arc::new(pages::Faces::new(rooms, simulated, self.db.clone(), settings));
        let tail = Arc::new(Tail {
            db: self.db.clone(),
            codec: self.queries.codec.clone(),
            live: Arc::clone(&self.queries.live),
        });
        let (stop, stopped) = watch::channel(false);
        let mut tasks = self.outbox_workers(&inbox, processor, self.desk(&management, settings), &stopped);
        tasks.push(tokio::spawn(generation::watch(self.queries.clone(), stopped.clone())));
        tasks.push(tokio::spawn(inbox.sweep(stopped.clone())));
        let secrets = keep_fresh(self.secrets.clone(), self.db.clone(), self.clock.clone(), stopped.clone());
        tasks.push(tokio::spawn(secrets));
        tasks.push(tokio::spawn(Arc::clone(&tail).run(stopped)));
        let operations = operations::routes(self.db.clone(), self.mailbox.clone());
        let streams = registration::http::streams(Arc::clone(&registration));
        let streams = streams.method_not_allowed_fallback(wrong_method);
        let api = Router::new()
            .merge(registration::http::routes(registration))
            .merge(conference::routes(Arc::clone(&management)))
            .merge(payments::http::routes(payments))
            .merge(openapi::routes())
            .route("/api/{*rest}", axum::routing::any(no_such_call))
            .method_not_allowed_fallback(wrong_method);
        let router =
            api.merge(assets::router(Arc::clone(&settings.assets))).merge(pages::routes(Arc::clone(&faces)));
        let router = match &settings.mail.shown {
            Some(folder) => router.merge(pages::mailbox::routes(Arc::clone(&faces), folder.clone())),
            None => router,
        };
        let router = limited(router, streams, settings.limits)
            // An overload is when the operator asks: those questions always come in.
            .merge(operations.method_not_allowed_fallback(wrong_method))
            .layer(middleware::from_fn_with_state(tail, fresh))
            .layer(middleware::from_fn_with_state(faces, pages::in_words));
        let router = edge(router, settings);
        Running {
            router,
            mailbox: self.mailbox,
            queries: self.queries,
            secrets: self.secrets,
            management,
            db: self.db,
            writers,
            stop,
            tasks,
        }
    }

    fn simulated(&self) -> Simulated {
        Simulated {
            db: self.db.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy,
            outbox: Arc::clone(&self.outbox),
            faults: self.faults.clone(),
        }
    }

    fn registration(
        &self,
        sessions: &Sessions,
        guesses: &Guesses,
        transport: Transport,
        simulated: &Simulated,
    ) -> Arc<registration::http::Room> {
        Arc::new(registration::http::Room {
            mailbox: self.mailbox.clone(),
            live: Arc::clone(&self.queries.live),
            queries: self.queries.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy,
            secrets: Arc::new(self.secrets.clone()),
            sessions: Arc::new(sessions.clone()),
            guesses: Arc::new(guesses.clone()),
            joins: Arc::new(guesses.of_joins()),
            payments: Arc::new(PaymentsDoor { db: self.db.clone(), processor: simulated.clone() }),
            transport,
        })
    }

    fn management(
        &self,
        sessions: &Sessions,
        guesses: &Guesses,
        transport: Transport,
        settings: &Settings,
    ) -> Arc<conference::Room> {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Arc::new(conference::Room {
            db: self.db.clone(),
            mailbox: self.mailbox.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy,
            secrets: self.secrets.clone(),
            sessions: sessions.clone(),
            guesses: guesses.clone(),
            figures: Arc::new(FiguresDoor(self.queries.clone())),
            code_uses: Arc::new(FiguresDoor(self.queries.clone())),
            reserved_slugs: &plenary_app::RESERVED_SLUGS,
            reservation_s: (seconds(settings.reservation_shown), seconds(settings.reservation_buffer)),
            waitlist_offer_s: seconds(settings.waitlist_offer),
            transport,
        })
    }

    fn desk(&self, management: &Arc<conference::Room>, settings: &Settings) -> Arc<Desk> {
        let records =
            letters::LetterRecords { queries: self.queries.clone(), management: Arc::clone(management) };
        Arc::new(Desk {
            records: Arc::new(records),
            post: Arc::clone(&settings.mail.post),
            secrets: self.secrets.clone(),
            clock: self.clock.clone(),
            public_url: settings.public_url.clone(),
            from: settings.mail.from.clone(),
        })
    }

    /// Letters have workers of their own, so that no payment waits for a mail server.
    fn outbox_workers(
        &self,
        inbox: &Arc<Inbox>,
        processor: Arc<dyn Processor>,
        desk: Arc<Desk>,
        stopped: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let callbacks = CallbackDelivery {
            inbox: Arc::clone(inbox),
            secrets: Arc::new(self.secrets.clone()),
            clock: self.clock.clone(),
        };
        let refunds = RefundDelivery { processor, mailbox: self.mailbox.clone() };
        let letters: Vec<Arc<dyn Delivery>> =
            vec![Arc::new(LetterDelivery(Arc::clone(&desk))), Arc::new(LetterErasure(desk))];
        let mut workers = vec![self.outbox_worker(
            vec![Arc::new(callbacks), Arc::new(refunds)],
            64,
            Duration::from_secs(30),
        )];
        for _ in 0..LETTER_CARRIERS {
            let carrier = self.outbox_worker(letters.clone(), 16, Duration::from_mins(2));
            // What tests have fail in the outbox is on the way of payments, whichever message comes first.
            workers.push(outbox::Worker { faults: Faults::default(), ..carrier });
        }
        let wakes = workers.iter().map(|worker| Arc::clone(&worker.wake)).collect();
        let told = tokio::spawn(outbox::wake_all(Arc::clone(&self.outbox), wakes, stopped.clone()));
        let running = workers.into_iter().map(|worker| tokio::spawn(worker.run(stopped.clone())));
        running.chain([told]).collect()
    }

    fn outbox_worker(
        &self,
        deliveries: Vec<Arc<dyn Delivery>>,
        claim: i64,
        patience: Duration,
    ) -> outbox::Worker {
        outbox::Worker {
            db: self.db.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy,
            deliveries,
            claim,
            lease: outbox::LEASE,
            patience,
            wake: Arc::default(),
            faults: self.faults.clone(),
        }
    }
}

/// Notices secrets that the operator has replaced.
async fn keep_fresh(secrets: Secrets, db: Db, clock: Clock, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = clock.sleep_until(clock.now() + secrets::REFRESH) => {}
            _ = stop.changed() => return,
        }
        if let Err(error) = secrets.refresh(&db, clock.now()).await {
            tracing::warn!(%error, "the secrets could not be read anew");
        }
    }
}

/// Calls and streams, so many at once. What compresses an answer is six kilobytes, for as long as the answer lasts: streams are
/// not compressed.
fn limited(calls: Router, streams: Router, limits: Limits) -> Router {
    let so_many = |count| middleware::from_fn_with_state(Door::wide(count), admit);
    let calls = calls.layer(CompressionLayer::new()).layer(so_many(limits.requests));
    calls.merge(streams.layer(so_many(limits.streams)))
}

/// What every request passes on its way in and out.
fn edge(router: Router, settings: &Settings) -> Router {
    router
        .layer(middleware::from_fn(headers::same_site))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(Extension(settings.trusted_proxies.clone()))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(middleware::from_fn(headers::secure))
}

async fn wrong_method() -> ApiError {
    Problem::new("method-not-allowed", 405, "This path takes no such request.").into()
}

async fn no_such_call() -> ApiError {
    ApiError::not_found("This call")
}

impl Running {
    /// What fills an empty database with the demo.
    pub fn demo(&self, entropy: Entropy, clock: Clock) -> Demo {
        Demo {
            room: Arc::clone(&self.management),
            mailbox: self.mailbox.clone(),
            queries: self.queries.clone(),
            clock,
            entropy,
        }
    }

    /// Carries out what was accepted, stops everything else and closes the database.
    pub async fn stop(self) {
        self.mailbox.close();
        self.writers.finished().await;
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.db.close().await;
    }
}

/// Registration's figures, as Management asks for them.
#[derive(Debug)]
struct FiguresDoor(Queries);

#[async_trait]
impl SeatFigures for FiguresDoor {
    async fn of(&self, conference: ConferenceId) -> sqlx::Result<HashMap<SeatTypeId, SeatFigure>> {
        let figures = self.0.figures(conference).await.map_err(as_database_error)?;
        let figure = |it: registration::projections::SeatTypeView| SeatFigure {
            available: it.remaining,
            held: it.held,
            sold: it.sold,
        };
        Ok(figures.into_iter().map(|(id, it)| (id, figure(it))).collect())
    }
}

#[async_trait]
impl CodeUses for FiguresDoor {
    async fn of(&self, conference: ConferenceId) -> sqlx::Result<HashMap<PromoCodeId, i64>> {
        self.0.code_uses(conference).await.map_err(as_database_error)
    }
}

fn as_database_error(error: crate::messaging::Error) -> sqlx::Error {
    match error {
        crate::messaging::Error::Database(error) => error,
        other => sqlx::Error::Decode(other.into()),
    }
}

/// Payments, as Registration asks for them.
#[derive(Debug)]
struct PaymentsDoor {
    db: Db,
    processor: Simulated,
}

#[async_trait]
impl registration::http::Payments for PaymentsDoor {
    async fn started(&self, id: PaymentId) -> Result<StartedPayment, ApiError> {
        payments::http::started(&self.db, &self.processor, id).await
    }
}

/// Who holds an order, as Payments asks for it.
#[derive(Debug)]
struct OrdersDoor(Arc<registration::http::Room>);

#[async_trait]
impl payments::http::Orders for OrdersDoor {
    async fn prove(&self, order: OrderId, headers: &HeaderMap) -> Result<(), ApiError> {
        self.0.held_order(order, headers).await.map(drop)
    }
}
