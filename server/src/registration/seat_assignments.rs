//! `SeatAssignments`: who sits on which seat of a confirmed order. One position per seat, counted from 0.
//!
//! A seat keeps its type and the name that the type had when the order was placed, whoever sits on it.

use plenary_shared::registration::Person;
use plenary_shared::{OrderId, SeatTypeId};
use serde::{Deserialize, Serialize};

use crate::personal::Personal;

/// So many seats of one type, to be given positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignableSeat {
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
    pub quantity: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Create { order_id: OrderId, seats: Vec<AssignableSeat> },
    AssignSeat { position: i64, attendee: Personal<Person> },
    UnassignSeat { position: i64 },
}

/// One seat and its position within the order, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatPosition {
    pub position: i64,
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    SeatAssignmentsCreated { order_id: OrderId, seats: Vec<SeatPosition> },
    SeatAssigned { position: i64, attendee: Personal<Person> },
    SeatUnassigned { position: i64 },
    SeatAssignmentUpdated { position: i64, attendee: Personal<Person> },
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SeatAssignmentsCreated { .. } => "SeatAssignmentsCreated",
            Self::SeatAssigned { .. } => "SeatAssigned",
            Self::SeatUnassigned { .. } => "SeatUnassigned",
            Self::SeatAssignmentUpdated { .. } => "SeatAssignmentUpdated",
        }
    }
}

/// Why seat assignments refused a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("The seats of this order cannot be assigned before it is confirmed.")]
    NotCreated,
    #[error("This order has no seat at position {position}.")]
    UnknownPosition { position: i64 },
    #[error("An attendee needs an e-mail address.")]
    EmailMissing,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SeatAssignments {
    #[default]
    NotCreated,
    Created {
        order_id: OrderId,
        seats: Vec<AssignedSeat>,
    },
}

/// One seat; its position is its index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedSeat {
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
    pub attendee: Option<Personal<Person>>,
}

impl SeatAssignments {
    /// The seats by position; empty before they are created.
    pub fn seats(&self) -> &[AssignedSeat] {
        match self {
            Self::NotCreated => &[],
            Self::Created { seats, .. } => seats,
        }
    }
}
