//! The real program in a process of its own, and requests to it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::site::Place;

const PLENARY: &str = env!("CARGO_BIN_EXE_plenary");
/// How long the program may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A serving process. It is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    _site: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// A process that serves from this database; `None` when it died before it did.
    pub fn start(place: &Place, settings: &[String]) -> Option<Self> {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("manifest.json"), "{}").unwrap();
        let mut command = plenary("serve", place);
        command.args(["--listen", "127.0.0.1:0"]).arg("--assets").arg(site.path()).args(settings);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address =
            log.find_map(|line| line.unwrap().split_once("serving address=")?.1.trim().parse().ok());
        let Some(address) = address else {
            child.wait().unwrap();
            return None;
        };
        // A pipe that nobody empties would stop the program.
        std::thread::spawn(move || log.for_each(drop));
        Some(Self { child, address, _site: site })
    }

    /// Sends a signal by its name: `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// SIGKILL: nothing is tidied up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until the process has died of itself.
    pub fn mourn(mut self) {
        self.child.wait().unwrap();
    }
}

fn plenary(command: &str, place: &Place) -> Command {
    let mut program = Command::new(PLENARY);
    program.arg(command).env_remove("PLENARY_DATABASE_URL").env("NO_COLOR", "1").env("RUST_LOG", "info");
    match place {
        Place::Sqlite(folder) => program.arg("--data-dir").arg(folder.path()),
        Place::Postgres { .. } => program.arg("--database-url").arg(place.url()),
    };
    program
}

/// Has the program itself verify a database.
pub fn verify(place: &Place) {
    let output = plenary("verify", place).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.starts_with("ok: "), "{said}");
}

/// A request of one connection. `None` when the connection broke before the whole answer was there.
pub async fn send(address: SocketAddr, request: &str) -> Option<(u16, String, Value)> {
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
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let whole = length.trim().parse() == Ok(body.len());
    whole.then(|| (status, head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// The text of a request, ready to be sent. `headers` are whole lines.
pub fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: plenary.test\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

/// The cookie that an answer sets, as a browser sends it back; empty when it sets none.
pub fn cookie_of(head: &str) -> String {
    let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
    set.split(';').next().unwrap_or_default().to_owned()
}
