//! One request and its answer: JSON both ways, a problem when it was refused.

use plenary_shared::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use super::json;
use crate::navigation;

/// How long an answer may take, in milliseconds, before the server counts as out of reach. Shorter, and slow
/// networks repeat what is on its way; longer, and a registrant stares at a dead line.
const ANSWER_WITHIN_MS: u32 = 15_000;

/// Why a request had no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The server answered, and refused.
    Refused(Box<Problem>),
    /// No answer came; what was asked may have happened.
    Unreachable,
    /// An answer came that this version of the page does not understand.
    Unreadable,
}

impl ApiError {
    /// Whether the server knows the organizer no more.
    pub fn is_session_over(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.status == 401)
    }
}

/// What makes a repeated command have the effect of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key(String);

impl Key {
    /// 128 random bits.
    pub fn random() -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(navigation::random_bytes())))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Sends one request.
///
/// # Errors
///
/// The server's refusal, that it cannot be reached, or that its answer cannot be read.
pub async fn send<Body: Serialize, Answer: DeserializeOwned>(
    method: Method,
    path: &str,
    body: Option<&Body>,
    key: Option<&Key>,
) -> Result<Answer, ApiError> {
    let body = body.map(serde_json::to_string).transpose().map_err(|_| ApiError::Unreadable)?;
    let (status, text) = exchange(method, path, body, key).await.map_err(|_| ApiError::Unreachable)?;
    if (200..300).contains(&status) {
        // An answer without content stands for `null`, which only `()` is read from.
        let text = if text.is_empty() { "null" } else { &text };
        return json::read(text).ok_or(ApiError::Unreadable);
    }
    match json::read::<Problem>(&text) {
        Some(problem) => Err(ApiError::Refused(Box::new(problem))),
        // Something between the browser and the server answered in its stead.
        None if status >= 500 => Err(ApiError::Unreachable),
        None => Err(ApiError::Unreadable),
    }
}

async fn exchange(
    method: Method,
    path: &str,
    body: Option<String>,
    key: Option<&Key>,
) -> Result<(u16, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    if body.is_some() {
        headers.set("content-type", "application/json")?;
    }
    if let Some(Key(key)) = key {
        headers.set("idempotency-key", key)?;
    }
    let init = RequestInit::new();
    init.set_method(method.name());
    init.set_headers(&headers);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_WITHIN_MS)));
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    let response = JsFuture::from(navigation::window().fetch_with_str_and_init(path, &init)).await?;
    let response: Response = response.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}
