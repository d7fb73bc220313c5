//! Personal data as it lies in the log: sealed with the key of whoever it is about.
//!
//! In a stored payload every `{"plain":…}` of [`Personal`](crate::personal::Personal) is replaced with
//! `{"sealed":"<subject>.<nonce>.<text>"}`: whose key opens it, and ChaCha20-Poly1305 over the value's JSON. What is
//! sealed is bound to its subject and to its event, so it opens nowhere else. Logs from before sealing hold plain
//! values, and these are read as they are.

use std::collections::HashMap;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Entropy;
use crate::hex;

const PLAIN: &str = "plain";
const SEALED: &str = "sealed";
/// A text of a user never holds these: quotes inside of strings are escaped.
const PLAIN_BEGINS: &str = "{\"plain\":";
const SEALED_BEGINS: &str = "{\"sealed\":\"";
/// The length of a subject's id in a sealed value.
const ID_LENGTH: usize = 36;

/// What seals the personal data of one subject.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(super) [u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What has become of a subject's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    Held(Key),
    /// Deleted for ever, and with it what it sealed.
    Erased,
}

/// Why a sealed value cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    #[error("the key of {0} is missing, and nothing says that it was erased")]
    KeyMissing(Uuid),
    #[error("the key of {0} does not open it")]
    Tampered(Uuid),
    #[error("it is no sealed value")]
    Malformed,
}

/// The subjects whose keys open a payload.
pub fn subjects(payload: &str) -> impl Iterator<Item = Uuid> + '_ {
    payload.split(SEALED_BEGINS).skip(1).filter_map(|rest| rest.get(..ID_LENGTH)?.parse().ok())
}

/// Whether a payload holds personal data that anybody can read.
pub fn has_plain(payload: &str) -> bool {
    payload.contains(PLAIN_BEGINS)
}

/// Whose data is sealed, in which event.
#[derive(Debug, Clone, Copy)]
struct Binding {
    subject: Uuid,
    event_id: Uuid,
}

impl Binding {
    fn bytes(self) -> [u8; 32] {
        let (subject, event) = (self.subject.as_bytes(), self.event_id.as_bytes());
        std::array::from_fn(|index| if index < 16 { subject[index] } else { event[index - 16] })
    }
}

/// Seals every personal value of a payload.
///
/// # Errors
///
/// When the payload is no JSON.
pub fn seal(
    payload: &str,
    key: &Key,
    (subject, event_id): (Uuid, Uuid),
    entropy: Entropy,
) -> Result<String, serde_json::Error> {
    let binding = Binding { subject, event_id };
    let mut value = serde_json::from_str(payload)?;
    let sealed =
        |plain: &Value| Ok(json!({ SEALED: sealed_text(&plain.to_string(), key, binding, entropy) }));
    replace(&mut value, PLAIN, &sealed)?;
    Ok(value.to_string())
}

fn sealed_text(plain: &str, key: &Key, binding: Binding, entropy: Entropy) -> String {
    let nonce: [u8; 12] = entropy.bytes();
    let payload = Payload { msg: plain.as_bytes(), aad: &binding.bytes() };
    let text = ChaCha20Poly1305::new(&key.0.into()).encrypt(&Nonce::from(nonce), payload);
    let text = text.expect("a name or an address is far shorter than what the cipher takes");
    format!("{}.{}.{}", binding.subject, hex::encode(&nonce), hex::encode(&text))
}

/// Opens every sealed value of a payload; one whose key was erased becomes `"erased"`.
///
/// # Errors
///
/// When a key is missing, or a value was changed or moved.
pub fn open(payload: &str, keys: &HashMap<Uuid, KeyState>, event_id: Uuid) -> Result<String, Unopened> {
    let mut value = serde_json::from_str(payload).map_err(|_| Unopened::Malformed)?;
    let opened = |sealed: &Value| opened(sealed.as_str().ok_or(Unopened::Malformed)?, keys, event_id);
    replace(&mut value, SEALED, &opened)?;
    Ok(value.to_string())
}

fn opened(sealed: &str, keys: &HashMap<Uuid, KeyState>, event_id: Uuid) -> Result<Value, Unopened> {
    let mut parts = sealed.split('.');
    let mut part = || parts.next().ok_or(Unopened::Malformed);
    let subject: Uuid = part()?.parse().map_err(|_| Unopened::Malformed)?;
    let mut bytes = || hex::decode(part()?).ok_or(Unopened::Malformed);
    let nonce: [u8; 12] = bytes()?.try_into().map_err(|_| Unopened::Malformed)?;
    let text = bytes()?;
    let key = match keys.get(&subject) {
        Some(KeyState::Held(key)) => key,
        Some(KeyState::Erased) => return Ok(Value::from("erased")),
        None => return Err(Unopened::KeyMissing(subject)),
    };
    let binding = Binding { subject, event_id };
    let payload = Payload { msg: &text, aad: &binding.bytes() };
    let plain = ChaCha20Poly1305::new(&key.0.into()).decrypt(&Nonce::from(nonce), payload);
    let plain = plain.map_err(|_| Unopened::Tampered(subject))?;
    let plain: Value = serde_json::from_slice(&plain).map_err(|_| Unopened::Malformed)?;
    Ok(json!({ PLAIN: plain }))
}

/// Replaces every object whose only field is `name` with what `by` makes of that field.
fn replace<E>(value: &mut Value, name: &str, by: &impl Fn(&Value) -> Result<Value, E>) -> Result<(), E> {
    match value {
        Value::Object(fields) => {
            if let Some(found) = fields.get(name)
                && fields.len() == 1
            {
                *value = by(found)?;
                return Ok(());
            }
            fields.values_mut().try_for_each(|field| replace(field, name, by))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| replace(item, name, by)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    const EVENT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);
    const PAYLOAD: &str = r#"{"Assigned":{"attendee":{"plain":{"email":"ada@example.org"}},"position":3}}"#;

    fn key() -> Key {
        Key([7; 32])
    }

    fn held() -> HashMap<Uuid, KeyState> {
        HashMap::from([(SUBJECT, KeyState::Held(key()))])
    }

    fn sealed() -> String {
        seal(PAYLOAD, &key(), (SUBJECT, EVENT), Entropy).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_its_key() {
        let sealed = sealed();
        // What is sealed is hexadecimal, and may spell "ada".
        assert!(!sealed.contains("ada@") && !sealed.contains("example") && !has_plain(&sealed), "{sealed}");
        assert_eq!(subjects(&sealed).collect::<Vec<_>>(), [SUBJECT]);
        assert_eq!(open(&sealed, &held(), EVENT).as_deref(), Ok(PAYLOAD));
    }

    #[test]
    fn without_its_key_it_is_erased_and_the_rest_is_as_it_was() {
        let erased = HashMap::from([(SUBJECT, KeyState::Erased)]);
        let opened = open(&sealed(), &erased, EVENT).unwrap();
        assert_eq!(opened, r#"{"Assigned":{"attendee":"erased","position":3}}"#);
    }

    #[test]
    fn it_opens_for_no_other_subject_and_in_no_other_event() {
        let other = Uuid::from_u128(9);
        assert_eq!(open(&sealed(), &held(), other), Err(Unopened::Tampered(SUBJECT)));
        let moved = sealed().replace(&SUBJECT.to_string(), &other.to_string());
        let keys = HashMap::from([(other, KeyState::Held(key()))]);
        assert_eq!(open(&moved, &keys, EVENT), Err(Unopened::Tampered(other)));
        assert_eq!(open(&sealed(), &HashMap::new(), EVENT), Err(Unopened::KeyMissing(SUBJECT)));
    }

    #[test]
    fn a_value_that_was_changed_does_not_open() {
        let text = sealed();
        let last = text.find("\"},\"position\"").unwrap() - 1;
        let other = if text[last..].starts_with('0') { '1' } else { '0' };
        let changed = format!("{}{other}{}", &text[..last], &text[last + 1..]);
        assert_eq!(open(&changed, &held(), EVENT), Err(Unopened::Tampered(SUBJECT)));
        for broken in [
            r#"{"sealed":7}"#,
            r#"{"sealed":"x"}"#,
            r#"{"sealed":"01900000-0000-7000-8000-000000000001.00.zz"}"#,
        ] {
            assert_eq!(open(broken, &held(), EVENT), Err(Unopened::Malformed), "{broken}");
        }
    }

    #[test]
    fn a_sample_that_was_stored_once_opens_for_ever() {
        let nonce = "2193539a8548fc89df4d97a3";
        let text = "a798451a282c1594278057e3c67ac24dda7d90e30c8cc30041ef1304a23720bbc7a02b324236e9d2bd8e74";
        let stored =
            format!(r#"{{"Assigned":{{"attendee":{{"sealed":"{SUBJECT}.{nonce}.{text}"}},"position":3}}}}"#);
        assert_eq!(open(&stored, &held(), EVENT).as_deref(), Ok(PAYLOAD));
    }

    #[test]
    fn what_a_user_wrote_is_never_taken_for_a_sealed_value() {
        let written =
            serde_json::to_string(&json!({ "name": "{\"sealed\":\"", "note": "{\"plain\":1}" })).unwrap();
        assert!(!has_plain(&written) && subjects(&written).next().is_none());
        let key = key();
        assert_eq!(seal(&written, &key, (SUBJECT, EVENT), Entropy).unwrap(), written);
    }
}
