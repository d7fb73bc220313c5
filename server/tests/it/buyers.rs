//! Whoever buys from the real program, one order after the other.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plenary_server::clock::{Clock, Entropy};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::child::{PATIENCE, cookie_of, request, send};
use crate::site::{ada, creation, seat_type};

pub const JSON: &str = "content-type: application/json\r\n";

/// A published conference with one seat type, as somebody outside knows it.
#[derive(Debug, Clone)]
pub struct Stall {
    pub slug: String,
    pub seat_type: String,
    /// Its organizer's cookie, as a header.
    pub session: String,
}

impl Stall {
    /// Opens one over HTTP.
    pub async fn open(address: SocketAddr, slug: &str) -> Self {
        let base = "/api/management/conferences";
        let body = creation(slug).to_string();
        let (_, head, _) = send(address, &request("POST", base, JSON, &body)).await.unwrap();
        let session = format!("cookie: {}\r\n", cookie_of(&head));
        let path = format!("{base}/{slug}/seat-types");
        let headers = format!("{session}{JSON}");
        let body = seat_type(1_000, 100_000).to_string();
        let (_, _, created) = send(address, &request("POST", &path, &headers, &body)).await.unwrap();
        let published = request("POST", &format!("{base}/{slug}/publish"), &session, "");
        assert_eq!(send(address, &published).await.unwrap().0, 200);
        Self { slug: slug.to_owned(), seat_type: created["id"].as_str().unwrap().to_owned(), session }
    }

    /// Returns when another server, too, knows of it.
    pub async fn is_sold_at(&self, address: SocketAddr) {
        let until = Instant::now() + PATIENCE;
        let path = format!("/api/conferences/{}", self.slug);
        while send(address, &request("GET", &path, "", "")).await.unwrap().0 != 200 {
            assert!(Instant::now() < until, "the other server never hears of it");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Status, headers and answer of one more order of a seat; `None` when the server is gone.
    pub async fn order(&self, address: SocketAddr) -> Option<(u16, String, Value)> {
        let id = Entropy.id(Clock::System.now()).to_string();
        let body = json!({ "id": id, "seats": [{ "seat_type_id": self.seat_type, "quantity": 1 }] });
        let path = format!("/api/conferences/{}/orders", self.slug);
        let (status, head, order) = send(address, &request("POST", &path, JSON, &body.to_string())).await?;
        assert!(status != 201 || order["id"] == json!(id), "{order}");
        Some((status, head, order))
    }

    /// One more order that is being paid: its id, and the payment's. `None` when the server is gone.
    pub async fn go_to_pay(&self, address: SocketAddr) -> Option<(String, String)> {
        let (_, head, order) = self.order(address).await?;
        let id = order["id"].as_str()?.to_owned();
        let headers = format!("cookie: {}\r\n{JSON}", cookie_of(&head));
        let registrant =
            request("PUT", &format!("/api/orders/{id}/registrant"), &headers, &ada().to_string());
        send(address, &registrant).await?;
        let path = format!("/api/orders/{id}/payments");
        let (_, _, started) = send(address, &request("POST", &path, &headers, "{}")).await?;
        Some((id, started["payment"]["id"].as_str()?.to_owned()))
    }

    /// The ids of all orders, as the organizer sees them.
    pub async fn listed(&self, address: SocketAddr) -> Vec<String> {
        let (mut ids, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/management/conferences/{}/orders?limit=500{after}", self.slug);
            let (_, _, page) = send(address, &request("GET", &path, &self.session, "")).await.unwrap();
            let id = |order: &Value| order["id"].as_str().unwrap().to_owned();
            ids.extend(page["orders"].as_array().unwrap().iter().map(id));
            let Some(next) = page["next"].as_str() else { return ids };
            after = format!("&after={next}");
        }
    }

    /// Checks that every order is listed once, and every acknowledged one is.
    pub async fn compare(&self, address: SocketAddr, counters: &[Arc<Counter>]) {
        let ids = self.listed(address).await;
        let distinct: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!(distinct.len(), ids.len(), "an order is there twice");
        for counter in counters {
            let acknowledged = counter.acknowledged.lock().unwrap();
            assert!(acknowledged.is_subset(&distinct), "an acknowledged order is gone");
        }
    }
}

/// Orders that one server has acknowledged.
#[derive(Debug, Default)]
pub struct Counter {
    acknowledged: Mutex<BTreeSet<String>>,
    count: AtomicUsize,
    over: AtomicBool,
}

impl Counter {
    /// Returns when this many more were acknowledged.
    pub async fn grows_by(&self, more: usize) {
        let (wanted, until) = (self.count.load(Ordering::Relaxed) + more, Instant::now() + PATIENCE);
        while self.count.load(Ordering::Relaxed) < wanted {
            assert!(Instant::now() < until, "orders are taken");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Has everybody stop.
    pub fn is_enough(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Sends somebody who buys until it is enough or the server is gone.
    pub fn buyer(self: &Arc<Self>, address: SocketAddr, stall: &Stall) -> JoinHandle<()> {
        let (counter, stall) = (Arc::clone(self), stall.clone());
        tokio::spawn(async move { counter.buy(address, &stall).await })
    }

    async fn buy(&self, address: SocketAddr, stall: &Stall) {
        while !self.over.load(Ordering::Relaxed) {
            match stall.order(address).await {
                // Whoever is told to come back may; a server that was held up for too long says so.
                Some((503, _, _)) => {}
                Some((status, _, order)) => {
                    assert_eq!(status, 201, "{order}");
                    self.acknowledged.lock().unwrap().insert(order["id"].as_str().unwrap().to_owned());
                    self.count.fetch_add(1, Ordering::Relaxed);
                }
                None => return,
            }
        }
    }
}
