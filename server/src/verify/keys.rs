//! Keys of personal data: whoever was erased has none, and nobody else has lost one. That a key opens what it has
//! sealed is found out by reading the log.

use std::collections::BTreeMap;

use plenary_shared::ConferenceId;
use uuid::Uuid;

use super::Violations;
use super::queries::KeyRow;
use crate::eventstore::RecordedEvent;
use crate::registration::order;
use crate::registration::wait_list::{self, WaitList};

/// Whoever the log says was erased, with what that was.
#[derive(Debug, Default)]
pub(super) struct Erased {
    subjects: BTreeMap<Uuid, &'static str>,
    lists: BTreeMap<ConferenceId, WaitList>,
}

impl Erased {
    pub fn event(&mut self, event: &RecordedEvent) {
        if let Some(order::Event::OrderPersonalDataErased { .. }) = event.get() {
            self.subjects.insert(event.stream_id.0, "order");
        }
        let Some(happened) = event.get::<wait_list::Event>() else { return };
        let list = self.lists.entry(event.conference_id).or_default();
        *list = wait_list::evolve(std::mem::take(list), happened);
        let entry = happened.entry_id();
        if list.entry(entry).is_none() {
            self.subjects.insert(entry.0, "wait list entry");
        }
    }

    pub fn finish(mut self, rows: Vec<KeyRow>, violations: &mut Violations) {
        for KeyRow { subject, held } in rows {
            match (self.subjects.remove(&subject), held) {
                (Some(what), true) => {
                    violations.add(format!("{what} {subject} was erased, and its key is there still"));
                }
                (None, false) => {
                    violations.add(format!("the key of {subject} was deleted, and nobody has erased it"));
                }
                (Some(_), false) | (None, true) => {}
            }
        }
        for (subject, what) in self.subjects {
            violations.add(format!("{what} {subject} was erased, and nothing says that its key is gone"));
        }
    }
}
