//! Where letters are taken: to a mail server, or into a folder where nobody has set one up.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;

use crate::messaging::outbox::Undelivered;

/// How long one letter may take. Four of them must be done within the lease of the outbox.
const PATIENCE: Duration = Duration::from_secs(15);
/// The ending of a letter's file.
const ENDING: &str = "eml";

/// A letter in its envelope.
#[derive(Debug, Clone)]
pub struct Enveloped {
    /// The same at every try: the mark by which receivers know a repeat.
    pub message_id: String,
    pub message: Message,
}

/// Takes letters to where they go.
#[async_trait]
pub trait Post: fmt::Debug + Send + Sync {
    /// Takes one letter. It may be given the same one again.
    ///
    /// # Errors
    ///
    /// Why it could not be taken, without anybody's address.
    async fn take(&self, letter: &Enveloped) -> Result<(), Undelivered>;

    /// Has every letter that is still here and is about `subject` destroyed.
    ///
    /// # Errors
    ///
    /// Why it could not be done.
    async fn destroy(&self, subject: Uuid) -> Result<(), Undelivered>;
}

/// What a letter about `subject` is known by, whatever becomes of it: the left side of its Message-ID.
pub fn name_of(outbox_id: Uuid, subject: Uuid) -> String {
    format!("{outbox_id}.{subject}")
}

/// A mail server.
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp(…)")
    }
}

impl Smtp {
    /// The server at `smtps://user:password@host`, or `smtp://host:25` without encryption.
    ///
    /// # Errors
    ///
    /// When that is no such address.
    pub fn at(url: &str) -> Result<Self, smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        // A connection that nobody uses any more is one that the server will have closed.
        let pool = PoolConfig::new().max_size(4).min_idle(0).idle_timeout(Duration::from_secs(20));
        Ok(Self(transport.timeout(Some(PATIENCE)).pool_config(pool).build()))
    }
}

#[async_trait]
impl Post for Smtp {
    async fn take(&self, letter: &Enveloped) -> Result<(), Undelivered> {
        let sent = tokio::time::timeout(PATIENCE, self.0.send(letter.message.clone())).await;
        let sent =
            sent.map_err(|_| Undelivered::Later("the mail server did not answer in time".to_owned()))?;
        sent.map(drop).map_err(|error| why(&error))
    }

    async fn destroy(&self, _: Uuid) -> Result<(), Undelivered> {
        // What has left is with its addressee.
        Ok(())
    }
}

/// The reason without the server's words, in which addresses are repeated.
fn why(error: &smtp::Error) -> Undelivered {
    if let Some(code) = error.status() {
        let refused = format!("the mail server answered {code}");
        return if error.is_permanent() { Undelivered::Never(refused) } else { Undelivered::Later(refused) };
    }
    let what = if error.is_timeout() {
        "the mail server did not answer in time"
    } else if error.is_tls() {
        "no encrypted connection to the mail server could be made"
    } else {
        "the mail server could not be reached, or broke off"
    };
    Undelivered::Later(what.to_owned())
}

/// Takes letters and keeps nothing of them, where nobody is to read any: in measurements.
#[derive(Debug, Clone, Copy)]
pub struct Discard;

#[async_trait]
impl Post for Discard {
    async fn take(&self, _: &Enveloped) -> Result<(), Undelivered> {
        Ok(())
    }

    async fn destroy(&self, _: Uuid) -> Result<(), Undelivered> {
        Ok(())
    }
}

/// A folder with a file for each letter.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The names of the letters, the newest first.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub async fn names(&self) -> std::io::Result<Vec<String>> {
        let mut entries = match tokio::fs::read_dir(&self.0).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|_| path.extension().is_some_and(|ending| ending == ENDING)) {
                names.push(name.to_owned());
            }
        }
        // The names begin with ids that sort by time.
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(names)
    }

    /// One letter as it would have been sent, if there is such a one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub async fn read(&self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        if !self.names().await?.iter().any(|known| known == name) {
            return Ok(None);
        }
        tokio::fs::read(self.file(name)).await.map(Some)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{ENDING}"))
    }

    /// Whoever reads the folder sees whole letters alone, and a repeat takes the place of the first.
    async fn write(&self, name: &str, bytes: Vec<u8>) -> std::io::Result<()> {
        let (unfinished, file) = (self.0.join(format!("{name}.part")), self.file(name));
        let folder = self.0.clone();
        // On a thread that may wait, once for all of it.
        let written = tokio::task::spawn_blocking(move || {
            if let Err(error) = std::fs::write(&unfinished, &bytes) {
                if error.kind() != std::io::ErrorKind::NotFound {
                    return Err(error);
                }
                std::fs::create_dir_all(&folder)?;
                std::fs::write(&unfinished, &bytes)?;
            }
            std::fs::rename(&unfinished, &file)
        });
        written.await.map_err(std::io::Error::other)?
    }

    async fn remove(&self, subject: Uuid) -> std::io::Result<()> {
        let about = format!(".{subject}");
        for name in self.names().await?.iter().filter(|name| name.ends_with(&about)) {
            tokio::fs::remove_file(self.file(name)).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Post for Folder {
    async fn take(&self, letter: &Enveloped) -> Result<(), Undelivered> {
        let written = self.write(&letter.message_id, letter.message.formatted()).await;
        written
            .map_err(|error| Undelivered::Later(format!("the letter could not be written: {}", error.kind())))
    }

    async fn destroy(&self, subject: Uuid) -> Result<(), Undelivered> {
        let removed = self.remove(subject).await;
        removed.map_err(|error| Undelivered::Later(format!("letters could not be deleted: {}", error.kind())))
    }
}
