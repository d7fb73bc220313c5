//! The organizer's numbers as they were at some instant: folded from one conference's events.

use std::collections::BTreeMap;

use plenary_shared::registration::Summary;
use plenary_shared::{ConferenceId, Currency, OrderId, Timestamp};

use super::{ConferenceView, OrderView, SummaryView};
use crate::conference::contracts as management;
use crate::eventstore::RecordedEvent;
use crate::registration::order;
use crate::registration::seats_availability;

/// A conference and its orders up to some position of the log.
#[derive(Debug)]
pub struct Past {
    conference: ConferenceView,
    orders: BTreeMap<OrderId, OrderView>,
    sums: SummaryView,
}

impl Past {
    /// Before the first event.
    pub fn new(id: ConferenceId) -> Self {
        let (orders, sums) = (BTreeMap::new(), SummaryView::default());
        Self { conference: ConferenceView::new(id), orders, sums }
    }

    /// Folds the next event in.
    pub fn fold(&mut self, event: &RecordedEvent) {
        if let Some(happened) = event.get::<order::Event>() {
            let id = OrderId(event.stream_id.0);
            let order = self.orders.entry(id).or_insert_with(|| OrderView::new(id, event));
            let before = order.status();
            order.fold(event, happened);
            if order.status() != before {
                self.sums.count(before, order, event, self.conference.time_zone());
            }
        } else if let Some(happened) = event.get::<management::Event>() {
            self.conference.fold_management(event, happened);
        } else if let Some(happened) = event.get::<seats_availability::Event>() {
            self.conference.fold_availability(event, happened);
        }
    }

    /// The numbers, all of them zero in `currency` when there was no conference yet.
    pub fn to_summary(&self, as_of: Timestamp, currency: Currency) -> Summary {
        let mut summary = self.sums.to_summary(&self.conference, as_of);
        if self.conference.catalogue.details.is_none() {
            summary.revenue.currency = currency;
        }
        summary
    }
}
