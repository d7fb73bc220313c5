//! Who sits on the seats of an order.

use plenary_shared::registration::{Assignments, AttendeeRow, OrganizerSeat, SeatAssignment};
use plenary_shared::{ConferenceId, OrderId, ticket};
use serde::{Deserialize, Serialize};

use crate::eventstore::RecordedEvent;
use crate::registration::seat_assignments::{self, Event, SeatAssignments};

/// The seats of one confirmed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentView {
    pub order_id: OrderId,
    pub conference_id: ConferenceId,
    pub assignments: SeatAssignments,
    pub version: i64,
}

impl AssignmentView {
    pub fn new(order_id: OrderId, conference_id: ConferenceId) -> Self {
        Self { order_id, conference_id, assignments: SeatAssignments::default(), version: 0 }
    }

    /// Folds one event in; an event that it has seen already changes nothing.
    pub fn fold(&mut self, event: &RecordedEvent, happened: &Event) {
        if event.version <= self.version {
            return;
        }
        self.assignments = seat_assignments::evolve(std::mem::take(&mut self.assignments), happened);
        self.version = event.version;
    }

    /// The seats as they cross HTTP, by position.
    pub fn seats(&self) -> Vec<SeatAssignment> {
        let seat = |(position, seat): (i64, &seat_assignments::AssignedSeat)| SeatAssignment {
            position,
            seat_type_id: seat.seat_type_id,
            seat_type_name: seat.seat_type_name.clone(),
            attendee: seat.attendee.as_ref().and_then(|it| it.reveal().cloned()),
        };
        (0..).zip(self.assignments.seats()).map(seat).collect()
    }

    pub fn to_assignments(&self) -> Assignments {
        Assignments { order_id: self.order_id, seats: self.seats(), version: self.version }
    }

    /// The seats as the organizer's list of attendees shows them.
    pub fn attendee_rows(&self) -> Vec<AttendeeRow> {
        let row = |(position, seat): (i64, &seat_assignments::AssignedSeat)| AttendeeRow {
            order_id: self.order_id,
            position,
            seat_type_id: seat.seat_type_id,
            seat_type_name: seat.seat_type_name.clone(),
            attendee: seat.attendee.as_ref().and_then(|it| it.reveal().cloned()),
            ticket: ticket::code(self.order_id, position),
            checked_in_at: seat.checked_in_at,
        };
        (0..).zip(self.assignments.seats()).map(row).collect()
    }

    /// The seats as the organizer's list of orders shows them.
    pub fn organizer_seats(&self) -> Vec<OrganizerSeat> {
        let seat = |seat: SeatAssignment| OrganizerSeat {
            position: seat.position,
            seat_type_name: seat.seat_type_name,
            attendee: seat.attendee,
        };
        self.seats().into_iter().map(seat).collect()
    }
}
