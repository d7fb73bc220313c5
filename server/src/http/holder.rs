//! The holder of orders: a browser, known by a signed cookie of constant size.
//!
//! The cookie proves nothing about a person. Orders record the id of their holders, from which the cookie cannot be
//! made.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use super::cookies::{self, Transport};
use super::secrets::{Purpose, Secrets};
use crate::clock::Entropy;
use crate::hex;

const COOKIE: &str = "plenary_holder";
const MAX_AGE_S: u64 = 365 * 24 * 60 * 60;

/// Whoever placed or found orders with this browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    token: [u8; 16],
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holder(…)")
    }
}

impl Holder {
    pub fn new(entropy: Entropy) -> Self {
        Self { token: entropy.bytes() }
    }

    /// The holder that a request proves to come from, if it does.
    pub fn from_headers(headers: &HeaderMap, secrets: &Secrets) -> Option<Self> {
        cookies::values(headers, COOKIE).find_map(|value| Self::from_cookie(value, secrets))
    }

    fn from_cookie(value: &str, secrets: &Secrets) -> Option<Self> {
        let (token, signature) = value.split_once('.')?;
        let token: [u8; 16] = unhex(token)?;
        let signature: [u8; 32] = unhex(signature)?;
        secrets.verify(Purpose::Holder, &token, &signature).then_some(Self { token })
    }

    /// What orders record: 32 hexadecimal digits.
    pub fn id(&self) -> String {
        hex::encode(&Sha256::digest(self.token)[..16])
    }

    /// The header that makes the browser prove it from now on, for a year.
    pub fn set_cookie(&self, secrets: &Secrets, transport: Transport) -> HeaderValue {
        let signature = secrets.sign(Purpose::Holder, &self.token);
        let value = format!("{}.{}", hex::encode(&self.token), hex::encode(&signature));
        cookies::set(COOKIE, &value, MAX_AGE_S, transport)
    }
}

/// Exactly `N` bytes from hexadecimal digits in lower case, the only form that we write.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;
    use crate::testing;

    fn presenting(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    fn sent_back(set_cookie: &HeaderValue) -> String {
        set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_holder_is_known_by_her_cookie() {
        let it = testing::sqlite().await;
        let secrets = Secrets::open(&it.db, Entropy).await.unwrap();
        let holder = Holder::new(Entropy);
        let cookie = sent_back(&holder.set_cookie(&secrets, Transport::Tls));
        assert_eq!(cookie.len(), "plenary_holder=".len() + 32 + 1 + 64);
        let planted = format!("plenary_holder=planted; {cookie}");
        assert_eq!(Holder::from_headers(&presenting(&planted), &secrets), Some(holder.clone()));
        assert_eq!(holder.id().len(), 32);
        assert!(!cookie.contains(&holder.id()));
    }

    #[tokio::test]
    async fn a_cookie_that_was_changed_proves_nothing() {
        let it = testing::sqlite().await;
        let secrets = Secrets::open(&it.db, Entropy).await.unwrap();
        let cookie = sent_back(&Holder::new(Entropy).set_cookie(&secrets, Transport::Plain));
        let (name, value) = cookie.split_once('=').unwrap();
        let (token, signature) = value.split_once('.').unwrap();
        let other = hex::encode(&Entropy.bytes::<16>());
        for bad in [
            String::new(),
            token.to_owned(),
            format!("{token}."),
            format!("{other}.{signature}"),
            format!("{token}.{}", &signature[2..]),
            format!("{token}.{}", signature.to_uppercase() + "0"),
        ] {
            assert_eq!(Holder::from_headers(&presenting(&format!("{name}={bad}")), &secrets), None, "{bad}");
        }
    }
}
