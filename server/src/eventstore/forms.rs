//! The forms in which events lie in the log, each noted once, so that a program knows at its start whether it can read all.

use std::collections::{BTreeSet, HashSet};

use super::{Codec, Error, NewEvent};
use crate::db::{Conn, Writes};
use crate::{fetch_all, later};

/// Type of stream, type of event, version of its payload.
type Form = (&'static str, &'static str, i16);

/// The forms that a writer knows to be noted.
#[derive(Debug, Default)]
pub struct NotedForms(HashSet<Form>);

impl NotedForms {
    /// Forgets all, after a batch that was not kept.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Notes the forms of `events` with them.
    pub fn note(&mut self, writes: &mut Writes, events: &[NewEvent]) {
        let form = |it: &NewEvent| (it.stream_type, it.event.name(), it.event.schema_version());
        // In one order everywhere, so that two writers never wait for each other.
        let unnoted: BTreeSet<Form> = events.iter().map(form).filter(|it| !self.0.contains(it)).collect();
        if unnoted.is_empty() {
            return;
        }
        let rows = serde_json::to_string(&unnoted).expect("names and numbers are JSON");
        later!(
            writes,
            sqlite: "insert into event_forms (stream_type, event_type, schema_version)
                select value->>0, value->>1, value->>2 from jsonb_each($1) where true on conflict do nothing",
            postgres: "insert into event_forms (stream_type, event_type, schema_version)
                select value->>0, value->>1, (value->>2)::smallint from jsonb_array_elements($1::jsonb) as rows(value)
                on conflict do nothing",
            rows,
        );
        self.0.extend(unnoted);
    }
}

/// Makes sure that the program can read every form that lies in the log. It takes as long for a long log as for a short one.
///
/// # Errors
///
/// When there is one that it cannot read, or the database fails.
pub async fn require_known_forms(conn: Conn<'_>, codec: &Codec) -> Result<(), Error> {
    let noted = fetch_all!(
        conn,
        (String, String, i16),
        "select stream_type, event_type, schema_version from event_forms
         order by stream_type, event_type, schema_version",
    )?;
    for (stream_type, event_type, version) in noted {
        codec.require(&stream_type, &event_type, version).map_err(Error::UnknownForm)?;
    }
    Ok(())
}

/// The forms that lie in the log and were never noted, by name. Looks through the whole log.
///
/// # Errors
///
/// When the database fails.
pub async fn forms_not_noted(conn: Conn<'_>) -> Result<Vec<String>, Error> {
    let rows = fetch_all!(
        conn,
        (String, String, i16),
        "select stream_type, event_type, schema_version from events
         except select stream_type, event_type, schema_version from event_forms
         order by 1, 2, 3",
    )?;
    let name =
        |(stream, event, version)| format!("{event} in version {version}, of a stream of type {stream}");
    Ok(rows.into_iter().map(name).collect())
}
