//! Every setting: its flag, its variable, its default and its unit. Nothing else reads the environment.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bench::Scenario;
use crate::conference::{BUFFER_S, SHOWN_S};
use crate::db::Kind;
use crate::http::client_address::TrustedProxy;
use crate::http::limits::Limits;
use crate::http::secrets::Replaceable;
use crate::mail::Mailbox;

/// Conference registration that never makes anyone wait.
#[derive(Debug, Parser)]
#[command(name = "plenary", version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the site, until told to stop.
    Serve(Box<Serve>),
    /// Apply pending migrations and stop. Serving does the same at start.
    Migrate(Database),
    /// Measure how fast it is on this machine, on fresh databases of its own.
    Bench(Bench),
    /// List the messages that could not be delivered, and have them tried again.
    Outbox(Outbox),
    /// Replay the log and check that everything agrees with it, beside a serving process or alone.
    Verify(Database),
    /// Make a new secret, beside a serving process or alone. It signs after a minute; what the last one signed is
    /// accepted until the next time.
    RotateKeys(RotateKeys),
    /// Make the read models anew from the log and put right what differs, beside a serving process or alone.
    Rebuild(Rebuild),
    /// Write everything that cannot be derived as lines of JSON, beside a serving process or alone.
    Export(Export),
    /// Read an export into an empty database of either kind, rebuild the read models and verify.
    Import(Import),
}

#[derive(Debug, Clone, Args)]
pub struct RotateKeys {
    /// What the secret is for.
    #[arg(value_enum)]
    pub purpose: Replaceable,
    #[command(flatten)]
    pub database: Database,
}

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// The folder of the SQLite file.
    #[arg(long, env = "PLENARY_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// A PostgreSQL database instead of the SQLite file: `postgres://user:password@host/name`.
    #[arg(long, env = "PLENARY_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl Database {
    /// The SQLite file.
    pub fn file(&self) -> PathBuf {
        self.data_dir.join("plenary.db")
    }
}

#[derive(Debug, Clone, Args)]
pub struct Rebuild {
    #[command(flatten)]
    pub database: Database,
    /// Where a test has the program fail.
    #[cfg(feature = "faults")]
    #[arg(long, value_delimiter = ';', hide = true)]
    pub faults: Vec<crate::faults::Fault>,
}

#[derive(Debug, Clone, Args)]
pub struct Outbox {
    #[command(flatten)]
    pub database: Database,
    /// List those that were given up: id, kind, tries.
    #[arg(long)]
    pub parked: bool,
    /// Have this one tried again.
    #[arg(long, value_name = "ID")]
    pub retry: Option<uuid::Uuid>,
}

#[derive(Debug, Clone, Args)]
pub struct Export {
    #[command(flatten)]
    pub database: Database,
    /// The file to write, which must not exist yet. The default is the standard output.
    #[arg(long)]
    pub to: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct Import {
    #[command(flatten)]
    pub database: Database,
    /// The file to read. The default is the standard input.
    #[arg(long)]
    pub from: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct Serve {
    #[command(flatten)]
    pub database: Database,
    /// The address to listen on.
    #[arg(long, env = "PLENARY_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Where the site is for the world. With `https`, cookies are sent over TLS alone. The default is the address
    /// listened on.
    #[arg(long, env = "PLENARY_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// How long a reservation is shown to be held, unless the organizer says otherwise: `15m`, `90s`.
    #[arg(long, env = "PLENARY_RESERVATION_SHOWN", default_value = "15m", value_parser = shown)]
    pub reservation_shown: Duration,
    /// How much longer it is held for a payment that is on its way.
    #[arg(long, env = "PLENARY_RESERVATION_BUFFER", default_value = "14m", value_parser = buffer)]
    pub reservation_buffer: Duration,
    /// How long seats are held for somebody on the wait list to whom they are offered, unless the organizer says
    /// otherwise.
    #[arg(long, env = "PLENARY_WAITLIST_OFFER", default_value = "24h", value_parser = duration)]
    pub waitlist_offer: Duration,
    /// Networks of proxies whose `X-Forwarded-For` is believed: `10.0.0.0/8,127.0.0.1`.
    #[arg(long, env = "PLENARY_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<TrustedProxy>,
    /// Who takes the money.
    #[arg(long, env = "PLENARY_PAYMENTS", value_enum, default_value_t = Payments::Simulated)]
    pub payments: Payments,
    /// The server that takes letters: `smtps://user:password@host`. Without one they are written to the folder `mail`
    /// beside the data, which the demo shows at `/dev/mail`.
    #[arg(long, env = "PLENARY_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Write letters and throw them away, for measurements: what a disk or a mail server makes of them is not measured.
    #[arg(long, hide = true, conflicts_with = "smtp_url")]
    pub discard_letters: bool,
    /// Who letters are from: `Tickets <tickets@example.org>`. The default is an address of the site.
    #[arg(long, env = "PLENARY_MAIL_FROM")]
    pub mail_from: Option<Mailbox>,
    /// Connections at once; beyond, whoever comes waits. Never more than the limit of open files allows.
    #[arg(long, env = "PLENARY_MAX_CONNECTIONS", default_value_t = Limits::DEFAULT.connections)]
    pub max_connections: usize,
    /// Requests being answered at once; beyond, the answer is 503 and when to come back.
    #[arg(long, env = "PLENARY_MAX_REQUESTS", default_value_t = Limits::DEFAULT.requests)]
    pub max_requests: usize,
    /// Live streams at once; beyond, the answer is 503 and when to come back.
    #[arg(long, env = "PLENARY_MAX_STREAMS", default_value_t = Limits::DEFAULT.streams)]
    pub max_streams: usize,
    /// Fill an empty database with three conferences, and say how to manage them.
    #[arg(long, env = "PLENARY_DEMO")]
    pub demo: bool,
    /// The folder that `cargo xtask` filled with what browsers load. The default is what is in the binary.
    #[arg(long, env = "PLENARY_ASSETS")]
    pub assets: Option<PathBuf>,
    /// Where a test has the program fail.
    #[cfg(feature = "faults")]
    #[arg(long, env = "PLENARY_FAULTS", value_delimiter = ';', hide = true)]
    pub faults: Vec<crate::faults::Fault>,
    /// The bug that a test has planted.
    #[cfg(feature = "faults")]
    #[arg(long, env = "PLENARY_BUG", hide = true)]
    pub bug: Option<crate::faults::Bug>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Payments {
    /// A page that asks whether to pretend that the payment went well. It takes no money.
    Simulated,
}

/// What to measure, and how thoroughly.
#[derive(Debug, Clone, Args)]
pub struct Bench {
    /// All of them when none is named.
    #[arg(value_enum)]
    pub scenarios: Vec<Scenario>,
    /// A short run: it shows that everything works, and little of how fast it is.
    #[arg(long)]
    pub quick: bool,
    /// Where databases are made and removed again; on the disk that is to be measured.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    pub folder: PathBuf,
    /// A PostgreSQL server that databases may be made on: `postgres://user@127.0.0.1/postgres`.
    #[arg(long)]
    pub postgres_url: Option<String>,
    /// A file for all figures.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// A file for the report in Markdown.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// Measure one scenario in this process, and write its figures as JSON to the standard output.
    #[arg(long, value_enum, hide = true)]
    pub alone: Option<DatabaseKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseKind {
    pub const fn kind(self) -> Kind {
        match self {
            Self::Sqlite => Kind::Sqlite,
            Self::Postgres => Kind::Postgres,
        }
    }
}

/// Reads `15m`, `90s`, `2h` or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().map_err(|_| "a duration like 15m, 90s or 2h is expected".to_owned())?;
    let seconds_each = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        unit => return Err(format!("{unit} is no unit of time; use s, m or h")),
    };
    count.checked_mul(seconds_each).map(Duration::from_secs).ok_or_else(|| "that is too long".to_owned())
}

fn shown(text: &str) -> Result<Duration, String> {
    within(duration(text)?, &SHOWN_S)
}

fn buffer(text: &str) -> Result<Duration, String> {
    within(duration(text)?, &BUFFER_S)
}

/// What organizers may not choose, the operator may not choose for them.
fn within(duration: Duration, range: &RangeInclusive<i64>) -> Result<Duration, String> {
    let is_within = i64::try_from(duration.as_secs()).is_ok_and(|seconds| range.contains(&seconds));
    let refusal = || format!("{} to {} seconds are expected", range.start(), range.end());
    if is_within { Ok(duration) } else { Err(refusal()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_clocks_of_reservations_have_their_ranges() {
        let serve = |flag: &str, value: &str| {
            Cli::try_parse_from(["plenary", "serve", flag, value]).map(drop).map_err(|error| error.kind())
        };
        for (flag, good, bad) in [
            ("--reservation-shown", ["1", "24h"], ["0s", "86401"]),
            ("--reservation-buffer", ["0", "24h"], ["1441m", "-1"]),
        ] {
            for value in good {
                assert_eq!(serve(flag, value), Ok(()), "{flag} {value}");
            }
            for value in bad {
                assert!(serve(flag, value).is_err(), "{flag} {value}");
            }
        }
    }

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        let cases = [
            ("15m", Some(900)),
            ("90s", Some(90)),
            ("2h", Some(7200)),
            ("7", Some(7)),
            ("1d", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
