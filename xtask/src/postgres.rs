//! A PostgreSQL of our own for one test run: in a temporary folder, on a free port, gone afterwards.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::system;

/// A cold machine needs a second or two; what takes longer than this never comes.
const START_LIMIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(100);

/// A running server; dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    server: Child,
}

/// Where PostgreSQL is installed, and as whom it runs.
#[derive(Debug)]
struct Programs {
    folder: PathBuf,
    /// User and group; PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Makes a database and starts it; installs PostgreSQL first where it is missing.
    pub fn start() -> Result<Self> {
        let programs = Programs::find_or_install()?;
        let folder = std::env::temp_dir().join(format!("plenary-postgres-{}", std::process::id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        match Self::start_in(programs, &folder) {
            Ok(postgres) => Ok(postgres),
            Err(failure) => {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                let _ = fs::remove_dir_all(&folder);
                Err(failure.context(format!("PostgreSQL does not start\n{log}")))
            }
        }
    }

    fn start_in(programs: Programs, folder: &Path) -> Result<Self> {
        if let Some((user, group)) = programs.user {
            chown(folder, Some(user), Some(group))?;
        }
        programs.initialise(folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = programs.serve(folder, port)?;
        let mut postgres = Self { programs, folder: folder.to_owned(), port, server };
        postgres.wait()?;
        Ok(postgres)
    }

    /// Where a test connects; it makes databases of its own there.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            let mut ready = self.programs.command("pg_isready");
            ready.args(["--quiet", "--host", "127.0.0.1", "--port", &self.port.to_string()]);
            if ready.status()?.success() {
                return Ok(());
            }
            if let Some(status) = self.server.try_wait()? {
                bail!("it ended ({status}):\n{}", fs::read_to_string(self.folder.join("log"))?);
            }
            ensure!(started.elapsed() < START_LIMIT, "no answer within {START_LIMIT:?}");
            sleep(POLL);
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nobody needs the data any more, so there is nothing to flush.
        let mut stop = self.programs.command("pg_ctl");
        stop.args(["stop", "--silent", "--mode", "immediate", "--pgdata"]).arg(self.folder.join("data"));
        let stopped = stop.status().is_ok_and(|status| status.success());
        if !stopped {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Programs {
    fn find_or_install() -> Result<Self> {
        let folder = if let Some(folder) = find_folder() {
            folder
        } else {
            system::install_debian_package("postgresql")?;
            find_folder()
                .context("postgresql is installed, but there is no initdb in /usr/lib/postgresql/*/bin")?
        };
        let user = if system::is_root() { Some(ids_of_postgres()?) } else { None };
        Ok(Self { folder, user })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        // Root's own folder is closed to the user that this runs as.
        command.current_dir("/");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn initialise(&self, folder: &Path) -> Result<()> {
        let mut command = self.command("initdb");
        command
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--pgdata",
            ])
            .arg(folder.join("data"))
            .stdout(Stdio::null());
        system::run(&mut command)
    }

    fn serve(&self, folder: &Path, port: u16) -> Result<Child> {
        let log = File::create(folder.join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(folder.join("data"));
        for setting in [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            "max_connections=200".to_owned(),
        ] {
            command.args(["-c", &setting]);
        }
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot run postgres")
    }
}

/// The search path first, then where Debian puts what belongs to one major version, the newest first.
fn find_folder() -> Option<PathBuf> {
    let on_path = system::find_program(&["initdb"]).and_then(|program| Some(program.parent()?.to_owned()));
    let of_config = || system::answer("pg_config", &["--bindir"]).map(PathBuf::from);
    let of_debian = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let numbered = versions.flatten().filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        });
        numbered.filter(|(_, folder)| is_complete(folder)).max().map(|(_, folder)| folder)
    };
    on_path
        .filter(|folder| is_complete(folder))
        .or_else(|| of_config().filter(|folder| is_complete(folder)))
        .or_else(of_debian)
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "pg_isready"].iter().all(|program| folder.join(program).is_file())
}

fn ids_of_postgres() -> Result<(u32, u32)> {
    let id = |option: &str| -> Option<u32> { system::answer("id", &[option, "postgres"])?.parse().ok() };
    id("-u").zip(id("-g")).context(
        "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as; make one with\n\n    \
         useradd --system postgres\n",
    )
}
