//! Processes: the server that is measured, and what Linux says of it and of the machine.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Failure;
use super::ground::Ground;
use super::measure::float;

/// How long a server may take to say that it serves.
const START: Duration = Duration::from_mins(2);
/// Linux counts processor time in hundredths of a second, whatever its own clock does.
const TICKS_PER_S: f64 = 100.0;

/// A server of its own process. It is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts one on a free port.
    pub async fn start(ground: &Ground) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--discard-letters"])
            .arg("--assets")
            .arg(ground.assets());
        ground.name_to(&mut command);
        command.env("NO_COLOR", "1").env("RUST_LOG", "warn,plenary=info");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let log = child.stderr.take().ok_or("the server's log is a pipe")?;
        let mut log = BufReader::new(log).lines();
        let address = async {
            while let Some(line) = log.next_line().await? {
                if let Some((_, address)) = line.split_once("serving address=") {
                    return Ok(address.trim().parse()?);
                }
                tracing::info!("{line}");
            }
            Err(Failure::from("the server ended before it served"))
        };
        let address = tokio::time::timeout(START, address).await??;
        // A pipe that nobody empties would stop the server. What it complains of is worth knowing.
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                tracing::warn!("server: {line}");
            }
        });
        Ok(Self { child, address })
    }

    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    pub fn watched(&self) -> Watched {
        Watched { servers: vec![self.id()] }
    }

    /// Ends it as an operator does.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let mut kill = Command::new("kill");
        kill.arg("-TERM").arg(self.id().to_string()).status().await?;
        self.child.wait().await?;
        Ok(())
    }

    /// Ends it as a power cut does.
    pub async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

/// The processes whose time and memory count.
#[derive(Debug, Clone)]
pub struct Watched {
    servers: Vec<u32>,
}

/// Processor time so far, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    pub server_s: f64,
    /// Of everything that is neither server nor generator.
    pub others_s: f64,
}

impl Used {
    pub fn since(self, before: &Self) -> Self {
        Self { server_s: self.server_s - before.server_s, others_s: self.others_s - before.others_s }
    }
}

impl Watched {
    #[cfg(test)]
    pub const fn nothing() -> Self {
        Self { servers: Vec::new() }
    }

    /// This process itself, where it is generator and server in one.
    pub fn myself() -> Self {
        Self { servers: vec![std::process::id()] }
    }

    pub fn all(servers: &[Server]) -> Self {
        Self { servers: servers.iter().map(Server::id).collect() }
    }

    pub const fn has_server(&self) -> bool {
        !self.servers.is_empty()
    }

    pub fn read(&self) -> Used {
        let server_s = self.servers.iter().map(|id| cpu_s(*id)).sum();
        let own = std::process::id();
        let generator_s = if self.servers.contains(&own) { 0.0 } else { cpu_s(own) };
        Used { server_s, others_s: machine_s() - server_s - generator_s }
    }

    /// The most memory that the servers have held so far, in MiB.
    pub fn peak_mib(&self) -> Option<f64> {
        self.servers.iter().map(|id| status_mib(*id, "VmHWM:")).sum()
    }

    /// The memory that they hold now, in MiB.
    pub fn rss_mib(&self) -> Option<f64> {
        self.servers.iter().map(|id| status_mib(*id, "VmRSS:")).sum()
    }
}

fn cpu_s(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The program's name stands in parentheses and may hold anything; user and system time are the 12th and 13th
    // field after it.
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    float(ticks) / TICKS_PER_S
}

/// What the whole machine has worked: user, nice, system, interrupts.
fn machine_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let numbers = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let numbers: Vec<u64> = numbers.filter_map(|it| it.parse().ok()).collect();
    let busy = [0, 1, 2, 5, 6].iter().filter_map(|index| numbers.get(*index)).sum();
    float(busy) / TICKS_PER_S
}

fn status_mib(process: u32, field: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(float(kib) / 1024.0)
}

/// What the figures were measured on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
    pub filesystem: String,
    /// The load average of the minute before: what else was going on.
    pub load_before: String,
}

impl Machine {
    pub fn describe(folder: &Path) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let after_colon = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = after_colon(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kib: u64 = memory.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or(0);
        Self {
            processor: after_colon(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".into()),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_gib: float(kib) / 1024.0 / 1024.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            filesystem: filesystem_of(folder),
            load_before: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

/// The type of the file system that a folder lies on.
pub fn filesystem_of(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounted = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (place, kind) = (fields.next()?, fields.next()?);
        folder.starts_with(place).then_some((place.len(), kind))
    });
    mounted.max_by_key(|(length, _)| *length).map_or_else(|| "unknown".into(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_and_its_machine_are_read() {
        let watched = Watched::myself();
        assert!(watched.peak_mib() > Some(1.0) && watched.rss_mib() > Some(1.0));
        assert!(machine_s() > 0.0 && cpu_s(std::process::id()) >= 0.0);
        let machine = Machine::describe(Path::new("/proc"));
        assert!(machine.cores > 0 && machine.memory_gib > 0.0);
        assert_eq!(machine.filesystem, "proc");
    }
}
