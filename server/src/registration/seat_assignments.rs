//! `SeatAssignments`: who sits on which seat of a confirmed order. One position per seat, counted from 0.
//!
//! A seat keeps its type and the name that the type had when the order was placed, whoever sits on it.

use plenary_shared::registration::Person;
use plenary_shared::validation::same_email;
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
    Create {
        order_id: OrderId,
        seats: Vec<AssignableSeat>,
    },
    AssignSeat {
        position: i64,
        attendee: Personal<Person>,
    },
    UnassignSeat {
        position: i64,
    },
    /// Names nobody any more, for ever.
    EraseAttendees,
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
    AttendeesErased,
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SeatAssignmentsCreated { .. } => "SeatAssignmentsCreated",
            Self::SeatAssigned { .. } => "SeatAssigned",
            Self::SeatUnassigned { .. } => "SeatUnassigned",
            Self::SeatAssignmentUpdated { .. } => "SeatAssignmentUpdated",
            Self::AttendeesErased => "AttendeesErased",
        }
    }

    /// Whether whoever had this seat has it no more.
    pub const fn vacates(&self, seat: i64) -> bool {
        match self {
            Self::SeatAssigned { position, .. } | Self::SeatUnassigned { position } => *position == seat,
            Self::AttendeesErased => true,
            Self::SeatAssignmentsCreated { .. } | Self::SeatAssignmentUpdated { .. } => false,
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
    #[error("The personal data of this order was erased; nobody can be named in it any more.")]
    PersonalDataErased,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SeatAssignments {
    #[default]
    NotCreated,
    Created {
        order_id: OrderId,
        seats: Vec<AssignedSeat>,
    },
    /// Nobody is named, and nobody can be.
    Erased {
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
            Self::Created { seats, .. } | Self::Erased { seats, .. } => seats,
        }
    }

    fn seat(&mut self, position: i64, attendee: Option<Personal<Person>>) {
        let Self::Created { seats, .. } = self else { return };
        if let Some(seat) = usize::try_from(position).ok().and_then(|index| seats.get_mut(index)) {
            seat.attendee = attendee;
        }
    }
}

impl SeatAssignments {
    fn without_attendees(self) -> Self {
        match self {
            Self::NotCreated => Self::NotCreated,
            Self::Created { order_id, mut seats } | Self::Erased { order_id, mut seats } => {
                for seat in &mut seats {
                    seat.attendee = None;
                }
                Self::Erased { order_id, seats }
            }
        }
    }
}

impl From<&SeatPosition> for AssignedSeat {
    fn from(seat: &SeatPosition) -> Self {
        Self { seat_type_id: seat.seat_type_id, seat_type_name: seat.seat_type_name.clone(), attendee: None }
    }
}

/// Decides what happens when `command` meets `state`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the command.
pub fn decide(state: &SeatAssignments, command: Command) -> Result<Vec<Event>, Refusal> {
    use Command::{AssignSeat, Create, EraseAttendees, UnassignSeat};
    use SeatAssignments::{Created, Erased, NotCreated};
    match (state, command) {
        (NotCreated, Create { order_id, seats }) => {
            Ok(vec![Event::SeatAssignmentsCreated { order_id, seats: positions(&seats) }])
        }
        (NotCreated, AssignSeat { .. } | UnassignSeat { .. }) => Err(Refusal::NotCreated),

        (Created { .. }, EraseAttendees) => Ok(vec![Event::AttendeesErased]),
        (Created { seats, .. }, AssignSeat { position, attendee }) => {
            assign(attendee_at(seats, position)?, position, attendee)
        }
        (Created { seats, .. }, UnassignSeat { position }) => {
            let unassigned = attendee_at(seats, position)?.map(|_| Event::SeatUnassigned { position });
            Ok(unassigned.into_iter().collect())
        }

        (NotCreated | Erased { .. }, EraseAttendees) | (Created { .. } | Erased { .. }, Create { .. }) => {
            Ok(vec![])
        }
        (Erased { seats, .. }, AssignSeat { position, .. }) => {
            attendee_at(seats, position).and(Err(Refusal::PersonalDataErased))
        }
        (Erased { seats, .. }, UnassignSeat { position }) => attendee_at(seats, position).map(|_| vec![]),
    }
}

/// One position per seat, in the order of the seat types.
fn positions(seats: &[AssignableSeat]) -> Vec<SeatPosition> {
    let each = seats.iter().flat_map(|seat| (0..seat.quantity).map(move |_| seat));
    (0_i64..)
        .zip(each)
        .map(|(position, seat)| SeatPosition {
            position,
            seat_type_id: seat.seat_type_id,
            seat_type_name: seat.seat_type_name.clone(),
        })
        .collect()
}

fn attendee_at(seats: &[AssignedSeat], position: i64) -> Result<Option<&Person>, Refusal> {
    let seat = usize::try_from(position).ok().and_then(|index| seats.get(index));
    let seat = seat.ok_or(Refusal::UnknownPosition { position })?;
    Ok(seat.attendee.as_ref().and_then(Personal::reveal))
}

fn assign(
    current: Option<&Person>,
    position: i64,
    attendee: Personal<Person>,
) -> Result<Vec<Event>, Refusal> {
    let Some(new) = attendee.reveal().filter(|new| !new.email.trim().is_empty()) else {
        return Err(Refusal::EmailMissing);
    };
    Ok(match current {
        None => vec![Event::SeatAssigned { position, attendee }],
        Some(old) if !same_email(&old.email, &new.email) => {
            vec![Event::SeatUnassigned { position }, Event::SeatAssigned { position, attendee }]
        }
        Some(old) if (&old.first_name, &old.last_name) != (&new.first_name, &new.last_name) => {
            vec![Event::SeatAssignmentUpdated { position, attendee }]
        }
        Some(_) => vec![],
    })
}

/// Folds one recorded event into the state. Never fails and never decides.
#[must_use]
pub fn evolve(mut state: SeatAssignments, event: &Event) -> SeatAssignments {
    match event {
        Event::SeatAssignmentsCreated { order_id, seats } => {
            let seats = seats.iter().map(AssignedSeat::from).collect();
            return SeatAssignments::Created { order_id: *order_id, seats };
        }
        Event::SeatAssigned { position, attendee } | Event::SeatAssignmentUpdated { position, attendee } => {
            state.seat(*position, Some(attendee.clone()));
        }
        Event::SeatUnassigned { position } => state.seat(*position, None),
        Event::AttendeesErased => return state.without_attendees(),
    }
    state
}

#[cfg(test)]
mod tests;
