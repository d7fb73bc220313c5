//! What an order is at any moment, folded from its events.

use std::collections::BTreeSet;

use plenary_shared::registration::{OrderStatus, Person, SeatQuantity};
use plenary_shared::{ConferenceId, Currency, Money, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AttentionReason, HolderId, OrderLine, OrderedSeat};
use crate::personal::Personal;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Order {
    #[default]
    NotPlaced,
    /// Asked for, and what could be held is not known yet; also after its seats were changed.
    Placed(Terms),
    PartiallyReserved(Terms),
    Reserved(Terms),
    PaymentPending {
        terms: Terms,
        payment_id: PaymentId,
    },
    Confirmed {
        terms: Terms,
        /// `None` when it was free of charge.
        payment_id: Option<PaymentId>,
    },
    Expired(Terms),
    Cancelled(Terms),
    /// Charged for, without seats; a person decides.
    NeedsAttention(Terms),
}

/// What an order has in every situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub conference_id: ConferenceId,
    pub currency: Currency,
    pub access_code: String,
    /// What is asked for.
    pub seats: Vec<OrderedSeat>,
    /// What was asked for at first.
    pub first_placed: Vec<SeatQuantity>,
    /// What is held, as far as the order knows; at last what was held when it ended.
    pub reserved: Vec<SeatQuantity>,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    /// Everything requested is held and costs nothing.
    pub free: bool,
    /// What is shown.
    pub expires_at: Timestamp,
    /// When the seats are released.
    pub release_at: Timestamp,
    pub extended: bool,
    pub holders: BTreeSet<HolderId>,
    pub registrant: Option<Personal<Person>>,
    pub attention: Vec<Attention>,
}

/// A charge that a person must decide about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    pub payment_id: PaymentId,
    pub reason: AttentionReason,
    pub amount: Money,
}

impl Order {
    /// What it has in every situation; `None` before it is placed.
    pub const fn terms(&self) -> Option<&Terms> {
        match self {
            Self::NotPlaced => None,
            Self::Placed(terms)
            | Self::PartiallyReserved(terms)
            | Self::Reserved(terms)
            | Self::PaymentPending { terms, .. }
            | Self::Confirmed { terms, .. }
            | Self::Expired(terms)
            | Self::Cancelled(terms)
            | Self::NeedsAttention(terms) => Some(terms),
        }
    }

    /// Where it stands.
    pub const fn status(&self) -> OrderStatus {
        match self {
            Self::NotPlaced | Self::Placed(_) => OrderStatus::Pending,
            Self::PartiallyReserved(_) => OrderStatus::PartiallyReserved,
            Self::Reserved(_) => OrderStatus::Reserved,
            Self::PaymentPending { .. } => OrderStatus::PaymentPending,
            Self::Confirmed { .. } => OrderStatus::Confirmed,
            Self::Expired(_) => OrderStatus::Expired,
            Self::Cancelled(_) => OrderStatus::Cancelled,
            Self::NeedsAttention(_) => OrderStatus::NeedsAttention,
        }
    }

    /// The payment that has neither completed nor been rejected.
    pub const fn open_payment(&self) -> Option<PaymentId> {
        match self {
            Self::PaymentPending { payment_id, .. } => Some(*payment_id),
            _ => None,
        }
    }

    /// What was asked for at first, to tell a repeat of the same request from another one.
    pub fn first_placed(&self) -> &[SeatQuantity] {
        self.terms().map_or(&[], |terms| &terms.first_placed)
    }
}
