//! The door: who comes in.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::put;
use axum::{Json, Router};
use plenary_shared::registration::{AttendeeRow, CheckIn as CheckInInput};
use plenary_shared::{FieldError, OrderId, Timestamp};

use super::Room;
use crate::http::command::{Committed, Idempotency};
use crate::http::input::{OptionalJsonBody, PathId};
use crate::http::problem::ApiError;
use crate::messaging::Command;
use crate::registration::check_in::{CheckIn, UndoCheckIn};
use crate::registration::projections::OrderView;
use crate::registration::seat_assignments::Doorkeeper;

pub(super) fn routes() -> Router<Arc<Room>> {
    const PATH: &str = "/api/management/conferences/{slug}/attendees/{order_id}/{position}/check-in";
    Router::new().route(PATH, put(check_in).delete(undo))
}

/// How long after it a check-in may be sent. Longer than a door is without a network; much longer, and a clock that is
/// wrong would write nonsense into the list.
const LATEST: Duration = Duration::from_hours(7 * 24);

/// Which ticket is meant: the conference's slug, the order, the seat.
type Ticket = PathId<(String, String, String)>;

/// `PUT …/{slug}/attendees/{order_id}/{position}/check-in`
async fn check_in(
    State(room): State<Arc<Room>>,
    PathId((slug, order_id, position)): Ticket,
    headers: HeaderMap,
    idempotency: Idempotency,
    body: Result<OptionalJsonBody<CheckInInput>, ApiError>,
) -> Result<Committed<Json<AttendeeRow>>, ApiError> {
    let (order, position) = room.ticket(&headers, &slug, (&order_id, &position)).await?;
    let OptionalJsonBody { value: CheckInInput { at }, bytes } = body?;
    check_instant(at, room.clock.now())?;
    let command = CheckIn { order_id: order.id, position, at, by: Doorkeeper::Organizer };
    room.at_the_door((&order, position), &bytes, idempotency, command).await
}

/// `DELETE …/{slug}/attendees/{order_id}/{position}/check-in`
async fn undo(
    State(room): State<Arc<Room>>,
    PathId((slug, order_id, position)): Ticket,
    headers: HeaderMap,
    idempotency: Idempotency,
) -> Result<Committed<Json<AttendeeRow>>, ApiError> {
    let (order, position) = room.ticket(&headers, &slug, (&order_id, &position)).await?;
    let command = UndoCheckIn { order_id: order.id, position };
    room.at_the_door((&order, position), b"", idempotency, command).await
}

fn check_instant(at: Option<Timestamp>, now: Timestamp) -> Result<(), ApiError> {
    match at {
        Some(at) if now.since(at) > LATEST => {
            let rule = "A check-in is sent within seven days.";
            Err(ApiError::invalid(vec![FieldError::new("at", "too_old", rule)]))
        }
        _ => Ok(()),
    }
}

impl Room {
    /// The order that a ticket is of, to its organizer, and its position.
    async fn ticket(
        &self,
        headers: &HeaderMap,
        slug: &str,
        (order_id, position): (&str, &str),
    ) -> Result<(Arc<OrderView>, i64), ApiError> {
        let unknown = || ApiError::not_found("This ticket");
        let hot = self.managed(headers, slug).await?;
        let order_id: OrderId = order_id.parse().map_err(|_| unknown())?;
        let position = position.parse().map_err(|_| unknown())?;
        let order = self.queries.order(order_id).await?.filter(|it| it.conference_id == hot.view.id);
        Ok((order.ok_or_else(unknown)?, position))
    }

    async fn at_the_door(
        &self,
        (order, position): (&OrderView, i64),
        body: &[u8],
        idempotency: Idempotency,
        command: impl Command + 'static,
    ) -> Result<Committed<Json<AttendeeRow>>, ApiError> {
        let reply = idempotency.send(&self.mailbox, order.conference_id, body, command).await?;
        let rows = self.assignments(order.id).await?.attendee_rows();
        let row = rows.into_iter().find(|row| row.position == position);
        Ok(Committed(reply, Json(row.ok_or_else(|| ApiError::not_found("This ticket"))?)))
    }
}
