//! What must hold of a conference's wait list whenever nothing is going on.

use std::collections::{BTreeMap, BTreeSet};

use plenary_shared::OrderId;
use plenary_shared::registration::OrderStatus;

use super::super::order::Order;
use super::super::seats_availability::SeatsAvailability;
use super::super::wait_list::{Entry, Offer, WaitList};

/// A conference as its wait list sees it.
#[derive(Debug)]
pub struct Surroundings<'c> {
    pub published: bool,
    pub availability: &'c SeatsAvailability,
    pub orders: &'c BTreeMap<OrderId, Order>,
}

/// Says what does not hold.
pub fn check(list: &WaitList, around: &Surroundings<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in list.entries() {
        if !seen.insert(entry.id) {
            wrong.push(format!("entry {} has two places on the wait list", entry.id));
        }
        wrong.extend(entry.offers.iter().filter_map(|offer| check_offer(entry, offer, around)));
    }
    if around.published {
        let idle =
            list.awaited().into_iter().filter(|it| around.availability.remaining(it.seat_type_id) > Some(0));
        wrong.extend(
            idle.map(|it| {
                format!("seats of type {} are free while somebody waits for them", it.seat_type_id)
            }),
        );
    }
    wrong
}

/// An open offer is an order that holds seats, or did until its registrant chose others.
fn check_offer(entry: &Entry, offer: &Offer, around: &Surroundings<'_>) -> Option<String> {
    let Some(order) = around.orders.get(&offer.order_id) else {
        return Some(format!("order {} was offered to entry {} and never placed", offer.order_id, entry.id));
    };
    let first = order.first_placed();
    let as_offered = first.len() == 1
        && first.iter().all(|it| it.seat_type_id == entry.seat_type_id && it.quantity == offer.seats);
    if !as_offered {
        return Some(format!("order {} holds other seats than were offered", offer.order_id));
    }
    let open = matches!(
        order.status(),
        OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending
    );
    (!open).then(|| format!("order {} is decided and still on offer to entry {}", offer.order_id, entry.id))
}
