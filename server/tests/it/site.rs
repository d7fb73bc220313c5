//! A whole server on a database of its own, and whoever talks to it.

use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, Request, header};
use axum::response::Response;
use http_body_util::BodyExt;
use plenary_server::clock::{Clock, Entropy, TestClock};
use plenary_server::db::Db;
use plenary_server::faults::Faults;
use plenary_server::http::assets::Assets;
use plenary_server::http::client_address::TrustedProxies;
use plenary_server::http::limits::Limits;
use plenary_server::http::secrets::{Purpose, Secrets};
use plenary_server::mail;
use plenary_server::messaging::{Command, Failure, Outcome, SendError, UnitOfWork, hex};
use plenary_server::startup::{self, Running, Settings};
use plenary_server::{payments, verify};
use plenary_shared::{Problem, Timestamp};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

/// Names a server on which the tests may create databases: `postgres://postgres@127.0.0.1:5432/postgres`.
const POSTGRES_URL: &str = "PLENARY_TEST_POSTGRES_URL";
/// 2026-03-01T09:00:00Z, when every test begins.
const BEGINNING_MS: i64 = 1_772_355_600_000;
/// How long an order may be paid, and how much longer its seats are held.
pub const SHOWN: Duration = Duration::from_mins(15);
pub const BUFFER: Duration = Duration::from_mins(14);
/// How long an offer to somebody on the wait list stands.
pub const OFFER: Duration = Duration::from_hours(24);
/// How long something that must come about may take: long, because a loaded machine is slow and a rule that is broken
/// is worth the wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on SQLite and on PostgreSQL, and verifies the database after it.
macro_rules! both {
    ($name:ident) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let site = $crate::site::Site::on($crate::site::Place::sqlite()).await;
                super::$name(&site).await;
                site.finish().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let site = $crate::site::Site::on($crate::site::Place::postgres().await).await;
                super::$name(&site).await;
                site.finish().await;
            }
        }
    };
}
pub(crate) use both;

/// Runs a test with a place on each database.
macro_rules! on_both {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(crate::site::Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name(crate::site::Place::postgres().await).await;
            }
        }
    };
}
pub(crate) use on_both;

/// Where a database is.
#[derive(Debug)]
pub enum Place {
    /// A file, gone with its folder.
    Sqlite(TempDir),
    /// Gone with the server.
    Postgres { server: String, name: String },
}

impl Place {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub async fn postgres() -> Self {
        let Ok(server) = std::env::var(POSTGRES_URL) else {
            panic!("{POSTGRES_URL} names no PostgreSQL server to test on; `cargo xtask test` starts one");
        };
        let name = fresh_name();
        administer(&server, &format!("create database {name}")).await;
        Self::Postgres { server, name }
    }

    /// Another database of the same kind, empty.
    pub async fn another(&self) -> Self {
        match self {
            Self::Sqlite(_) => Self::sqlite(),
            Self::Postgres { .. } => Self::postgres().await,
        }
    }

    pub async fn open(&self) -> Db {
        match self {
            Self::Sqlite(folder) => Db::open_sqlite(&folder.path().join("plenary.db")).await.unwrap(),
            Self::Postgres { .. } => Db::open_postgres(&self.url()).await.unwrap(),
        }
    }

    /// How PostgreSQL is reached there; empty for a file.
    pub fn url(&self) -> String {
        let Self::Postgres { server, name } = self else { return String::new() };
        let (server, query) = server.split_once('?').unwrap_or((server, ""));
        let (authority, _) = server.rsplit_once('/').unwrap();
        format!("{authority}/{name}?{query}")
    }

    /// The files of the database, where it lies in files of its own.
    pub fn files(&self) -> Vec<std::path::PathBuf> {
        match self {
            Self::Sqlite(folder) => {
                std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect()
            }
            Self::Postgres { .. } => Vec::new(),
        }
    }

    /// A copy of the database, which nobody may have open.
    pub async fn copy(&self) -> Self {
        match self {
            Self::Sqlite(folder) => {
                let copy = tempfile::tempdir().unwrap();
                let files = std::fs::read_dir(folder.path()).unwrap();
                for file in files.map(Result::unwrap) {
                    std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
                }
                Self::Sqlite(copy)
            }
            Self::Postgres { server, name } => {
                let copy = fresh_name();
                administer(server, &format!("create database {copy} template {name}")).await;
                Self::Postgres { server: server.clone(), name: copy }
            }
        }
    }
}

fn fresh_name() -> String {
    format!("plenary_{}", hex(&Entropy.bytes::<8>()))
}

async fn administer(server: &str, sql: &str) {
    let mut admin = PgConnection::connect(server).await.unwrap();
    admin.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    admin.close().await.unwrap();
}

/// Runs a statement that no part of the program would run. Gives the number of rows that it changed.
pub async fn sabotage(db: &Db, sql: &str) -> u64 {
    let sql = AssertSqlSafe(sql.to_owned());
    match db {
        Db::Sqlite { writer, .. } => writer.execute(sql).await.unwrap().rows_affected(),
        Db::Postgres(pool) => pool.execute(sql).await.unwrap().rows_affected(),
    }
}

/// Compares a table with the committed text in `file`, a path below `server/`. With `PLENARY_WRITE_TABLES` set it is
/// written anew, for whoever reads the difference before committing it.
#[track_caller]
pub fn assert_committed(file: &str, table: &[String]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let table = format!("{}\n", table.join("\n"));
    if std::env::var_os("PLENARY_WRITE_TABLES").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let first = committed.lines().zip(table.lines()).find(|(committed, now)| committed != now);
    assert!(committed == table, "{file} says otherwise: {first:?}");
}

/// A server, the hand on its clock, and its database.
#[derive(Debug)]
pub struct Site {
    pub running: Running,
    pub db: Db,
    pub hand: Arc<TestClock>,
    pub clock: Clock,
    pub faults: Faults,
    place: Place,
}

/// Letters from the site, by this way.
pub fn mail_of(post: Arc<dyn mail::Post>, shown: Option<mail::Folder>) -> mail::Settings {
    mail::Settings { post, from: mail::sender_of("https://plenary.test"), shown }
}

impl Site {
    pub async fn on(place: Place) -> Self {
        Self::at(place, Timestamp::from_millis(BEGINNING_MS), Faults::default()).await
    }

    /// A server whose letters go another way than to nobody.
    pub async fn posting(place: Place, post: Arc<dyn mail::Post>) -> Self {
        let now = Timestamp::from_millis(BEGINNING_MS);
        Self::with(place, now, Faults::default(), mail_of(post, None)).await
    }

    /// A server that takes on little at once.
    pub async fn limited(place: Place, limits: Limits) -> Self {
        let clock = Clock::test(Timestamp::from_millis(BEGINNING_MS));
        Self::by(place, clock, Faults::default(), mail_of(Arc::new(mail::Discard), None), limits).await
    }

    /// A server that begins at `now`, with what is to fail in it.
    pub async fn at(place: Place, now: Timestamp, faults: Faults) -> Self {
        Self::with(place, now, faults, mail_of(Arc::new(mail::Discard), None)).await
    }

    /// As [`at`](Self::at), with a way for letters.
    pub async fn with(place: Place, now: Timestamp, faults: Faults, mail: mail::Settings) -> Self {
        Self::by(place, Clock::test(now), faults, mail, Limits::DEFAULT).await
    }

    /// Another server on the same PostgreSQL database, by the same clock. It has to be stopped before this one.
    pub async fn beside(&self) -> Self {
        let Place::Postgres { server, name } = &self.place else { panic!("SQLite has one process") };
        let place = Place::Postgres { server: server.clone(), name: name.clone() };
        let clock = (self.clock.clone(), Arc::clone(&self.hand));
        let mail = mail_of(Arc::new(mail::Discard), None);
        Self::by(place, clock, self.faults.clone(), mail, Limits::DEFAULT).await
    }

    async fn by(
        place: Place,
        (clock, hand): (Clock, Arc<TestClock>),
        faults: Faults,
        mail: mail::Settings,
        limits: Limits,
    ) -> Self {
        let db = place.open().await;
        let settings = Settings {
            public_url: "http://plenary.test".to_owned(),
            reservation_shown: SHOWN,
            reservation_buffer: BUFFER,
            waitlist_offer: OFFER,
            trusted_proxies: TrustedProxies::default(),
            assets: Arc::new(Assets::default()),
            limits,
            is_demo: false,
            mail: mail.clone(),
            faults: faults.clone(),
        };
        let running = startup::start(db.clone(), clock.clone(), settings).await.unwrap();
        Self { running, db, hand, clock, faults, place }
    }

    /// Another server in place of this one, on its database, later by `pause`.
    pub async fn restart(self, pause: Duration) -> Self {
        self.running.stop().await;
        Self::at(self.place, self.clock.now() + pause, self.faults).await
    }

    /// What is wrong with the database.
    pub async fn violations(&self) -> Vec<String> {
        verify::verify(&self.db, &startup::codec()).await.unwrap().violations
    }

    /// Stops the server, once everything agrees with everything.
    pub async fn finish(self) {
        self.stop().await;
    }

    /// As [`finish`](Self::finish), and gives the place of the database that is left.
    pub async fn stop(self) -> Place {
        assert_eq!(self.violations().await, Vec::<String>::new());
        self.running.stop().await;
        self.place
    }

    /// A new id.
    pub fn id(&self) -> String {
        Entropy.id(self.clock.now()).to_string()
    }

    pub fn call(&self, method: &str, path: impl AsRef<str>) -> Call<'_> {
        let request = Request::builder().method(method).uri(path.as_ref());
        Call { site: self, request, body: Body::empty() }
    }

    pub fn get(&self, path: impl AsRef<str>) -> Call<'_> {
        self.call("GET", path)
    }

    pub fn delete(&self, path: impl AsRef<str>) -> Call<'_> {
        self.call("DELETE", path)
    }

    pub fn post(&self, path: impl AsRef<str>, body: impl Into<Value>) -> Call<'_> {
        self.call("POST", path).json(&body.into())
    }

    pub fn put(&self, path: impl AsRef<str>, body: impl Into<Value>) -> Call<'_> {
        self.call("PUT", path).json(&body.into())
    }

    /// Looks again until something has come about that no answer tells of.
    pub async fn until(&self, come_about: impl AsyncFn() -> bool) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while !come_about().await {
            assert!(tokio::time::Instant::now() < until, "it never came about");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks again until `settled` finds what it looks for in an answer.
    ///
    /// What is waited for happens in a task of the server that tells nobody but live streams.
    pub async fn eventually(&self, path: &str, cookie: &str, settled: impl Fn(&Value) -> bool) -> Value {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).cookie(cookie).await;
            if settled(&answer.json) {
                return answer.json;
            }
            assert!(tokio::time::Instant::now() < until, "it never came about: {}", answer.json);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A request on its way.
#[derive(Debug)]
pub struct Call<'s> {
    site: &'s Site,
    request: axum::http::request::Builder,
    body: Body,
}

impl Call<'_> {
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.request = self.request.header(name.as_ref(), value.as_ref());
        self
    }

    pub fn cookie(self, cookie: impl AsRef<str>) -> Self {
        if cookie.as_ref().is_empty() { self } else { self.header(header::COOKIE, cookie) }
    }

    pub fn key(self, key: impl AsRef<str>) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sent from another machine.
    pub fn coming_from(mut self, address: [u8; 4]) -> Self {
        self.request = self.request.extension(ConnectInfo(SocketAddr::from((address, 443))));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header(header::CONTENT_TYPE, "application/json").raw(body.to_string())
    }

    pub fn form(self, body: &str) -> Self {
        self.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").raw(body.to_owned())
    }

    pub fn raw(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// The answer before its body is read.
    pub async fn begin(self) -> Response {
        let request = self.request.body(self.body).unwrap();
        self.site.running.router.clone().oneshot(request).await.unwrap()
    }
}

impl<'s> IntoFuture for Call<'s> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 's>>;

    fn into_future(self) -> Self::IntoFuture {
        let Call { site, request, body } = self;
        Box::pin(Answer::to(site.running.router.clone(), request.body(body).unwrap()))
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// Null when it is no JSON.
    pub json: Value,
}

impl Answer {
    /// What a request is answered with.
    pub async fn to(router: Router, request: Request<Body>) -> Self {
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes, json }
    }

    /// The JSON of an answer that has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json
    }

    /// Checks that it is a problem of this kind.
    #[track_caller]
    pub fn refused(&self, status: u16, slug: &str) {
        assert_eq!((self.status, self.slug()), (status, slug), "{}", self.text());
        assert_eq!(self.header(header::CONTENT_TYPE), "application/problem+json");
    }

    pub fn slug(&self) -> &str {
        self.json["type"].as_str().unwrap_or_default().trim_start_matches("urn:plenary:problem:")
    }

    pub fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The cookie that it sets, as a browser sends it back; empty when it sets none.
    pub fn cookie(&self) -> String {
        self.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A published conference and whoever manages it.
#[derive(Debug, Clone)]
pub struct Fair {
    pub slug: String,
    pub session: String,
    pub access_code: String,
    pub seats: Vec<String>,
}

impl Fair {
    /// An address of its organizer.
    pub fn at(&self, rest: &str) -> String {
        format!("/api/management/conferences/{}{rest}", self.slug)
    }

    /// Quantities of its seat types, by their place.
    pub fn choose(&self, quantities: &[(usize, i64)]) -> Value {
        let seat = |&(place, quantity): &(usize, i64)| json!({ "seat_type_id": self.seats[place], "quantity": quantity });
        quantities.iter().map(seat).collect()
    }
}

/// What creates a conference.
pub fn creation(slug: &str) -> Value {
    json!({
        "owner_name": "Olga", "owner_email": "olga@example.org", "name": format!("Conference {slug}"),
        "slug": slug, "description": "Two days of talks.", "location": "Berlin",
        "start_date": "2026-06-01", "end_date": "2026-06-02",
    })
}

/// What creates a seat type.
pub fn seat_type(price: i64, quota: i64) -> Value {
    json!({ "name": format!("For {price}"), "price": { "amount": price, "currency": "USD" }, "quota": quota })
}

/// An order and the cookie of whoever placed it.
#[derive(Debug, Clone)]
pub struct Placed {
    pub id: String,
    pub cookie: String,
    pub json: Value,
}

impl Placed {
    pub fn at(&self, rest: &str) -> String {
        format!("/api/orders/{}{rest}", self.id)
    }
}

pub fn ada() -> Value {
    json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org" })
}

impl Site {
    /// A conference that is not published yet, with a seat type for each price and quota.
    pub async fn draft(&self, slug: &str, seat_types: &[(i64, i64)]) -> Fair {
        let created = self.post("/api/management/conferences", creation(slug)).await;
        let session = created.cookie();
        let json = created.expect(201);
        let mut fair = Fair {
            slug: slug.to_owned(),
            access_code: json["access_code"].as_str().unwrap().to_owned(),
            session,
            seats: Vec::new(),
        };
        for &(price, quota) in seat_types {
            let created =
                self.post(fair.at("/seat-types"), seat_type(price, quota)).cookie(&fair.session).await;
            fair.seats.push(created.expect(201)["id"].as_str().unwrap().to_owned());
        }
        fair
    }

    /// A published conference with a seat type for each price and quota.
    pub async fn organizer(&self, slug: &str, seat_types: &[(i64, i64)]) -> Fair {
        let fair = self.draft(slug, seat_types).await;
        self.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
        fair
    }

    /// Places an order as somebody who was never here before.
    pub async fn order(&self, fair: &Fair, quantities: &[(usize, i64)]) -> Placed {
        let path = format!("/api/conferences/{}/orders", fair.slug);
        let answer = self.post(path, json!({ "seats": fair.choose(quantities) })).await;
        let cookie = answer.cookie();
        let json = answer.expect(201);
        Placed { id: json["id"].as_str().unwrap().to_owned(), cookie, json }
    }

    /// Says who registers.
    pub async fn register(&self, order: &Placed) -> Value {
        self.put(order.at("/registrant"), ada()).cookie(&order.cookie).await.expect(200)
    }

    /// Places an order that expires while its payment, whose id is given with it, is on its way.
    pub async fn overtaken(&self, fair: &Fair, quantities: &[(usize, i64)]) -> (Placed, String) {
        let order = self.order(fair, quantities).await;
        let payment = self.start_payment(&order).await;
        self.hand.advance(SHOWN + BUFFER + Duration::from_millis(1));
        self.settles(&order, "expired").await;
        (order, payment)
    }

    /// Says who registers and goes to pay. Gives the payment's id.
    pub async fn start_payment(&self, order: &Placed) -> String {
        self.register(order).await;
        let started = self.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(201);
        started["payment"]["id"].as_str().unwrap().to_owned()
    }

    /// Presses a button on the processor's page.
    pub async fn decide(&self, payment: &str, decision: &str) {
        let page = self.call("POST", format!("/simulated-processor/{payment}"));
        let answer = page.form(&format!("decision={decision}")).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }

    /// Waits until an order stands so.
    pub async fn settles(&self, order: &Placed, status: &str) -> Value {
        let settled = self.eventually(&order.at(""), &order.cookie, |it| it["status"] == status).await;
        self.published(&settled["conference"]["id"]).await;
        settled
    }

    /// Waits until what was committed for a conference is also published: whoever reads the database sees it a moment
    /// before whoever reads what is kept in memory. The writer turns to the next command only then.
    async fn published(&self, conference: &Value) {
        let id = conference.as_str().unwrap().parse().unwrap();
        let refused = self.running.mailbox.send(id, Refused::AtOnce).await;
        assert!(matches!(refused, Err(SendError::Refused(_))), "{refused:?}");
    }

    /// Pays an order to the end.
    pub async fn pay(&self, order: &Placed) -> Value {
        let payment = self.start_payment(order).await;
        self.decide(&payment, "accept").await;
        self.settles(order, "confirmed").await
    }

    /// A conference with orders in every situation: paid, free, given back, and the one that is given, which is being
    /// paid.
    pub async fn populate(&self, slug: &str) -> (Fair, Placed) {
        let fair = self.organizer(slug, &[(1_000, 10), (0, 10)]).await;
        let paid = self.order(&fair, &[(0, 2)]).await;
        self.pay(&paid).await;
        let free = self.order(&fair, &[(1, 1)]).await;
        self.register(&free).await;
        self.call("POST", free.at("/confirmation")).cookie(&free.cookie).await.expect(200);
        self.put(free.at("/assignments/0"), ada()).cookie(&free.cookie).await.expect(200);
        let door = fair.at(&format!("/attendees/{}/0/check-in", free.id));
        for method in ["PUT", "DELETE", "PUT"] {
            self.call(method, &door).cookie(&fair.session).await.expect(200);
        }
        let given_back = self.order(&fair, &[(0, 1)]).await;
        self.delete(given_back.at("")).cookie(&given_back.cookie).await.expect(200);
        let open = self.order(&fair, &[(0, 3)]).await;
        self.start_payment(&open).await;
        (fair, open)
    }

    /// How many seats of a type everybody sees to be left.
    pub async fn available(&self, fair: &Fair, place: usize) -> i64 {
        let conference = self.get(format!("/api/conferences/{}", fair.slug)).await.expect(200);
        conference["seat_types"][place]["available"].as_i64().unwrap()
    }

    /// How often a type of event was recorded for a conference.
    pub async fn recorded(&self, fair: &Fair, kind: &str) -> usize {
        let history = self.get(fair.at("/history?limit=500")).cookie(&fair.session).await.expect(200);
        assert!(history["next"].is_null());
        history["events"].as_array().unwrap().iter().filter(|event| event["type"] == kind).count()
    }

    /// Sends a callback signed as the processor signs it.
    pub async fn callback(&self, body: &Value) -> Answer {
        let body = body.to_string();
        let secrets = Secrets::open_read_only(&self.db).await.unwrap();
        let now_s = self.clock.now().as_millis() / 1000;
        let code = secrets.sign(Purpose::Processor, &payments::signed_text(now_s, body.as_bytes()));
        self.signed_callback(&body, &format!("t={now_s},v1={}", hex(&code))).await
    }

    pub async fn signed_callback(&self, body: &str, signature: &str) -> Answer {
        let call = self.call("POST", "/api/payments/callback").header("plenary-signature", signature);
        call.header(header::CONTENT_TYPE, "application/json").raw(body.to_owned()).await
    }
}

/// A command that is refused, after what it waits for while its writer does nothing else.
#[derive(Debug)]
pub enum Refused {
    AtOnce,
    After(Duration),
    When(watch::Receiver<bool>),
}

#[async_trait]
impl Command for Refused {
    fn name(&self) -> &'static str {
        "Refused"
    }

    async fn run(&self, _: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        match self {
            Self::AtOnce => {}
            Self::After(time) => tokio::time::sleep(*time).await,
            Self::When(open) => {
                let _ = open.clone().wait_for(|is_open| *is_open).await;
            }
        }
        Err(Problem::new("nothing", 409, "Nothing is to happen.").into())
    }
}

/// A live stream, read message by message.
#[derive(Debug)]
pub struct Messages {
    body: Body,
    text: String,
}

/// A message of a live stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub event: String,
    pub id: i64,
    pub json: Value,
}

impl Messages {
    pub async fn of(call: Call<'_>) -> Self {
        let response = call.begin().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream; charset=utf-8");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next message, whenever it comes.
    pub async fn next(&mut self) -> Message {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let message = parse_message(block.trim_end());
                if let Some(message) = message {
                    return message;
                }
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await;
            let frame = frame.expect("the stream is silent").expect("the stream goes on").unwrap();
            self.text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }

    /// The next message of this type; those of other types are passed over.
    pub async fn next_of(&mut self, event: &str) -> Message {
        loop {
            let message = self.next().await;
            if message.event == event {
                return message;
            }
        }
    }
}

/// A message; nothing for what is not shown to anyone, as heartbeats.
fn parse_message(block: &str) -> Option<Message> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let event = field("event")?.to_owned();
    let (id, json) = (field("id")?.parse().unwrap(), serde_json::from_str(field("data")?).unwrap());
    Some(Message { event, id, json })
}
