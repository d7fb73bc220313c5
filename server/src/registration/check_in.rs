//! The commands at the door.

use async_trait::async_trait;
use plenary_shared::{OrderId, Problem, Timestamp};

use super::seat_assignments::{self, Doorkeeper, SeatAssignments};
use crate::messaging::{Command, Failure, Outcome, UnitOfWork};

/// Lets whoever has a seat in.
#[derive(Debug)]
pub struct CheckIn {
    pub order_id: OrderId,
    pub position: i64,
    /// When that was, as the door says; what has not come yet is now.
    pub at: Option<Timestamp>,
    pub by: Doorkeeper,
}

#[async_trait]
impl Command for CheckIn {
    fn name(&self) -> &'static str {
        "CheckIn"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let now = work.now();
        let at = self.at.map_or(now, |at| at.min(now));
        let command = seat_assignments::Command::CheckIn { position: self.position, at, by: self.by };
        decide(work, self.order_id, command).await
    }
}

/// Takes a check-in back.
#[derive(Debug)]
pub struct UndoCheckIn {
    pub order_id: OrderId,
    pub position: i64,
}

#[async_trait]
impl Command for UndoCheckIn {
    fn name(&self) -> &'static str {
        "UndoCheckIn"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        decide(work, self.order_id, seat_assignments::Command::UndoCheckIn { position: self.position }).await
    }
}

async fn decide(
    work: &mut UnitOfWork<'_>,
    order_id: OrderId,
    command: seat_assignments::Command,
) -> Result<Outcome, Failure> {
    work.correlate(order_id.0);
    let assignments = work.load::<SeatAssignments>(order_id.0).await?;
    let events = seat_assignments::decide(assignments, command).map_err(Problem::from)?;
    let version = work.append::<SeatAssignments>(order_id.0, events).await?;
    Ok(Outcome::new(200, order_id, version))
}
