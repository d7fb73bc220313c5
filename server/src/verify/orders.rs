//! Orders: they move only as they may, hold what they say, and have a place for everyone when confirmed.

use std::collections::BTreeMap;

use plenary_shared::OrderId;
use plenary_shared::registration::OrderStatus;

use super::Violations;
use super::promo_codes;
use super::seats::Seats;
use crate::eventstore::{Aggregate, RecordedEvent};
use crate::registration::order::{self, Order};
use crate::registration::seat_assignments::{self, SeatAssignments};

#[derive(Debug, Default)]
pub(super) struct Orders {
    orders: BTreeMap<OrderId, Order>,
    assignments: BTreeMap<OrderId, SeatAssignments>,
}

impl Orders {
    pub const fn all(&self) -> &BTreeMap<OrderId, Order> {
        &self.orders
    }

    pub fn iter(&self) -> impl Iterator<Item = (OrderId, &Order)> {
        self.orders.iter().map(|(id, order)| (*id, order))
    }

    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id)
    }

    pub fn count(&self) -> usize {
        self.orders.len()
    }

    /// Names a price that does not follow from the order that an event is about to change.
    pub fn wrong_price(&self, event: &RecordedEvent) -> Option<String> {
        let id = OrderId(event.stream_id.0);
        promo_codes::wrong_price(id, self.orders.get(&id)?, event)
    }

    pub fn event(&mut self, event: &RecordedEvent, violations: &mut Violations) {
        if let Some(happened) = event.get::<order::Event>() {
            let id = OrderId(event.stream_id.0);
            let order = self.orders.entry(id).or_default();
            let before = order.status();
            *order = order::evolve(std::mem::take(order), happened);
            let after = order.status();
            if !may_become(before, after) {
                let place = format!("{}-{}", event.shard.0, event.position);
                let (before, after) = (before.as_str(), after.as_str());
                violations.add(format!("order {id} was {before} and became {after} at {place}"));
            }
            if order.terms().is_some_and(|terms| terms.conference_id != event.conference_id) {
                violations.add(format!("order {id} is for another conference than it lies in"));
            }
        }
        if let Some(happened) = event.get::<seat_assignments::Event>() {
            let id = OrderId(event.stream_id.id_of::<SeatAssignments>());
            let assignments = self.assignments.entry(id).or_default();
            check_admission(id, assignments, happened, violations);
            *assignments = std::mem::take(assignments).evolve(happened);
        }
    }

    pub fn finish(&self, seats: &Seats, violations: &mut Violations) {
        for (id, order) in self.iter() {
            check_holds(id, order, seats, violations);
            self.check_assignments(id, order, violations);
        }
        for id in self.assignments.keys().filter(|id| !self.orders.contains_key(id)) {
            violations.add(format!("seats are assigned for order {id}, which was never placed"));
        }
    }

    /// Whoever bought seats has as many to assign, by seat type in the order of the order; nobody else has any.
    fn check_assignments(&self, id: OrderId, order: &Order, violations: &mut Violations) {
        let given = self.assignments.get(&id).map(SeatAssignments::seats).unwrap_or_default();
        let given: Vec<_> = given.iter().map(|seat| seat.seat_type_id).collect();
        let bought: Vec<_> = match (order.status(), order.terms()) {
            (OrderStatus::Confirmed, Some(terms)) => {
                let count = |quantity| usize::try_from(quantity).unwrap_or(0);
                let seats = terms.seats.iter();
                seats.flat_map(|seat| vec![seat.seat_type_id; count(seat.quantity)]).collect()
            }
            _ => Vec::new(),
        };
        if given != bought {
            let (given, bought) = (given.len(), bought.len());
            violations.add(format!("order {id} bought {bought} seats and has {given} others to assign"));
        }
    }
}

/// A seat admits once, and there is one.
fn check_admission(
    id: OrderId,
    before: &SeatAssignments,
    happened: &seat_assignments::Event,
    violations: &mut Violations,
) {
    let seat_assignments::Event::SeatCheckedIn { position, .. } = happened else { return };
    let seat = usize::try_from(*position).ok().and_then(|index| before.seats().get(index));
    match seat {
        None => violations.add(format!("seat {position} of order {id} was checked in and does not exist")),
        Some(seat) if seat.checked_in_at.is_some() => {
            violations.add(format!("seat {position} of order {id} was checked in twice"));
        }
        Some(_) => {}
    }
}

/// What an order says it holds is what is held for it.
fn check_holds(id: OrderId, order: &Order, seats: &Seats, violations: &mut Violations) {
    let Some(terms) = order.terms() else {
        violations.add(format!("order {id} has events and was never placed"));
        return;
    };
    let due = match order.status() {
        OrderStatus::Pending => {
            violations.add(format!("order {id} was never decided"));
            return;
        }
        OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending => {
            terms.reserved.as_slice()
        }
        OrderStatus::Confirmed
        | OrderStatus::Expired
        | OrderStatus::Cancelled
        | OrderStatus::NeedsAttention
        | OrderStatus::Refunded => &[],
    };
    if seats.held(terms.conference_id, id) != due {
        violations
            .add(format!("order {id} is {} and holds other seats than it says", order.status().as_str()));
    }
    if terms.total.amount < 0 {
        violations.add(format!("order {id} costs less than nothing"));
    }
}

/// The table of the domain: what an order may become.
const fn may_become(before: OrderStatus, after: OrderStatus) -> bool {
    use OrderStatus as S;
    match before {
        S::Pending => {
            matches!(
                after,
                S::Pending
                    | S::Reserved
                    | S::PartiallyReserved
                    | S::Confirmed
                    | S::Expired
                    | S::Cancelled
                    | S::NeedsAttention
            )
        }
        S::PartiallyReserved | S::Reserved | S::PaymentPending => !matches!(after, S::Refunded),
        // Nothing that loses the seats.
        S::Confirmed => matches!(after, S::Confirmed),
        S::Expired => matches!(after, S::Expired | S::Confirmed | S::NeedsAttention),
        S::Cancelled => matches!(after, S::Cancelled | S::Confirmed | S::NeedsAttention),
        S::NeedsAttention => matches!(after, S::NeedsAttention | S::Confirmed | S::Refunded),
        // A further charge wants a further decision.
        S::Refunded => matches!(after, S::Refunded | S::NeedsAttention | S::Confirmed),
    }
}
