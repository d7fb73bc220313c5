//! What happens at the door before the server knows it: kept on the device, sent one after another, each once.

use plenary_shared::registration::AttendeeRow;
use plenary_shared::{OrderId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::api::Key;
use crate::{api, navigation};

/// One seat of one order: what a ticket is for.
pub type Seat = (OrderId, i64);

/// Something that happened at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub order_id: OrderId,
    pub position: i64,
    /// When somebody came in; `None` takes that back.
    pub at: Option<Timestamp>,
    /// Sent again, it happens once.
    key: Key,
}

impl Step {
    pub fn new((order_id, position): Seat, at: Option<Timestamp>) -> Self {
        Self { order_id, position, at, key: Key::random() }
    }

    pub const fn seat(&self) -> Seat {
        (self.order_id, self.position)
    }

    /// Tells the server.
    pub async fn send(self, slug: String) -> Result<AttendeeRow, api::ApiError> {
        match self.at {
            Some(at) => api::manage::check_in(&slug, self.seat(), at, &self.key).await,
            None => api::manage::undo_check_in(&slug, self.seat(), &self.key).await,
        }
    }
}

/// Whether the server's refusal is for good; a step that met anything else is sent again.
pub fn is_final(error: &api::ApiError) -> bool {
    match error {
        api::ApiError::Refused(problem) => problem.status < 500 && !matches!(problem.status, 401 | 429),
        api::ApiError::Unreachable | api::ApiError::Unreadable => false,
    }
}

/// Since when somebody is in, after what the server knows and what it will hear.
pub fn since(row: &AttendeeRow, steps: &[Step]) -> Option<Timestamp> {
    let own = (row.order_id, row.position);
    let last = steps.iter().rev().find(|step| step.seat() == own);
    last.map_or(row.checked_in_at, |step| step.at)
}

/// What this device has still to send for a conference.
pub fn kept(slug: &str) -> Vec<Step> {
    let text = navigation::kept(&name(slug));
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Keeps what is still to be sent, whatever becomes of this page. It names nobody.
pub fn keep(slug: &str, steps: &[Step]) {
    match serde_json::to_string(steps) {
        Ok(text) if !steps.is_empty() => navigation::keep(&name(slug), &text),
        _ => navigation::keep(&name(slug), ""),
    }
}

fn name(slug: &str) -> String {
    format!("check-in:{slug}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(checked_in_at: Option<i64>) -> AttendeeRow {
        AttendeeRow {
            order_id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
            position: 1,
            seat_type_id: "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap(),
            seat_type_name: "Visitor".to_owned(),
            attendee: None,
            ticket: "AJE3YAC1-2".to_owned(),
            checked_in_at: checked_in_at.map(Timestamp::from_millis),
        }
    }

    fn step(position: i64, at: Option<i64>) -> Step {
        let at = at.map(Timestamp::from_millis);
        let key = serde_json::from_str("\"key\"").unwrap();
        Step { order_id: row(None).order_id, position, at, key }
    }

    #[test]
    fn what_is_on_its_way_counts_and_the_latest_wins() {
        let at = Timestamp::from_millis;
        assert_eq!(since(&row(Some(1)), &[]), Some(at(1)));
        assert_eq!(since(&row(None), &[step(1, Some(5))]), Some(at(5)));
        assert_eq!(since(&row(Some(1)), &[step(1, None)]), None);
        assert_eq!(since(&row(Some(1)), &[step(1, None), step(1, Some(7))]), Some(at(7)));
        assert_eq!(since(&row(None), &[step(0, Some(5))]), None);
    }

    #[test]
    fn what_was_kept_is_read_back_whole() {
        let steps = vec![step(1, Some(5)), step(1, None)];
        let text = serde_json::to_string(&steps).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Step>>(&text).unwrap(), steps);
    }
}
