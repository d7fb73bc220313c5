//! A conference and everything that commonly happens to it, told by clients that ask again until they are answered:
//! what it comes to must not depend on what failed meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use plenary_server::clock::Entropy;
use plenary_server::messaging::hex;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::child::{self, Server};
use crate::site::{Answer, Place, Site, ada, creation, sabotage, seat_type};

/// How long something may take that must come about.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long something is waited for that a planted bug keeps from coming about.
const IMPATIENCE: Duration = Duration::from_secs(3);

/// What is not as it should be, for people.
pub type Complaint = String;

/// A server that may fail, or die.
#[derive(Debug)]
pub struct World {
    server: Kind,
    patience: Duration,
}

#[derive(Debug)]
enum Kind {
    /// In this process, its clock in our hand.
    Inside(Box<Site>),
    /// In a process of its own. `next` are the settings of those that will be started after it.
    Outside { place: Place, server: Option<Server>, next: VecDeque<Vec<String>>, deaths: usize },
}

/// A request that may be sent again: it has a key.
#[derive(Debug, Clone)]
struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// What came back.
#[derive(Debug)]
struct Told {
    status: u16,
    cookie: String,
    json: Value,
}

impl World {
    pub fn inside(site: Site) -> Self {
        Self { server: Kind::Inside(Box::new(site)), patience: PATIENCE }
    }

    /// A process for each of `settings`, the next one when one has died; then one without any.
    pub fn outside(place: Place, settings: impl IntoIterator<Item = Vec<String>>) -> Self {
        let next = settings.into_iter().collect();
        Self { server: Kind::Outside { place, server: None, next, deaths: 0 }, patience: PATIENCE }
    }

    /// For worlds with a planted bug.
    pub fn impatient(mut self) -> Self {
        self.patience = IMPATIENCE;
        self
    }

    pub fn site(&self) -> &Site {
        let Kind::Inside(site) = &self.server else { panic!("it is another process") };
        site
    }

    /// Has the process that runs die, if it is one of its own.
    pub fn kill(&mut self) {
        if let Kind::Outside { server, deaths, .. } = &mut self.server
            && let Some(server) = server.take()
        {
            server.kill();
            *deaths += 1;
        }
    }

    /// How many processes have died.
    pub fn deaths(&self) -> usize {
        if let Kind::Outside { deaths, .. } = &self.server { *deaths } else { 0 }
    }

    /// Another server in place of the one that runs, later by `pause`.
    pub async fn restarted(self, pause: Duration) -> Self {
        let server = match self.server {
            Kind::Inside(site) => Kind::Inside(Box::new(site.restart(pause).await)),
            outside @ Kind::Outside { .. } => outside,
        };
        Self { server, ..self }
    }

    /// Stops the server and gives what is wrong with its database.
    pub async fn end(self) -> Vec<Complaint> {
        match self.server {
            Kind::Inside(site) => {
                let violations = site.violations().await;
                site.running.stop().await;
                violations
            }
            Kind::Outside { place, server, .. } => {
                drop(server);
                Site::on(place).await.violations().await
            }
        }
    }

    async fn send(&self, ask: &Ask) -> Option<Told> {
        match &self.server {
            Kind::Inside(site) => {
                let mut request = Request::builder().method(ask.method).uri(&ask.path);
                for (name, value) in &ask.headers {
                    request = request.header(*name, value);
                }
                let request = request.body(Body::from(ask.body.clone())).unwrap();
                let answering = Answer::to(site.running.router.clone(), request);
                let answer = tokio::select! {
                    answer = answering => answer,
                    () = time_goes_on(site) => return None,
                };
                Some(Told { status: answer.status, cookie: answer.cookie(), json: answer.json })
            }
            Kind::Outside { server, .. } => {
                let headers = ask.headers.iter().fold(String::new(), |mut text, (name, value)| {
                    let _ = write!(text, "{name}: {value}\r\n");
                    text
                });
                let request = child::request(ask.method, &ask.path, &headers, &ask.body);
                let (status, head, json) = child::send(server.as_ref()?.address, &request).await?;
                Some(Told { status, cookie: child::cookie_of(&head), json })
            }
        }
    }

    /// Asks until there is an answer; `Retry-After` is obeyed, and whoever died is replaced.
    async fn ask(&mut self, ask: &Ask) -> Result<Told, Complaint> {
        let until = Instant::now() + self.patience;
        while Instant::now() < until {
            match self.send(ask).await {
                Some(told) if told.status != 503 => return Ok(told),
                Some(_) => self.wait().await,
                None => self.revive().await,
            }
        }
        Err(format!("{} {} was never answered", ask.method, ask.path))
    }

    async fn wait(&self) {
        let Kind::Inside(site) = &self.server else {
            return tokio::time::sleep(Duration::from_millis(10)).await;
        };
        site.hand.advance(Duration::from_millis(200));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }

    async fn revive(&mut self) {
        let Kind::Outside { place, server, next, deaths } = &mut self.server else { return };
        if let Some(dead) = server.take() {
            dead.mourn();
            *deaths += 1;
            leases_run_out(place).await;
        }
        let settings = next.pop_front().unwrap_or_default();
        *server = Server::start(place, &settings);
        // It may have died before it served, of what it was told to die of.
        *deaths += usize::from(server.is_none());
    }
}

/// Lets the time pass that whoever died had for what it was delivering.
async fn leases_run_out(place: &Place) {
    let db = place.open().await;
    sabotage(&db, "update outbox set due_at = 0 where state = 'waiting'").await;
    db.close().await;
}

/// A request that waits for something waits by our clock, too.
async fn time_goes_on(site: &Site) {
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        site.hand.advance(Duration::from_secs(1));
    }
}

/// What a story came to: the types of the events of each of its orders and of the rest, and the numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub events: BTreeMap<String, Vec<String>>,
    pub summary: Value,
}

/// A story on a conference of its own.
#[derive(Debug)]
pub struct Story<'w> {
    world: &'w mut World,
    slug: String,
    session: String,
    seats: Vec<String>,
    orders: Vec<(&'static str, Order)>,
}

#[derive(Debug, Clone, Default)]
struct Order {
    id: String,
    cookie: String,
    payment: String,
}

impl<'w> Story<'w> {
    pub fn on(world: &'w mut World, slug: &str) -> Self {
        let (slug, session) = (slug.to_owned(), String::new());
        Self { world, slug, session, seats: Vec::new(), orders: Vec::new() }
    }

    async fn command(
        &mut self,
        method: &'static str,
        path: String,
        cookie: &str,
        body: Value,
    ) -> Result<Told, Complaint> {
        let mut headers = vec![("idempotency-key", hex(&Entropy.bytes::<16>()))];
        if !cookie.is_empty() {
            headers.push(("cookie", cookie.to_owned()));
        }
        if !body.is_null() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let told = self.world.ask(&Ask { method, path: path.clone(), headers, body }).await?;
        if (200..300).contains(&told.status) {
            Ok(told)
        } else {
            Err(format!("{method} {path} was answered {}: {}", told.status, told.json))
        }
    }

    async fn read(&mut self, path: &str, cookie: &str) -> Result<Value, Complaint> {
        let headers = vec![("cookie", cookie.to_owned())];
        let ask = Ask { method: "GET", path: path.to_owned(), headers, body: String::new() };
        Ok(self.world.ask(&ask).await?.json)
    }

    fn managed(&self, rest: &str) -> String {
        format!("/api/management/conferences/{}{rest}", self.slug)
    }

    /// A published conference with a seat type that costs something and one that costs nothing, ten seats of each.
    pub async fn open(&mut self) -> Result<(), Complaint> {
        let path = "/api/management/conferences".to_owned();
        self.session = self.command("POST", path, "", creation(&self.slug)).await?.cookie;
        let session = self.session.clone();
        for price in [1_000, 0] {
            let path = self.managed("/seat-types");
            let created = self.command("POST", path, &session, seat_type(price, 10)).await?;
            self.seats.push(created.json["id"].as_str().unwrap_or_default().to_owned());
        }
        self.command("POST", self.managed("/publish"), &session, Value::Null).await?;
        Ok(())
    }

    async fn order(&mut self, name: &'static str, seats: &[(usize, i64)]) -> Result<(), Complaint> {
        let path = format!("/api/conferences/{}/orders", self.slug);
        let body = json!({ "seats": self.choice(seats) });
        let placed = self.command("POST", path, "", body).await?;
        let id = placed.json["id"].as_str().unwrap_or_default().to_owned();
        if placed.cookie.is_empty() {
            return Err(format!("whoever placed order {name} is not its holder"));
        }
        self.orders.push((name, Order { id, cookie: placed.cookie, payment: String::new() }));
        Ok(())
    }

    fn choice(&self, seats: &[(usize, i64)]) -> Value {
        let seat = |&(place, quantity): &(usize, i64)| json!({ "seat_type_id": self.seats[place], "quantity": quantity });
        seats.iter().map(seat).collect()
    }

    fn named(&self, name: &str) -> Order {
        let found = self.orders.iter().find(|(known, _)| *known == name);
        found.map(|(_, order)| order.clone()).unwrap_or_default()
    }

    async fn on_order(
        &mut self,
        name: &str,
        method: &'static str,
        rest: &str,
        body: Value,
    ) -> Result<Told, Complaint> {
        let Order { id, cookie, .. } = self.named(name);
        self.command(method, format!("/api/orders/{id}{rest}"), &cookie, body).await
    }

    async fn start_payment(&mut self, name: &'static str) -> Result<(), Complaint> {
        self.on_order(name, "PUT", "/registrant", ada()).await?;
        let started = self.on_order(name, "POST", "/payments", Value::Null).await?;
        let payment = started.json["payment"]["id"].as_str().unwrap_or_default();
        let order = self.orders.iter_mut().find(|(known, _)| *known == name);
        let (_, order) = order.ok_or_else(|| format!("there is no order {name}"))?;
        payment.clone_into(&mut order.payment);
        Ok(())
    }

    /// Presses a button of the processor.
    async fn decide(&mut self, name: &str, decision: &str) -> Result<(), Complaint> {
        let path = format!("/simulated-processor/{}", self.named(name).payment);
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let ask = Ask { method: "POST", path, headers, body: format!("decision={decision}") };
        let told = self.world.ask(&ask).await?;
        if matches!(told.status, 200 | 303) { Ok(()) } else { Err(format!("the processor: {}", told.status)) }
    }

    async fn settles(&mut self, name: &str, status: &str) -> Result<(), Complaint> {
        let Order { id, cookie, .. } = self.named(name);
        let until = Instant::now() + self.world.patience;
        loop {
            let order = self.read(&format!("/api/orders/{id}"), &cookie).await?;
            if order["status"] == status {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("order {name} is {} and never became {status}", order["status"]));
            }
            self.world.wait().await;
        }
    }

    /// Orders that are paid, free, given back and extended, and an organizer who raises a quota.
    pub async fn tell(&mut self) -> Result<(), Complaint> {
        self.open().await?;
        self.order("paid", &[(0, 2)]).await?;
        let seats = json!({ "seats": self.choice(&[(0, 3)]) });
        self.on_order("paid", "PUT", "/seats", seats).await?;
        self.start_payment("paid").await?;
        self.decide("paid", "accept").await?;
        self.order("free", &[(1, 1)]).await?;
        self.on_order("free", "PUT", "/registrant", ada()).await?;
        self.on_order("free", "POST", "/confirmation", Value::Null).await?;
        self.order("given back", &[(0, 1), (1, 2)]).await?;
        self.on_order("given back", "DELETE", "", Value::Null).await?;
        self.order("extended", &[(0, 2)]).await?;
        self.on_order("extended", "POST", "/extension", Value::Null).await?;
        self.settles("paid", "confirmed").await?;
        self.on_order("paid", "PUT", "/assignments/1", ada()).await?;
        let seat_type = self.managed(&format!("/seat-types/{}", self.seats[0]));
        let mut body = seat_type_as_created();
        body["quota"] = json!(12);
        let session = self.session.clone();
        self.command("PUT", seat_type, &session, body).await?;
        Ok(())
    }

    /// As [`tell`](Self::tell); then time is up for one order, and another is paid after its time.
    pub async fn tell_on(&mut self) -> Result<(), Complaint> {
        self.tell().await?;
        self.world.site().hand.advance(Duration::from_hours(1));
        self.settles("extended", "expired").await?;
        self.order("late", &[(0, 1)]).await?;
        self.start_payment("late").await?;
        self.world.site().hand.advance(Duration::from_hours(1));
        self.settles("late", "expired").await?;
        self.decide("late", "accept").await?;
        self.settles("late", "confirmed").await
    }

    /// A payment of which the processor never says anything.
    pub async fn silence(&mut self) -> Result<(), Complaint> {
        self.open().await?;
        self.order("unanswered", &[(0, 4)]).await?;
        self.start_payment("unanswered").await
    }

    /// Waits until that order has expired and its seats can be had again.
    pub async fn silence_ends(&mut self, known: &Known) -> Result<(), Complaint> {
        self.resume(known);
        self.settles("unanswered", "expired").await?;
        // What everybody sees follows a moment after what its holder sees.
        let until = Instant::now() + self.world.patience;
        loop {
            let conference = self.read(&format!("/api/conferences/{}", self.slug), "").await?;
            let available = &conference["seat_types"][0]["available"];
            if *available == 10 {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("{available} seats can be had"));
            }
            self.world.wait().await;
        }
    }

    /// What this story knows, to be continued with another server.
    pub fn known(&self) -> Known {
        Known { session: self.session.clone(), seats: self.seats.clone(), orders: self.orders.clone() }
    }

    fn resume(&mut self, known: &Known) {
        self.session.clone_from(&known.session);
        self.seats.clone_from(&known.seats);
        self.orders.clone_from(&known.orders);
    }

    /// What the processor says again, late, and otherwise than before, and what it takes without seats.
    pub async fn surprises(&mut self) -> Result<(), Complaint> {
        self.open().await?;
        // Its seats are gone when it is paid.
        self.order("sold out", &[(0, 6)]).await?;
        self.start_payment("sold out").await?;
        self.world.site().hand.advance(Duration::from_mins(30));
        self.settles("sold out", "expired").await?;
        self.order("faster", &[(0, 7)]).await?;
        self.start_payment("faster").await?;
        self.decide("faster", "accept").await?;
        self.settles("faster", "confirmed").await?;
        self.decide("sold out", "accept").await?;
        self.settles("sold out", "needs_attention").await?;
        // Its seats can be had again when it is paid.
        self.order("lucky", &[(0, 3)]).await?;
        self.start_payment("lucky").await?;
        self.world.site().hand.advance(Duration::from_mins(30));
        self.settles("lucky", "expired").await?;
        self.decide("lucky", "accept").await?;
        self.settles("lucky", "confirmed").await?;
        // Whatever else comes in for a confirmed order changes nothing.
        let payment = self.named("faster").payment;
        for (event, outcome) in [("again", "completed"), ("again", "completed"), ("other", "rejected")] {
            let callback = json!({
                "event_id": format!("{event} {payment}"), "payment_id": payment, "outcome": outcome,
                "amount": 7_000, "currency": "USD", "occurred_at": "2026-03-01T09:00:00.000Z",
            });
            let answer = self.world.site().callback(&callback).await;
            if answer.status != 200 {
                return Err(format!("a callback was answered {}", answer.text()));
            }
        }
        self.world.site().hand.advance(Duration::from_hours(1));
        self.settles("faster", "confirmed").await
    }

    pub async fn outcome(&mut self) -> Result<Outcome, Complaint> {
        let (session, path) = (self.session.clone(), self.managed("/history?limit=500"));
        let history = self.read(&path, &session).await?;
        let names: BTreeMap<_, _> =
            self.orders.iter().map(|(name, order)| (order.id.clone(), (*name).to_owned())).collect();
        let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in history["events"].as_array().into_iter().flatten() {
            let order = event["order_id"].as_str().unwrap_or_default();
            let kind = event["type"].as_str().unwrap_or_default();
            // Whoever lost the first answer gets another cookie with the second.
            if kind != "OrderHolderAdded" {
                let name = names.get(order).cloned().unwrap_or_else(|| order.to_owned());
                events.entry(name).or_default().push(kind.to_owned());
            }
        }
        let path = self.managed("/summary");
        let mut summary = self.read(&path, &session).await?;
        for (index, seat_type) in self.seats.iter().enumerate() {
            let text = summary.to_string().replace(seat_type, &format!("seat type {index}"));
            summary = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        }
        for of_the_moment in ["as_of", "position", "by_day"] {
            summary[of_the_moment].take();
        }
        Ok(Outcome { events, summary })
    }
}

/// What a story knows of its conference.
#[derive(Debug)]
pub struct Known {
    session: String,
    seats: Vec<String>,
    orders: Vec<(&'static str, Order)>,
}

fn seat_type_as_created() -> Value {
    let mut body = seat_type(1_000, 10);
    body["version"] = json!(1);
    body
}
