use plenary_shared::Money;
use plenary_shared::format::Locale;
use uuid::Uuid;

use super::*;

const WORLD: World = World {
    reserved_slugs: &["manage"],
    is_time_zone: |name| name == "UTC",
    reservation_s: (900, 840),
    waitlist_offer_s: 86_400,
};

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(10));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(11));
const STRANGE: SeatTypeId = SeatTypeId(Uuid::from_u128(99));

fn creation() -> CreateConference {
    CreateConference {
        owner_name: " Ada Lovelace ".into(),
        owner_email: " ada@example.org ".into(),
        name: " Engines ".into(),
        slug: "engines-2026".into(),
        tagline: String::new(),
        description: "All about engines.".into(),
        location: "London".into(),
        start_date: Date::from_ymd(2026, 3, 1).unwrap(),
        end_date: Date::from_ymd(2026, 3, 2).unwrap(),
        currency: None,
        time_zone: None,
        language: None,
        translations: Translations::new(),
    }
}

fn conference() -> Conference {
    create(ConferenceId(Uuid::from_u128(1)), &creation(), WORLD).unwrap().0
}

fn published() -> Conference {
    publish(&conference(), &[]).0
}

fn withdrawn() -> Conference {
    unpublish(&published(), None).unwrap().0
}

fn price(amount: i64) -> SeatTypeInput {
    let price = Money::new(amount, Currency::USD);
    let translations = Translations::new();
    let (name, description) = (" General ".into(), String::new());
    SeatTypeInput { name, description, price, quota: 10, translations, version: None }
}

fn general() -> SeatType {
    create_seat_type(&conference(), &[], GENERAL, &price(100)).unwrap().0
}

fn at_version(version: i64) -> UpdateConference {
    UpdateConference { version, ..UpdateConference::default() }
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(crate::eventstore::StoredEvent::name).collect()
}

fn fields<T>(decision: Result<T, Refusal>) -> Vec<String> {
    match decision.map(|_| ()) {
        Err(Refusal::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_conference_is_trimmed_unpublished_and_announced() {
    let (created, events) = create(ConferenceId(Uuid::from_u128(1)), &creation(), WORLD).unwrap();
    assert_eq!((created.version, created.publication), (1, Publication::Never));
    assert_eq!(created.owner.email.reveal().unwrap(), "ada@example.org");
    let details = &created.details;
    assert_eq!((details.name.as_str(), details.time_zone.as_str()), ("Engines", "UTC"));
    assert_eq!((details.currency, details.reservation_shown_s), (Currency::USD, 900));
    assert_eq!(details.waitlist_offer_s, 86_400);
    assert_eq!(names(&events), ["ConferenceCreated"]);
}

#[test]
fn a_creation_is_refused_by_field() {
    type Change = fn(&mut CreateConference);
    let cases: [(Change, &str); 8] = [
        (|it| it.slug = "MANAGE".into(), "slug"),
        (|it| it.slug = "no".into(), "slug"),
        (|it| it.owner_email = "ada".into(), "owner_email"),
        (|it| it.name = "  ".into(), "name"),
        (|it| it.time_zone = Some("Mars/Olympus".into()), "time_zone"),
        (|it| it.end_date = Date::from_ymd(2026, 2, 28).unwrap(), "end_date"),
        (|it| it.start_date = Date::from_ymd(26, 3, 1).unwrap(), "start_date"),
        (|it| it.end_date = Date::from_ymd(12026, 3, 1).unwrap(), "end_date"),
    ];
    for (change, field) in cases {
        let mut input = creation();
        change(&mut input);
        assert_eq!(fields(create(ConferenceId(Uuid::nil()), &input, WORLD)), [field]);
    }
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let input = UpdateConference { location: Some(" Paris ".into()), ..at_version(1) };
    let (updated, events) = update(&conference(), &[], &input, WORLD).unwrap();
    assert_eq!((updated.details.location.as_str(), updated.version), ("Paris", 2));
    assert_eq!((updated.details.name, updated.publication), ("Engines".into(), Publication::Never));
    assert_eq!(names(&events), ["ConferenceUpdated"]);
}

#[test]
fn an_update_that_changes_nothing_is_no_event() {
    let input = UpdateConference { name: Some("Engines".into()), ..at_version(1) };
    assert_eq!(update(&conference(), &[], &input, WORLD), Ok((conference(), vec![])));
}

fn in_german(name: Option<&str>, tagline: Option<&str>) -> Translations<ConferenceTexts> {
    let (name, tagline) = (name.map(str::to_owned), tagline.map(str::to_owned));
    Translations::from([("de".into(), ConferenceTexts { name, tagline, ..ConferenceTexts::default() })])
}

#[test]
fn a_translation_changes_text_by_text_and_is_gone_when_nothing_is_left() {
    let change = |conference: &Conference, name, tagline| {
        let input =
            UpdateConference { translations: in_german(name, tagline), ..at_version(conference.version) };
        update(conference, &[], &input, WORLD).unwrap().0
    };
    let named = change(&conference(), Some(" Maschinen "), None);
    assert_eq!(named.details.translations, in_german(Some("Maschinen"), None));
    let both = change(&named, None, Some("Alles dreht sich"));
    assert_eq!(both.details.translations, in_german(Some("Maschinen"), Some("Alles dreht sich")));
    let one = change(&both, Some("  "), None);
    assert_eq!(one.details.translations, in_german(None, Some("Alles dreht sich")));
    assert_eq!(change(&one, None, Some("")).details.translations, Translations::new());
    // What was never there cannot go.
    let nothing = UpdateConference { translations: in_german(Some(""), None), ..at_version(1) };
    assert_eq!(update(&conference(), &[], &nothing, WORLD), Ok((conference(), vec![])));
}

#[test]
fn the_language_of_own_words_is_said_once_and_can_be_corrected() {
    let say = |conference: &Conference, language| {
        let input = UpdateConference { language, ..at_version(conference.version) };
        update(conference, &[], &input, WORLD).unwrap().0
    };
    let said = say(&conference(), Some(Locale::De));
    assert_eq!((conference().details.language, said.details.language), (None, Some(Locale::De)));
    assert_eq!(say(&said, None), said);
    assert_eq!(say(&said, Some(Locale::En)).details.language, Some(Locale::En));
}

#[test]
fn a_seat_type_keeps_translations_that_a_change_does_not_name() {
    let texts = SeatTypeTexts { name: Some("Allgemein".into()), description: None };
    let german = Translations::from([("de".to_owned(), texts)]);
    let input = SeatTypeInput { translations: german.clone(), ..price(100) };
    let (general, _) = create_seat_type(&conference(), &[], GENERAL, &input).unwrap();
    assert_eq!(general.seat.translations, german);
    let dearer = SeatTypeInput { version: Some(1), ..price(200) };
    let (dearer, _) = update_seat_type(&conference(), &[general], GENERAL, &dearer).unwrap();
    assert_eq!((dearer.seat.translations, dearer.seat.version), (german, 2));
}

#[test]
fn an_update_of_an_older_version_is_refused() {
    let stale = Err(Refusal::StaleVersion { current: 2 });
    assert_eq!(update(&published(), &[], &at_version(1), WORLD), stale);
}

#[test]
fn an_update_is_refused_by_field() {
    let cases = [
        (UpdateConference { name: Some(String::new()), ..at_version(1) }, "name"),
        (UpdateConference { time_zone: Some("x".into()), ..at_version(1) }, "time_zone"),
        (UpdateConference { start_date: Date::from_ymd(2027, 1, 1), ..at_version(1) }, "end_date"),
        (UpdateConference { reservation_shown_s: Some(0), ..at_version(1) }, "reservation_shown_s"),
        (UpdateConference { reservation_shown_s: Some(86_401), ..at_version(1) }, "reservation_shown_s"),
        (UpdateConference { reservation_buffer_s: Some(-1), ..at_version(1) }, "reservation_buffer_s"),
        (UpdateConference { waitlist_offer_s: Some(59), ..at_version(1) }, "waitlist_offer_s"),
        (UpdateConference { waitlist_offer_s: Some(2_592_001), ..at_version(1) }, "waitlist_offer_s"),
    ];
    for (input, field) in cases {
        assert_eq!(fields(update(&conference(), &[], &input, WORLD)), [field]);
    }
}

#[test]
fn the_currency_is_free_until_there_is_a_seat_type() {
    let input = UpdateConference { currency: Some(Currency::EUR), ..at_version(1) };
    let (updated, _) = update(&conference(), &[], &input, WORLD).unwrap();
    assert_eq!(updated.details.currency, Currency::EUR);
    let fixed = Err(Refusal::CurrencyFixed { currency: Currency::USD });
    assert_eq!(update(&conference(), &[general()], &input, WORLD), fixed);
}

#[test]
fn seat_types_are_announced_before_the_first_publication_and_only_then() {
    let workshop = SeatType { id: WORKSHOP, ordinal: 2, ..general() };
    let (first, events) = publish(&conference(), &[general(), workshop.clone()]);
    assert_eq!(names(&events), ["SeatCreated", "SeatCreated", "ConferencePublished"]);
    assert!(matches!(events[0], Event::SeatCreated { seat_type_id: GENERAL, .. }));
    let (hidden, events) = unpublish(&first, None).unwrap();
    assert_eq!(names(&events), ["ConferenceUnpublished"]);
    let (again, events) = publish(&hidden, &[general(), workshop]);
    assert_eq!(names(&events), ["ConferencePublished"]);
    assert_eq!(again.version, 4);
}

#[test]
fn publishing_and_unpublishing_twice_is_once() {
    assert_eq!(publish(&published(), &[general()]), (published(), vec![]));
    assert_eq!(unpublish(&withdrawn(), None), Ok((withdrawn(), vec![])));
    assert_eq!(unpublish(&conference(), Some(" ")), Ok((conference(), vec![])));
}

#[test]
fn an_unpublished_conference_may_lead_elsewhere() {
    let (hidden, events) = unpublish(&withdrawn(), Some(" https://example.org ")).unwrap();
    assert_eq!(hidden.redirect_url.as_deref(), Some("https://example.org"));
    assert_eq!(names(&events), ["ConferenceUnpublished"]);
    let (never, _) = unpublish(&conference(), Some("https://example.org")).unwrap();
    assert_eq!(never.publication, Publication::Never);
    assert_eq!(fields(unpublish(&published(), Some("javascript:alert(1)"))), ["redirect_url"]);
}

#[test]
fn seat_types_are_announced_at_once_after_the_first_publication() {
    let cases: [(Conference, &[&str], &[&str]); 3] = [
        (conference(), &[], &[]),
        (published(), &["SeatCreated"], &["SeatUpdated"]),
        (withdrawn(), &["SeatCreated"], &["SeatUpdated"]),
    ];
    for (conference, created, updated) in cases {
        let (seat_type, events) = create_seat_type(&conference, &[], GENERAL, &price(100)).unwrap();
        assert_eq!(names(&events), created);
        let input = SeatTypeInput { version: Some(1), ..price(200) };
        let (seat_type, events) = update_seat_type(&conference, &[seat_type], GENERAL, &input).unwrap();
        assert_eq!(names(&events), updated);
        assert_eq!((seat_type.seat.version, seat_type.seat.name.as_str()), (2, "General"));
    }
}

#[test]
fn a_new_seat_type_is_the_last() {
    let (workshop, _) = create_seat_type(&conference(), &[general()], WORKSHOP, &price(1)).unwrap();
    assert_eq!((general().ordinal, workshop.ordinal), (1, 2));
}

#[test]
fn a_seat_type_that_stays_as_it_is_is_no_event() {
    let input = SeatTypeInput { version: Some(1), ..price(100) };
    let same = update_seat_type(&published(), &[general()], GENERAL, &input);
    assert_eq!(same, Ok((general(), vec![])));
}

#[test]
fn a_seat_type_is_sold_in_the_currency_of_its_conference() {
    let euros = SeatTypeInput { price: Money::new(1, Currency::EUR), ..price(0) };
    assert_eq!(fields(create_seat_type(&conference(), &[], GENERAL, &euros)), ["price.currency"]);
    let euros = SeatTypeInput { version: Some(1), ..euros };
    assert_eq!(fields(update_seat_type(&conference(), &[general()], GENERAL, &euros)), ["price.currency"]);
}

#[test]
fn a_change_of_a_seat_type_names_the_version_that_it_was_made_on() {
    let (ours, input) = ([general()], price(200));
    assert_eq!(fields(update_seat_type(&conference(), &ours, GENERAL, &input)), ["version"]);
    let stale = SeatTypeInput { version: Some(7), ..input };
    let refusal = Err(Refusal::StaleVersion { current: 1 });
    assert_eq!(update_seat_type(&conference(), &ours, GENERAL, &stale), refusal);
}

#[test]
fn a_seat_type_of_another_conference_is_unknown_before_anything_else() {
    let wrong = SeatTypeInput { version: Some(7), quota: -1, ..price(-1) };
    let ours = [general()];
    let refusal = Err(Refusal::UnknownSeatType);
    assert_eq!(update_seat_type(&published(), &ours, STRANGE, &wrong), refusal);
    assert_eq!(delete_seat_type(&published(), &ours, STRANGE), Err(Refusal::UnknownSeatType));
}

#[test]
fn a_seat_type_can_be_deleted_until_the_first_publication() {
    let ours = [general()];
    assert_eq!(delete_seat_type(&conference(), &ours, GENERAL), Ok(()));
    assert_eq!(delete_seat_type(&published(), &ours, GENERAL), Err(Refusal::PublishedOnce));
    assert_eq!(delete_seat_type(&withdrawn(), &ours, GENERAL), Err(Refusal::PublishedOnce));
}

fn in_short<Row>(decision: Decision<Row>) -> String {
    match decision {
        Ok((_, events)) if events.is_empty() => "nothing to tell".into(),
        Ok((_, events)) => names(&events).join(" + "),
        Err(Refusal::Invalid(errors)) => format!("refused: Invalid {}", errors[0].field),
        Err(refusal) => {
            let debug = format!("{refusal:?}");
            format!("refused: {}", debug.split(' ').next().unwrap_or_default())
        }
    }
}

/// What each wish comes to for a conference with this one seat type.
fn answers(conference: &Conference) -> Vec<(&'static str, String)> {
    let seat_types = [general()];
    let current = conference.version;
    let input = |name: Option<&str>, version| UpdateConference {
        name: name.map(str::to_owned),
        ..at_version(version)
    };
    let changed = |input: &UpdateConference| in_short(update(conference, &seat_types, input, WORLD));
    let euros = UpdateConference { currency: Some(Currency::EUR), ..at_version(current) };
    let clocks = UpdateConference { reservation_shown_s: Some(0), ..at_version(current) };
    let seat = |id, amount, version| {
        let input = SeatTypeInput { version, ..price(amount) };
        in_short(update_seat_type(conference, &seat_types, id, &input))
    };
    let delete = |id| in_short(delete_seat_type(conference, &seat_types, id).map(|()| ((), vec![])));
    vec![
        ("Update, as it is", changed(&input(None, current))),
        ("Update, another name", changed(&input(Some("New"), current))),
        ("Update, no name", changed(&input(Some(" "), current))),
        ("Update, an older version", changed(&input(Some("New"), current - 1))),
        ("Update, another currency", changed(&euros)),
        ("Update, too short a clock", changed(&clocks)),
        ("Publish", in_short(Ok(publish(conference, &seat_types)))),
        ("Unpublish", in_short(unpublish(conference, None))),
        ("Unpublish, leading elsewhere", in_short(unpublish(conference, Some("https://example.org/")))),
        ("Unpublish, leading nowhere", in_short(unpublish(conference, Some("javascript:1")))),
        ("CreateSeatType", in_short(create_seat_type(conference, &seat_types, WORKSHOP, &price(1)))),
        (
            "CreateSeatType, a negative price",
            in_short(create_seat_type(conference, &seat_types, WORKSHOP, &price(-1))),
        ),
        ("UpdateSeatType, as it is", seat(GENERAL, 100, Some(1))),
        ("UpdateSeatType, another price", seat(GENERAL, 200, Some(1))),
        ("UpdateSeatType, an older version", seat(GENERAL, 200, Some(0))),
        ("UpdateSeatType, no version", seat(GENERAL, 200, None)),
        ("UpdateSeatType, of another conference", seat(STRANGE, 200, None)),
        ("RaiseQuota", in_short(raise_quota(conference, &seat_types, GENERAL, 2))),
        (
            "RaiseQuota, beyond every range",
            in_short(raise_quota(conference, &seat_types, GENERAL, 1_000_000)),
        ),
        ("RaiseQuota, of another conference", in_short(raise_quota(conference, &seat_types, STRANGE, 2))),
        ("DeleteSeatType", delete(GENERAL)),
        ("DeleteSeatType, of another conference", delete(STRANGE)),
    ]
}

#[test]
fn every_wish_has_an_answer_in_every_situation() {
    let mut table = vec![];
    let situations =
        [("never published", conference()), ("published", published()), ("withdrawn", withdrawn())];
    for (name, conference) in situations {
        table.push(name.to_owned());
        table.extend(answers(&conference).into_iter().map(|(wish, answer)| format!("  {wish}: {answer}")));
    }
    crate::testing::assert_committed("src/conference/conference/table.txt", &table);
}

#[test]
fn a_raised_quota_is_the_next_version_and_changes_nothing_else() {
    let (raised, events) = raise_quota(&published(), &[general()], GENERAL, 2).unwrap();
    let expected = Seat { quota: 12, version: 2, ..general().seat };
    assert_eq!(raised.seat, expected);
    assert_eq!(events, [Event::SeatUpdated { seat_type_id: GENERAL, seat: expected }]);
}
