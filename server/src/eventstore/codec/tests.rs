use serde::{Deserialize, Serialize};

use super::*;

/// A lamp's events. Once `Lit` said only that it was lit; then how brightly, in percent; then in thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Event {
    Lit { brightness: i64, by: String },
    PutOut,
}

impl StoredEvent for Event {
    const UPCASTERS: &'static [Upcaster] = &[
        Upcaster {
            event_type: "Lit",
            from: 1,
            lift: |fields| drop(fields.insert("percent".to_owned(), 100.into())),
        },
        Upcaster {
            event_type: "Lit",
            from: 2,
            lift: |fields| {
                let percent = fields.remove("percent").and_then(|it| it.as_i64()).unwrap_or_default();
                fields.insert("brightness".to_owned(), (percent * 10).into());
                fields.entry("by").or_insert("nobody".into());
            },
        },
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::Lit { .. } => "Lit",
            Self::PutOut => "PutOut",
        }
    }
}

fn decode(event_type: &str, version: i16, payload: &str) -> Result<Event, String> {
    let codec = Codec::new([StreamType::of::<Event>("lamp")]);
    let event = codec.decode("lamp", event_type, version, payload).map_err(|error| error.to_string())?;
    Ok(event.get::<Event>().unwrap().clone())
}

#[test]
fn every_version_reads_as_the_newest() {
    let lit = |brightness, by: &str| Ok(Event::Lit { brightness, by: by.to_owned() });
    assert_eq!(decode("Lit", 1, r#""Lit""#), lit(1000, "nobody"));
    assert_eq!(decode("Lit", 1, r#"{"Lit":{"by":"Ada"}}"#), lit(1000, "Ada"));
    assert_eq!(decode("Lit", 2, r#"{"Lit":{"percent":7}}"#), lit(70, "nobody"));
    assert_eq!(decode("Lit", 3, r#"{"Lit":{"brightness":5,"by":"Ada"}}"#), lit(5, "Ada"));
    assert_eq!(decode("PutOut", 1, r#""PutOut""#), Ok(Event::PutOut));
}

#[test]
fn what_cannot_be_read_says_why() {
    for (event_type, version, payload, said) in [
        (
            "Broken",
            1,
            r#"{"Broken":{}}"#,
            "Broken in version 1, of a stream of type lamp: its streams hold no such event",
        ),
        ("Lit", 4, r#"{"Lit":{}}"#, "this program knows versions 1 to 3"),
        ("Lit", 0, r#"{"Lit":{}}"#, "this program knows versions 1 to 3"),
        ("PutOut", 2, r#""PutOut""#, "this program knows versions 1 to 1"),
        ("PutOut", 1, r#"{"Lit":{"brightness":5,"by":"Ada"}}"#, "its payload is of type Lit"),
        ("Lit", 1, r#""PutOut""#, "its payload has no fields that could be lifted"),
        ("Lit", 1, r#"{"Lit":7}"#, "its payload has no fields that could be lifted"),
        ("Lit", 3, r#"{"Lit":{"by":"Ada"}}"#, "its payload has another form: missing field `brightness`"),
        ("Lit", 2, "{", "its payload has another form: EOF"),
    ] {
        let refused = decode(event_type, version, payload).unwrap_err();
        assert!(refused.contains(said), "{payload}: {refused}");
    }
}

#[test]
fn an_event_is_written_in_the_version_after_its_last_upcaster() {
    let lit = Event::Lit { brightness: 1, by: String::new() };
    assert_eq!((lit.schema_version(), Event::PutOut.schema_version()), (3, 1));
    let types: Vec<_> = StreamType::of::<Event>("lamp").event_types().collect();
    assert_eq!(types, [("Lit", 3), ("PutOut", 1)]);
}
