//! Order: what a registrant asked for, what it costs, and what may still become of it.
//!
//! Nothing changes a confirmed order's seats, nothing confirms an order that holds fewer seats than it asks for, and
//! a completed payment always has a consequence: the order is confirmed, or somebody is asked to look at it.

mod rules;
mod state;
mod upcasters;

use std::time::Duration;

use plenary_shared::format::Locale;
use plenary_shared::pricing::AppliedCode;
use plenary_shared::registration::{Discount, Person, SeatQuantity};
use plenary_shared::{ConferenceId, Currency, Money, PaymentId, SeatTypeId, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::rules::decide;
pub use self::state::{Attention, Order, Resolution, Terms, Totals, evolve, price, quantities};
pub use self::upcasters::UPCASTERS;
use crate::personal::Personal;

/// Seats of one type as they are ordered: their name and price are those of the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedSeat {
    pub seat_type_id: SeatTypeId,
    pub name: String,
    pub quantity: i64,
    pub unit_price: Money,
}

/// The price of some seats of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub seat_type_id: SeatTypeId,
    pub quantity: i64,
    pub unit_price: Money,
    /// At list price.
    pub line_total: Money,
    /// What promotional codes take off it.
    pub discount: Money,
}

/// Who may see and change an order: a hash of the cookie of a browser that placed or found it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HolderId(pub String);

/// Who had personal data erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ErasedBy {
    Organizer,
}

/// Why a charge needs a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AttentionReason {
    /// The seats could not be had (again) when the payment completed.
    LateAndSoldOut,
    /// The order was already confirmed.
    SecondCharge,
    /// The amount is not what the seats cost.
    WrongAmount,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Place {
        conference_id: ConferenceId,
        /// Without the quantities of zero.
        seats: Vec<OrderedSeat>,
        /// In alphabetical order.
        promo_codes: Vec<AppliedCode>,
        currency: Currency,
        expires_at: Timestamp,
        release_at: Timestamp,
        access_code: String,
        holder: Option<HolderId>,
    },
    AddHolder {
        holder: HolderId,
    },
    /// At today's names and prices; lines that the order already has keep theirs.
    ChangeSeats {
        seats: Vec<OrderedSeat>,
        /// In place of those that the order has; in alphabetical order.
        promo_codes: Vec<AppliedCode>,
        now: Timestamp,
    },
    MarkSeatsAsReserved {
        reserved: Vec<SeatQuantity>,
    },
    AssignRegistrant {
        registrant: Personal<Person>,
        language: Option<Locale>,
        now: Timestamp,
    },
    StartPayment {
        payment_id: PaymentId,
        now: Timestamp,
    },
    RejectPayment {
        payment_id: PaymentId,
    },
    ConfirmFree {
        now: Timestamp,
    },
    CompletePayment {
        payment_id: PaymentId,
        amount: Money,
        /// What the order's reservation holds right now.
        held: Vec<SeatQuantity>,
    },
    ExtendExpiration {
        now: Timestamp,
        by: Duration,
    },
    Cancel,
    Expire,
    NeedAttention {
        payment_id: PaymentId,
        reason: AttentionReason,
        amount: Money,
    },
    /// The organizer gives a charge back: the one named, else the oldest that waits for a decision.
    Refund {
        payment_id: Option<PaymentId>,
    },
    /// The organizer offers as many more seats as this order needs.
    OverrideQuota {
        payment_id: Option<PaymentId>,
        /// What could not be had of each seat type at this moment.
        missing: Vec<SeatQuantity>,
    },
    /// The processor has given the money back.
    RecordRefund {
        payment_id: PaymentId,
    },
    ErasePersonalData {
        now: Timestamp,
        by: ErasedBy,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    OrderPlaced {
        conference_id: ConferenceId,
        seats: Vec<OrderedSeat>,
        promo_codes: Vec<AppliedCode>,
        currency: Currency,
        expires_at: Timestamp,
        release_at: Timestamp,
        access_code: String,
        holder: Option<HolderId>,
    },
    OrderTotalsCalculated {
        lines: Vec<OrderLine>,
        /// One per promotional code.
        discounts: Vec<Discount>,
        total: Money,
        /// Everything requested is held and costs nothing.
        free: bool,
    },
    OrderSeatsChanged {
        seats: Vec<OrderedSeat>,
        promo_codes: Vec<AppliedCode>,
    },
    /// Other codes for the seats that it has.
    OrderPromoCodesChanged {
        promo_codes: Vec<AppliedCode>,
    },
    OrderPartiallyReserved {
        reserved: Vec<SeatQuantity>,
    },
    OrderReservationCompleted {
        reserved: Vec<SeatQuantity>,
    },
    OrderHolderAdded {
        holder: HolderId,
    },
    OrderRegistrantAssigned {
        registrant: Personal<Person>,
        /// The language that she was spoken to in; logs from the beginning do not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Locale>,
    },
    OrderPaymentStarted {
        payment_id: PaymentId,
        total: Money,
    },
    OrderPaymentRejected {
        payment_id: PaymentId,
    },
    OrderConfirmed {
        /// `None` when it was free of charge.
        payment_id: Option<PaymentId>,
        seats: Vec<SeatQuantity>,
        total: Money,
        /// The payment completed after the order had expired or was cancelled.
        late: bool,
    },
    OrderExpirationExtended {
        expires_at: Timestamp,
        release_at: Timestamp,
    },
    OrderExpired {
        held: Vec<SeatQuantity>,
    },
    OrderCancelled {
        held: Vec<SeatQuantity>,
    },
    OrderNeedsAttention {
        payment_id: PaymentId,
        reason: AttentionReason,
        amount: Money,
    },
    /// The organizer decided to give the money back; it is on its way.
    OrderRefundDecided {
        payment_id: PaymentId,
        amount: Money,
    },
    /// The processor has given it back.
    OrderPaymentRefunded {
        payment_id: PaymentId,
        amount: Money,
    },
    /// The organizer decided to offer more seats than before, so that this order has its own.
    OrderQuotaOverridden {
        payment_id: PaymentId,
        amount: Money,
        missing: Vec<SeatQuantity>,
    },
    /// Who registers, and who sits on the seats, can be read no more, for ever.
    OrderPersonalDataErased {
        erased_at: Timestamp,
        by: ErasedBy,
    },
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderPlaced { .. } => "OrderPlaced",
            Self::OrderTotalsCalculated { .. } => "OrderTotalsCalculated",
            Self::OrderSeatsChanged { .. } => "OrderSeatsChanged",
            Self::OrderPromoCodesChanged { .. } => "OrderPromoCodesChanged",
            Self::OrderPartiallyReserved { .. } => "OrderPartiallyReserved",
            Self::OrderReservationCompleted { .. } => "OrderReservationCompleted",
            Self::OrderHolderAdded { .. } => "OrderHolderAdded",
            Self::OrderRegistrantAssigned { .. } => "OrderRegistrantAssigned",
            Self::OrderPaymentStarted { .. } => "OrderPaymentStarted",
            Self::OrderPaymentRejected { .. } => "OrderPaymentRejected",
            Self::OrderConfirmed { .. } => "OrderConfirmed",
            Self::OrderExpirationExtended { .. } => "OrderExpirationExtended",
            Self::OrderExpired { .. } => "OrderExpired",
            Self::OrderCancelled { .. } => "OrderCancelled",
            Self::OrderNeedsAttention { .. } => "OrderNeedsAttention",
            Self::OrderRefundDecided { .. } => "OrderRefundDecided",
            Self::OrderPaymentRefunded { .. } => "OrderPaymentRefunded",
            Self::OrderQuotaOverridden { .. } => "OrderQuotaOverridden",
            Self::OrderPersonalDataErased { .. } => "OrderPersonalDataErased",
        }
    }
}

/// Why an order refused a command. `index` counts the seats of the request from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("One or more items are required.")]
    NothingChosen,
    #[error("An order has 1 to {} seats of one type.", plenary_shared::pricing::MAX_SEATS_PER_TYPE)]
    QuantityOutOfRange { index: usize, seat_type_id: SeatTypeId },
    #[error("Each seat type can be named only once.")]
    DuplicateSeatType { index: usize, seat_type_id: SeatTypeId },
    #[error("An order has one currency, {expected}.")]
    WrongCurrency { index: usize, seat_type_id: SeatTypeId, expected: Currency },
    #[error("This order does not exist.")]
    NotPlaced,
    #[error("This order is confirmed and can no longer change.")]
    Confirmed,
    #[error("This order has expired and its seats were released.")]
    Expired,
    #[error("This order was cancelled and its seats were given back.")]
    Cancelled,
    #[error("This order was paid but has no seats; the organizer is looking at it.")]
    NeedsAttention,
    #[error("This order was refunded and has no seats.")]
    Refunded,
    #[error("Nothing about this order waits for a decision.")]
    NothingToDecide,
    #[error("This was decided already: {0}.")]
    AlreadyDecided(Resolution),
    #[error(
        "More seats only help an unconfirmed order whose payment came too late for them. Refund this charge."
    )]
    OverrideImpossible,
    #[error("Time is up: the seats of this order are no longer kept for you.")]
    TimeIsUp,
    #[error("A payment for this order is already on its way.")]
    PaymentOpen { payment_id: PaymentId },
    #[error("Not everything that this order asks for could be reserved.")]
    ReservationIncomplete,
    #[error("The registrant's name and e-mail address are still missing.")]
    RegistrantMissing,
    #[error("This order is free of charge; there is nothing to pay.")]
    FreeOfCharge,
    #[error("This order costs {total} and must be paid to be confirmed.")]
    PaymentRequired { total: Money },
    #[error("More time was already given to this order once.")]
    AlreadyExtended,
    #[error("The personal data of this order was erased; nobody can be named in it any more.")]
    PersonalDataErased,
}

#[cfg(test)]
mod tests;
