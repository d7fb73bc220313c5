//! The one pricing function. What the registrant sees while choosing is what the server computes.

use crate::registration::SeatQuantity;
use crate::{Currency, Money, SeatTypeId};

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
    pub line_total: Money,
}

/// The price of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// One per seat type with a quantity above zero, in the order of the request.
    pub lines: Vec<Line>,
    pub total: Money,
}

/// A seat type that has no price here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the conference has no such seat type")]
pub struct UnknownSeatType(pub SeatTypeId);

/// Prices `seats`. Quantities of zero count as not chosen.
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
    Ok(Priced { lines, total: Money::new(total, currency) })
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
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
    const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(2));

    fn prices(general: i64, workshop: i64) -> [UnitPrice; 2] {
        [(GENERAL, general), (WORKSHOP, workshop)].map(|(seat_type_id, amount)| UnitPrice {
            seat_type_id,
            price: Money::new(amount, Currency::USD),
        })
    }

    fn seats(general: i64, workshop: i64) -> [SeatQuantity; 2] {
        [(GENERAL, general), (WORKSHOP, workshop)]
            .map(|(seat_type_id, quantity)| SeatQuantity { seat_type_id, quantity })
    }

    #[test]
    fn a_line_is_unit_price_times_quantity() {
        let cases = [((1510, 0), (3, 0), 4530), ((19_900, 4_900), (2, 1), 44_700), ((0, 0), (5, 5), 0)];
        for ((general, workshop), (wanted, wanted_too), total) in cases {
            let priced =
                price(&seats(wanted, wanted_too), &prices(general, workshop), Currency::USD).unwrap();
            assert_eq!(priced.total, Money::new(total, Currency::USD));
        }
    }

    #[test]
    fn seats_not_chosen_have_no_line() {
        let priced = price(&seats(0, 1), &prices(1, 2), Currency::USD).unwrap();
        assert_eq!(priced.lines.iter().map(|line| line.seat_type_id).collect::<Vec<_>>(), [WORKSHOP]);
    }

    #[test]
    fn a_seat_type_without_a_price_is_named() {
        let unknown = price(&seats(1, 1), &prices(1, 1)[..1], Currency::USD);
        assert_eq!(unknown, Err(UnknownSeatType(WORKSHOP)));
    }

    proptest! {
        #[test]
        fn the_total_is_the_sum_of_the_lines(
            general in 0..=5_000_000_i64, workshop in 0..=5_000_000_i64, a in 0..=20_i64, b in 0..=20_i64,
        ) {
            let priced = price(&seats(a, b), &prices(general, workshop), Currency::USD).unwrap();
            prop_assert_eq!(priced.total.amount, general * a + workshop * b);
            prop_assert!(priced.lines.iter().all(|line| line.quantity > 0));
        }
    }
}
