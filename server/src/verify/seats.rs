//! The seats of every conference: the books balance at every position, and nothing is sold that is not there.

use std::collections::BTreeMap;

use plenary_shared::registration::{OrderStatus, SeatQuantity};
use plenary_shared::{ConferenceId, OrderId, SeatTypeId};

use super::Violations;
use super::orders::Orders;
use crate::eventstore::{Aggregate, RecordedEvent};
use crate::registration::order::quantities;
use crate::registration::seats_availability::{Event, SeatsAvailability};

#[derive(Debug, Default)]
pub(super) struct Seats(BTreeMap<ConferenceId, SeatsAvailability>);

impl Seats {
    pub fn availability(&self, conference: ConferenceId) -> Option<&SeatsAvailability> {
        self.0.get(&conference)
    }

    /// What is held for an order.
    pub fn held(&self, conference: ConferenceId, order: OrderId) -> &[SeatQuantity] {
        self.0.get(&conference).and_then(|it| it.holds(order)).unwrap_or_default()
    }

    pub fn event(&mut self, event: &RecordedEvent, violations: &mut Violations) {
        let Some(happened) = event.get::<Event>() else { return };
        let availability = self.0.entry(event.conference_id).or_default();
        *availability = std::mem::take(availability).evolve(happened);
        let place = format!("{}-{}", event.shard.0, event.position);
        if let Err(unbalanced) = availability.check() {
            violations.add(format!("the books do not balance at {place}: {unbalanced}"));
        }
        if let Event::SeatsReserved { availability_changes, .. } = happened {
            let taken = availability_changes.iter().filter(|it| it.change < 0);
            let oversold =
                taken.filter(|it| availability.remaining(it.seat_type_id).is_none_or(|left| left < 0));
            for it in oversold {
                violations.add(format!("seat type {} is oversold at {place}", it.seat_type_id));
            }
        }
    }

    /// What is committed is what confirmed orders have bought.
    pub fn finish(&self, orders: &Orders, violations: &mut Violations) {
        let mut bought: BTreeMap<(ConferenceId, SeatTypeId), i64> = BTreeMap::new();
        for (_, order) in orders.iter().filter(|(_, order)| order.status() == OrderStatus::Confirmed) {
            let Some(terms) = order.terms() else { continue };
            for seat in quantities(&terms.seats) {
                *bought.entry((terms.conference_id, seat.seat_type_id)).or_default() += seat.quantity;
            }
        }
        for (conference, availability) in &self.0 {
            for seat_type in availability.seat_types() {
                let bought = bought.remove(&(*conference, seat_type)).unwrap_or(0);
                let committed = availability.committed(seat_type);
                if bought != committed {
                    violations.add(format!(
                        "of seat type {seat_type} {committed} are committed and {bought} confirmed"
                    ));
                }
            }
        }
        for ((_, seat_type), _) in bought {
            violations.add(format!("seat type {seat_type} was sold and never offered"));
        }
    }
}
