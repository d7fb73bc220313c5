//! What Conference Management tells the other rooms.

use plenary_shared::conference::{ConferenceTexts, SeatTypeTexts, Translations};
use plenary_shared::format::Locale;
use plenary_shared::promo_codes::{Combines, DiscountRule};
use plenary_shared::{Currency, Date, Money, PromoCodeId, SeatTypeId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::eventstore::{Aggregate, Fields, StoredEvent, StreamId, StreamType, Upcaster};
use crate::personal::Personal;

/// The integration events of one conference. Seat types are announced from the first publication on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    ConferenceCreated {
        slug: String,
        owner: Owner,
        details: Details,
    },
    ConferenceUpdated {
        details: Details,
    },
    ConferencePublished,
    ConferenceUnpublished {
        /// Where visitors are sent instead.
        redirect_url: Option<String>,
    },
    SeatCreated {
        seat_type_id: SeatTypeId,
        seat: Seat,
    },
    SeatUpdated {
        seat_type_id: SeatTypeId,
        seat: Seat,
    },
    PromoCodeCreated {
        promo_code_id: PromoCodeId,
        promo_code: PromoCode,
    },
    PromoCodeUpdated {
        promo_code_id: PromoCodeId,
        promo_code: PromoCode,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub name: Personal<String>,
    pub email: Personal<String>,
}

/// What can be edited of a conference, whole: the newest wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub name: String,
    pub tagline: String,
    pub description: String,
    pub location: String,
    pub start_date: Date,
    pub end_date: Date,
    pub currency: Currency,
    /// IANA name.
    pub time_zone: String,
    /// How long a reservation is shown to be held, in seconds.
    pub reservation_shown_s: i64,
    /// How much longer it is held for a payment on its way, in seconds.
    pub reservation_buffer_s: i64,
    /// How long an offer to somebody on the wait list stands, in seconds.
    pub waitlist_offer_s: i64,
    /// What the texts above are in, if anybody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    pub translations: Translations<ConferenceTexts>,
}

/// Conferences from before there were wait lists offer for a day.
fn offer_for_a_day(fields: &mut Fields) {
    if let Some(details) = fields.get_mut("details").and_then(|it| it.as_object_mut()) {
        details.insert("waitlist_offer_s".to_owned(), 86_400.into());
    }
}

/// What was told before there were translations tells of none, and so it is told today.
const fn tell_of_no_translations(_: &mut Fields) {}

/// What can be edited of a seat type, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub name: String,
    pub description: String,
    pub price: Money,
    pub quota: i64,
    /// Grows with every change of the seat type, so that a late quota cannot undo a newer one.
    pub version: i64,
    #[serde(default, skip_serializing_if = "Translations::is_empty")]
    pub translations: Translations<SeatTypeTexts>,
}

/// Texts by language as a column holds them: in the order of their tags, so that the same texts are the same column.
pub fn to_json<Texts: Serialize>(translations: &Translations<Texts>) -> String {
    serde_json::to_string(translations).expect("texts are JSON")
}

/// What can be edited of a promotional code, whole; the code itself is fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoCode {
    /// In upper case.
    pub code: String,
    pub description: String,
    pub discount: DiscountRule,
    /// Sorted; `None` for all seat types.
    pub seat_type_ids: Option<Vec<SeatTypeId>>,
    /// `None` for any number.
    pub max_uses: Option<i64>,
    pub combines: Combines,
    pub active: bool,
    pub version: i64,
}

impl StoredEvent for Event {
    const UPCASTERS: &'static [Upcaster] = &[
        Upcaster { event_type: "ConferenceCreated", from: 1, lift: offer_for_a_day },
        Upcaster { event_type: "ConferenceUpdated", from: 1, lift: offer_for_a_day },
        Upcaster { event_type: "ConferenceCreated", from: 2, lift: tell_of_no_translations },
        Upcaster { event_type: "ConferenceUpdated", from: 2, lift: tell_of_no_translations },
        Upcaster { event_type: "SeatCreated", from: 1, lift: tell_of_no_translations },
        Upcaster { event_type: "SeatUpdated", from: 1, lift: tell_of_no_translations },
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::ConferenceCreated { .. } => "ConferenceCreated",
            Self::ConferenceUpdated { .. } => "ConferenceUpdated",
            Self::ConferencePublished => "ConferencePublished",
            Self::ConferenceUnpublished { .. } => "ConferenceUnpublished",
            Self::SeatCreated { .. } => "SeatCreated",
            Self::SeatUpdated { .. } => "SeatUpdated",
            Self::PromoCodeCreated { .. } => "PromoCodeCreated",
            Self::PromoCodeUpdated { .. } => "PromoCodeUpdated",
        }
    }

    fn data_subject(&self, stream: StreamId) -> Option<Uuid> {
        matches!(self, Self::ConferenceCreated { .. }).then_some(stream.0)
    }
}

/// The name of the streams that hold these events.
pub const STREAM_TYPE: &str = "conference";

/// How the log reads these events.
pub fn stream_type() -> StreamType {
    StreamType::of::<Event>(STREAM_TYPE)
}

/// The stream as its own room sees it: what it decides by is in its rows, so only the number of events counts.
#[derive(Debug, Default, Clone, Copy)]
pub struct Announcements;

impl Aggregate for Announcements {
    type Event = Event;
    const STREAM_TYPE: &'static str = STREAM_TYPE;

    fn evolve(self, _: &Event) -> Self {
        self
    }
}
