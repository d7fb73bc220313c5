//! How a request is refused: `application/problem+json` (RFC 9457).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The first part of every problem's `type`.
pub const TYPE_PREFIX: &str = "urn:plenary:problem:";

/// A refusal, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A stable name, `urn:plenary:problem:` and a slug.
    #[serde(rename = "type")]
    pub kind: String,
    /// One short sentence, the same for every problem of this type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What is wrong with which field of the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Where the organizer of an unpublished conference sends its visitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Since when what was asked for is so already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl Problem {
    pub fn new(slug: &str, status: u16, title: impl Into<String>) -> Self {
        Self {
            kind: format!("{TYPE_PREFIX}{slug}"),
            title: title.into(),
            status,
            detail: String::new(),
            errors: Vec::new(),
            redirect_url: None,
            since: None,
        }
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The type without its prefix: `slug-taken`.
    pub fn slug(&self) -> &str {
        self.kind.strip_prefix(TYPE_PREFIX).unwrap_or(&self.kind)
    }
}

/// One field of the input and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The path of the field: `seats[0].quantity`.
    pub field: String,
    /// The rule in English, a whole sentence.
    pub message: String,
    /// The rule's stable name, for catalogues of other languages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, rule: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), rule: rule.to_owned() }
    }
}
