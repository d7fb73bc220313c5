//! A stored sample of every version of every event, read for ever: what the log holds stays readable.
//!
//! A sample lies in `tests/events/<stream type>/<event type>.v<version>.json` as the log would hold its payload. It
//! is never edited and never deleted, because logs with that form exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plenary_server::eventstore::StreamType;
use plenary_server::startup;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events")
}

fn file(stream_type: &str, event_type: &str, version: i16) -> PathBuf {
    folder().join(stream_type).join(format!("{event_type}.v{version}.json"))
}

/// Every event that a log can hold: type of stream, type of event, the version of today.
fn events() -> Vec<(&'static str, &'static str, i16)> {
    let codec = startup::codec();
    let of = |it: &StreamType| {
        let name = it.name;
        it.event_types().map(move |(event, version)| (name, event, version)).collect::<Vec<_>>()
    };
    let mut events: Vec<_> = codec.stream_types().flat_map(of).collect();
    events.sort_unstable();
    assert!(events.len() > 25, "the codec knows {} events only", events.len());
    events
}

fn sample(stream_type: &str, event_type: &str, version: i16) -> String {
    let file = file(stream_type, event_type, version);
    let text = fs::read_to_string(&file);
    let missing = || panic!("{} is missing: store the payload as the log holds it", file.display());
    text.unwrap_or_else(|_| missing()).trim_end().to_owned()
}

#[test]
fn every_version_of_every_event_is_read() {
    let codec = startup::codec();
    for (stream_type, event_type, newest) in events() {
        for version in 1..=newest {
            let payload = sample(stream_type, event_type, version);
            let event = codec.decode(stream_type, event_type, version, &payload).unwrap();
            assert_eq!((event.name(), event.schema_version()), (event_type, newest));
            // What was lifted is as good as what is written today.
            let today = event.to_json();
            let again = codec.decode(stream_type, event_type, newest, &today).unwrap();
            assert_eq!(again.to_json(), today, "{event_type} version {version}");
        }
    }
}

#[test]
fn the_newest_version_is_written_as_it_was_read() {
    let codec = startup::codec();
    for (stream_type, event_type, newest) in events() {
        let payload = sample(stream_type, event_type, newest);
        let event = codec.decode(stream_type, event_type, newest, &payload).unwrap();
        let file = file(stream_type, event_type, newest);
        assert_eq!(
            event.to_json(),
            payload,
            "the form of {event_type} is not that of {}: add an upcaster and a sample of the next version",
            file.display(),
        );
    }
}

#[test]
fn a_version_that_the_program_does_not_know_has_no_sample() {
    let known: BTreeSet<_> = events()
        .into_iter()
        .flat_map(|(stream, event, newest)| (1..=newest).map(move |version| file(stream, event, version)))
        .collect();
    let streams = fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path());
    let files = streams.flat_map(|stream| fs::read_dir(stream).unwrap().map(|it| it.unwrap().path()));
    let found: BTreeSet<_> = files.collect();
    assert_eq!(found, known);
}

#[test]
fn every_upcaster_lifts_a_version_of_an_event_that_exists_and_no_version_is_left_out() {
    for stream_type in startup::codec().stream_types() {
        let versions: Vec<_> = stream_type.event_types().collect();
        for upcaster in stream_type.upcasters() {
            let known = versions.iter().any(|(name, _)| *name == upcaster.event_type);
            assert!(known, "{} lifts {}, which is no event", stream_type.name, upcaster.event_type);
        }
        for (event_type, newest) in versions {
            let of_event = stream_type.upcasters().iter().filter(|it| it.event_type == event_type);
            let lifted: Vec<_> = of_event.map(|it| it.from).collect();
            assert_eq!(lifted, (1..newest).collect::<Vec<_>>(), "{event_type}");
        }
    }
}
