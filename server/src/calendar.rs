//! Calendar files (RFC 5545): a conference as an entry in whatever calendar its attendee keeps.

use plenary_shared::Timestamp;
use plenary_shared::conference::Conference;

/// What a calendar file is.
pub const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// The longest line, in bytes without its end (RFC 5545, 3.1). Longer ones are folded.
const LONGEST_LINE: usize = 75;

/// The whole file with a conference in it, made at `now`. `url` leads to the conference's page.
///
/// The entry keeps its identity, so that a newer file replaces what an older one brought.
pub fn file(conference: &Conference, url: &str, now: Timestamp) -> String {
    let day = |date: plenary_shared::Date| date.0.format("%Y%m%d").to_string();
    let lines = [
        ("BEGIN", "VCALENDAR".to_owned()),
        ("VERSION", "2.0".to_owned()),
        ("PRODID", "-//Plenary//Plenary//EN".to_owned()),
        ("METHOD", "PUBLISH".to_owned()),
        ("BEGIN", "VEVENT".to_owned()),
        ("UID", format!("{}@plenary", conference.id)),
        ("SEQUENCE", conference.version.to_string()),
        ("DTSTAMP", now.to_utc().format("%Y%m%dT%H%M%SZ").to_string()),
        ("DTSTART;VALUE=DATE", day(conference.start_date)),
        // The first day on which it is over.
        ("DTEND;VALUE=DATE", day(conference.end_date.plus_days(1))),
        ("SUMMARY", escaped(&conference.name)),
        ("LOCATION", escaped(&conference.location)),
        ("DESCRIPTION", escaped(&conference.tagline)),
        ("URL", url.to_owned()),
        ("TRANSP", "TRANSPARENT".to_owned()),
        ("END", "VEVENT".to_owned()),
        ("END", "VCALENDAR".to_owned()),
    ];
    lines
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| folded(&format!("{name}:{value}")))
        .collect()
}

/// Text as a value (RFC 5545, 3.3.11). Other control characters have no place in one.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A line with its end, broken where it is too long, never within a character.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 2);
    let mut width = 0;
    for character in line.chars() {
        if width + character.len_utf8() > LONGEST_LINE {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(character);
        width += character.len_utf8();
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use plenary_shared::{ConferenceId, Currency, Date};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn conference() -> Conference {
        Conference {
            id: ConferenceId(Uuid::from_u128(7)),
            slug: "ferrous-days".into(),
            name: "Ferrous Days; Berlin, \\o/".into(),
            tagline: String::new(),
            description: String::new(),
            location: "Gasometer Schöneberg, EUREF-Campus 17, 10829 Berlin, zweiter Hof, über die Brücke"
                .into(),
            start_date: Date::from_ymd(2027, 2, 27).unwrap(),
            end_date: Date::from_ymd(2027, 2, 28).unwrap(),
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".into(),
            published: true,
            language: None,
            seat_types: Vec::new(),
            version: 4,
        }
    }

    #[test]
    fn a_conference_is_an_entry_of_whole_days() {
        let file = file(&conference(), "https://example.org/ferrous-days", Timestamp::from_millis(0));
        let expected = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Plenary//Plenary//EN",
            "METHOD:PUBLISH",
            "BEGIN:VEVENT",
            "UID:00000000-0000-0000-0000-000000000007@plenary",
            "SEQUENCE:4",
            "DTSTAMP:19700101T000000Z",
            "DTSTART;VALUE=DATE:20270227",
            "DTEND;VALUE=DATE:20270301",
            "SUMMARY:Ferrous Days\\; Berlin\\, \\\\o/",
            "LOCATION:Gasometer Schöneberg\\, EUREF-Campus 17\\, 10829 Berlin\\, zweiter H",
            " of\\, über die Brücke",
            "URL:https://example.org/ferrous-days",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ];
        assert_eq!(file.split("\r\n").collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_text_cannot_break_out_of_its_line() {
        assert_eq!(escaped("a\r\nATTENDEE:x\nb\rc\u{7}"), "a\\nATTENDEE:x\\nbc");
    }

    proptest! {
        #[test]
        fn folding_keeps_lines_short_and_loses_nothing(text in "\\PC{0,300}") {
            let folded = folded(&text);
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= LONGEST_LINE));
            prop_assert_eq!(folded.replace("\r\n ", "").replace("\r\n", ""), text);
        }
    }
}
