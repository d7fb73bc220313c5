//! The wait list as it crosses HTTP: who waits for seats that are taken, and what was offered to them.

use serde::{Deserialize, Serialize};

use crate::registration::OrderConference;
use crate::{OrderId, SeatTypeId, Timestamp, WaitListEntryId};

/// What somebody sends to wait for seats. The same address and seat type again is the same entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinWaitList {
    #[cfg_attr(feature = "openapi", schema(max_length = 254, format = "email"))]
    pub email: String,
    pub seat_type_id: SeatTypeId,
    /// 1 to 20.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 20))]
    pub quantity: i64,
}

/// Where an entry of the wait list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WaitListStatus {
    /// Nothing is offered now.
    Waiting,
    /// Seats are held for it until it takes them, declines or time is up. It may still wait for more.
    Offered,
    /// Everything that it wanted was offered once; nothing is open.
    Done,
    /// It has left, or the organizer removed it.
    Left,
}

impl WaitListStatus {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Offered, Self::Done, Self::Left];

    /// The name as it crosses HTTP: `waiting`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Done => "done",
            Self::Left => "left",
        }
    }

    /// The status that has this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Seats that are held for an entry: an order like any other, which its holder may complete or give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitListOffer {
    pub order_id: OrderId,
    pub seats: i64,
    /// Until when the order may be completed.
    pub offered_until: Timestamp,
}

/// An entry of the wait list. Without proof its `offer` is null and its `offers` are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitListEntry {
    pub id: WaitListEntryId,
    pub conference: OrderConference,
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
    /// How many seats it asked for in all.
    pub wanted: i64,
    /// Counted from 1 among those that still wait for seats of this type; null when it waits for none.
    pub place: Option<i64>,
    pub status: WaitListStatus,
    /// The open offer that ends first.
    pub offer: Option<WaitListOffer>,
    /// All open offers, oldest first: whoever was offered a part keeps her place and may be offered the rest.
    pub offers: Vec<WaitListOffer>,
    /// Whether the asker has proved to be the one who joined, and may leave.
    pub held: bool,
    pub version: i64,
    /// When this JSON was made, by the server's clock.
    pub server_time: Timestamp,
}

/// An entry as the organizer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerWaitListEntry {
    pub id: WaitListEntryId,
    /// Null once the entry has left or is done: it is needed no more.
    pub email: Option<String>,
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
    /// How many seats it asked for in all.
    pub wanted: i64,
    /// How many of them are on offer to it now.
    pub offered: i64,
    /// How many it has taken.
    pub accepted: i64,
    pub status: WaitListStatus,
    /// Counted from 1 among those that still wait for seats of this type; null when it waits for none.
    pub place: Option<i64>,
    pub offers: Vec<WaitListOffer>,
    pub joined_at: Timestamp,
    pub version: i64,
}

/// A page of the organizer's wait list, in the order in which seats are offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerWaitList {
    pub entries: Vec<OrganizerWaitListEntry>,
    /// What to send as `after` for the next page; null on the last.
    pub next: Option<String>,
}
