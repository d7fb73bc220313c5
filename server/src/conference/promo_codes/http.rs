//! The organizers' API of promotional codes.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use plenary_shared::promo_codes::{PromoCode, PromoCodeInput};
use plenary_shared::{ConferenceId, PromoCodeId};

use super::rules::OwnCode;
use super::{CreatePromoCode, UpdatePromoCode, store};
use crate::conference::{Refusal, Room};
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::conditional_json;
use crate::http::input::JsonBody;
use crate::http::problem::ApiError;
use crate::http::sessions::Organizer;
use crate::messaging::Reply;

pub fn routes() -> Router<Arc<Room>> {
    const BASE: &str = "/api/management/conferences/{slug}/promo-codes";
    Router::new().route(BASE, get(show).post(create)).route(&format!("{BASE}/{{id}}"), put(update))
}

async fn show(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(conditional_json(&headers, &room.promo_codes(id).await?))
}

async fn create(
    State(room): State<Arc<Room>>,
    Organizer(id): Organizer,
    idempotency: Idempotency,
    body: JsonBody<PromoCodeInput>,
) -> Result<Response, ApiError> {
    let reply = idempotency.send(&room.mailbox, id, &body.bytes, CreatePromoCode(body.value)).await?;
    room.promo_code_after(id, reply).await
}

async fn update(
    State(room): State<Arc<Room>>,
    OwnPromoCode { id, promo_code }: OwnPromoCode,
    idempotency: Idempotency,
    body: JsonBody<PromoCodeInput>,
) -> Result<Response, ApiError> {
    let command = UpdatePromoCode { id: promo_code, input: body.value };
    let reply = idempotency.send(&room.mailbox, id, &body.bytes, command).await?;
    room.promo_code_after(id, reply).await
}

/// A code named in the path of a conference in the asker's session, which it belongs to: asked before anything is said
/// about the body.
struct OwnPromoCode {
    id: ConferenceId,
    promo_code: PromoCodeId,
}

impl FromRequestParts<Arc<Room>> for OwnPromoCode {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, ApiError> {
        let Organizer(id) = Organizer::from_request_parts(parts, room).await?;
        let path = Path::<(String, PromoCodeId)>::from_request_parts(parts, room).await;
        let Path((_, promo_code)) = path.map_err(|_| Refusal::UnknownPromoCode)?;
        if !room.own_codes(id).await?.iter().any(|code| code.id == promo_code) {
            return Err(Refusal::UnknownPromoCode.into());
        }
        Ok(Self { id, promo_code })
    }
}

impl Room {
    async fn own_codes(&self, id: ConferenceId) -> sqlx::Result<Vec<OwnCode>> {
        let mut reader = self.db.read().await?;
        store::promo_codes(reader.conn(), id).await
    }

    async fn promo_codes(&self, id: ConferenceId) -> Result<Vec<PromoCode>, ApiError> {
        let codes = self.own_codes(id).await?;
        let uses = self.code_uses.of(id).await?;
        let with_uses = |code: OwnCode| {
            let uses = uses.get(&code.id).copied().unwrap_or(0);
            shown(code, uses)
        };
        Ok(codes.into_iter().map(with_uses).collect())
    }

    async fn promo_code_after(&self, id: ConferenceId, reply: Reply) -> Result<Response, ApiError> {
        let codes = self.promo_codes(id).await?;
        let found = codes.into_iter().find(|it| it.id.0 == reply.outcome.concerns);
        let promo_code = found.ok_or(Refusal::UnknownPromoCode)?;
        Ok(Committed(reply, Json(promo_code)).into_response())
    }
}

fn shown(OwnCode { id, promo_code: it }: OwnCode, uses: i64) -> PromoCode {
    PromoCode {
        id,
        code: it.code,
        description: it.description,
        discount: it.discount,
        seat_type_ids: it.seat_type_ids,
        max_uses: it.max_uses,
        combines: it.combines,
        active: it.active,
        uses,
        version: it.version,
    }
}
