//! Secrets that all processes of a database share: what cookies, callbacks and look-ups are keyed with.
//!
//! They are made when a database is first used and survive restarts. The newest signs and the two newest are
//! accepted, so that one can be replaced without turning anyone away.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
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

/// The secrets of this database.
#[derive(Clone)]
pub struct Secrets {
    /// The newest first, at least one of each.
    holder: Vec<Secret>,
    email: Secret,
    processor: Vec<Secret>,
    link: Vec<Secret>,
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
        let mut tx = db.begin().await?;
        for purpose in Purpose::ALL {
            let secret: Secret = entropy.bytes();
            // The first of each is dated zero, so that of two processes that start at once only one makes it.
            execute!(
                tx.conn(),
                "insert into secrets (name, value, created_at) values ($1, $2, 0) on conflict do nothing",
                purpose.name(),
                secret.as_slice(),
            )?;
        }
        let secrets = Self::read(tx.conn()).await?;
        tx.commit().await?;
        Ok(secrets)
    }

    /// Reads the secrets of a database that a serving process has set up.
    ///
    /// # Errors
    ///
    /// When the database fails or lacks one of them.
    pub async fn open_read_only(db: &Db) -> sqlx::Result<Self> {
        Self::read(db.read().await?.conn()).await
    }

    async fn read(conn: Conn<'_>) -> sqlx::Result<Self> {
        let rows =
            fetch_all!(conn, (String, Vec<u8>), "select name, value from secrets order by created_at desc",)?;
        let of = |purpose: Purpose| -> sqlx::Result<Vec<Secret>> {
            let named = rows.iter().filter(|(name, _)| name == purpose.name());
            named.map(|(_, value)| secret(value)).collect()
        };
        Ok(Self {
            holder: of(Purpose::Holder)?,
            // Hashes of addresses are stored, so the key of the first one is the key of all.
            email: of(Purpose::Email)?.pop().ok_or(sqlx::Error::RowNotFound)?,
            processor: of(Purpose::Processor)?,
            link: of(Purpose::Link)?,
        })
    }

    /// The newest first.
    fn of(&self, purpose: Purpose) -> &[Secret] {
        match purpose {
            Purpose::Holder => &self.holder,
            Purpose::Email => std::slice::from_ref(&self.email),
            Purpose::Processor => &self.processor,
            Purpose::Link => &self.link,
        }
    }

    /// The HMAC-SHA256 of `message`, keyed with the newest secret.
    pub fn sign(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        mac(&self.of(purpose)[0], message).finalize().into_bytes().into()
    }

    /// Whether `signature` was made of `message` with a secret that is still accepted. Takes the same time whatever
    /// is wrong with it.
    pub fn verify(&self, purpose: Purpose, message: &[u8], signature: &[u8]) -> bool {
        let accepted = self.of(purpose).iter().take(ACCEPTED);
        accepted.fold(false, |found, secret| found | mac(secret, message).verify_slice(signature).is_ok())
    }

    /// What `text` is looked up by, where the text itself must not be readable. Case and surrounding blanks do not
    /// count.
    pub fn keyed_hash(&self, text: &str) -> [u8; 16] {
        let hash = self.sign(Purpose::Email, text.trim().to_lowercase().as_bytes());
        std::array::from_fn(|index| hash[index])
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
