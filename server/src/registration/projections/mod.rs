//! The read models of this room: folded from events, one row for each screen that asks.
//!
//! A rebuild runs the same functions over the whole log and gives the same bytes.

mod assignment_view;
mod conference_view;
mod order_view;
mod rows;
mod summary_view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use plenary_shared::registration::OrderStatus;
use plenary_shared::{ConferenceId, OrderId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::live::Live;
use super::order;
use super::seat_assignments;
use super::seats_availability;
use crate::conference::contracts as management;
use crate::db::Conn;
use crate::eventstore::{Aggregate, RecordedEvent, StreamId};
use crate::http::secrets::Secrets;
use crate::messaging::{AfterCommit, Error, Projection};

pub use assignment_view::AssignmentView;
pub use conference_view::{ConferenceView, SeatTypeView};
pub use order_view::{Form, OrderView};
pub use rows::{Attention, load_assignment_view, load_conference_view, load_order_view, load_summary_view};
pub use summary_view::SummaryView;

/// Folds the events of this room and of Management into its read models.
#[derive(Debug)]
pub struct RegistrationViews {
    pub live: Arc<Live>,
    pub secrets: Arc<Secrets>,
}

/// The rows that a batch touches.
#[derive(Debug, Default)]
struct Touched {
    conferences: BTreeMap<ConferenceId, ConferenceView>,
    orders: BTreeMap<OrderId, OrderView>,
    assignments: BTreeMap<OrderId, AssignmentView>,
    summaries: BTreeMap<ConferenceId, SummaryView>,
    locators: BTreeSet<(Vec<u8>, Uuid)>,
    attention: Vec<Attention>,
}

#[async_trait]
impl Projection for RegistrationViews {
    async fn project(&self, events: &[RecordedEvent], mut conn: Conn<'_>) -> Result<Vec<AfterCommit>, Error> {
        let mut touched = Touched::default();
        for event in events {
            self.fold(event, conn.again(), &mut touched).await?;
        }
        rows::store(conn, &touched).await?;
        let (live, events) = (Arc::clone(&self.live), events.to_vec());
        Ok(vec![Box::new(move || {
            live.publish(touched.conferences, touched.orders, touched.summaries, &events)
        })])
    }
}

impl RegistrationViews {
    async fn fold(&self, event: &RecordedEvent, conn: Conn<'_>, touched: &mut Touched) -> Result<(), Error> {
        if let Some(happened) = event.get::<order::Event>() {
            return self.fold_order(event, happened, conn, touched).await;
        }
        if let Some(happened) = event.get::<seat_assignments::Event>() {
            return fold_assignments(event, happened, conn, touched).await;
        }
        if let Some(happened) = event.get::<management::Event>() {
            let view = touched.conference(event.conference_id, conn).await?;
            view.fold_management(event, happened);
        } else if let Some(happened) = event.get::<seats_availability::Event>() {
            let view = touched.conference(event.conference_id, conn).await?;
            view.fold_availability(event, happened);
        }
        Ok(())
    }

    async fn fold_order(
        &self,
        event: &RecordedEvent,
        happened: &order::Event,
        mut conn: Conn<'_>,
        touched: &mut Touched,
    ) -> Result<(), Error> {
        let id = OrderId(event.stream_id.0);
        let view = match touched.orders.remove(&id) {
            Some(view) => view,
            None => {
                let stored =
                    if event.version == 1 { None } else { load_order_view(conn.again(), id).await? };
                stored.unwrap_or_else(|| OrderView::new(id, event))
            }
        };
        let before = view.status();
        let view = view.fold(event, happened);
        if view.status() != before {
            touched.count(before, &view, event, conn).await?;
        }
        match happened {
            order::Event::OrderRegistrantAssigned { registrant } => {
                let hash = self.secrets.keyed_hash(&registrant.reveal().email);
                touched.locators.insert((hash.to_vec(), id.0));
            }
            order::Event::OrderNeedsAttention { payment_id, reason, amount } => {
                touched.attention.push(Attention {
                    conference_id: event.conference_id,
                    order_id: id,
                    payment_id: *payment_id,
                    reason: *reason,
                    amount: *amount,
                    raised_at: event.recorded_at,
                });
            }
            _ => {}
        }
        touched.orders.insert(id, view);
        Ok(())
    }
}

async fn fold_assignments(
    event: &RecordedEvent,
    happened: &seat_assignments::Event,
    conn: Conn<'_>,
    touched: &mut Touched,
) -> Result<(), Error> {
    let id = OrderId(order_of_assignments(event.stream_id));
    let view = match touched.assignments.remove(&id) {
        Some(view) => view,
        None => {
            let stored = if event.version == 1 { None } else { load_assignment_view(conn, id).await? };
            stored.unwrap_or_else(|| AssignmentView::new(id, event.conference_id))
        }
    };
    touched.assignments.insert(id, view.fold(event, happened));
    Ok(())
}

/// The order whose assignments lie in this stream.
fn order_of_assignments(stream: StreamId) -> Uuid {
    let mut bytes = stream.0.into_bytes();
    bytes[15] ^= seat_assignments::SeatAssignments::STREAM_CODE;
    Uuid::from_bytes(bytes)
}

impl Touched {
    /// Counts that an order has moved on from `before`.
    async fn count(
        &mut self,
        before: OrderStatus,
        order: &OrderView,
        event: &RecordedEvent,
        mut conn: Conn<'_>,
    ) -> Result<(), Error> {
        let id = event.conference_id;
        let zone = self.conference(id, conn.again()).await?.time_zone();
        let mut summary = match self.summaries.remove(&id) {
            Some(summary) => summary,
            None => load_summary_view(conn, id).await?.unwrap_or_default(),
        };
        summary.count(before, order, event, zone);
        self.summaries.insert(id, summary);
        Ok(())
    }

    async fn conference(&mut self, id: ConferenceId, conn: Conn<'_>) -> Result<&mut ConferenceView, Error> {
        if !self.conferences.contains_key(&id) {
            let stored = load_conference_view(conn, id).await?;
            self.conferences.insert(id, stored.unwrap_or_else(|| ConferenceView::new(id)));
        }
        Ok(self.conferences.get_mut(&id).expect("it was inserted just now"))
    }
}

/// A stored body as the view that it is.
fn from_body<V: DeserializeOwned>(body: &str) -> Result<V, Error> {
    Ok(serde_json::from_str(body)?)
}

/// A view as it is stored.
fn to_body<V: Serialize>(view: &V) -> Result<String, Error> {
    Ok(serde_json::to_string(view)?)
}
