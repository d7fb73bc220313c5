//! The organizer's numbers: how many orders stand where, and what was earned when.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use plenary_shared::registration::{DaySummary, OrderStatus, SeatTypeSummary, Summary};
use plenary_shared::{Date, Money, SeatTypeId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ConferenceView, OrderView};
use crate::eventstore::RecordedEvent;

/// The sums over a conference's orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryView {
    orders: BTreeMap<String, i64>,
    /// In minor units, of confirmed orders.
    revenue: i64,
    revenue_by_seat_type: BTreeMap<SeatTypeId, i64>,
    by_day: BTreeMap<Date, Day>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    orders: i64,
    seats: i64,
    revenue: i64,
}

impl SummaryView {
    /// Counts that an order, which stood at `before`, stands where it does now.
    pub fn count(&mut self, before: OrderStatus, order: &OrderView, event: &RecordedEvent, zone: Tz) {
        self.version = event.position;
        let after = order.status();
        self.move_order(before, after);
        if after == OrderStatus::Confirmed {
            self.earn(order, event.recorded_at, zone);
        }
    }

    /// An order that is pending has not been decided yet within its unit of work; nobody is to see it.
    fn move_order(&mut self, before: OrderStatus, after: OrderStatus) {
        if before != OrderStatus::Pending
            && let Some(count) = self.orders.get_mut(before.as_str())
        {
            *count -= 1;
        }
        if after != OrderStatus::Pending {
            *self.orders.entry(after.as_str().to_owned()).or_default() += 1;
        }
        self.orders.retain(|_, count| *count != 0);
    }

    fn earn(&mut self, order: &OrderView, at: Timestamp, zone: Tz) {
        let Some(terms) = order.order.terms() else { return };
        let total = terms.total.amount;
        self.revenue += total;
        for line in &terms.lines {
            // Each line bears its own part of the discounts, so that the seat types add up to the whole.
            *self.revenue_by_seat_type.entry(line.seat_type_id).or_default() +=
                line.line_total.amount - line.discount.amount;
        }
        let day = self.by_day.entry(Date(at.to_utc().with_timezone(&zone).date_naive())).or_default();
        day.orders += 1;
        day.seats += terms.lines.iter().map(|line| line.quantity).sum::<i64>();
        day.revenue += total;
    }

    /// As it crosses HTTP.
    pub fn to_summary(&self, conference: &ConferenceView, now: Timestamp) -> Summary {
        let currency = conference.catalogue.currency();
        let money = |amount| Money::new(amount, currency);
        let seat_types = conference.catalogue.seats.iter().map(|it| {
            let figures = conference.figures(it.id);
            SeatTypeSummary {
                id: it.id,
                name: it.seat.name.clone(),
                quota: figures.map_or(it.seat.quota, |figures| figures.quota),
                sold: figures.map_or(0, |figures| figures.sold),
                held: figures.map_or(0, |figures| figures.held),
                free: figures.map_or(it.seat.quota, |figures| figures.remaining),
                revenue: money(self.revenue_by_seat_type.get(&it.id).copied().unwrap_or(0)),
            }
        });
        let by_day = self.by_day.iter().map(|(date, day)| DaySummary {
            date: *date,
            orders: day.orders,
            seats: day.seats,
            revenue: money(day.revenue),
        });
        Summary {
            seat_types: seat_types.collect(),
            revenue: money(self.revenue),
            orders: self.orders.clone(),
            by_day: by_day.collect(),
            as_of: now,
            position: self.version.max(conference.position),
        }
    }
}
