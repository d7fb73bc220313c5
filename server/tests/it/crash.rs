//! The real program, killed in the middle of its work: what it acknowledged is there, once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plenary_server::clock::{Clock, Entropy};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::site::{creation, seat_type};

const PLENARY: &str = env!("CARGO_BIN_EXE_plenary");
/// How long the program may take to serve, and to answer.
const PATIENCE: Duration = Duration::from_secs(30);
const ROUNDS: usize = 3;
const BUYERS: usize = 8;

/// A serving process. It is killed when dropped.
#[derive(Debug)]
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(PLENARY);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.arg("--assets").arg(folder.join("site")).arg("--data-dir").arg(folder.join("data"));
        command.env_remove("PLENARY_DATABASE_URL").env("NO_COLOR", "1").env("RUST_LOG", "info");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address =
            log.find_map(|line| line.unwrap().split_once("serving address=")?.1.trim().parse().ok());
        let address = address.expect("the program says where it serves");
        // A pipe that nobody empties would stop the program.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    /// SIGKILL: nothing is tidied up.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A request of one connection. Nothing when the connection broke before the whole answer was there.
async fn send(address: SocketAddr, request: String) -> Option<(u16, String, Value)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        String::from_utf8(answer).ok()
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await.expect("the program answers")?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    // Half an answer is no JSON.
    Some((status, head.to_owned(), serde_json::from_str(body).ok()?))
}

fn request(method: &str, path: &str, headers: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: plenary.test\r\nconnection: close\r\n{headers}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// An order as it was sent, to be sent again.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    seat_type: String,
}

impl Sent {
    async fn to(&self, address: SocketAddr) -> Option<u16> {
        let body = json!({ "id": self.id, "seats": [{ "seat_type_id": self.seat_type, "quantity": 1 }] });
        let key = format!("idempotency-key: {}\r\n", self.id);
        let (status, _, order) =
            send(address, request("POST", "/api/conferences/crash/orders", &key, &body)).await?;
        assert_eq!((status, &order["id"]), (201, &json!(self.id)));
        Some(status)
    }
}

async fn create_conference(address: SocketAddr) -> (String, String) {
    let (_, head, _) =
        send(address, request("POST", "/api/management/conferences", "", &creation("crash"))).await.unwrap();
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let session = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
    let base = "/api/management/conferences/crash";
    let create = request("POST", &format!("{base}/seat-types"), &session, &seat_type(1_000, 100_000));
    let (_, _, created) = send(address, create).await.unwrap();
    send(address, request("POST", &format!("{base}/publish"), &session, &Value::Null)).await.unwrap();
    (created["id"].as_str().unwrap().to_owned(), session)
}

/// Everything that was sent, and what of it was acknowledged.
#[derive(Debug, Default)]
struct Ledger {
    sent: Mutex<Vec<Sent>>,
    acknowledged: Mutex<BTreeSet<String>>,
    count: AtomicUsize,
    enough: Notify,
}

/// Orders one after the other until the server is gone.
async fn buy(address: SocketAddr, seat_type: String, ledger: Arc<Ledger>, enough: usize) {
    loop {
        let order = Sent { id: Entropy.id(Clock::System.now()).to_string(), seat_type: seat_type.clone() };
        ledger.sent.lock().unwrap().push(order.clone());
        if order.to(address).await.is_none() {
            return;
        }
        ledger.acknowledged.lock().unwrap().insert(order.id);
        if ledger.count.fetch_add(1, Ordering::Relaxed) + 1 == enough {
            ledger.enough.notify_one();
        }
    }
}

/// The ids of all orders, as the organizer sees them.
async fn listed(address: SocketAddr, session: &str) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/management/conferences/crash/orders?limit=500{after}");
        let (_, _, page) = send(address, request("GET", &path, session, &Value::Null)).await.unwrap();
        ids.extend(page["orders"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { return ids };
        after = format!("&after={next}");
    }
}

fn verify(folder: &Path) {
    let mut command = Command::new(PLENARY);
    command.arg("verify").arg("--data-dir").arg(folder.join("data")).env_remove("PLENARY_DATABASE_URL");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.starts_with("ok: "), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_crash_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("site")).unwrap();
    std::fs::write(folder.path().join("site/manifest.json"), "{}").unwrap();
    let mut server = Server::start(folder.path());
    let (seat_type, session) = create_conference(server.address).await;
    let ledger = Arc::<Ledger>::default();
    for round in 1..=ROUNDS {
        let enough = ledger.count.load(Ordering::Relaxed) + 20 * round;
        let buyers: Vec<_> = (0..BUYERS)
            .map(|_| tokio::spawn(buy(server.address, seat_type.clone(), Arc::clone(&ledger), enough)))
            .collect();
        tokio::time::timeout(PATIENCE, ledger.enough.notified()).await.expect("orders are taken");
        server.kill();
        for buyer in buyers {
            buyer.await.unwrap();
        }
        // Beside nobody first, then beside a process that serves.
        verify(folder.path());
        server = Server::start(folder.path());
        let ids = listed(server.address, &session).await;
        let distinct: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!(distinct.len(), ids.len(), "an order is there twice");
        assert!(ledger.acknowledged.lock().unwrap().is_subset(&distinct), "an acknowledged order is gone");
        let sent: BTreeSet<_> = ledger.sent.lock().unwrap().iter().map(|it| it.id.clone()).collect();
        assert!(distinct.is_subset(&sent), "an order is there that nobody sent");
    }
    // Whoever got no answer asks again, and nothing happens twice.
    let sent = ledger.sent.lock().unwrap().clone();
    for order in &sent {
        assert_eq!(order.to(server.address).await, Some(201));
    }
    assert_eq!(listed(server.address, &session).await.len(), sent.len());
    verify(folder.path());
    server.kill();
}
