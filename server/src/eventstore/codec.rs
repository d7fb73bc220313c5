//! From stored payloads to the rooms' own types, whatever version they were written in.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::names;
use super::{DomainEvent, StoredEvent};

/// What an event holds, by the names of its fields.
pub type Fields = Map<String, Value>;

/// Lifts an event from the form of one version to the form of the next. It is pure and never changes again: the log
/// keeps every form for ever.
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// The event's name, which no version changes.
    pub event_type: &'static str,
    /// The version that it reads; it gives the one after.
    pub from: i16,
    pub lift: fn(&mut Fields),
}

/// The version in which an event is written today: one more than its upcasters can lift.
pub fn newest_version(upcasters: &[Upcaster], event_type: &str) -> i16 {
    let known = upcasters.iter().filter(|it| it.event_type == event_type);
    known.map(|it| it.from + 1).max().unwrap_or(1)
}

/// A type of stream, and how its events are read.
#[derive(Debug, Clone, Copy)]
pub struct StreamType {
    pub name: &'static str,
    event_types: &'static [&'static str],
    upcasters: &'static [Upcaster],
    read: fn(&str) -> Result<Arc<dyn DomainEvent>, serde_json::Error>,
}

impl StreamType {
    /// Streams named `name`, which hold events of type `E`.
    pub fn of<E: StoredEvent + DeserializeOwned>(name: &'static str) -> Self {
        Self {
            name,
            event_types: names::of::<E>(),
            upcasters: E::UPCASTERS,
            read: |payload| Ok(Arc::new(serde_json::from_str::<E>(payload)?)),
        }
    }

    /// Its types of event, each with the version in which it is written today.
    pub fn event_types(&self) -> impl Iterator<Item = (&'static str, i16)> + use<> {
        let upcasters = self.upcasters;
        self.event_types.iter().map(move |name| (*name, newest_version(upcasters, name)))
    }

    /// Its upcasters.
    pub const fn upcasters(&self) -> &'static [Upcaster] {
        self.upcasters
    }

    /// The newest version of a type of event of which this version is known.
    fn newest(&self, event_type: &str, version: i16) -> Result<i16, Unread> {
        if !self.event_types.contains(&event_type) {
            return Err(Unread::UnknownType);
        }
        let newest = newest_version(self.upcasters, event_type);
        if (1..=newest).contains(&version) { Ok(newest) } else { Err(Unread::UnknownVersion { newest }) }
    }

    fn decode(&self, event_type: &str, version: i16, payload: &str) -> Result<Arc<dyn DomainEvent>, Unread> {
        let newest = self.newest(event_type, version)?;
        let event = if version == newest {
            (self.read)(payload)?
        } else {
            (self.read)(&self.lift(event_type, version, payload)?)?
        };
        if event.name() == event_type { Ok(event) } else { Err(Unread::OtherType(event.name())) }
    }

    /// The payload in the form of today.
    fn lift(&self, event_type: &str, version: i16, payload: &str) -> Result<String, Unread> {
        let mut fields = match serde_json::from_str(payload)? {
            Value::Object(mut event) => match event.remove(event_type) {
                Some(Value::Object(fields)) => fields,
                _ => return Err(Unread::NoFields),
            },
            Value::String(name) if name == event_type => Fields::new(),
            _ => return Err(Unread::NoFields),
        };
        for from in version..newest_version(self.upcasters, event_type) {
            let known = self.upcasters.iter().find(|it| it.event_type == event_type && it.from == from);
            (known.ok_or(Unread::NoUpcaster { from })?.lift)(&mut fields);
        }
        Ok(serde_json::json!({ event_type: fields }).to_string())
    }
}

/// An event that this program cannot read. Whoever reads stops here: an event left out would be a wrong state.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("no room knows streams of type {0}")]
    UnknownStreamType(String),
    #[error("{event_type} in version {schema_version}, of a stream of type {stream_type}: {reason}")]
    Event { stream_type: String, event_type: String, schema_version: i16, reason: Unread },
}

/// What is wrong with an event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    #[error("its streams hold no such event")]
    UnknownType,
    #[error("this program knows versions 1 to {newest}")]
    UnknownVersion { newest: i16 },
    #[error("its payload is of type {0}")]
    OtherType(&'static str),
    #[error("its payload has no fields that could be lifted")]
    NoFields,
    #[error("nothing lifts version {from}")]
    NoUpcaster { from: i16 },
    #[error("its payload has another form: {0}")]
    Form(#[from] serde_json::Error),
}

/// Every type of stream that the program knows.
#[derive(Debug, Clone, Default)]
pub struct Codec(HashMap<&'static str, StreamType>);

impl Codec {
    pub fn new(types: impl IntoIterator<Item = StreamType>) -> Self {
        Self(types.into_iter().map(|it| (it.name, it)).collect())
    }

    /// Every type of stream.
    pub fn stream_types(&self) -> impl Iterator<Item = &StreamType> {
        self.0.values()
    }

    /// Reads one stored event.
    ///
    /// # Errors
    ///
    /// When the type of the stream or of the event is unknown, its version is newer than this program, or the payload
    /// has another form than its version says.
    pub fn decode(
        &self,
        stream_type: &str,
        event_type: &str,
        schema_version: i16,
        payload: &str,
    ) -> Result<Arc<dyn DomainEvent>, DecodeError> {
        self.known(stream_type, (event_type, schema_version), |it| {
            it.decode(event_type, schema_version, payload)
        })
    }

    /// Makes sure that events of a form can be read.
    ///
    /// # Errors
    ///
    /// When the type of the stream or of the event is unknown, or its version is newer than this program.
    pub fn require(&self, stream_type: &str, event_type: &str, version: i16) -> Result<(), DecodeError> {
        self.known(stream_type, (event_type, version), |it| it.newest(event_type, version).map(drop))
    }

    fn known<T>(
        &self,
        stream_type: &str,
        (event_type, schema_version): (&str, i16),
        read: impl FnOnce(&StreamType) -> Result<T, Unread>,
    ) -> Result<T, DecodeError> {
        let known = self.0.get(stream_type);
        let known = known.ok_or_else(|| DecodeError::UnknownStreamType(stream_type.to_owned()))?;
        read(known).map_err(|reason| DecodeError::Event {
            stream_type: stream_type.to_owned(),
            event_type: event_type.to_owned(),
            schema_version,
            reason,
        })
    }
}

#[cfg(test)]
mod tests;
