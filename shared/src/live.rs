//! What the server pushes: the names of server-sent events and the shapes that only they have.

use serde::{Deserialize, Serialize};

use crate::SeatTypeId;

/// `event:` of a message that holds [`Availability`].
pub const AVAILABILITY: &str = "availability";
/// `event:` of a message that holds a [`Conference`](crate::conference::Conference).
pub const CONFERENCE: &str = "conference";
/// `event:` of a message that holds an [`Order`](crate::registration::Order).
pub const ORDER: &str = "order";
/// `event:` of a message that holds a [`Summary`](crate::registration::Summary).
pub const SUMMARY: &str = "summary";
/// `event:` of a message that holds a [`HistoryEvent`](crate::registration::HistoryEvent).
pub const ACTIVITY: &str = "activity";

/// `event:` of a message that holds a [`WaitListEntry`](crate::waitlist::WaitListEntry).
pub const ENTRY: &str = "entry";

/// How many seats of each type can still be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Availability {
    pub seat_types: Vec<SeatTypeAvailability>,
    /// Grows with every change; the newest wins.
    pub version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatTypeAvailability {
    pub id: SeatTypeId,
    /// Never below zero.
    pub available: i64,
}
