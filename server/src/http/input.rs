//! What comes in: bodies, queries and path segments. Whatever is wrong with them is a problem that names it.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use plenary_shared::{FieldError, Problem};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::problem::ApiError;

/// The longest body of a command. The largest that makes sense is a conference's description.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A JSON body, and its bytes for telling a repeat from another request.
#[derive(Debug)]
pub struct JsonBody<T> {
    pub value: T,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let title = "The body must be JSON.";
            let detail = "Send it with Content-Type: application/json.";
            return Err(Problem::new("unsupported-media-type", 415, title).with_detail(detail).into());
        }
        let bytes = read_body(request, state).await?;
        let value = parse(&bytes)?;
        Ok(Self { value, bytes })
    }
}

/// As [`JsonBody`], for commands whose fields are all optional: no body counts as `{}`.
#[derive(Debug)]
pub struct OptionalJsonBody<T> {
    pub value: T,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let json = is_json(request.headers());
        let bytes = read_body(request, state).await?;
        if !json && !bytes.is_empty() {
            let title = "The body must be JSON.";
            return Err(Problem::new("unsupported-media-type", 415, title).into());
        }
        let value = parse(if bytes.is_empty() { b"{}" } else { &bytes })?;
        Ok(Self { value, bytes })
    }
}

/// Reads the whole body, as far as the limit.
///
/// # Errors
///
/// When it is too large or ends early.
pub async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let read = Bytes::from_request(request, state).await;
    // Copied: else the connection's buffer, which they lie in, would be held until the request is answered.
    read.map(|bytes| Bytes::copy_from_slice(&bytes)).map_err(|rejection| {
        use axum::response::IntoResponse;
        match rejection.into_response().status().as_u16() {
            413 => Problem::new("too-large", 413, "The body is too large.")
                .with_detail(format!("At most {BODY_LIMIT} bytes are read."))
                .into(),
            _ => Problem::new("malformed", 400, "The body could not be read.").into(),
        }
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// A JSON text as what it should be.
///
/// # Errors
///
/// A problem that names the place or the field that is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        ApiError::from(
            Problem::new("malformed", 400, "The body is not valid JSON.").with_detail("It is no UTF-8."),
        )
    })?;
    // A list would do for the fields of an object in their order.
    if !text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(ApiError::invalid(vec![FieldError::new("body", "type", "An object is expected.")]));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // A text that is no JSON at all is that first, whatever its beginning says.
        match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => refuse(&error),
            Err(error) => malformed(&error),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let place = format!("Line {}, column {}.", error.line(), error.column());
    Problem::new("malformed", 400, "The body is not valid JSON.").with_detail(place).into()
}

/// The text is JSON; the place in it that was read last is the one that is wrong.
fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let text = error.inner().to_string();
    // What follows is the place in the text, which the field's path says better.
    let rule = text.rsplit_once(" at line ").map_or(text.as_str(), |(rule, _)| rule);
    ApiError::invalid(vec![FieldError::new(
        field_of(&error.path().to_string(), rule),
        "type",
        sentence(rule),
    )])
}

/// A field that is missing or unknown is named by the message, not by the path to what it should be in.
fn field_of(path: &str, rule: &str) -> String {
    let named = ["missing field `", "unknown field `"].iter().find_map(|start| rule.strip_prefix(start));
    let named = named.and_then(|rest| rest.split('`').next());
    match (path, named) {
        ("." | "", None) => "body".to_owned(),
        ("." | "", Some(name)) => name.to_owned(),
        (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    }
}

fn sentence(rule: &str) -> String {
    let mut chars = rule.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// A path segment that is an id. What is no id names nothing, so it cannot be found.
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<T, S> FromRequestParts<S> for PathId<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| ApiError::not_found("This"))
    }
}

/// The query string.
#[derive(Debug)]
pub struct QueryInput<T>(pub T);

impl<T, S> FromRequestParts<S> for QueryInput<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    // PostgreSQL has no place for it in a text, and no text that people type has it.
    if let Some((name, _)) = pairs.clone().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
        let field = if name.contains('\0') { "query".into() } else { name };
        return Err(ApiError::invalid(vec![FieldError::new(field, "control_characters", "It holds a NUL.")]));
    }
    let pairs = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let rule = error.inner().to_string();
        let path = error.path().to_string();
        let field = if path == "." { "query".to_owned() } else { field_of(&path, &rule) };
        ApiError::invalid(vec![FieldError::new(field, "type", sentence(&rule))])
    })
}

#[cfg(test)]
mod tests {
    use plenary_shared::registration::PlaceOrder;

    use super::*;

    fn problem(body: &str) -> Problem {
        parse::<PlaceOrder>(body.as_bytes()).unwrap_err().into_problem()
    }

    #[test]
    fn broken_json_is_malformed() {
        for body in ["", "{", "{\"seats\": [}", "{\"colour\": }", "\u{feff}{}", r#"{"seats": []} {}"#] {
            assert_eq!((problem(body).status, problem(body).slug()), (400, "malformed"), "{body}");
        }
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        let cases = [
            (r#"{"seats": [{"seat_type_id": "x", "quantity": 1}]}"#, "seats[0].seat_type_id"),
            (
                r#"{"seats": [{"seat_type_id": "018f0000-0000-7000-8000-000000000000", "quantity": 1.5}]}"#,
                "seats[0].quantity",
            ),
            (
                r#"{"seats": [{"seat_type_id": "018f0000-0000-7000-8000-000000000000", "quantity": 99999999999999999999}]}"#,
                "seats[0].quantity",
            ),
            (r#"{"seats": [{"seat_type_id": "018f0000-0000-7000-8000-000000000000"}]}"#, "seats[0].quantity"),
            (r#"{"seats": 1}"#, "seats"),
            ("{}", "seats"),
            ("[]", "body"),
            (r"[null, [], [], null]", "body"),
            ("7", "body"),
            (r#"{"seats": [], "colour": 1}"#, "colour"),
        ];
        for (body, field) in cases {
            let problem = problem(body);
            assert_eq!(problem.status, 422, "{body}");
            assert_eq!(problem.errors[0].field, field, "{body}");
        }
    }
}
