//! The names of an enum's variants, as its `Deserialize` declares them.
//!
//! They are asked for by a deserializer that reads nothing: the list of event types cannot be forgotten when one is
//! added.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

/// The variants of the enum `E`; none when `E` is no enum.
pub(super) fn of<E: DeserializeOwned>() -> &'static [&'static str] {
    match E::deserialize(Asking) {
        Err(Asked(Some(names))) => names,
        Ok(_) | Err(Asked(None)) => &[],
    }
}

struct Asking;

/// Ends the reading, with what was found out.
#[derive(Debug)]
struct Asked(Option<&'static [&'static str]>);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only names were asked for")
    }
}

impl std::error::Error for Asked {}

impl de::Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(None)
    }
}

impl<'de> Deserializer<'de> for Asking {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked(None))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        Err(Asked(Some(variants)))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
