//! Orders, assignments and the organizer's figures as they cross HTTP.

use serde::{Deserialize, Serialize};

use crate::payments::PaymentStatus;
use crate::{ConferenceId, Date, Money, OrderId, PaymentId, SeatTypeId, Timestamp};

/// So many seats of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatQuantity {
    pub seat_type_id: SeatTypeId,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 20))]
    pub quantity: i64,
}

/// What a registrant sends to place an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceOrder {
    /// Chosen by the client, so that it can show the order before the answer arrives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OrderId>,
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub seats: Vec<SeatQuantity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub promo_codes: Vec<String>,
    /// What the registrant was shown; another total is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<Money>,
}

/// What a registrant sends to change the seats of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSeats {
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub seats: Vec<SeatQuantity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub promo_codes: Vec<String>,
}

/// Asks what seats would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteRequest {
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub seats: Vec<SeatQuantity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub promo_codes: Vec<String>,
}

/// What seats would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    pub lines: Vec<QuoteLine>,
    pub discounts: Vec<Discount>,
    pub total: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteLine {
    pub seat_type_id: SeatTypeId,
    pub name: String,
    pub quantity: i64,
    pub unit_price: Money,
    pub line_total: Money,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OrderStatus {
    /// Placed, not decided yet. Only the browser's optimistic order is ever shown so.
    Pending,
    PartiallyReserved,
    Reserved,
    PaymentPending,
    Confirmed,
    Expired,
    Cancelled,
    /// Paid late, and the seats could not be had again.
    NeedsAttention,
    Refunded,
}

impl OrderStatus {
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::PartiallyReserved,
        Self::Reserved,
        Self::PaymentPending,
        Self::Confirmed,
        Self::Expired,
        Self::Cancelled,
        Self::NeedsAttention,
        Self::Refunded,
    ];

    /// The name as it crosses HTTP: `payment_pending`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::PartiallyReserved => "partially_reserved",
            Self::Reserved => "reserved",
            Self::PaymentPending => "payment_pending",
            Self::Confirmed => "confirmed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::NeedsAttention => "needs_attention",
            Self::Refunded => "refunded",
        }
    }

    /// The status that has this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// An order. Without proof its `registrant`, `access_code` and `payment` are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    pub id: OrderId,
    pub conference: OrderConference,
    pub status: OrderStatus,
    /// Six characters.
    pub access_code: Option<String>,
    pub placed_at: Timestamp,
    /// Until when the registrant is shown to have time; null once confirmed.
    pub expires_at: Option<Timestamp>,
    pub seats: Vec<OrderSeat>,
    pub discounts: Vec<Discount>,
    /// The price of what is reserved.
    pub total: Money,
    /// True when everything requested is held and costs nothing.
    pub free: bool,
    pub registrant: Option<Person>,
    pub payment: Option<OrderPayment>,
    pub version: i64,
    /// When this JSON was made, by the server's clock.
    pub server_time: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderConference {
    pub id: ConferenceId,
    pub slug: String,
    pub name: String,
}

/// What was asked for and what could be held of one seat type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderSeat {
    pub seat_type_id: SeatTypeId,
    pub name: String,
    pub requested: i64,
    pub reserved: i64,
    pub unit_price: Money,
    /// The price of what is reserved.
    pub line_total: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Discount {
    pub code: String,
    pub description: String,
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderPayment {
    pub id: PaymentId,
    pub status: PaymentStatus,
}

/// A registrant or an attendee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    #[cfg_attr(feature = "openapi", schema(max_length = 100, pattern = r"\S"))]
    pub first_name: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 100, pattern = r"\S"))]
    pub last_name: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 254, format = "email"))]
    pub email: String,
}

impl Person {
    /// First name and last name, as people are shown.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// What proves that one is an order's registrant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindOrder {
    pub email: String,
    pub access_code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundOrder {
    pub order_id: OrderId,
    pub conference_slug: String,
}

/// The seats of a confirmed order and who sits on them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignments {
    pub order_id: OrderId,
    pub seats: Vec<SeatAssignment>,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatAssignment {
    /// Counted from 0 within the order.
    pub position: i64,
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
    pub attendee: Option<Person>,
}

/// An order as the organizer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerOrder {
    #[serde(flatten)]
    pub order: Order,
    pub attendees: Vec<OrganizerSeat>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerSeat {
    pub position: i64,
    pub seat_type_name: String,
    pub attendee: Option<Person>,
}

/// A page of the organizer's orders, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerOrders {
    pub orders: Vec<OrganizerOrder>,
    /// What to send as `after` for the next page; null on the last.
    pub next: Option<String>,
}

/// One sold seat of the organizer's attendee list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttendeeRow {
    pub order_id: OrderId,
    pub position: i64,
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
    pub attendee: Option<Person>,
    /// The code on the ticket.
    pub ticket: String,
    /// Since when whoever has the seat is in; null while she is not.
    pub checked_in_at: Option<Timestamp>,
}

/// What the organizer sends to let somebody in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckIn {
    /// When that was, where it is sent later; now when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// A page of the organizer's attendees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttendeeRows {
    pub attendees: Vec<AttendeeRow>,
    pub next: Option<String>,
}

/// The organizer's numbers, derived from the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    pub seat_types: Vec<SeatTypeSummary>,
    /// Of confirmed orders.
    pub revenue: Money,
    /// How many orders stand where; states without orders are absent.
    pub orders: std::collections::BTreeMap<String, i64>,
    pub by_day: Vec<DaySummary>,
    pub as_of: Timestamp,
    /// The position in the log that the numbers were derived from.
    pub position: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatTypeSummary {
    pub id: SeatTypeId,
    pub name: String,
    pub quota: i64,
    pub sold: i64,
    pub held: i64,
    /// Below zero after the quota was cut below what is held and sold.
    pub free: i64,
    pub revenue: Money,
}

/// What was confirmed on one day of the conference's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DaySummary {
    pub date: Date,
    pub orders: i64,
    pub seats: i64,
    pub revenue: Money,
}

/// One recorded event in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEvent {
    pub position: i64,
    pub recorded_at: Timestamp,
    #[serde(rename = "type")]
    pub kind: String,
    pub order_id: Option<OrderId>,
    pub text: String,
}

/// A page of recorded events, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    pub events: Vec<HistoryEvent>,
    pub next: Option<String>,
    /// What the registration process decided, when one order's history was asked for; oldest first, whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<ProcessDecision>,
}

/// One decision of an order's registration process, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProcessDecision {
    pub at: Timestamp,
    /// The commands that it decided on, by name.
    pub commands: Vec<String>,
    pub text: String,
}

/// An order that was paid and cannot be confirmed, or was paid wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttentionEntry {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub kind: AttentionKind,
    /// In plain words.
    pub reason: String,
    pub amount: Money,
    pub raised_at: Timestamp,
    /// What was decided; null while the charge waits for it.
    pub resolution: Option<AttentionResolution>,
    pub resolved_at: Option<Timestamp>,
    /// The processor has given the money back. It may take a while after the decision.
    pub refunded_at: Option<Timestamp>,
}

/// Why a charge needs a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AttentionKind {
    /// It came too late for its seats. More seats can help it.
    LateAndSoldOut,
    /// The order was confirmed already.
    SecondCharge,
    /// The amount is not what the order costs.
    WrongAmount,
}

/// What the organizer can decide about a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AttentionResolution {
    /// The whole charge is given back.
    Refund,
    /// As many more seats are offered as the order needs, and it is confirmed.
    OverrideQuota,
}

/// What the organizer sends to decide about a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResolveAttention {
    pub resolution: AttentionResolution,
    /// Which charge, where an order has several; else the oldest that waits for a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}
