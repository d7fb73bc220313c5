//! An order as its holder sees it, and as somebody without proof does.

use plenary_shared::payments::PaymentStatus;
use plenary_shared::registration::{
    Order as PublicOrder, OrderConference, OrderPayment, OrderSeat, OrderStatus, SeatQuantity,
};
use plenary_shared::{ConferenceId, Money, OrderId, SeatTypeId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::eventstore::RecordedEvent;
use crate::registration::order::{self, Event, HolderId, Order};

/// Who looks at an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A holder, or the organizer.
    Full,
    /// Whoever knows no more than the link.
    Redacted,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    pub id: OrderId,
    pub conference_id: ConferenceId,
    pub order: Order,
    pub placed_at: Timestamp,
    pub payment: Option<OrderPayment>,
    pub version: i64,
    /// The position in the log of the last event.
    pub position: i64,
}

impl OrderView {
    pub fn new(id: OrderId, event: &RecordedEvent) -> Self {
        let (conference_id, placed_at) = (event.conference_id, event.recorded_at);
        Self { id, conference_id, order: Order::NotPlaced, placed_at, payment: None, version: 0, position: 0 }
    }

    pub fn status(&self) -> OrderStatus {
        self.order.status()
    }

    /// Folds one event in; an event that it has seen already changes nothing.
    pub fn fold(&mut self, event: &RecordedEvent, happened: &Event) {
        if event.version <= self.version {
            return;
        }
        let payment = |id, status| Some(OrderPayment { id, status });
        match happened {
            Event::OrderPaymentStarted { payment_id, .. } => {
                self.payment = payment(*payment_id, PaymentStatus::Initiated);
            }
            Event::OrderPaymentRejected { payment_id } => {
                self.payment = payment(*payment_id, PaymentStatus::Rejected);
            }
            Event::OrderConfirmed { payment_id: Some(payment_id), .. } => {
                self.payment = payment(*payment_id, PaymentStatus::Completed);
            }
            Event::OrderNeedsAttention { payment_id, .. } if self.status() != OrderStatus::Confirmed => {
                self.payment = payment(*payment_id, PaymentStatus::Completed);
            }
            Event::OrderPaymentRefunded { payment_id, .. }
                if self.payment.is_some_and(|payment| payment.id == *payment_id) =>
            {
                self.payment = payment(*payment_id, PaymentStatus::Refunded);
            }
            _ => {}
        }
        self.order = order::evolve(std::mem::take(&mut self.order), happened);
        self.version = event.version;
        self.position = event.position;
    }

    /// Whether this holder placed or found it.
    pub fn is_held_by(&self, holder: &HolderId) -> bool {
        self.order.terms().is_some_and(|terms| terms.holders.contains(holder))
    }

    /// As it crosses HTTP. `None` before it was placed.
    pub fn to_order(&self, form: Form, conference: OrderConference, now: Timestamp) -> Option<PublicOrder> {
        let terms = self.order.terms()?;
        let full = form == Form::Full;
        let seats = terms.seats.iter().map(|seat| {
            let reserved = quantity_of(&terms.reserved, seat.seat_type_id);
            OrderSeat {
                seat_type_id: seat.seat_type_id,
                name: seat.name.clone(),
                requested: seat.quantity,
                reserved,
                unit_price: seat.unit_price,
                line_total: Money::new(seat.unit_price.amount * reserved, seat.unit_price.currency),
            }
        });
        Some(PublicOrder {
            id: self.id,
            conference,
            status: self.status(),
            access_code: full.then(|| terms.access_code.clone()),
            placed_at: self.placed_at,
            expires_at: (self.status() != OrderStatus::Confirmed).then_some(terms.expires_at),
            seats: seats.collect(),
            discounts: terms.discounts.clone(),
            total: terms.total,
            free: terms.free,
            registrant: terms.registrant.as_ref().filter(|_| full).and_then(|it| it.reveal().cloned()),
            payment: self.payment.filter(|_| full),
            version: self.version,
            server_time: now,
        })
    }

    /// What the organizer's search looks in, in lower case.
    pub fn search_text(&self) -> String {
        let Some(terms) = self.order.terms() else { return String::new() };
        let person = terms.registrant.as_ref().and_then(crate::personal::Personal::reveal);
        let name = person.map(|it| format!("{} {} {}", it.first_name, it.last_name, it.email));
        format!("{} {}", terms.access_code, name.unwrap_or_default()).to_lowercase()
    }
}

fn quantity_of(seats: &[SeatQuantity], id: SeatTypeId) -> i64 {
    seats.iter().find(|seat| seat.seat_type_id == id).map_or(0, |seat| seat.quantity)
}
