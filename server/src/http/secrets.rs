//! Secrets that all processes of a database share: what cookies, callbacks and look-ups are keyed with.
//!
//! They are made when a database is first used and survive restarts. The newest signs and the two newest are
//! accepted, so that one can be replaced without turning anyone away.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use plenary_shared::Timestamp;
use sha2::Sha256;

use crate::clock::Entropy;
use crate::db::{Conn, Db};
use crate::{execute, fetch_all};

/// How many secrets of a purpose are accepted.
const ACCEPTED: usize = 2;

/// What a secret is for. No secret serves two purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signs the holder's cookie.
    Holder,
    /// Hashes what is looked up without being stored in the clear: e-mail addresses, guessers.
    Email,
    /// Signs the callbacks of the payment processor.
    Processor,
    /// Signs the links in letters, which prove to be their addressee.
    Link,
}

/// What the operator can make a new secret for. Hashes of addresses are stored, so that their secret stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Replaceable {
    /// Signs the callbacks of the payment processor.
    Processor,
    /// Signs the cookies that prove who placed an order.
    Holder,
    /// Signs the links in letters.
    Link,
}

impl Replaceable {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Processor => Purpose::Processor,
            Self::Holder => Purpose::Holder,
            Self::Link => Purpose::Link,
        }
    }
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Holder, Self::Email, Self::Processor, Self::Link];

    const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Email => "email",
            Self::Processor => "processor",
            Self::Link => "link",
        }
    }
}

type Secret = [u8; 32];

/// How long a new secret is known before it signs: longer than any process of this database takes to read it anew.
const LEAD: Duration = Duration::from_mins(1);
/// How often a serving process reads its secrets anew.
pub const REFRESH: Duration = Duration::from_secs(10);

/// The secrets of this database. All clones share what was read last.
#[derive(Clone)]
pub struct Secrets(Arc<RwLock<Keys>>);

#[derive(Debug, Clone)]
struct Keys {
    holder: Ring,
    email: Secret,
    processor: Ring,
    link: Ring,
}

/// The secrets of one purpose.
#[derive(Debug, Clone)]
struct Ring {
    signing: Secret,
    accepted: Vec<Secret>,
}

impl Ring {
    /// Of secrets that are the newest first, each with the instant from which it signs. What is to sign later is
    /// accepted already, for another process may be ahead of this one.
    fn new(secrets: &[(Secret, i64)], now_us: i64) -> sqlx::Result<Self> {
        let first = secrets.iter().position(|(_, from)| *from <= now_us).ok_or(sqlx::Error::RowNotFound)?;
        let accepted = secrets.iter().take(first + ACCEPTED).map(|(secret, _)| *secret).collect();
        Ok(Self { signing: secrets[first].0, accepted })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Reads the secrets, after making those that are missing.
    ///
    /// # Errors
    ///
    /// When the database fails or holds something that is no secret.
    pub async fn open(db: &Db, entropy: Entropy) -> sqlx::Result<Self> {
        let mut conn = db.connect().await?;
        for purpose in Purpose::ALL {
            let secret: Secret = entropy.bytes();
            // The first of each is dated zero, so that of two processes that start at once only one makes it.
            execute!(
                conn.conn(),
                "insert into secrets (name, value, created_at) values ($1, $2, 0) on conflict do nothing",
                purpose.name(),
                secret.as_slice(),
            )?;
        }
        let keys = read(conn.conn(), i64::MAX).await?;
        conn.close().await?;
        Ok(Self(Arc::new(RwLock::new(keys))))
    }

    /// Reads the secrets of a database that a serving process has set up.
    ///
    /// # Errors
    ///
    /// When the database fails or lacks one of them.
    pub async fn open_read_only(db: &Db) -> sqlx::Result<Self> {
        Self::read(db.read().await?.conn()).await
    }

    /// As [`open_read_only`](Self::open_read_only), as a transaction sees them.
    ///
    /// # Errors
    ///
    /// When the database fails or lacks one of them.
    pub async fn read(conn: Conn<'_>) -> sqlx::Result<Self> {
        Ok(Self(Arc::new(RwLock::new(read(conn, i64::MAX).await?))))
    }

    /// Reads the secrets anew: those that were replaced since, and those whose time to sign has come.
    ///
    /// # Errors
    ///
    /// When the database fails or lacks one of them; what was read before counts on.
    pub async fn refresh(&self, db: &Db, now: Timestamp) -> sqlx::Result<()> {
        let keys = read(db.read().await?.conn(), now.as_micros()).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Makes a new secret. It signs from the instant given back; every process accepts it by then, and the one that
    /// signed before is accepted until the next replacement.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn replace(
        db: &Db,
        purpose: Replaceable,
        entropy: Entropy,
        now: Timestamp,
    ) -> sqlx::Result<Timestamp> {
        let (secret, from): (Secret, _) = (entropy.bytes(), now + LEAD);
        let mut tx = db.begin().await?;
        execute!(
            tx.conn(),
            "insert into secrets (name, value, created_at) values ($1, $2, $3)",
            purpose.purpose().name(),
            secret.as_slice(),
            from.as_micros(),
        )?;
        tx.commit().await?;
        Ok(from)
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The HMAC-SHA256 of `message`, keyed with the secret that signs now.
    pub fn sign(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        mac(self.keys().signing(purpose), message).finalize().into_bytes().into()
    }

    /// Whether `signature` was made of `message` with a secret that is still accepted. Takes the same time whatever
    /// is wrong with it.
    pub fn verify(&self, purpose: Purpose, message: &[u8], signature: &[u8]) -> bool {
        let keys = self.keys();
        let accepted = keys.accepted(purpose).iter();
        accepted.fold(false, |found, secret| found | mac(secret, message).verify_slice(signature).is_ok())
    }

    /// What `text` is looked up by, where the text itself must not be readable. Case and surrounding blanks do not
    /// count.
    pub fn keyed_hash(&self, text: &str) -> [u8; 16] {
        let hash = self.sign(Purpose::Email, text.trim().to_lowercase().as_bytes());
        std::array::from_fn(|index| hash[index])
    }
}

async fn read(conn: Conn<'_>, now_us: i64) -> sqlx::Result<Keys> {
    let rows = fetch_all!(
        conn,
        (String, Vec<u8>, i64),
        "select name, value, created_at from secrets order by created_at desc",
    )?;
    if rows.is_empty() {
        let reason = "the database has no secrets: nothing was ever served from it or imported into it";
        return Err(sqlx::Error::Protocol(reason.to_owned()));
    }
    let of = |purpose: Purpose| -> sqlx::Result<Vec<(Secret, i64)>> {
        let named = rows.iter().filter(|(name, _, _)| name == purpose.name());
        named.map(|(_, value, from)| Ok((secret(value)?, *from))).collect()
    };
    Ok(Keys {
        holder: Ring::new(&of(Purpose::Holder)?, now_us)?,
        // Hashes of addresses are stored, so the key of the first one is the key of all.
        email: of(Purpose::Email)?.pop().ok_or(sqlx::Error::RowNotFound)?.0,
        processor: Ring::new(&of(Purpose::Processor)?, now_us)?,
        link: Ring::new(&of(Purpose::Link)?, now_us)?,
    })
}

impl Keys {
    const fn signing(&self, purpose: Purpose) -> &Secret {
        match purpose {
            Purpose::Holder => &self.holder.signing,
            Purpose::Email => &self.email,
            Purpose::Processor => &self.processor.signing,
            Purpose::Link => &self.link.signing,
        }
    }

    fn accepted(&self, purpose: Purpose) -> &[Secret] {
        match purpose {
            Purpose::Holder => &self.holder.accepted,
            Purpose::Email => std::slice::from_ref(&self.email),
            Purpose::Processor => &self.processor.accepted,
            Purpose::Link => &self.link.accepted,
        }
    }
}

fn mac(secret: &Secret, message: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    mac.chain_update(message)
}

fn secret(value: &[u8]) -> sqlx::Result<Secret> {
    value.try_into().map_err(|_| sqlx::Error::Decode("a secret has 32 bytes".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    async fn replace(db: &Db, purpose: Purpose, created_at: i64) {
        let secret: Secret = Entropy.bytes();
        let mut tx = db.begin().await.unwrap();
        let inserted = execute!(
            tx.conn(),
            "insert into secrets (name, value, created_at) values ($1, $2, $3)",
            purpose.name(),
            secret.as_slice(),
            created_at,
        );
        inserted.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn secrets_survive_a_restart() {
        for it in testing::databases().await {
            let before = Secrets::open(&it.db, Entropy).await.unwrap();
            let after = Secrets::open(&it.db, Entropy).await.unwrap();
            let signature = before.sign(Purpose::Holder, b"message");
            assert!(after.verify(Purpose::Holder, b"message", &signature));
            assert_eq!(before.keyed_hash("ada@example.org"), after.keyed_hash("ada@example.org"));
        }
    }

    #[tokio::test]
    async fn the_newest_signs_and_the_two_newest_are_accepted() {
        for it in testing::databases().await {
            let first = Secrets::open(&it.db, Entropy).await.unwrap();
            let old = first.sign(Purpose::Processor, b"message");
            replace(&it.db, Purpose::Processor, 1).await;
            let second = Secrets::open(&it.db, Entropy).await.unwrap();
            assert_ne!(second.sign(Purpose::Processor, b"message"), old);
            assert!(second.verify(Purpose::Processor, b"message", &old));
            replace(&it.db, Purpose::Processor, 2).await;
            let third = Secrets::open(&it.db, Entropy).await.unwrap();
            assert!(!third.verify(Purpose::Processor, b"message", &old));
        }
    }

    #[tokio::test]
    async fn a_new_secret_is_accepted_before_it_signs_so_that_no_process_is_ahead_of_another() {
        const PURPOSE: Purpose = Purpose::Processor;
        for it in testing::databases().await {
            let now = Timestamp::from_millis(1_000_000);
            let (ahead, behind) = (
                Secrets::open(&it.db, Entropy).await.unwrap(),
                Secrets::open(&it.db, Entropy).await.unwrap(),
            );
            let first = ahead.sign(PURPOSE, b"message");
            let from = Secrets::replace(&it.db, Replaceable::Processor, Entropy, now).await.unwrap();
            behind.refresh(&it.db, now).await.unwrap();
            assert_eq!(behind.sign(PURPOSE, b"message"), first);
            ahead.refresh(&it.db, from).await.unwrap();
            let second = ahead.sign(PURPOSE, b"message");
            assert_ne!(second, first);
            for secrets in [&ahead, &behind] {
                assert!([first, second].iter().all(|it| secrets.verify(PURPOSE, b"message", it)));
            }
            // The next replacement retires the first.
            let from = Secrets::replace(&it.db, Replaceable::Processor, Entropy, from).await.unwrap();
            ahead.refresh(&it.db, from).await.unwrap();
            assert!(!ahead.verify(PURPOSE, b"message", &first));
            assert!(ahead.verify(PURPOSE, b"message", &second));
            // What is for holders stays as it was.
            let holder = behind.sign(Purpose::Holder, b"message");
            assert!(ahead.verify(Purpose::Holder, b"message", &holder));
        }
    }

    #[tokio::test]
    async fn what_was_stored_by_a_keyed_hash_is_found_after_a_replacement() {
        for it in testing::databases().await {
            let before = Secrets::open(&it.db, Entropy).await.unwrap();
            replace(&it.db, Purpose::Email, 1).await;
            let after = Secrets::open(&it.db, Entropy).await.unwrap();
            assert_eq!(before.keyed_hash("ada@example.org"), after.keyed_hash(" ADA@example.org "));
        }
    }

    #[tokio::test]
    async fn a_signature_is_good_for_one_message_and_one_purpose() {
        let it = testing::sqlite().await;
        let secrets = Secrets::open(&it.db, Entropy).await.unwrap();
        let signature = secrets.sign(Purpose::Holder, b"message");
        assert!(!secrets.verify(Purpose::Holder, b"another", &signature));
        assert!(!secrets.verify(Purpose::Processor, b"message", &signature));
        assert!(!secrets.verify(Purpose::Holder, b"message", &signature[..31]));
        assert!(!secrets.verify(Purpose::Holder, b"message", b""));
    }
}
