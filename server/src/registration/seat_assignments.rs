//! `SeatAssignments`: who sits on which seat of a confirmed order. One position per seat, counted from 0.
//!
//! A seat keeps its type and the name that the type had when the order was placed, whoever sits on it. It admits once:
//! whoever has it is checked in at the door, named or not, and nobody else can be given the seat after that.

use plenary_shared::registration::Person;
use plenary_shared::validation::same_email;
use plenary_shared::{OrderId, SeatTypeId, Timestamp};
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
    /// Lets whoever has this seat in.
    CheckIn {
        position: i64,
        /// When she stood at the door.
        at: Timestamp,
        by: Doorkeeper,
    },
    /// Takes a check-in back that was a mistake.
    UndoCheckIn {
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

/// Who let somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doorkeeper {
    /// Whoever is signed in to the conference.
    Organizer,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    SeatAssignmentsCreated { order_id: OrderId, seats: Vec<SeatPosition> },
    SeatAssigned { position: i64, attendee: Personal<Person> },
    SeatUnassigned { position: i64 },
    SeatAssignmentUpdated { position: i64, attendee: Personal<Person> },
    SeatCheckedIn { position: i64, at: Timestamp, by: Doorkeeper },
    SeatCheckInUndone { position: i64 },
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
            Self::SeatCheckedIn { .. } => "SeatCheckedIn",
            Self::SeatCheckInUndone { .. } => "SeatCheckInUndone",
            Self::AttendeesErased => "AttendeesErased",
        }
    }

    /// Whether whoever had this seat has it no more.
    pub const fn vacates(&self, seat: i64) -> bool {
        match self {
            Self::SeatAssigned { position, .. } | Self::SeatUnassigned { position } => *position == seat,
            Self::AttendeesErased => true,
            Self::SeatAssignmentsCreated { .. }
            | Self::SeatAssignmentUpdated { .. }
            | Self::SeatCheckedIn { .. }
            | Self::SeatCheckInUndone { .. } => false,
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
    #[error("This ticket was checked in already.")]
    AlreadyCheckedIn { since: Timestamp },
    #[error("Whoever has this seat has been checked in; it can be given to nobody else.")]
    SeatInUse { position: i64 },
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
    /// Since when whoever has it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_in_at: Option<Timestamp>,
}

impl SeatAssignments {
    /// The seats by position; empty before they are created.
    pub fn seats(&self) -> &[AssignedSeat] {
        match self {
            Self::NotCreated => &[],
            Self::Created { seats, .. } | Self::Erased { seats, .. } => seats,
        }
    }

    fn seat_mut(&mut self, position: i64) -> Option<&mut AssignedSeat> {
        let (Self::Created { seats, .. } | Self::Erased { seats, .. }) = self else { return None };
        usize::try_from(position).ok().and_then(|index| seats.get_mut(index))
    }

    fn seat(&mut self, position: i64, attendee: Option<Personal<Person>>) {
        if let Some(seat) = self.seat_mut(position) {
            seat.attendee = attendee;
        }
    }

    fn let_in(&mut self, position: i64, at: Option<Timestamp>) {
        if let Some(seat) = self.seat_mut(position) {
            seat.checked_in_at = at;
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
        Self {
            seat_type_id: seat.seat_type_id,
            seat_type_name: seat.seat_type_name.clone(),
            attendee: None,
            checked_in_at: None,
        }
    }
}

impl AssignedSeat {
    fn named(&self) -> Option<&Person> {
        self.attendee.as_ref().and_then(Personal::reveal)
    }
}

/// Decides what happens when `command` meets `state`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the command.
pub fn decide(state: &SeatAssignments, command: Command) -> Result<Vec<Event>, Refusal> {
    use Command::{AssignSeat, CheckIn, Create, EraseAttendees, UnassignSeat, UndoCheckIn};
    use SeatAssignments::{Created, Erased, NotCreated};
    match (state, command) {
        (NotCreated, Create { order_id, seats }) => {
            Ok(vec![Event::SeatAssignmentsCreated { order_id, seats: positions(&seats) }])
        }
        (NotCreated, AssignSeat { .. } | UnassignSeat { .. } | CheckIn { .. } | UndoCheckIn { .. }) => {
            Err(Refusal::NotCreated)
        }

        (Created { .. }, EraseAttendees) => Ok(vec![Event::AttendeesErased]),
        (Created { seats, .. }, AssignSeat { position, attendee }) => {
            assign(seat_at(seats, position)?, position, attendee)
        }
        (Created { seats, .. }, UnassignSeat { position }) => unassign(seat_at(seats, position)?, position),

        // Whoever bought a seat comes in with it, whether she was named, and whether her name was erased since.
        (Created { seats, .. } | Erased { seats, .. }, CheckIn { position, at, by }) => {
            check_in(seat_at(seats, position)?, Event::SeatCheckedIn { position, at, by })
        }
        (Created { seats, .. } | Erased { seats, .. }, UndoCheckIn { position }) => {
            let undone =
                seat_at(seats, position)?.checked_in_at.map(|_| Event::SeatCheckInUndone { position });
            Ok(undone.into_iter().collect())
        }

        (NotCreated | Erased { .. }, EraseAttendees) | (Created { .. } | Erased { .. }, Create { .. }) => {
            Ok(vec![])
        }
        (Erased { seats, .. }, AssignSeat { position, .. }) => {
            seat_at(seats, position).and(Err(Refusal::PersonalDataErased))
        }
        (Erased { seats, .. }, UnassignSeat { position }) => seat_at(seats, position).map(|_| vec![]),
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

fn seat_at(seats: &[AssignedSeat], position: i64) -> Result<&AssignedSeat, Refusal> {
    let seat = usize::try_from(position).ok().and_then(|index| seats.get(index));
    seat.ok_or(Refusal::UnknownPosition { position })
}

fn unassign(seat: &AssignedSeat, position: i64) -> Result<Vec<Event>, Refusal> {
    match (seat.named(), seat.checked_in_at) {
        (None, _) => Ok(vec![]),
        (Some(_), Some(_)) => Err(Refusal::SeatInUse { position }),
        (Some(_), None) => Ok(vec![Event::SeatUnassigned { position }]),
    }
}

/// A ticket that is shown again is refused and not passed over: somebody else may be holding a copy of it.
fn check_in(seat: &AssignedSeat, checked_in: Event) -> Result<Vec<Event>, Refusal> {
    match seat.checked_in_at {
        Some(since) => Err(Refusal::AlreadyCheckedIn { since }),
        None => Ok(vec![checked_in]),
    }
}

fn assign(seat: &AssignedSeat, position: i64, attendee: Personal<Person>) -> Result<Vec<Event>, Refusal> {
    let Some(new) = attendee.reveal().filter(|new| !new.email.trim().is_empty()) else {
        return Err(Refusal::EmailMissing);
    };
    Ok(match seat.named() {
        None => vec![Event::SeatAssigned { position, attendee }],
        Some(old) if !same_email(&old.email, &new.email) => {
            if seat.checked_in_at.is_some() {
                return Err(Refusal::SeatInUse { position });
            }
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
        Event::SeatCheckedIn { position, at, .. } => state.let_in(*position, Some(*at)),
        Event::SeatCheckInUndone { position } => state.let_in(*position, None),
        Event::AttendeesErased => return state.without_attendees(),
    }
    state
}

#[cfg(test)]
mod tests;
