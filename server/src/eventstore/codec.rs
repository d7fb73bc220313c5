//! From stored payloads to the rooms' own types.

use std::collections::HashMap;
use std::sync::Arc;

use super::DomainEvent;

/// Reads a payload: event type, schema version, JSON.
type Decode = fn(&str, i16, &str) -> Result<Arc<dyn DomainEvent>, serde_json::Error>;

/// A type of stream, and how its events are read.
#[derive(Debug, Clone, Copy)]
pub struct StreamType {
    pub name: &'static str,
    pub decode: Decode,
}

/// An event that this program cannot read. Whoever reads stops here: an event left out would be a wrong state.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("no room knows streams of type {0}")]
    UnknownStreamType(String),
    #[error("event {event_type} (version {schema_version}) of a stream of type {stream_type} cannot be read")]
    Payload { stream_type: String, event_type: String, schema_version: i16, source: serde_json::Error },
}

/// Every type of stream that the program knows.
#[derive(Debug, Clone, Default)]
pub struct Codec(HashMap<&'static str, StreamType>);

impl Codec {
    pub fn new(types: impl IntoIterator<Item = StreamType>) -> Self {
        Self(types.into_iter().map(|it| (it.name, it)).collect())
    }

    /// Reads one stored event.
    ///
    /// # Errors
    ///
    /// When the type of the stream or of the event is unknown, or the payload has another form than its version says.
    pub fn decode(
        &self,
        stream_type: &str,
        event_type: &str,
        schema_version: i16,
        payload: &str,
    ) -> Result<Arc<dyn DomainEvent>, DecodeError> {
        let known = self.0.get(stream_type);
        let known = known.ok_or_else(|| DecodeError::UnknownStreamType(stream_type.to_owned()))?;
        (known.decode)(event_type, schema_version, payload).map_err(|source| DecodeError::Payload {
            stream_type: stream_type.to_owned(),
            event_type: event_type.to_owned(),
            schema_version,
            source,
        })
    }
}
