//! Payments as they cross HTTP.

use serde::{Deserialize, Serialize};

use crate::{Currency, Money, OrderId, PaymentId, Timestamp};

/// What has become of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PaymentStatus {
    Initiated,
    Completed,
    Rejected,
    Refunded,
}

/// A payment with the third-party processor, as its order's holder sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub status: PaymentStatus,
    pub description: String,
    pub total: Money,
}

/// The answer to starting a payment: the payment, and where to pay it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartedPayment {
    pub payment: Payment,
    pub redirect_url: String,
}

/// What the processor decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PaymentOutcome {
    Completed,
    Rejected,
}

/// The body of a processor's callback. Its signature covers the raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentCallback {
    /// The processor's own id of this message: a repeat has the same.
    pub event_id: String,
    pub payment_id: PaymentId,
    pub outcome: PaymentOutcome,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: Currency,
    pub occurred_at: Timestamp,
}
