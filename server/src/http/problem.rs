//! The one error of the HTTP edge, and the one place where a status is chosen for what broke.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_shared::{FieldError, Problem};

use crate::messaging::{self, SendError};

/// What problems are sent as.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// When to come back after an overload, in seconds.
const RETRY_AFTER_S: u32 = 1;

/// A request that is answered with a problem.
#[derive(Debug)]
pub enum ApiError {
    /// The request is at fault, or a rule forbids it.
    Problem(Box<Problem>),
    /// Too many requests of this kind; come back in so many seconds.
    SlowDown { retry_after_s: u32 },
    /// Too much is waiting.
    Overloaded,
    /// Something broke on our side.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    pub fn not_found(what: &str) -> Self {
        Problem::new("not-found", 404, format!("{what} could not be found.")).into()
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let title = "Some of the input is not valid.";
        Problem::new("invalid-input", 422, title).with_detail(sentences(&errors)).with_errors(errors).into()
    }

    /// The problem that the asker is told.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::SlowDown { .. } => {
                Problem::new("slow-down", 429, "Too many attempts. Please wait a while.")
            }
            Self::Overloaded => {
                Problem::new("overloaded", 503, "Too much is going on right now. Please try again.")
            }
            Self::Broken(error) => {
                tracing::error!(error = ?error, "a request failed: {error}");
                Problem::new("unavailable", 503, "Something went wrong on our side. Please try again.")
            }
        }
    }
}

fn sentences(errors: &[FieldError]) -> String {
    let sentences: Vec<_> =
        errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    sentences.join(" ")
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused(problem) => Self::Problem(problem),
            SendError::Overloaded => Self::Overloaded,
            SendError::Unavailable => Self::Broken("a command was not carried out".into()),
        }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<crate::eventstore::Error> for ApiError {
    fn from(error: crate::eventstore::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<messaging::Error> for ApiError {
    fn from(error: messaging::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let retry_after_s = match &self {
            Self::Problem(_) => None,
            Self::SlowDown { retry_after_s } => Some(*retry_after_s),
            Self::Overloaded | Self::Broken(_) => Some(RETRY_AFTER_S),
        };
        let problem = self.into_problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The answer to a request whose handler panicked. The panic itself was logged where it happened.
pub fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    let title = "Something went wrong on our side. Please try again.";
    let problem = Problem::new("internal", 500, title);
    ApiError::from(problem).into_response()
}
