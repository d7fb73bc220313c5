//! The keys of personal data: one for each subject (an order, a conference's owner, an entry of a wait list).
//!
//! A key is made in the transaction of its first use. Erasing deletes it and leaves a mark, so that a key that got
//! lost is never mistaken for one that was erased.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;

use lru::LruCache;
use plenary_shared::Timestamp;
use uuid::Uuid;

use super::sealing::{self, Key, KeyState};
use super::{Error, NewEvent};
use crate::clock::Entropy;
use crate::db::{Conn, Writes};
use crate::{fetch_all, hex, later};

/// Keys that a writer remembers, about 100 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(8192).expect("it is not zero");

/// The keys that seal a batch of events.
#[derive(Debug, Default)]
pub struct Keys {
    entropy: Entropy,
    by_subject: HashMap<Uuid, Key>,
}

impl Keys {
    /// The payload of an event as it is stored.
    pub(super) fn payload_of(&self, event: &NewEvent) -> Result<String, Error> {
        let payload = event.event.to_json();
        let Some(subject) = event.event.data_subject(event.stream_id) else {
            let nobody = sealing::has_plain(&payload);
            return if nobody { Err(Error::NoSubject(event.event.name())) } else { Ok(payload) };
        };
        let key = self.by_subject.get(&subject).ok_or(Error::NoSubject(event.event.name()))?;
        let sealed = sealing::seal(&payload, key, (subject, event.event_id), self.entropy);
        Ok(sealed.expect("events are JSON"))
    }
}

/// The keys that a writer has used. It is a cache of what the database holds.
#[derive(Debug)]
pub struct KeyCache(LruCache<Uuid, Key>);

impl Default for KeyCache {
    fn default() -> Self {
        Self(LruCache::new(CAPACITY))
    }
}

impl KeyCache {
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Deletes the keys of `subjects`, for ever: none of them can have another.
    pub fn erase(&mut self, writes: &mut Writes, subjects: &BTreeSet<Uuid>, now: Timestamp) {
        for subject in subjects {
            self.0.pop(subject);
        }
        if !subjects.is_empty() {
            erase(writes, subjects, now);
        }
    }

    /// Those whom `events` are about and whose keys are not remembered.
    pub fn unknown(&self, events: &[NewEvent]) -> BTreeSet<Uuid> {
        subjects(events).filter(|subject| !self.0.contains(subject)).collect()
    }

    /// The keys of whoever `events` are about. Those that are neither remembered nor among the `found` are made, and
    /// stored unless they are `erased` by the same batch.
    ///
    /// # Errors
    ///
    /// When somebody's data was erased and more of it would be recorded.
    pub fn for_batch(
        &mut self,
        writes: &mut Writes,
        (events, mut found): (&[NewEvent], HashMap<Uuid, KeyState>),
        erased: &BTreeSet<Uuid>,
        entropy: Entropy,
        now: Timestamp,
    ) -> Result<Keys, Error> {
        let mut by_subject = HashMap::new();
        let mut made = Vec::new();
        for subject in subjects(events).collect::<BTreeSet<_>>() {
            let key = match (self.0.get(&subject).cloned(), found.remove(&subject)) {
                (Some(key), _) | (None, Some(KeyState::Held(key))) => key,
                (None, Some(KeyState::Erased)) => return Err(Error::ErasedSubject(subject)),
                (None, None) => {
                    let key = Key(entropy.bytes());
                    made.push((subject, key.clone()));
                    key
                }
            };
            self.0.put(subject, key.clone());
            by_subject.insert(subject, key);
        }
        made.retain(|(subject, _)| !erased.contains(subject));
        store(writes, &made, now);
        Ok(Keys { entropy, by_subject })
    }
}

fn subjects(events: &[NewEvent]) -> impl Iterator<Item = Uuid> {
    events.iter().filter_map(|event| event.event.data_subject(event.stream_id))
}

/// Has keys stored that were made just now.
fn store(writes: &mut Writes, made: &[(Uuid, Key)], now: Timestamp) {
    if made.is_empty() {
        return;
    }
    let row = |(subject, key): &(Uuid, Key)| (*subject, hex::encode(&key.0), now.as_micros());
    let rows: Vec<_> = made.iter().map(row).collect();
    let rows = serde_json::to_string(&rows).expect("ids and numbers are JSON");
    later!(
        writes,
        sqlite: "insert into personal_keys (subject_id, value, created_at)
            select unhex(value->>0, '-'), unhex(value->>1), value->>2 from jsonb_each($1)",
        postgres: "insert into personal_keys (subject_id, value, created_at)
            select (value->>0)::uuid, decode(value->>1, 'hex'), (value->>2)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)",
        rows,
    );
}

/// What has become of the keys of `subjects`. Those that never had one are left out.
///
/// # Errors
///
/// When the database fails or holds something that is no key.
pub async fn find(conn: Conn<'_>, subjects: &BTreeSet<Uuid>) -> Result<HashMap<Uuid, KeyState>, Error> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = serde_json::to_string(subjects).expect("ids are JSON");
    let found = fetch_all!(
        conn,
        (Uuid, Option<Vec<u8>>),
        sqlite: "select subject_id, value from personal_keys
            where subject_id in (select unhex(value, '-') from jsonb_each($1))",
        postgres: "select subject_id, value from personal_keys
            where subject_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) as rows(value))",
        ids,
    )?;
    states(found)
}

fn states(rows: Vec<(Uuid, Option<Vec<u8>>)>) -> Result<HashMap<Uuid, KeyState>, Error> {
    let state = |(subject, value): (Uuid, Option<Vec<u8>>)| {
        let Some(value) = value else { return Ok((subject, KeyState::Erased)) };
        let key = value.try_into().map_err(|_| sqlx::Error::Decode("a key has 32 bytes".into()))?;
        Ok((subject, KeyState::Held(Key(key))))
    };
    rows.into_iter().map(state).collect()
}

fn erase(writes: &mut Writes, subjects: &BTreeSet<Uuid>, now: Timestamp) {
    let rows: Vec<_> = subjects.iter().map(|subject| (subject, now.as_micros())).collect();
    let rows = serde_json::to_string(&rows).expect("ids and numbers are JSON");
    later!(
        writes,
        sqlite: "insert into personal_keys (subject_id, value, created_at, erased_at)
            select unhex(value->>0, '-'), null, value->>1, value->>1 from jsonb_each($1) where true
            on conflict (subject_id) do update set value = null,
                erased_at = coalesce(personal_keys.erased_at, excluded.erased_at)",
        postgres: "insert into personal_keys (subject_id, value, created_at, erased_at)
            select (value->>0)::uuid, null, (value->>1)::bigint, (value->>1)::bigint
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (subject_id) do update set value = null,
                erased_at = coalesce(personal_keys.erased_at, excluded.erased_at)",
        rows,
    );
}
