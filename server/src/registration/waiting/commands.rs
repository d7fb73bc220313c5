//! The commands on a wait list.

use async_trait::async_trait;
use plenary_shared::format::Locale;
use plenary_shared::{FieldError, Problem, SeatTypeId, WaitListEntryId};

use super::super::catalogue::Catalogue;
use super::super::commands::{decide_order, not_on_sale};
use super::super::order::{self, HolderId};
use super::super::problems::invalid_input;
use super::super::seats_availability::SeatsAvailability;
use super::super::wait_list::{self, Event, Leaver, WaitList};
use crate::messaging::{Command, Failure, Outcome, UnitOfWork};
use crate::personal::Personal;

/// The directory of wait lists: entry id → conference.
pub const ENTRIES: &str = "waitlist";

/// Waits for seats, or says anew how many.
#[derive(Debug)]
pub struct JoinWaitList {
    pub email: Personal<String>,
    pub seat_type_id: SeatTypeId,
    pub wanted: i64,
    pub holder: HolderId,
    /// The language to write to it in.
    pub language: Option<Locale>,
}

#[async_trait]
impl Command for JoinWaitList {
    fn name(&self) -> &'static str {
        "JoinWaitList"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let conference_id = work.conference_id();
        self.check(work.load::<Catalogue>(conference_id.0).await?)?;
        let availability = work.load::<SeatsAvailability>(conference_id.0).await?;
        let free = availability.remaining(self.seat_type_id).unwrap_or(0);
        let fresh = WaitListEntryId(work.new_id());
        let list = work.load::<WaitList>(conference_id.0).await?;
        let known = list.entry_of(&self.email, self.seat_type_id).map(|entry| entry.id);
        let join = wait_list::Command::Join {
            entry_id: fresh,
            email: self.email.clone(),
            seat_type_id: self.seat_type_id,
            wanted: self.wanted,
            free,
            holder: self.holder.clone(),
            language: self.language,
        };
        let events = wait_list::decide(list, join).map_err(Problem::from)?;
        if known.is_none() {
            work.enter(ENTRIES, fresh.0);
        }
        let version = work.append::<WaitList>(conference_id.0, events).await?;
        Ok(Outcome::new(if known.is_some() { 200 } else { 201 }, known.unwrap_or(fresh), version))
    }
}

impl JoinWaitList {
    fn check(&self, catalogue: &Catalogue) -> Result<(), Problem> {
        if !catalogue.published {
            return Err(not_on_sale(catalogue));
        }
        if catalogue.seats.iter().any(|seat| seat.id == self.seat_type_id) {
            return Ok(());
        }
        let message = "The conference has no such seat type.";
        Err(invalid_input(vec![FieldError::new("seat_type_id", "unknown", message)]))
    }
}

/// Makes a browser that has proved it a holder of the entry and of what is on offer to it.
#[derive(Debug)]
pub struct AddWaitListHolder {
    pub entry_id: WaitListEntryId,
    pub holder: HolderId,
}

#[async_trait]
impl Command for AddWaitListHolder {
    fn name(&self) -> &'static str {
        "AddWaitListHolder"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (entry_id, holder) = (self.entry_id, &self.holder);
        let add = wait_list::Command::AddHolder { entry_id, holder: holder.clone() };
        let version = decide(work, add).await?;
        let list = work.load::<WaitList>(work.conference_id().0).await?;
        let offers = list.entry(entry_id).map(|entry| entry.offers.clone()).unwrap_or_default();
        for offer in offers {
            decide_order(work, offer.order_id, order::Command::AddHolder { holder: holder.clone() }).await?;
        }
        Ok(Outcome::new(200, entry_id, version))
    }
}

/// Takes an entry off the list; what is on offer to it goes to the next.
#[derive(Debug)]
pub struct LeaveWaitList {
    pub entry_id: WaitListEntryId,
    pub by: Leaver,
}

#[async_trait]
impl Command for LeaveWaitList {
    fn name(&self) -> &'static str {
        "LeaveWaitList"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let leave = wait_list::Command::Leave { entry_id: self.entry_id, by: self.by };
        let version = decide(work, leave).await?;
        Ok(Outcome::new(200, self.entry_id, version))
    }
}

/// Asks the conference's list for a decision and appends it. Gives the list's version after it.
async fn decide(work: &mut UnitOfWork<'_>, command: wait_list::Command) -> Result<i64, Failure> {
    let id = work.conference_id().0;
    let list = work.load::<WaitList>(id).await?;
    let events: Vec<Event> = wait_list::decide(list, command).map_err(Problem::from)?;
    Ok(work.append::<WaitList>(id, events).await?)
}
