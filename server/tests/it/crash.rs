//! The real program, killed in the middle of its work again and again: what it acknowledged is there, once.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plenary_server::clock::{Clock, Entropy};
use serde_json::json;
use tokio::sync::Notify;

use crate::child::{PATIENCE, Server, cookie_of, request, send, verify};
use crate::site::{Place, creation, seat_type};

const KILLS: usize = 60;
const BUYERS: usize = 8;
/// Rounds between two whole checks; a check reads everything.
const CHECK_EVERY: usize = 10;
const JSON: &str = "content-type: application/json\r\n";

/// An order as it was sent, to be sent again.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    seat_type: String,
}

impl Sent {
    async fn to(&self, address: SocketAddr) -> Option<u16> {
        let body = json!({ "id": self.id, "seats": [{ "seat_type_id": self.seat_type, "quantity": 1 }] });
        let headers = format!("{JSON}idempotency-key: {}\r\n", self.id);
        let request = request("POST", "/api/conferences/crash/orders", &headers, &body.to_string());
        let (status, _, order) = send(address, &request).await?;
        assert_eq!((status, &order["id"]), (201, &json!(self.id)));
        Some(status)
    }
}

async fn create_conference(address: SocketAddr) -> (String, String) {
    let create = request("POST", "/api/management/conferences", JSON, &creation("crash").to_string());
    let (_, head, _) = send(address, &create).await.unwrap();
    let session = format!("cookie: {}\r\n", cookie_of(&head));
    let (base, headers) = ("/api/management/conferences/crash", format!("{JSON}{session}"));
    let create =
        request("POST", &format!("{base}/seat-types"), &headers, &seat_type(1_000, 100_000).to_string());
    let (_, _, created) = send(address, &create).await.unwrap();
    send(address, &request("POST", &format!("{base}/publish"), &session, "")).await.unwrap();
    (created["id"].as_str().unwrap().to_owned(), session)
}

/// Everything that was sent, and what of it was acknowledged.
#[derive(Debug, Default)]
struct Ledger {
    sent: Mutex<Vec<Sent>>,
    acknowledged: Mutex<BTreeSet<String>>,
    acknowledgement: Notify,
}

/// Orders one after the other until the server is gone.
async fn buy(address: SocketAddr, seat_type: String, ledger: Arc<Ledger>) {
    loop {
        let order = Sent { id: Entropy.id(Clock::System.now()).to_string(), seat_type: seat_type.clone() };
        ledger.sent.lock().unwrap().push(order.clone());
        if order.to(address).await.is_none() {
            return;
        }
        ledger.acknowledged.lock().unwrap().insert(order.id);
        ledger.acknowledgement.notify_one();
    }
}

/// The ids of all orders, as the organizer sees them.
async fn listed(address: SocketAddr, session: &str) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/management/conferences/crash/orders?limit=500{after}");
        let (_, _, page) = send(address, &request("GET", &path, session, "")).await.unwrap();
        ids.extend(page["orders"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { return ids };
        after = format!("&after={next}");
    }
}

impl Ledger {
    async fn compare(&self, address: SocketAddr, session: &str) {
        let ids = listed(address, session).await;
        let distinct: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!(distinct.len(), ids.len(), "an order is there twice");
        assert!(self.acknowledged.lock().unwrap().is_subset(&distinct), "an acknowledged order is gone");
        let sent: BTreeSet<_> = self.sent.lock().unwrap().iter().map(|it| it.id.clone()).collect();
        assert!(distinct.is_subset(&sent), "an order is there that nobody sent");
    }
}

/// Lets buyers in and kills the server under them, at another moment every time.
async fn rush_and_kill(server: Server, seat_type: &str, ledger: &Arc<Ledger>) {
    let begin = |_| tokio::spawn(buy(server.address, seat_type.to_owned(), Arc::clone(ledger)));
    let buyers: Vec<_> = (0..BUYERS).map(begin).collect();
    let acknowledged = ledger.acknowledgement.notified();
    tokio::time::timeout(PATIENCE, acknowledged).await.expect("orders are taken");
    let [pause] = Entropy.bytes::<1>();
    tokio::time::sleep(Duration::from_millis(u64::from(pause))).await;
    server.kill();
    for buyer in buyers {
        buyer.await.unwrap();
    }
}

async fn what_was_acknowledged_is_there_once_after(kills: usize, place: Place) {
    let start = |place: &Place| Server::start(place, &[]).expect("the program serves");
    let mut server = start(&place);
    let (seat_type, session) = create_conference(server.address).await;
    let ledger = Arc::<Ledger>::default();
    for kill in 1..=kills {
        rush_and_kill(server, &seat_type, &ledger).await;
        if kill % CHECK_EVERY == 0 {
            // Beside nobody first, then beside a process that serves.
            verify(&place);
        }
        server = start(&place);
        if kill % CHECK_EVERY == 0 {
            ledger.compare(server.address, &session).await;
        }
    }
    // Whoever got no answer asks again, and nothing happens twice.
    let sent = ledger.sent.lock().unwrap().clone();
    let acknowledged = ledger.acknowledged.lock().unwrap().clone();
    for order in sent.iter().filter(|order| !acknowledged.contains(&order.id)) {
        assert_eq!(order.to(server.address).await, Some(201));
    }
    assert_eq!(listed(server.address, &session).await.len(), sent.len());
    verify(&place);
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_once_after_sixty_kills_on_sqlite() {
    what_was_acknowledged_is_there_once_after(KILLS, Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_once_after_sixty_kills_on_postgres() {
    what_was_acknowledged_is_there_once_after(KILLS, Place::postgres().await).await;
}
