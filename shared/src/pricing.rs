//! The one pricing function. What the registrant sees while choosing is what the server computes.
//!
//! Lines come first, at list price; promotional codes then take something off. They are applied one after the other,
//! sorted: percentages before amounts, codes for some seat types before codes for all, then by the code itself. Each
//! takes no more than the codes before it have left of its lines. So it does not matter in which order codes were
//! entered or seats chosen, and no discount ever exceeds what it is a discount on.

use serde::{Deserialize, Serialize};

use crate::promo_codes::{Combines, DiscountRule};
use crate::registration::{Discount, SeatQuantity};
use crate::{Currency, Money, PromoCodeId, SeatTypeId};

/// The most seats of one type in an order.
pub const MAX_SEATS_PER_TYPE: i64 = 20;

/// What one seat costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    pub seat_type_id: SeatTypeId,
    pub price: Money,
}

/// The price of some seats of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub seat_type_id: SeatTypeId,
    pub quantity: i64,
    pub unit_price: Money,
    /// At list price.
    pub line_total: Money,
    /// What the codes take off this line.
    pub discount: Money,
}

/// A promotional code as an order uses it, with its rule as it was then: whatever the organizer makes of it later, the
/// order keeps this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedCode {
    pub promo_code_id: PromoCodeId,
    /// In upper case.
    pub code: String,
    pub description: String,
    pub discount: DiscountRule,
    /// `None` for all seat types.
    pub seat_type_ids: Option<Vec<SeatTypeId>>,
    pub combines: Combines,
}

impl AppliedCode {
    /// Whether it takes something off seats of this type.
    pub fn covers(&self, seat_type_id: SeatTypeId) -> bool {
        self.seat_type_ids.as_ref().is_none_or(|ids| ids.contains(&seat_type_id))
    }

    /// Whether it and `other` may be used in one order: each of them must allow it.
    pub fn combines_with(&self, other: &Self) -> bool {
        self.combines.allows(&other.code) && other.combines.allows(&self.code)
    }

    /// Codes are applied in the order of this.
    fn rank(&self) -> (u8, u8, &str) {
        let kind = match self.discount {
            DiscountRule::Percentage { .. } => 0,
            DiscountRule::Amount { .. } => 1,
        };
        (kind, u8::from(self.seat_type_ids.is_none()), &self.code)
    }
}

/// The price of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// One per seat type with a quantity above zero, in the order of the request.
    pub lines: Vec<Line>,
    /// One per code, in the order in which they were applied; a code that found nothing left takes nothing.
    pub discounts: Vec<Discount>,
    pub total: Money,
}

/// A seat type that has no price here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the conference has no such seat type")]
pub struct UnknownSeatType(pub SeatTypeId);

/// Prices `seats` at list price. Quantities of zero count as not chosen.
///
/// # Errors
///
/// Names the first seat type that `prices` does not know.
pub fn price(
    seats: &[SeatQuantity],
    prices: &[UnitPrice],
    currency: Currency,
) -> Result<Priced, UnknownSeatType> {
    let lines = seats
        .iter()
        .filter(|seat| seat.quantity != 0)
        .map(|seat| line(*seat, prices))
        .collect::<Result<Vec<_>, _>>()?;
    let total = lines.iter().map(|line| line.line_total.amount).sum();
    Ok(Priced { lines, discounts: Vec::new(), total: Money::new(total, currency) })
}

fn line(seat: SeatQuantity, prices: &[UnitPrice]) -> Result<Line, UnknownSeatType> {
    let unit = prices
        .iter()
        .find(|unit| unit.seat_type_id == seat.seat_type_id)
        .ok_or(UnknownSeatType(seat.seat_type_id))?;
    Ok(Line {
        seat_type_id: seat.seat_type_id,
        quantity: seat.quantity,
        unit_price: unit.price,
        line_total: Money::new(unit.price.amount.saturating_mul(seat.quantity), unit.price.currency),
        discount: Money::zero(unit.price.currency),
    })
}

impl Priced {
    /// The same seats at list price less what `codes` take off.
    #[must_use]
    pub fn less(mut self, codes: &[AppliedCode]) -> Self {
        let mut codes: Vec<_> = codes.iter().collect();
        codes.sort_by(|a, b| a.rank().cmp(&b.rank()));
        self.discounts = codes.into_iter().map(|code| self.apply(code)).collect();
        let left: i64 = self.lines.iter().map(Line::left).sum();
        self.total.amount = left;
        self
    }

    /// Lets one code take off its lines what it may.
    fn apply(&mut self, code: &AppliedCode) -> Discount {
        let scope = self.lines.iter_mut().filter(|line| code.covers(line.seat_type_id)).collect();
        let taken = match code.discount {
            DiscountRule::Percentage { percent } => take_percentage(scope, percent),
            DiscountRule::Amount { amount } if amount.currency == self.total.currency => {
                take_amount(scope, amount.amount)
            }
            // An amount of another currency is worth nothing here.
            DiscountRule::Amount { .. } => 0,
        };
        Discount {
            code: code.code.clone(),
            description: code.description.clone(),
            amount: Money::new(taken, self.total.currency),
        }
    }
}

impl Line {
    /// What is still to pay for it.
    const fn left(&self) -> i64 {
        self.line_total.amount - self.discount.amount
    }

    const fn take(&mut self, amount: i64) {
        self.discount.amount += amount;
    }
}

fn take_percentage(scope: Vec<&mut Line>, percent: i64) -> i64 {
    let take = |line: &mut Line| {
        let taken = percentage(line.line_total.amount, percent).min(line.left());
        line.take(taken);
        taken
    };
    scope.into_iter().map(take).sum()
}

/// So many hundredths of an amount, rounded half to even.
fn percentage(amount: i64, percent: i64) -> i64 {
    let product = i128::from(amount) * i128::from(percent);
    let (whole, rest) = (product.div_euclid(100), product.rem_euclid(100));
    let rounded = match (rest * 2).cmp(&100) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Equal => whole + whole % 2,
        std::cmp::Ordering::Greater => whole + 1,
    };
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

/// Takes `amount` off all lines in scope in proportion to what is left of each. The odd minor units go to the lines
/// that the division has cut short the most, and among equals to the lower seat type.
fn take_amount(scope: Vec<&mut Line>, amount: i64) -> i64 {
    let left: i64 = scope.iter().map(|line| line.left()).sum();
    let taken = amount.clamp(0, left);
    if taken == 0 {
        return 0;
    }
    let share = |line: &Line| {
        let product = i128::from(taken) * i128::from(line.left());
        let (whole, cut) = (product / i128::from(left), product % i128::from(left));
        (i64::try_from(whole).unwrap_or(i64::MAX), cut)
    };
    let mut shares: Vec<_> = scope
        .into_iter()
        .map(|line| {
            let (whole, cut) = share(line);
            (line, whole, cut)
        })
        .collect();
    shares.sort_by_key(|(line, _, cut)| (std::cmp::Reverse(*cut), line.seat_type_id));
    let mut odd = taken - shares.iter().map(|(_, whole, _)| whole).sum::<i64>();
    for (line, whole, _) in shares {
        let extra = odd.min(1);
        odd -= extra;
        line.take(whole + extra);
    }
    taken
}

#[cfg(test)]
mod tests;
