//! Commands over HTTP: their ids, and the position that their answers carry.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use plenary_shared::{ConferenceId, Problem};

use super::problem::ApiError;
use crate::messaging::{self, Command, CommandId, Mailbox, Position, Reply};

/// Carries the position of the log after a command; a read that sends it back sees at least that.
pub const POSITION: HeaderName = HeaderName::from_static("plenary-position");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest idempotency key, in characters.
const LONGEST_KEY: usize = 64;

/// The id that the client gave a command, if it gave one.
#[derive(Debug, Clone, Copy)]
pub struct Idempotency(pub Option<CommandId>);

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Some(key) = parts.headers.get(&IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        let key = key.to_str().ok().filter(|key| is_key(key)).ok_or_else(refuse)?.to_owned();
        let uri = OriginalUri::from_request_parts(parts, state).await;
        let path = uri.map(|uri| uri.path().to_owned()).unwrap_or_default();
        Ok(Self(Some(messaging::command_id(&format!("{} {path}", parts.method), &key))))
    }
}

fn is_key(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn refuse() -> ApiError {
    let title = "An idempotency key has 1 to 64 visible ASCII characters.";
    Problem::new("invalid-idempotency-key", 400, title).into()
}

impl Idempotency {
    /// Has `command` carried out, once if the client named it. `body` tells a repeat from another request.
    ///
    /// # Errors
    ///
    /// As for [`Mailbox::send`].
    pub async fn send(
        self,
        mailbox: &Mailbox,
        conference_id: ConferenceId,
        body: &[u8],
        command: impl Command + 'static,
    ) -> Result<Reply, ApiError> {
        Ok(match self.0 {
            Some(id) => mailbox.send_once(conference_id, (id, messaging::body_hash(body)), command).await?,
            None => mailbox.send(conference_id, command).await?,
        })
    }
}

/// The answer to a command: the status of its first answer, the log's position, and what it gave.
#[derive(Debug)]
pub struct Committed<T>(pub Reply, pub T);

impl<T: IntoResponse> IntoResponse for Committed<T> {
    fn into_response(self) -> Response {
        let Self(reply, body) = self;
        let mut response = body.into_response();
        *response.status_mut() = StatusCode::from_u16(reply.outcome.status).unwrap_or(StatusCode::OK);
        response.headers_mut().insert(POSITION, position_value(reply.position));
        response
    }
}

fn position_value(position: Position) -> HeaderValue {
    HeaderValue::from_str(&position.to_string()).expect("digits and a hyphen are a header's value")
}

/// The position that a read must have seen, if it names one.
pub fn position_of(headers: &HeaderMap) -> Option<Position> {
    headers.get(&POSITION)?.to_str().ok()?.parse().ok()
}
