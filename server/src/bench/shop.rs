//! Conferences to buy from, and somebody who buys as a browser does.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Method;
use http_body_util::BodyExt;
use plenary_shared::payments::{PaymentCallback, PaymentOutcome};
use plenary_shared::{Currency, PaymentId};
use serde_json::json;

use super::Failure;
use super::client::{Answer, Client, Says};
use super::ground::Ground;
use crate::clock::{Clock, Entropy};
use crate::hex;
use crate::http::secrets::{Purpose, Secrets};
use crate::payments;

/// A published conference with one seat type.
#[derive(Debug, Clone)]
pub struct Fair {
    pub slug: String,
    pub seat_type: String,
}

/// Opens a conference, over HTTP like any organizer.
///
/// # Errors
///
/// When the server refuses.
pub async fn open(client: &mut Client, slug: &str, price: i64, quota: i64) -> Result<Fair, Failure> {
    let creation = json!({
        "owner_name": "Olga", "owner_email": "olga@example.org", "name": format!("Conference {slug}"),
        "slug": slug, "tagline": "Two days by the canal",
        "description": "Talks in the morning, workshops in the afternoon, and a long evening on the water.",
        "location": "Berlin", "start_date": "2036-06-01", "end_date": "2036-06-02",
    });
    let base = "/api/management/conferences";
    let body = creation.to_string();
    let creation = Says { body: &body, ..Says::default() };
    let created = client.send(Method::POST, base, creation).await?.expect(201)?;
    let session = created.cookie();
    let seat_type = json!({
        "name": "Full conference", "description": "Both days, lunch and the boat.",
        "price": { "amount": price, "currency": "USD" }, "quota": quota,
    });
    let path = format!("{base}/{slug}/seat-types");
    let body = seat_type.to_string();
    let seat_type = Says { cookie: &session, body: &body, ..Says::default() };
    let created = client.send(Method::POST, &path, seat_type).await?;
    let seat_type = created.expect(201)?.json()?["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("{base}/{slug}/publish");
    client.send(Method::POST, &path, Says { cookie: &session, ..Says::default() }).await?.expect(200)?;
    Ok(Fair { slug: slug.to_owned(), seat_type })
}

/// Seats of a conference that is never sold out: as many as one can have.
pub const QUOTA: i64 = 1_000_000;

/// Opens `count` conferences of a kind, each with [`QUOTA`] seats.
///
/// # Errors
///
/// When the server refuses.
pub async fn open_many(address: SocketAddr, count: usize, price: i64) -> Result<Vec<Fair>, Failure> {
    let mut client = Client::connect(address).await?;
    let mut fairs = Vec::new();
    for number in 0..count {
        let slug = format!("bench-{}-{number}", hex::encode(&Entropy.bytes::<3>()));
        fairs.push(open(&mut client, &slug, price, QUOTA).await?);
    }
    Ok(fairs)
}

/// An order and the proof of it.
#[derive(Debug, Clone)]
pub struct Placed {
    pub id: String,
    pub cookie: String,
    /// In minor units.
    pub total: i64,
    pub reserved: i64,
}

/// Buys over one connection.
#[derive(Debug)]
pub struct Buyer {
    pub client: Client,
    pub address: SocketAddr,
}

impl Buyer {
    /// # Errors
    ///
    /// When nobody listens there.
    pub async fn at(address: SocketAddr) -> Result<Self, Failure> {
        Ok(Self { client: Client::connect(address).await?, address })
    }

    /// What the page asks for.
    ///
    /// # Errors
    ///
    /// When the connection breaks or the answer is another.
    pub async fn look(&mut self, fair: &Fair) -> Result<(), Failure> {
        let path = format!("/api/conferences/{}", fair.slug);
        self.client.get(&path, Says::default()).await?.expect(200).map(drop)
    }

    /// # Errors
    ///
    /// When the connection breaks or the answer is another.
    pub async fn place(&mut self, fair: &Fair, quantity: i64) -> Result<Placed, Failure> {
        let (id, answer) = self.ask_for(fair, quantity).await?;
        let answer = answer.expect(201)?;
        let order = answer.json()?;
        let total = order["total"]["amount"].as_i64().unwrap_or(0);
        let reserved = order["seats"][0]["reserved"].as_i64().unwrap_or(0);
        Ok(Placed { id, cookie: answer.cookie(), total, reserved })
    }

    /// Asks for seats and gives the order's id with whatever is answered.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn ask_for(&mut self, fair: &Fair, quantity: i64) -> Result<(String, Answer), Failure> {
        let id = Entropy.id(Clock::System.now()).to_string();
        let seat_type = &fair.seat_type;
        let body =
            format!(r#"{{"id":"{id}","seats":[{{"seat_type_id":"{seat_type}","quantity":{quantity}}}]}}"#);
        let says = Says { key: &id, body: &body, ..Says::default() };
        let path = format!("/api/conferences/{}/orders", fair.slug);
        let answer = self.client.send(Method::POST, &path, says).await?;
        Ok((id, answer))
    }

    /// # Errors
    ///
    /// When the connection breaks or the answer is another.
    pub async fn register(&mut self, order: &Placed) -> Result<(), Failure> {
        let body = r#"{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.org"}"#;
        self.command(Method::PUT, order, "/registrant", body, 200).await.map(drop)
    }

    /// # Errors
    ///
    /// When the connection breaks or the answer is another.
    pub async fn start_payment(&mut self, order: &Placed) -> Result<PaymentId, Failure> {
        let started = self.command(Method::POST, order, "/payments", "{}", 201).await?;
        Ok(started["payment"]["id"].as_str().unwrap_or_default().parse()?)
    }

    async fn command(
        &mut self,
        method: Method,
        order: &Placed,
        rest: &str,
        body: &str,
        status: u16,
    ) -> Result<serde_json::Value, Failure> {
        let path = format!("/api/orders/{}{rest}", order.id);
        let says = Says { cookie: &order.cookie, body, ..Says::default() };
        self.client.send(method, &path, says).await?.expect(status)?.json()
    }

    /// Returns when the order's live stream says that it is confirmed. The stream is open before the processor calls back.
    ///
    /// # Errors
    ///
    /// When the stream breaks or ends before.
    pub async fn see_confirmed(
        &mut self,
        order: &Placed,
        payment: PaymentId,
        processor: &Processor,
    ) -> Result<(), Failure> {
        const CONFIRMED: &[u8] = br#""status":"confirmed""#;
        let stream = Client::connect(self.address).await?;
        let mut stream = stream.follow(&format!("/api/orders/{}/events", order.id), &order.cookie).await?;
        processor.pay(&mut self.client, payment, order.total).await?;
        while let Some(frame) = stream.frame().await {
            let frame = frame?.into_data().unwrap_or_default();
            if frame.windows(CONFIRMED.len()).any(|window| window == CONFIRMED) {
                return Ok(());
            }
        }
        Err("the order's stream ended before it was confirmed".into())
    }
}

/// Calls back as the processor does, signed.
#[derive(Debug, Clone)]
pub struct Processor(Arc<Secrets>);

impl Processor {
    /// # Errors
    ///
    /// When the database holds no secrets yet.
    pub async fn of(ground: &Ground) -> Result<Self, Failure> {
        let db = ground.open_read_only().await?;
        let secrets = Secrets::open_read_only(&db).await?;
        db.close().await;
        Ok(Self(Arc::new(secrets)))
    }

    /// # Errors
    ///
    /// When the connection breaks or the callback is refused.
    pub async fn pay(&self, client: &mut Client, payment: PaymentId, amount: i64) -> Result<(), Failure> {
        let now = Clock::System.now();
        let callback = PaymentCallback {
            event_id: Entropy.id(now).to_string(),
            payment_id: payment,
            outcome: PaymentOutcome::Completed,
            amount,
            currency: Currency::default(),
            occurred_at: now,
        };
        let body = serde_json::to_string(&callback)?;
        let now_s = now.as_millis() / 1000;
        let code = self.0.sign(Purpose::Processor, &payments::signed_text(now_s, body.as_bytes()));
        let signature = format!("t={now_s},v1={}", hex::encode(&code));
        let header = Some(("plenary-signature", signature.as_str()));
        let says = Says { header, body: &body, ..Says::default() };
        client.send(Method::POST, "/api/payments/callback", says).await?.expect(200).map(drop)
    }
}
