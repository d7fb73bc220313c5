//! The organizers' API: conferences, seat types and sessions.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use plenary_shared::conference::{
    CreateConference, LocateConference, LocatedConference, ManagedConference, ManagedSeatType, SeatTypeInput,
    Unpublish, UpdateConference,
};
use plenary_shared::{ConferenceId, Problem, SeatTypeId};

use super::conference::Refusal;
use super::store::Access;
use super::{Room, commands, promo_codes};
use crate::http::client_address::ClientAddress;
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::conditional_json;
use crate::http::input::{JsonBody, OptionalJsonBody};
use crate::http::problem::ApiError;
use crate::http::sessions::{self, Organizer, Token};
use crate::messaging::{Command, Reply};

/// The calls of this room.
pub fn routes(room: Arc<Room>) -> Router {
    Router::new()
        .route("/api/management/conferences", post(create))
        .route("/api/management/session", post(locate).delete(sign_out))
        .route("/api/management/conferences/{slug}", get(show).put(update))
        .route("/api/management/conferences/{slug}/publish", post(publish))
        .route("/api/management/conferences/{slug}/unpublish", post(unpublish))
        .route("/api/management/conferences/{slug}/seat-types", get(show_seat_types).post(create_seat_type))
        .route(
            "/api/management/conferences/{slug}/seat-types/{id}",
            put(update_seat_type).delete(delete_seat_type),
        )
        .merge(promo_codes::routes())
        .with_state(room)
}

async fn create(
    State(room): State<Arc<Room>>,
    idempotency: Idempotency,
    headers: HeaderMap,
    body: JsonBody<CreateConference>,
) -> Result<Response, ApiError> {
    let (reply, id) = room.create(idempotency, &body.value, &body.bytes).await?;
    let mut conference = room.conference(id).await?;
    // A repeat is answered like the first time: it proves itself with the key, and may be all that arrives.
    conference.access_code = room.access_code(id).await?;
    let token = room.sessions.add(&headers, id).await?;
    let location = format!("/api/management/conferences/{}", conference.conference.slug);
    let location = HeaderValue::from_str(&location).expect("slugs are plain ASCII");
    let headers = [
        (header::SET_COOKIE, token.set_cookie(room.transport)),
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok(Committed(reply, (AppendHeaders(headers), Json(conference))).into_response())
}

async fn locate(
    State(room): State<Arc<Room>>,
    address: ClientAddress,
    headers: HeaderMap,
    body: JsonBody<LocateConference>,
) -> Result<Response, ApiError> {
    let (conference, token) = room.sign_in(&headers, address, &body.value).await?;
    let headers = [
        (header::SET_COOKIE, token.set_cookie(room.transport)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let located = LocatedConference { conference, token: token.reveal() };
    Ok((AppendHeaders(headers), Json(located)).into_response())
}

impl Room {
    /// Creates a conference with a new access code.
    ///
    /// # Errors
    ///
    /// A problem when the input breaks a rule or the slug is taken.
    pub async fn create(
        &self,
        idempotency: Idempotency,
        input: &CreateConference,
        body: &[u8],
    ) -> Result<(Reply, ConferenceId), ApiError> {
        let fresh = || ConferenceId(self.entropy.id(self.clock.now()));
        let id = idempotency.0.map_or_else(fresh, commands::CreateConference::id_for);
        let owner_hash = self.secrets.keyed_hash(&input.owner_email);
        let access = Access { owner_hash, code: self.entropy.code::<5>() };
        let command = commands::CreateConference::new(id, input, self.world(), access)?;
        Ok((idempotency.send(&self.mailbox, id, body, command).await?, id))
    }

    /// Opens the conference that an owner's address and its access code prove, in her session or a new one.
    ///
    /// # Errors
    ///
    /// The same problem whichever of the two is wrong; another after too many attempts.
    pub async fn sign_in(
        &self,
        headers: &HeaderMap,
        address: ClientAddress,
        LocateConference { email, access_code }: &LocateConference,
    ) -> Result<(ManagedConference, Token), ApiError> {
        self.guesses.attempt(email, address).await?;
        let found = self.locate(email, access_code).await?.ok_or_else(wrong_email_or_code)?;
        self.guesses.succeeded(email, address).await?;
        let conference = self.conference(found).await?;
        let token = self.sessions.add(headers, found).await?;
        Ok((conference, token))
    }
}

async fn sign_out(State(room): State<Arc<Room>>, headers: HeaderMap) -> Result<Response, ApiError> {
    room.sessions.end(&headers).await?;
    let forget = [(header::SET_COOKIE, sessions::forget_cookie(room.transport))];
    Ok((StatusCode::NO_CONTENT, AppendHeaders(forget)).into_response())
}

async fn show(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(conditional_json(&headers, &room.conference(id).await?))
}

async fn update(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    idempotency: Idempotency,
    body: JsonBody<UpdateConference>,
) -> Result<Response, ApiError> {
    let command = commands::UpdateConference { input: body.value, world: room.world() };
    room.change(id, idempotency, &body.bytes, command).await
}

async fn publish(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    idempotency: Idempotency,
) -> Result<Response, ApiError> {
    room.change(id, idempotency, &[], commands::PublishConference).await
}

async fn unpublish(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    idempotency: Idempotency,
    body: OptionalJsonBody<Unpublish>,
) -> Result<Response, ApiError> {
    room.change(id, idempotency, &body.bytes, commands::UnpublishConference(body.value)).await
}

async fn show_seat_types(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let seat_types = room.managed_seat_types(id).await?.ok_or(Refusal::UnknownConference)?;
    Ok(conditional_json(&headers, &seat_types))
}

async fn create_seat_type(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    idempotency: Idempotency,
    body: JsonBody<SeatTypeInput>,
) -> Result<Response, ApiError> {
    let command = commands::CreateSeatType(body.value);
    let reply = idempotency.send(&room.mailbox, id, &body.bytes, command).await?;
    room.seat_type_after(id, reply).await
}

async fn update_seat_type(
    State(room): State<Arc<Room>>,
    OwnSeatType { id, seat_type }: OwnSeatType,
    idempotency: Idempotency,
    body: JsonBody<SeatTypeInput>,
) -> Result<Response, ApiError> {
    let command = commands::UpdateSeatType { id: seat_type, input: body.value };
    let reply = idempotency.send(&room.mailbox, id, &body.bytes, command).await?;
    room.seat_type_after(id, reply).await
}

async fn delete_seat_type(
    State(room): State<Arc<Room>>,
    SeatTypePath { id, seat_type }: SeatTypePath,
    idempotency: Idempotency,
) -> Result<Response, ApiError> {
    let command = commands::DeleteSeatType(seat_type);
    let reply = idempotency.send(&room.mailbox, id, &[], command).await?;
    Ok(Committed(reply, ()).into_response())
}

/// A seat type named in the path of a conference in the asker's session.
struct SeatTypePath {
    id: ConferenceId,
    seat_type: SeatTypeId,
}

impl FromRequestParts<Arc<Room>> for SeatTypePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, ApiError> {
        let Organizer(id) = Organizer::from_request_parts(parts, room).await?;
        let path = Path::<(String, SeatTypeId)>::from_request_parts(parts, room).await;
        let Path((_, seat_type)) = path.map_err(|_| Refusal::UnknownSeatType)?;
        Ok(Self { id, seat_type })
    }
}

/// As [`SeatTypePath`], one that belongs to the conference: asked before anything is said about the body.
struct OwnSeatType {
    id: ConferenceId,
    seat_type: SeatTypeId,
}

impl FromRequestParts<Arc<Room>> for OwnSeatType {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, ApiError> {
        let SeatTypePath { id, seat_type } = SeatTypePath::from_request_parts(parts, room).await?;
        if !room.has_seat_type(id, seat_type).await? {
            return Err(Refusal::UnknownSeatType.into());
        }
        Ok(Self { id, seat_type })
    }
}

impl Room {
    async fn conference(&self, id: ConferenceId) -> Result<ManagedConference, ApiError> {
        self.managed(id).await?.ok_or_else(|| Refusal::UnknownConference.into())
    }

    /// Has a change of a conference carried out and answers with what it is now.
    async fn change(
        &self,
        id: ConferenceId,
        idempotency: Idempotency,
        body: &[u8],
        command: impl Command + 'static,
    ) -> Result<Response, ApiError> {
        let reply = idempotency.send(&self.mailbox, id, body, command).await?;
        Ok(Committed(reply, Json(self.conference(id).await?)).into_response())
    }

    async fn seat_type_after(&self, id: ConferenceId, reply: Reply) -> Result<Response, ApiError> {
        let seat_types = self.managed_seat_types(id).await?.unwrap_or_default();
        let found = seat_types.into_iter().find(|it| it.id.0 == reply.outcome.concerns);
        let seat_type: ManagedSeatType = found.ok_or(Refusal::UnknownSeatType)?;
        Ok(Committed(reply, Json(seat_type)).into_response())
    }
}

fn wrong_email_or_code() -> ApiError {
    let title = "No conference has this e-mail address and access code.";
    let detail = "Check both. The address is the one that the conference was created with.";
    Problem::new("wrong-email-or-code", 401, title).with_detail(detail).into()
}

#[cfg(test)]
mod tests;
