//! Charges that the organizer has to decide about.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use plenary_shared::OrderId;
use plenary_shared::registration::{AttentionEntry, Order, ResolveAttention};
use serde::Deserialize;

use super::Room;
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::conditional_json;
use crate::http::input::{JsonBody, PathId, QueryInput};
use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::registration::attention;
use crate::registration::queries::Charges;

pub(super) fn routes() -> Router<Arc<Room>> {
    const BASE: &str = "/api/management/conferences/{slug}/attention";
    Router::new().route(BASE, get(list)).route(&format!("{BASE}/{{order_id}}"), post(resolve))
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    /// Also what was decided.
    #[serde(default)]
    all: bool,
}

/// `GET …/{slug}/attention`
async fn list(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    reader: Reader,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let which = if query.all { Charges::All } else { Charges::Undecided };
    let entries: Vec<AttentionEntry> = room.queries.attention(hot.view.id, which, reader.locale()).await?;
    Ok(reader.mark(conditional_json(&headers, &entries)))
}

/// `POST …/{slug}/attention/{order_id}`
async fn resolve(
    State(room): State<Arc<Room>>,
    path: Result<Path<(String, OrderId)>, axum::extract::rejection::PathRejection>,
    headers: HeaderMap,
    idempotency: Idempotency,
    body: Result<JsonBody<ResolveAttention>, ApiError>,
) -> Result<Committed<Json<Order>>, ApiError> {
    let unknown = || ApiError::not_found("This order");
    let Path((slug, order_id)) = path.map_err(|_| unknown())?;
    let hot = room.managed(&headers, &slug).await?;
    let view = room.queries.order(order_id).await?.filter(|view| view.conference_id == hot.view.id);
    let view = view.ok_or_else(unknown)?;
    let JsonBody { value, bytes } = body?;
    let ResolveAttention { resolution, payment_id } = value;
    let command = attention::ResolveAttention { order_id, resolution, payment_id };
    let (reply, order) = room.command_order((&view, &bytes), Reader(None), idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}
