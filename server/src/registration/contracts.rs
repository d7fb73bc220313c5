//! What Registration tells the other rooms.

use plenary_shared::registration::SeatQuantity;
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, SeatTypeId, Timestamp, WaitListEntryId};

use crate::eventstore::NewEvent;

use super::seat_assignments::{self, SeatAssignments};
use super::{order, wait_list};

/// The order that an event confirms, if it confirms one.
pub fn order_confirmed(event: &NewEvent) -> Option<OrderId> {
    let confirmed = matches!(event.event.get::<order::Event>()?, order::Event::OrderConfirmed { .. });
    confirmed.then_some(OrderId(event.stream_id.0))
}

/// A seat was given to somebody who did not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatGiven {
    pub order_id: OrderId,
    pub position: i64,
    /// That of the order's assignments: whoever has the seat by a later one was given it later.
    pub version: i64,
}

/// The seat that an event gives to somebody, if it gives one.
pub fn seat_given(event: &NewEvent) -> Option<SeatGiven> {
    match event.event.get::<seat_assignments::Event>()? {
        seat_assignments::Event::SeatAssigned { position, .. } => Some(SeatGiven {
            order_id: OrderId(event.stream_id.id_of::<SeatAssignments>()),
            position: *position,
            version: event.version,
        }),
        _ => None,
    }
}

/// An order asks for a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentWanted {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub total: Money,
}

/// The payment that an event asks for, if it asks for one.
pub fn payment_wanted(event: &NewEvent) -> Option<PaymentWanted> {
    match event.event.get::<order::Event>()? {
        order::Event::OrderPaymentStarted { payment_id, total } => Some(PaymentWanted {
            order_id: OrderId(event.stream_id.0),
            payment_id: *payment_id,
            total: *total,
        }),
        _ => None,
    }
}

/// A charge of an order is to be given back, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundWanted {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: Money,
}

/// The refund that an event asks for, if it asks for one.
pub fn refund_wanted(event: &NewEvent) -> Option<RefundWanted> {
    match event.event.get::<order::Event>()? {
        order::Event::OrderRefundDecided { payment_id, amount } => Some(RefundWanted {
            order_id: OrderId(event.stream_id.0),
            payment_id: *payment_id,
            amount: *amount,
        }),
        _ => None,
    }
}

/// By how much the quota of each seat type has to grow for an order that the organizer helps to its seats.
pub fn seats_wanted(event: &NewEvent) -> Option<&[SeatQuantity]> {
    match event.event.get::<order::Event>()? {
        order::Event::OrderQuotaOverridden { missing, .. } => Some(missing),
        _ => None,
    }
}

/// A charge that the organizer has to decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionRaised {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
}

/// The attention that an event asks the organizer for, if it does.
pub fn attention_raised(event: &NewEvent) -> Option<AttentionRaised> {
    match event.event.get::<order::Event>()? {
        order::Event::OrderNeedsAttention { payment_id, .. } => {
            Some(AttentionRaised { order_id: OrderId(event.stream_id.0), payment_id: *payment_id })
        }
        _ => None,
    }
}

/// Seats were offered to somebody who waits for them: an order holds them until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferMade {
    pub conference_id: ConferenceId,
    pub entry_id: WaitListEntryId,
    pub order_id: OrderId,
    pub seat_type_id: SeatTypeId,
    pub seats: i64,
    pub offered_until: Timestamp,
}

/// The offer that an event makes, if it makes one.
pub fn offer_made(event: &NewEvent) -> Option<OfferMade> {
    match event.event.get::<wait_list::Event>()? {
        wait_list::Event::SeatsOffered { entry_id, order_id, seat_type_id, seats, offered_until } => {
            Some(OfferMade {
                conference_id: event.conference_id,
                entry_id: *entry_id,
                order_id: *order_id,
                seat_type_id: *seat_type_id,
                seats: *seats,
                offered_until: *offered_until,
            })
        }
        _ => None,
    }
}
