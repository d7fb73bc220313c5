//! Conference Management: conferences, seat types and who may change them.
//!
//! Rows hold the truth of this room. What the other rooms need to know goes into the log as integration events, in
//! the transaction that changes the rows.

mod commands;
#[expect(clippy::module_inception, reason = "the file of the rules is named after what they are about")]
mod conference;
pub mod contracts;
mod http;
mod promo_codes;
mod queries;
mod refusal;
mod store;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRef;
use plenary_shared::{ConferenceId, PromoCodeId, SeatTypeId};

use crate::clock::{Clock, Entropy};
use crate::db::Db;
use crate::http::cookies::Transport;
use crate::http::guesses::Guesses;
use crate::http::secrets::Secrets;
use crate::http::sessions::Sessions;
use crate::messaging::Mailbox;

pub use commands::{
    CreateConference, CreateSeatType, DeleteSeatType, PublishConference, QuotaRaiser, UnpublishConference,
    UpdateConference, UpdateSeatType,
};
pub use conference::{BUFFER_S, Refusal, SHOWN_S, World};
pub use http::routes;
pub use promo_codes::{CreatePromoCode, UpdatePromoCode};
pub use store::Access;

/// What has become of the seats of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeatFigure {
    /// Below zero after the quota was cut below what is held and sold.
    pub available: i64,
    pub held: i64,
    pub sold: i64,
}

/// Knows what has become of the seats: the room that sells them.
#[async_trait]
pub trait SeatFigures: Debug + Send + Sync {
    /// The figures of all seat types of a conference that were announced.
    ///
    /// # Errors
    ///
    /// When the database fails.
    async fn of(&self, conference: ConferenceId) -> sqlx::Result<HashMap<SeatTypeId, SeatFigure>>;
}

/// Knows how often promotional codes are used: the room that takes orders.
#[async_trait]
pub trait CodeUses: Debug + Send + Sync {
    /// How many orders use each code of a conference; codes that none uses may be absent.
    ///
    /// # Errors
    ///
    /// When the database fails.
    async fn of(&self, conference: ConferenceId) -> sqlx::Result<HashMap<PromoCodeId, i64>>;
}

/// The door of the room.
#[derive(Debug)]
pub struct Room {
    pub db: Db,
    pub mailbox: Mailbox,
    pub clock: Clock,
    pub entropy: Entropy,
    pub secrets: Secrets,
    pub sessions: Sessions,
    pub guesses: Guesses,
    pub figures: Arc<dyn SeatFigures>,
    pub code_uses: Arc<dyn CodeUses>,
    /// The first segments of the site's own paths, which no conference can have as its slug.
    pub reserved_slugs: &'static [&'static str],
    /// How long reservations are shown to be held and how much longer they are, in seconds, if the organizer does
    /// not say.
    pub reservation_s: (i64, i64),
    /// How long an offer to somebody on the wait list stands, in seconds, if the organizer does not say.
    pub waitlist_offer_s: i64,
    pub transport: Transport,
}

impl Room {
    fn world(&self) -> World {
        let is_time_zone = |name: &str| name.parse::<chrono_tz::Tz>().is_ok();
        let (reserved_slugs, reservation_s) = (self.reserved_slugs, self.reservation_s);
        World { reserved_slugs, is_time_zone, reservation_s, waitlist_offer_s: self.waitlist_offer_s }
    }
}

impl FromRef<Arc<Room>> for Sessions {
    fn from_ref(room: &Arc<Room>) -> Self {
        room.sessions.clone()
    }
}
