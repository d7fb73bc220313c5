//! Conferences as they cross HTTP: what everybody sees, and what their organizers see and send.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::format::Locale;
use crate::{ConferenceId, Currency, Date, Money, SeatTypeId};

/// Texts by the tag of the language that they are in: `de`.
pub type Translations<Texts> = BTreeMap<String, Texts>;

/// A conference's texts in another language than its own. What is absent is read in the conference's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConferenceTexts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub tagline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 10_000))]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub location: Option<String>,
}

/// A seat type's texts in another language than its conference's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatTypeTexts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 70))]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 250))]
    pub description: Option<String>,
}

/// One line of the public list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConferenceSummary {
    pub id: ConferenceId,
    pub slug: String,
    pub name: String,
    pub tagline: String,
    pub location: String,
    pub start_date: Date,
    pub end_date: Date,
}

/// A conference as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conference {
    pub id: ConferenceId,
    pub slug: String,
    pub name: String,
    pub tagline: String,
    pub description: String,
    pub location: String,
    pub start_date: Date,
    pub end_date: Date,
    pub currency: Currency,
    /// IANA name: `Europe/Berlin`.
    pub time_zone: String,
    pub published: bool,
    /// What all texts here are in. Absent when they are in several languages, or nobody has said which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    pub seat_types: Vec<SeatType>,
    /// Grows with every change of the conference or of its availability.
    pub version: i64,
}

/// A seat type as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatType {
    pub id: SeatTypeId,
    pub name: String,
    pub description: String,
    pub price: Money,
    pub quota: i64,
    /// Seats that can still be had, never below zero.
    pub available: i64,
}

/// What an organizer sends to create a conference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateConference {
    #[cfg_attr(feature = "openapi", schema(max_length = 100, pattern = r"\S"))]
    pub owner_name: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 254, format = "email"))]
    pub owner_email: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 120, pattern = r"\S"))]
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9][A-Za-z0-9_-]{2,59}$"))]
    pub slug: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub tagline: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 10_000, pattern = r"\S"))]
    pub description: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 200, pattern = r"\S"))]
    pub location: String,
    pub start_date: Date,
    pub end_date: Date,
    #[serde(default)]
    pub currency: Option<Currency>,
    #[serde(default)]
    pub time_zone: Option<String>,
    /// What these texts are in.
    #[serde(default)]
    pub language: Option<Locale>,
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    pub translations: Translations<ConferenceTexts>,
}

/// What an organizer sends to change a conference. Fields left out stay as they are; slug, owner and access code are
/// fixed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateConference {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How long a reservation is shown to be held, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_shown_s: Option<i64>,
    /// How much longer it is held for a payment on its way, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_buffer_s: Option<i64>,
    /// How long an offer to somebody on the wait list stands, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waitlist_offer_s: Option<i64>,
    /// What the conference's own words are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    /// Languages and texts left out stay as they are; an empty text is taken away.
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    pub translations: Translations<ConferenceTexts>,
    /// The version that the change was made on; another one is refused as stale.
    pub version: i64,
}

/// Where an unpublished conference sends its visitors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unpublish {
    #[serde(default)]
    pub redirect_url: Option<String>,
}

/// A conference as its organizer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManagedConference {
    #[serde(flatten)]
    pub conference: Conference,
    pub owner_name: String,
    pub owner_email: String,
    /// Only in the answer that creates the conference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_code: Option<String>,
    pub ever_published: bool,
    pub redirect_url: Option<String>,
    pub reservation_shown_s: i64,
    pub reservation_buffer_s: i64,
    /// How long an offer to somebody on the wait list stands, in seconds.
    pub waitlist_offer_s: i64,
    /// Its texts in other languages.
    pub translations: Translations<ConferenceTexts>,
}

/// What an organizer proves herself with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LocateConference {
    pub email: String,
    pub access_code: String,
}

/// The answer to a proof: the conference, and a token for scripts (`Authorization: Bearer`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LocatedConference {
    #[serde(flatten)]
    pub conference: ManagedConference,
    pub token: String,
}

/// What an organizer sends to add a seat type, or with `version` to change one. Other fields of a seat type that was read
/// may come along; they change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatTypeInput {
    #[cfg_attr(feature = "openapi", schema(max_length = 70, pattern = r"\S"))]
    pub name: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 250))]
    pub description: String,
    pub price: Money,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1_000_000))]
    pub quota: i64,
    /// Languages and texts left out stay as they are; an empty text is taken away.
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    pub translations: Translations<SeatTypeTexts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// A seat type as its organizer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManagedSeatType {
    pub id: SeatTypeId,
    pub name: String,
    pub description: String,
    pub price: Money,
    pub quota: i64,
    /// Seats that can still be had; below zero after the quota was cut below what is held and sold.
    pub available: i64,
    pub held: i64,
    pub sold: i64,
    pub translations: Translations<SeatTypeTexts>,
    pub version: i64,
}
