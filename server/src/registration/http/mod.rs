//! The HTTP calls of this room.

mod attention;
mod check_in;
mod codes;
mod follow;
mod lists;
mod management;
mod orders;
mod public;
mod waitlist;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::http::HeaderMap;
use plenary_shared::payments::StartedPayment;
use plenary_shared::registration::{Assignments, Order};
use plenary_shared::{ConferenceId, OrderId, PaymentId, Problem};

use super::live::Live;
use super::order::HolderId;
use super::projections::{AssignmentView, Form, OrderView};
use super::queries::Queries;
use crate::clock::{Clock, Entropy};
use crate::http::cookies::Transport;
use crate::http::guesses::Guesses;
use crate::http::holder::Holder;
use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::http::secrets::Secrets;
use crate::http::sessions::Sessions;
use crate::messaging::Mailbox;

pub use orders::{FoundOrder, PlacedOrder, language_of, valid_person};
pub use waitlist::JoinedWaitList;

/// What this room's handlers need.
#[derive(Debug)]
pub struct Room {
    pub mailbox: Mailbox,
    pub queries: Queries,
    pub live: Arc<Live>,
    pub clock: Clock,
    pub entropy: Entropy,
    pub secrets: Arc<Secrets>,
    pub sessions: Arc<Sessions>,
    pub guesses: Arc<Guesses>,
    /// Counts places taken on wait lists.
    pub joins: Arc<Guesses>,
    pub payments: Arc<dyn Payments>,
    pub transport: Transport,
}

/// What this room asks of Payments.
#[async_trait]
pub trait Payments: std::fmt::Debug + Send + Sync {
    /// A payment that was started, and where to pay it.
    ///
    /// # Errors
    ///
    /// When there is no such payment or it cannot be read.
    async fn started(&self, id: PaymentId) -> Result<StartedPayment, ApiError>;
}

/// All calls of this room.
pub fn routes(room: Arc<Room>) -> Router {
    let registrants = public::routes().merge(orders::routes()).merge(waitlist::routes());
    let organizers = management::routes()
        .merge(attention::routes())
        .merge(check_in::routes())
        .merge(waitlist::management_routes());
    registrants.merge(organizers).with_state(room)
}

/// The live streams of this room: calls whose answers have no end.
pub fn streams(room: Arc<Room>) -> Router {
    let registrants = public::streams().merge(orders::streams()).merge(waitlist::streams());
    registrants.merge(management::streams()).with_state(room)
}

impl Room {
    /// An order by its id.
    ///
    /// # Errors
    ///
    /// A problem when there is none.
    pub async fn order_view(&self, id: OrderId) -> Result<Arc<OrderView>, ApiError> {
        self.queries.order(id).await?.ok_or_else(|| ApiError::not_found("This order"))
    }

    /// In which form the sender of a request may see an order.
    pub fn form_for(&self, view: &OrderView, headers: &HeaderMap) -> Form {
        let holder = Holder::from_headers(headers, &self.secrets);
        match holder {
            Some(holder) if view.is_held_by(&HolderId(holder.id())) => Form::Full,
            _ => Form::Redacted,
        }
    }

    /// The order, to somebody who may command it.
    ///
    /// # Errors
    ///
    /// A problem when there is no such order, or its asker has not proved to be a holder.
    pub async fn held_order(&self, id: OrderId, headers: &HeaderMap) -> Result<Arc<OrderView>, ApiError> {
        let view = self.order_view(id).await?;
        match self.form_for(&view, headers) {
            Form::Full => Ok(view),
            Form::Redacted => {
                let title = "Only whoever placed this order can do that.";
                let detail = "Find the order with its e-mail address and access code first.";
                Err(Problem::new("proof-required", 403, title).with_detail(detail).into())
            }
        }
    }

    /// The order as it crosses HTTP.
    ///
    /// # Errors
    ///
    /// When its conference cannot be read.
    pub async fn show(&self, view: &OrderView, form: Form, reader: Reader) -> Result<Order, ApiError> {
        let hot = self.hot_conference(view.conference_id).await?;
        let order = hot.order(view, (form, reader.0), self.clock.now());
        order.ok_or_else(|| ApiError::not_found("This order"))
    }

    /// The assignments as they cross HTTP.
    ///
    /// # Errors
    ///
    /// When their conference cannot be read.
    pub async fn show_assignments(
        &self,
        view: &AssignmentView,
        reader: Reader,
    ) -> Result<Assignments, ApiError> {
        let hot = self.hot_conference(view.conference_id).await?;
        let mut assignments = view.to_assignments();
        for seat in &mut assignments.seats {
            let name = hot.view.catalogue.name_for(reader.0, seat.seat_type_id, &seat.seat_type_name);
            seat.seat_type_name = name.to_owned();
        }
        Ok(assignments)
    }

    async fn hot_conference(&self, id: ConferenceId) -> Result<Arc<super::live::HotConference>, ApiError> {
        let hot = self.queries.conference_by_id(id).await?;
        hot.ok_or_else(|| ApiError::not_found("This conference"))
    }
}
