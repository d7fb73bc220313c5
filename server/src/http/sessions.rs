//! Sessions of organizers: a token that opens a set of conferences.
//!
//! The database holds only a hash of the token, so that reading it opens nothing.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use lru::LruCache;
use plenary_shared::{ConferenceId, Problem};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cookies::{self, Transport};
use super::holder::unhex;
use super::problem::ApiError;
use crate::clock::{Clock, Entropy};
use crate::db::Db;
use crate::messaging::{self, hex};
use crate::{execute, fetch_all};

const COOKIE: &str = "plenary_session";
/// How long a conference stays in a session after it was located or created.
const LIFETIME: Duration = Duration::from_hours(30 * 24);
/// Slugs whose conference is remembered.
const REMEMBERED_SLUGS: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// The right to manage a set of conferences, as its bearer has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// The token that a request presents, valid or not. What a script sends by hand goes before cookies.
    fn from_headers(headers: &HeaderMap) -> Option<Self> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
            return scheme.eq_ignore_ascii_case("bearer").then(|| unhex(token.trim()).map(Self))?;
        }
        cookies::values(headers, COOKIE).find_map(|value| unhex(value).map(Self))
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The form that scripts send: 64 hexadecimal digits.
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }

    /// The header that makes the browser present it.
    pub fn set_cookie(&self, transport: Transport) -> HeaderValue {
        cookies::set(COOKIE, &self.reveal(), LIFETIME.as_secs(), transport)
    }
}

/// The header that makes the browser forget its token.
pub fn forget_cookie(transport: Transport) -> HeaderValue {
    cookies::set(COOKIE, "", 0, transport)
}

/// All sessions of this database.
#[derive(Debug, Clone)]
pub struct Sessions {
    db: Db,
    clock: Clock,
    entropy: Entropy,
    /// Which conference a slug leads to never changes.
    slugs: Arc<Mutex<LruCache<String, ConferenceId>>>,
}

impl Sessions {
    pub fn new(db: Db, clock: Clock, entropy: Entropy) -> Self {
        let slugs = Arc::new(Mutex::new(LruCache::new(REMEMBERED_SLUGS)));
        Self { db, clock, entropy, slugs }
    }

    /// The conference with this slug, if the request has a session that it is in.
    ///
    /// # Errors
    ///
    /// 401 without a session, 404 when the conference is not in it or does not exist.
    pub async fn authorize(&self, headers: &HeaderMap, slug: &str) -> Result<ConferenceId, ApiError> {
        let open = match Token::from_headers(headers) {
            Some(token) => self.conferences(&token).await?,
            None => Vec::new(),
        };
        if open.is_empty() {
            return Err(not_signed_in());
        }
        let conference = self.find(slug).await?;
        conference.filter(|id| open.contains(id)).ok_or_else(|| ApiError::not_found("The conference"))
    }

    /// The conferences that a token opens; none when it is unknown or too old.
    async fn conferences(&self, token: &Token) -> sqlx::Result<Vec<ConferenceId>> {
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (Uuid,),
            "select conference_id from sessions where token_hash = $1 and expires_at > $2",
            token.hash().as_slice(),
            self.clock.now().as_micros(),
        )?;
        Ok(rows.into_iter().map(|(id,)| ConferenceId(id)).collect())
    }

    async fn find(&self, slug: &str) -> sqlx::Result<Option<ConferenceId>> {
        let key = slug.to_lowercase();
        if let Some(known) = self.slugs.lock().expect("no holder of this lock panics").get(&key) {
            return Ok(Some(*known));
        }
        let mut reader = self.db.read().await?;
        let found = messaging::owner_of(reader.conn(), "slug", key.as_bytes()).await?;
        if let Some(id) = found {
            self.slugs.lock().expect("no holder of this lock panics").put(key, id);
        }
        Ok(found)
    }

    /// Adds a conference to the session that the request presents, or to a new one.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn add(&self, headers: &HeaderMap, conference: ConferenceId) -> Result<Token, ApiError> {
        let presented = match Token::from_headers(headers) {
            Some(token) if !self.conferences(&token).await?.is_empty() => Some(token),
            _ => None,
        };
        let token = presented.unwrap_or_else(|| Token(self.entropy.bytes()));
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        execute!(tx.conn(), "delete from sessions where expires_at <= $1", now.as_micros())?;
        execute!(
            tx.conn(),
            "insert into sessions (token_hash, conference_id, expires_at) values ($1, $2, $3)
             on conflict (token_hash, conference_id) do update set expires_at = excluded.expires_at",
            token.hash().as_slice(),
            conference.0,
            (now + LIFETIME).as_micros(),
        )?;
        tx.commit().await?;
        Ok(token)
    }

    /// Ends the session that the request presents.
    ///
    /// # Errors
    ///
    /// 401 without a session.
    pub async fn end(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let token = Token::from_headers(headers).ok_or_else(not_signed_in)?;
        let mut tx = self.db.begin().await?;
        let ended =
            execute!(tx.conn(), "delete from sessions where token_hash = $1", token.hash().as_slice())?;
        tx.commit().await?;
        if ended == 0 { Err(not_signed_in()) } else { Ok(()) }
    }
}

fn not_signed_in() -> ApiError {
    let detail = "Locate your conference with its owner's e-mail address and its access code.";
    Problem::new("not-signed-in", 401, "You are not signed in.").with_detail(detail).into()
}

/// The conference in the path, proven to be in the asker's session. Comes before the body, so that a stranger learns
/// nothing from how a body is refused.
#[derive(Debug, Clone, Copy)]
pub struct Organizer(pub ConferenceId);

impl<S> FromRequestParts<S> for Organizer
where
    S: Send + Sync,
    Sessions: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = RawPathParams::from_request_parts(parts, state).await.ok();
        let slug = path.iter().flatten().find(|(name, _)| *name == "slug").map_or("", |(_, slug)| slug);
        Sessions::from_ref(state).authorize(&parts.headers, slug).await.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const FIRST: ConferenceId = ConferenceId(Uuid::from_u128(1));
    const SECOND: ConferenceId = ConferenceId(Uuid::from_u128(2));
    fn nothing() -> HeaderMap {
        HeaderMap::new()
    }

    async fn know(db: &Db, slug: &str, conference: ConferenceId) {
        let mut tx = db.begin().await.unwrap();
        let inserted = execute!(
            tx.conn(),
            "insert into directory (kind, entry, conference_id) values ('slug', $1, $2)",
            slug.as_bytes(),
            conference.0,
        );
        inserted.unwrap();
        tx.commit().await.unwrap();
    }

    fn bearing(token: &Token) -> HeaderMap {
        let value = format!("Bearer {}", token.reveal()).parse().unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    fn with_cookie(token: &Token) -> HeaderMap {
        let value = token.set_cookie(Transport::Plain);
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    async fn status(sessions: &Sessions, headers: &HeaderMap, slug: &str) -> u16 {
        match sessions.authorize(headers, slug).await {
            Ok(_) => 200,
            Err(error) => error.into_problem().status,
        }
    }

    #[tokio::test]
    async fn a_session_opens_the_conferences_that_were_added_to_it() {
        for it in testing::databases().await {
            let sessions = Sessions::new(it.db.clone(), testing::clock().0, Entropy);
            know(&it.db, "first", FIRST).await;
            know(&it.db, "second", SECOND).await;
            assert_eq!(status(&sessions, &nothing(), "first").await, 401);
            let token = sessions.add(&nothing(), FIRST).await.unwrap();
            for headers in [bearing(&token), with_cookie(&token)] {
                assert_eq!(sessions.authorize(&headers, "FIRST").await.unwrap(), FIRST);
                assert_eq!(status(&sessions, &headers, "second").await, 404);
                assert_eq!(status(&sessions, &headers, "third").await, 404);
            }
            assert_eq!(sessions.add(&with_cookie(&token), SECOND).await.unwrap(), token);
            assert_eq!(sessions.authorize(&bearing(&token), "second").await.unwrap(), SECOND);
            assert_ne!(sessions.add(&nothing(), SECOND).await.unwrap(), token);
        }
    }

    #[tokio::test]
    async fn a_session_ends_when_it_is_told_to_or_after_thirty_days() {
        for it in testing::databases().await {
            let (clock, hand) = testing::clock();
            let sessions = Sessions::new(it.db.clone(), clock, Entropy);
            know(&it.db, "first", FIRST).await;
            let ended = sessions.add(&nothing(), FIRST).await.unwrap();
            sessions.end(&bearing(&ended)).await.unwrap();
            assert_eq!(status(&sessions, &bearing(&ended), "first").await, 401);
            assert!(sessions.end(&bearing(&ended)).await.is_err());

            let old = sessions.add(&nothing(), FIRST).await.unwrap();
            hand.advance(Duration::from_hours(29 * 24));
            assert_eq!(status(&sessions, &bearing(&old), "first").await, 200);
            hand.advance(Duration::from_hours(24));
            assert_eq!(status(&sessions, &bearing(&old), "first").await, 401);
            assert_ne!(sessions.add(&bearing(&old), FIRST).await.unwrap(), old);
        }
    }

    #[tokio::test]
    async fn a_token_that_nobody_was_given_opens_nothing() {
        let it = testing::sqlite().await;
        let sessions = Sessions::new(it.db.clone(), testing::clock().0, Entropy);
        know(&it.db, "first", FIRST).await;
        let made_up = Token(Entropy.bytes());
        assert_eq!(status(&sessions, &bearing(&made_up), "first").await, 401);
        assert_ne!(sessions.add(&with_cookie(&made_up), FIRST).await.unwrap(), made_up);
        let basic = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Basic x"))]);
        assert_eq!(status(&sessions, &basic, "first").await, 401);
    }
}
