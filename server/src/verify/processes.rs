//! Registration processes: each stored one is what its inputs make of it, and each comes to an end or has a timer.

use std::collections::BTreeMap;

use plenary_shared::registration::OrderStatus;
use plenary_shared::{ConferenceId, OrderId, Timestamp};

use super::Violations;
use super::orders::Orders;
use super::queries::{self, ProcessRow};
use super::seats::Seats;
use crate::db::Conn;
use crate::eventstore::RecordedEvent;
use crate::messaging::{Error, Process as _};
use crate::registration::process::{self, Input, Output};
use crate::registration::{Decision, StoredProcess, input_of, order};

/// The processes as the log makes them.
#[derive(Debug, Default)]
pub(super) struct Processes(BTreeMap<OrderId, Replayed>);

#[derive(Debug)]
struct Replayed {
    conference_id: ConferenceId,
    stored: StoredProcess,
    /// When the answers that it still waits for were given. What its reservation holds is known once the events that
    /// followed were read, and stays so until it is told something new.
    unanswered: Vec<Timestamp>,
}

impl Replayed {
    fn react(&mut self, input: &Input, at: Timestamp) {
        let before = std::mem::take(&mut self.stored.process);
        let (process, outputs) = process::react(before, input);
        self.stored.process = process;
        if !outputs.is_empty() {
            let commands = outputs.iter().map(|output| output.name().to_owned()).collect();
            self.stored.decisions.push(Decision { at, commands });
        }
        let asked = outputs.iter().filter(|output| matches!(output, Output::MakeSeatReservation { .. }));
        self.unanswered.extend(asked.map(|_| at));
    }

    /// Gives the answers that are due.
    fn answer(&mut self, order_id: OrderId, seats: &Seats) {
        while !self.unanswered.is_empty() {
            let at = self.unanswered.remove(0);
            let details = seats.held(self.conference_id, order_id).to_vec();
            self.react(&Input::SeatsReserved { details }, at);
        }
    }
}

impl Processes {
    /// Gives an event to the process that it concerns. `seats` are as they were before it.
    pub fn event(&mut self, event: &RecordedEvent, seats: &Seats) {
        let Some((order_id, input)) = input_of(event.stream_id, event.event.as_ref()) else { return };
        let at = event.recorded_at;
        let replayed = self.0.entry(order_id).or_insert_with(|| Replayed {
            conference_id: event.conference_id,
            stored: StoredProcess::default(),
            unanswered: Vec::new(),
        });
        replayed.answer(order_id, seats);
        // A timer that went off is no event; what it led to is.
        if let Some(order::Event::OrderExpired { .. }) = event.get()
            && let Some((_, token)) = replayed.stored.due_at()
        {
            replayed.react(&Input::TimedOut { token, now: at }, at);
        }
        replayed.react(&input, at);
    }

    pub async fn finish(
        mut self,
        orders: &Orders,
        seats: &Seats,
        conn: Conn<'_>,
        violations: &mut Violations,
    ) -> Result<(), Error> {
        for (id, replayed) in &mut self.0 {
            replayed.answer(*id, seats);
        }
        for row in queries::processes(conn).await? {
            match self.0.remove(&row.order_id) {
                Some(replayed) => check(&row, &replayed, orders, violations)?,
                None => violations.add(format!("process {} has no order", row.order_id)),
            }
        }
        for id in self.0.keys() {
            violations.add(format!("order {id} has no process"));
        }
        Ok(())
    }
}

fn check(
    row: &ProcessRow,
    replayed: &Replayed,
    orders: &Orders,
    violations: &mut Violations,
) -> Result<(), Error> {
    let id = row.order_id;
    let stored: StoredProcess = serde_json::from_str(&row.state)?;
    if stored != replayed.stored {
        let (found, made) = (stored.process.status(), replayed.stored.process.status());
        violations.add(format!("process {id} is stored as {found} and differs from its replay, {made}"));
    }
    let due = stored.due_at();
    if row.due != due {
        violations.add(format!("process {id} is to be woken at another time than it wants"));
    }
    let status = orders.get(id).map(order::Order::status);
    let open = matches!(
        status,
        Some(OrderStatus::PartiallyReserved | OrderStatus::Reserved | OrderStatus::PaymentPending)
    );
    if open && row.due.is_none() {
        violations.add(format!("order {id} is open and will never expire"));
    }
    let waits_for_nothing = matches!(stored.process.status(), "confirmed" | "ended" | "not_started");
    if due.is_none() && !waits_for_nothing {
        let situation = stored.process.status();
        violations.add(format!("process {id} is {situation} and has no timer: it will never end"));
    }
    Ok(())
}
