//! Which letters there are, and what has to be known to write one.
//!
//! A letter waits in the outbox as its kind and ids alone. Who it goes to and what it says is looked up when it is
//! delivered, so that whoever was erased meanwhile gets nothing.

use async_trait::async_trait;
use plenary_shared::conference::Conference;
use plenary_shared::format::Locale;
use plenary_shared::registration::Person;
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, Timestamp, WaitListEntryId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::messaging::Error;

/// A letter as the outbox holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// The access code of a new conference, to its owner.
    ConferenceAccess { conference_id: ConferenceId },
    /// To whoever registered.
    OrderConfirmed { order_id: OrderId },
    /// To whoever was given a seat, in the assignments' version that gave it.
    AttendeeNotice { order_id: OrderId, position: i64, version: i64 },
    /// To somebody who waits: seats are held for her.
    SeatsOffered { entry_id: WaitListEntryId, order_id: OrderId },
    /// A charge that the organizer has to decide about.
    AttentionRaised { conference_id: ConferenceId, order_id: OrderId, payment_id: PaymentId },
}

impl Letter {
    /// Whose personal data is in it: the conference's owner, an order's, or an entry's of a wait list.
    pub fn subject(&self) -> Uuid {
        match *self {
            Self::ConferenceAccess { conference_id } | Self::AttentionRaised { conference_id, .. } => {
                conference_id.0
            }
            Self::SeatsOffered { entry_id, .. } => entry_id.0,
            Self::OrderConfirmed { order_id } | Self::AttendeeNotice { order_id, .. } => order_id.0,
        }
    }
}

/// The access to a new conference.
#[derive(Debug, Clone)]
pub struct Access {
    pub name: String,
    /// What the conference's own words are in, if its owner has said: nothing else tells what she reads.
    pub language: Option<Locale>,
    pub owner: Person,
    pub access_code: String,
}

/// A confirmed order.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: OrderId,
    pub conference: Conference,
    pub registrant: Person,
    pub language: Option<Locale>,
    pub access_code: String,
    /// How many of what.
    pub seats: Vec<(i64, String)>,
    pub total: Money,
}

/// Somebody's seat.
#[derive(Debug, Clone)]
pub struct Seat {
    pub conference: Conference,
    pub attendee: Person,
    pub language: Option<Locale>,
    pub seat_type_name: String,
}

/// Seats that are held for somebody who waits.
#[derive(Debug, Clone)]
pub struct Offer {
    pub conference: Conference,
    pub email: String,
    /// The language that it was joined in, if it is known.
    pub language: Option<Locale>,
    pub order_id: OrderId,
    /// How many of what.
    pub seats: (i64, String),
    pub offered_until: Timestamp,
}

/// A charge to decide about.
#[derive(Debug, Clone)]
pub struct Attention {
    pub name: String,
    pub slug: String,
    /// As in [`Access`].
    pub language: Option<Locale>,
    pub owner: Person,
    pub order_id: OrderId,
    /// In plain words.
    pub reason: String,
}

/// Whoever knows what letters say. `None` where nobody is to be written to any more.
#[async_trait]
pub trait Records: std::fmt::Debug + Send + Sync {
    /// # Errors
    ///
    /// When the database fails.
    async fn access(&self, id: ConferenceId) -> Result<Option<Access>, Error>;

    /// # Errors
    ///
    /// When the database fails.
    async fn order(&self, id: OrderId) -> Result<Option<Order>, Error>;

    /// # Errors
    ///
    /// When the database fails.
    async fn seat(&self, id: OrderId, position: i64, version: i64) -> Result<Option<Seat>, Error>;

    /// # Errors
    ///
    /// When the database fails.
    async fn offer(&self, entry: WaitListEntryId, order: OrderId) -> Result<Option<Offer>, Error>;

    /// # Errors
    ///
    /// When the database fails.
    async fn attention(
        &self,
        conference: ConferenceId,
        order: OrderId,
        payment: PaymentId,
    ) -> Result<Option<Attention>, Error>;
}
