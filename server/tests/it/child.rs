//! The real program in a process of its own, and requests to it.

use std::io::{BufRead, BufReader, Write};
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
    /// Its own, gone with it.
    _folder: TempDir,
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
        let folder = tempfile::tempdir().unwrap();
        let mut command = serving(place, &folder);
        let command = command.args(settings).env("RUST_LOG", "info");
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
        Some(Self { child, address, _folder: folder })
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

/// The program, about to be started. What it writes beside a database on a server goes into `folder`.
fn plenary(command: &str, place: &Place, folder: &TempDir) -> Command {
    let mut program = Command::new(PLENARY);
    program.arg(command).env_remove("PLENARY_DATABASE_URL").env("NO_COLOR", "1");
    match place {
        Place::Sqlite(data) => program.arg("--data-dir").arg(data.path()),
        Place::Postgres { .. } => {
            program.arg("--data-dir").arg(folder.path()).arg("--database-url").arg(place.url())
        }
    };
    program
}

fn serving(place: &Place, folder: &TempDir) -> Command {
    std::fs::write(folder.path().join("manifest.json"), "{}").unwrap();
    let mut command = plenary("serve", place, folder);
    command.args(["--listen", "127.0.0.1:0"]).arg("--assets").arg(folder.path());
    command
}

/// What a command of the program came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// `None` when it was killed.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What it said when it went well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Checks that it failed with one line, which holds these words, and said nothing else.
    #[track_caller]
    pub fn refused(&self, words: &str) {
        assert_eq!((self.code, self.out.as_str(), self.err.lines().count()), (Some(1), "", 1), "{self:?}");
        assert!(self.err.contains(words), "`{words}` is not in what is said: {}", self.err);
    }
}

/// Has the program carry out a command on a database, to its end. `input` is what it is given to read.
pub fn run(command: &str, place: &Place, settings: &[&str], input: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let mut program = match command {
        "serve" => serving(place, &folder),
        _ => plenary(command, place, &folder),
    };
    finished(program.args(settings), input)
}

/// As [`run`], on a database that the settings name.
pub fn run_elsewhere(command: &str, settings: &[&str]) -> Said {
    let mut program = Command::new(PLENARY);
    finished(program.arg(command).args(settings).env_remove("PLENARY_DATABASE_URL"), "")
}

fn finished(program: &mut Command, input: &str) -> Said {
    // What is only logged is no answer.
    let program = program.env("RUST_LOG", "off").stdin(Stdio::piped());
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut pipe, input) = (child.stdin.take().unwrap(), input.to_owned());
    // Whoever has refused what comes first does not read the rest.
    let writer = std::thread::spawn(move || drop(pipe.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Kills a command after so long, unless it has ended by then.
pub fn kill_after(command: &str, place: &Place, settings: &[&str], pause: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let mut program = plenary(command, place, &folder);
    program.args(settings);
    let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(pause);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Has the program itself verify a database.
#[track_caller]
pub fn verify(place: &Place) {
    let said = run("verify", place, &[], "").ok();
    assert!(said.starts_with("ok: ") && said.lines().count() == 1, "{said}");
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
