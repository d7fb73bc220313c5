//! The HTTP calls of this room.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use plenary_shared::payments::{Payment, StartedPayment};
use plenary_shared::{OrderId, PaymentId};

use super::callbacks::Inbox;
use super::processor::Processor;
use super::store;
use crate::db::Db;
use crate::http::headers::conditional_json;
use crate::http::input::{PathId, read_body};
use crate::http::problem::ApiError;

/// What this room's handlers need.
#[derive(Debug)]
pub struct Room {
    pub db: Db,
    pub inbox: Arc<Inbox>,
    pub processor: Arc<dyn Processor>,
    pub orders: Arc<dyn Orders>,
}

/// What this room asks of whoever knows the orders.
#[async_trait]
pub trait Orders: Debug + Send + Sync {
    /// Lets a request pass whose sender holds the order.
    ///
    /// # Errors
    ///
    /// A problem when she does not.
    async fn prove(&self, order: OrderId, headers: &HeaderMap) -> Result<(), ApiError>;
}

/// All calls of this room.
pub fn routes(room: Arc<Room>) -> Router {
    Router::new()
        .route("/api/payments/{id}", get(read))
        .route("/api/payments/callback", post(callback))
        .with_state(room)
}

/// A payment as its order's holder sees it.
///
/// # Errors
///
/// A problem when there is none.
pub async fn payment(db: &Db, id: PaymentId) -> Result<Payment, ApiError> {
    let mut reader = db.read().await?;
    let stored = store::load(reader.conn(), id).await?.payment;
    let (Some(terms), Some(status)) = (stored.terms(), stored.status()) else {
        return Err(ApiError::not_found("This payment"));
    };
    let (order_id, description, total) = (terms.order_id, terms.description.clone(), terms.total);
    Ok(Payment { id, order_id, status, description, total })
}

/// A payment that was started, and where to pay it.
///
/// # Errors
///
/// A problem when there is none.
pub async fn started(db: &Db, processor: &dyn Processor, id: PaymentId) -> Result<StartedPayment, ApiError> {
    Ok(StartedPayment { payment: payment(db, id).await?, redirect_url: processor.redirect_url(id) })
}

/// `GET /api/payments/{id}`
async fn read(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<PaymentId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let payment = payment(&room.db, id).await?;
    room.orders.prove(payment.order_id, &headers).await?;
    Ok(conditional_json(&headers, &payment))
}

/// `POST /api/payments/callback`
async fn callback(State(room): State<Arc<Room>>, request: Request) -> Result<StatusCode, ApiError> {
    let signature = request.headers().get("plenary-signature").and_then(|value| value.to_str().ok());
    let signature = signature.map(str::to_owned);
    let body: Bytes = read_body(request, &()).await?;
    room.inbox.receive(signature.as_deref(), &body).await?;
    Ok(StatusCode::OK)
}
