//! What organizers see of their conferences, and how they find them.

use std::collections::HashMap;

use plenary_shared::conference::{self as view, ManagedConference, ManagedSeatType};
use plenary_shared::{ConferenceId, SeatTypeId};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::conference::{Conference, SeatType};
use super::{Room, SeatFigure, store};

/// Compared with when an e-mail is unknown, so that this takes as long as when a code is wrong.
const DUMMY_CODE: &str = "-----";

impl Room {
    /// A conference as its organizer sees it, without the access code.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn managed(&self, id: ConferenceId) -> sqlx::Result<Option<ManagedConference>> {
        let Some((conference, seat_types)) = self.rows(id).await? else { return Ok(None) };
        let figures = self.figures.of(id).await?;
        let seat_types = seat_types.iter().map(|it| public_seat_type(it, &figures)).collect();
        Ok(Some(managed_conference(conference, seat_types)))
    }

    /// The seat types of a conference as its organizer sees them, announced or not.
    pub(super) async fn managed_seat_types(
        &self,
        id: ConferenceId,
    ) -> sqlx::Result<Option<Vec<ManagedSeatType>>> {
        let Some((_, seat_types)) = self.rows(id).await? else { return Ok(None) };
        let figures = self.figures.of(id).await?;
        Ok(Some(seat_types.into_iter().map(|it| managed_seat_type(it, &figures)).collect()))
    }

    async fn rows(&self, id: ConferenceId) -> sqlx::Result<Option<(Conference, Vec<SeatType>)>> {
        let mut tx = self.db.snapshot().await?;
        let Some(conference) = store::conference(tx.conn(), id).await? else { return Ok(None) };
        let seat_types = store::seat_types(tx.conn(), id, conference.details.currency).await?;
        tx.rollback().await?;
        Ok(Some((conference, seat_types)))
    }

    /// Whether the seat type is one of the conference's.
    pub(super) async fn has_seat_type(&self, id: ConferenceId, seat_type: SeatTypeId) -> sqlx::Result<bool> {
        let rows = self.rows(id).await?;
        Ok(rows.is_some_and(|(_, seat_types)| seat_types.iter().any(|it| it.id == seat_type)))
    }

    /// The access code of a conference: for its creator, once.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn access_code(&self, id: ConferenceId) -> sqlx::Result<Option<String>> {
        let mut reader = self.db.read().await?;
        store::access_code(reader.conn(), id).await
    }

    /// The conference with this owner and access code. An unknown e-mail takes the same steps as a wrong code.
    pub(super) async fn locate(&self, email: &str, code: &str) -> sqlx::Result<Option<ConferenceId>> {
        let owner_hash = self.secrets.keyed_hash(email);
        let mut reader = self.db.read().await?;
        let owned = store::access_codes(reader.conn(), &owner_hash).await?;
        let typed = code.trim().to_ascii_uppercase();
        let nobody = (ConferenceId(Uuid::nil()), DUMMY_CODE.to_owned());
        let found = owned.iter().chain([&nobody]).fold(None, |found, (id, code)| {
            if bool::from(code.as_bytes().ct_eq(typed.as_bytes())) { Some(*id) } else { found }
        });
        Ok(found.filter(|id| *id != nobody.0))
    }
}

fn figure(seat_type: &SeatType, figures: &HashMap<SeatTypeId, SeatFigure>) -> SeatFigure {
    // What was not announced is not on sale yet: all of it is left.
    let untouched = SeatFigure { available: seat_type.seat.quota, held: 0, sold: 0 };
    figures.get(&seat_type.id).copied().unwrap_or(untouched)
}

fn public_seat_type(seat_type: &SeatType, figures: &HashMap<SeatTypeId, SeatFigure>) -> view::SeatType {
    let seat = seat_type.seat.clone();
    view::SeatType {
        id: seat_type.id,
        name: seat.name,
        description: seat.description,
        price: seat.price,
        quota: seat.quota,
        available: figure(seat_type, figures).available.max(0),
    }
}

fn managed_seat_type(seat_type: SeatType, figures: &HashMap<SeatTypeId, SeatFigure>) -> ManagedSeatType {
    let SeatFigure { available, held, sold } = figure(&seat_type, figures);
    let SeatType { id, seat, .. } = seat_type;
    ManagedSeatType {
        id,
        name: seat.name,
        description: seat.description,
        price: seat.price,
        quota: seat.quota,
        available,
        held,
        sold,
        translations: seat.translations,
        version: seat.version,
    }
}

fn managed_conference(it: Conference, seat_types: Vec<view::SeatType>) -> ManagedConference {
    let details = it.details;
    let conference = view::Conference {
        id: it.id,
        slug: it.slug,
        name: details.name,
        tagline: details.tagline,
        description: details.description,
        location: details.location,
        start_date: details.start_date,
        end_date: details.end_date,
        currency: details.currency,
        time_zone: details.time_zone,
        published: it.publication.is_published(),
        language: details.language,
        seat_types,
        version: it.version,
    };
    ManagedConference {
        conference,
        owner_name: it.owner.name.reveal().cloned().unwrap_or_default(),
        owner_email: it.owner.email.reveal().cloned().unwrap_or_default(),
        access_code: None,
        ever_published: it.publication.ever_published(),
        redirect_url: it.redirect_url,
        reservation_shown_s: details.reservation_shown_s,
        reservation_buffer_s: details.reservation_buffer_s,
        waitlist_offer_s: details.waitlist_offer_s,
        translations: details.translations,
    }
}
