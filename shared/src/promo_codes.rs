//! Promotional codes as they cross HTTP, and what they take off.

use serde::{Deserialize, Serialize};

use crate::{Money, PromoCodeId, SeatTypeId};

/// What a code takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DiscountRule {
    /// So many hundredths of the list price of every line in scope.
    Percentage {
        /// From 1 to 100.
        percent: i64,
    },
    /// This much, once per order, and never more than the lines in scope cost.
    Amount { amount: Money },
}

/// Which other codes may be used in the same order. Two codes combine when each of them allows the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Combines {
    #[default]
    None,
    All,
    /// Only with these.
    With(Vec<String>),
}

impl Combines {
    /// Whether a code in upper case may be used beside this one.
    pub fn allows(&self, other: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::With(codes) => codes.iter().any(|code| code == other),
        }
    }
}

/// What an organizer sends to add a promotional code, or with `version` to change one. Other fields of a code that was
/// read may come along; they change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromoCodeInput {
    /// 3 to 32 letters, digits, underscores and hyphens; fixed once it is there.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9_-]{3,32}$"))]
    pub code: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 250))]
    pub description: String,
    pub discount: DiscountRule,
    /// Null for all seat types.
    #[serde(default)]
    pub seat_type_ids: Option<Vec<SeatTypeId>>,
    /// How many orders may use it; null for any number.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000))]
    pub max_uses: Option<i64>,
    #[serde(default)]
    pub combines: Combines,
    /// A code that is switched off cannot be used by new orders.
    #[serde(default = "switched_on")]
    pub active: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

const fn switched_on() -> bool {
    true
}

/// A promotional code as its organizer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromoCode {
    pub id: PromoCodeId,
    /// In upper case.
    pub code: String,
    pub description: String,
    pub discount: DiscountRule,
    /// Null for all seat types.
    pub seat_type_ids: Option<Vec<SeatTypeId>>,
    /// Null for any number.
    pub max_uses: Option<i64>,
    pub combines: Combines,
    pub active: bool,
    /// How many orders that are open or confirmed use it. It may pass `max_uses` where that was lowered later, or where
    /// an order was paid late.
    pub uses: i64,
    pub version: i64,
}
