//! Wait lists: every offer is an order, and nobody waits for seats that are free.

use std::collections::BTreeMap;

use plenary_shared::ConferenceId;

use super::Violations;
use super::management::Management;
use super::orders::Orders;
use super::seats::Seats;
use crate::eventstore::RecordedEvent;
use crate::registration::seats_availability::SeatsAvailability;
use crate::registration::wait_list::{self, WaitList};
use crate::registration::waiting::{self, Surroundings};

#[derive(Debug, Default)]
pub(super) struct WaitLists(BTreeMap<ConferenceId, WaitList>);

impl WaitLists {
    pub fn event(&mut self, event: &RecordedEvent) {
        let Some(happened) = event.get::<wait_list::Event>() else { return };
        let list = self.0.entry(event.conference_id).or_default();
        *list = wait_list::evolve(std::mem::take(list), happened);
    }

    pub fn finish(
        &self,
        orders: &Orders,
        seats: &Seats,
        management: &Management,
        violations: &mut Violations,
    ) {
        let nothing = SeatsAvailability::default();
        for (conference, list) in &self.0 {
            let around = Surroundings {
                published: management.is_published(*conference),
                availability: seats.availability(*conference).unwrap_or(&nothing),
                orders: orders.all(),
            };
            violations.0.extend(waiting::check(list, &around));
        }
    }
}
