use uuid::Uuid;

use super::*;

const ORDER: OrderId = OrderId(Uuid::from_u128(1));
const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(2));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(3));

fn person(first_name: &str, email: &str) -> Personal<Person> {
    Personal::new(Person { first_name: first_name.into(), last_name: "Lovelace".into(), email: email.into() })
}

fn ada() -> Personal<Person> {
    person("Ada", "ada@example.org")
}

fn create() -> Command {
    let seat = |seat_type_id, name: &str, quantity| AssignableSeat {
        seat_type_id,
        seat_type_name: name.into(),
        quantity,
    };
    Command::Create {
        order_id: ORDER,
        seats: vec![seat(GENERAL, "General", 2), seat(WORKSHOP, "Workshop", 1)],
    }
}

fn assign(position: i64, attendee: Personal<Person>) -> Command {
    Command::AssignSeat { position, attendee }
}

fn after(commands: impl IntoIterator<Item = Command>) -> SeatAssignments {
    commands.into_iter().fold(SeatAssignments::default(), |state, command| {
        decide(&state, command).unwrap().iter().fold(state, evolve)
    })
}

#[test]
fn every_seat_has_a_position_in_seat_type_order() {
    let state = after([create()]);
    let types: Vec<_> = state.seats().iter().map(|seat| seat.seat_type_id).collect();
    assert_eq!(types, [GENERAL, GENERAL, WORKSHOP]);
}

#[test]
fn creating_twice_changes_nothing() {
    assert_eq!(decide(&after([create()]), create()), Ok(vec![]));
}

#[test]
fn nothing_is_assigned_before_the_order_is_confirmed() {
    for command in [assign(0, ada()), Command::UnassignSeat { position: 0 }] {
        assert_eq!(decide(&SeatAssignments::NotCreated, command), Err(Refusal::NotCreated));
    }
}

#[test]
fn a_free_seat_is_assigned() {
    let events = decide(&after([create()]), assign(1, ada()));
    assert_eq!(events, Ok(vec![Event::SeatAssigned { position: 1, attendee: ada() }]));
}

#[test]
fn a_new_email_unassigns_first() {
    let grace = person("Grace", "grace@example.org");
    let events = decide(&after([create(), assign(0, ada())]), assign(0, grace.clone()));
    let expected =
        vec![Event::SeatUnassigned { position: 0 }, Event::SeatAssigned { position: 0, attendee: grace }];
    assert_eq!(events, Ok(expected));
}

#[test]
fn a_changed_name_alone_is_an_update() {
    let augusta = person("Augusta", "ADA@example.org");
    let events = decide(&after([create(), assign(0, ada())]), assign(0, augusta.clone()));
    assert_eq!(events, Ok(vec![Event::SeatAssignmentUpdated { position: 0, attendee: augusta }]));
}

#[test]
fn nothing_changed_raises_nothing() {
    let state = after([create(), assign(0, ada())]);
    for same in [ada(), person("Ada", "Ada@Example.ORG")] {
        assert_eq!(decide(&state, assign(0, same)), Ok(vec![]));
    }
}

#[test]
fn one_person_may_have_several_seats() {
    let state = after([create(), assign(0, ada()), assign(2, ada())]);
    assert!(state.seats()[0].attendee == Some(ada()) && state.seats()[2].attendee == Some(ada()));
}

#[test]
fn an_unassigned_seat_keeps_its_type_and_name() {
    let state = after([create(), assign(2, ada()), Command::UnassignSeat { position: 2 }]);
    assert_eq!(state, after([create()]));
    assert_eq!(decide(&state, Command::UnassignSeat { position: 2 }), Ok(vec![]));
}

#[test]
fn a_position_must_exist() {
    for position in [-1, 3, i64::MAX] {
        let refusal = Err(Refusal::UnknownPosition { position });
        assert_eq!(decide(&after([create()]), assign(position, ada())), refusal);
        assert_eq!(decide(&after([create()]), Command::UnassignSeat { position }), refusal);
    }
}

#[test]
fn an_attendee_needs_an_email() {
    assert_eq!(decide(&after([create()]), assign(0, person("Ada", " "))), Err(Refusal::EmailMissing));
}

#[test]
fn erased_seats_stay_and_nobody_can_be_named_on_them_again() {
    let seated = after([create(), assign(0, ada()), assign(2, ada())]);
    assert_eq!(decide(&seated, Command::EraseAttendees), Ok(vec![Event::AttendeesErased]));
    let erased = evolve(seated.clone(), &Event::AttendeesErased);
    assert_eq!(erased.seats().len(), seated.seats().len());
    assert!(erased.seats().iter().all(|seat| seat.attendee.is_none()));
    for already in [Command::EraseAttendees, Command::UnassignSeat { position: 0 }, create()] {
        assert_eq!(decide(&erased, already), Ok(vec![]));
    }
    assert_eq!(decide(&erased, assign(0, ada())), Err(Refusal::PersonalDataErased));
    assert_eq!(decide(&erased, assign(7, ada())), Err(Refusal::UnknownPosition { position: 7 }));
    assert_eq!(decide(&SeatAssignments::NotCreated, Command::EraseAttendees), Ok(vec![]));
}

#[test]
fn a_snapshot_reads_back_as_it_was() {
    let state = after([create(), assign(0, ada())]);
    let json = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<SeatAssignments>(&json).unwrap(), state);
}

fn check_in(position: i64, minute: i64) -> Command {
    Command::CheckIn { position, at: at(minute), by: Doorkeeper::Organizer }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

#[test]
fn a_seat_admits_once_and_says_since_when() {
    let state = after([create(), assign(0, ada())]);
    let checked_in = Event::SeatCheckedIn { position: 0, at: at(5), by: Doorkeeper::Organizer };
    assert_eq!(decide(&state, check_in(0, 5)), Ok(vec![checked_in.clone()]));
    let inside = evolve(state, &checked_in);
    assert_eq!(inside.seats()[0].checked_in_at, Some(at(5)));
    assert_eq!(decide(&inside, check_in(0, 9)), Err(Refusal::AlreadyCheckedIn { since: at(5) }));
    assert!(decide(&inside, check_in(1, 9)).is_ok());
}

#[test]
fn a_seat_admits_whoever_has_it_named_or_not() {
    let erased = after([create(), assign(0, ada()), Command::EraseAttendees]);
    for state in [after([create()]), erased] {
        assert_eq!(decide(&state, check_in(0, 1)).unwrap().len(), 1);
    }
}

#[test]
fn a_check_in_that_was_taken_back_can_be_done_again() {
    let undo = || Command::UndoCheckIn { position: 0 };
    let state = after([create(), check_in(0, 1), undo()]);
    assert_eq!(state, after([create()]));
    assert_eq!(decide(&state, undo()), Ok(vec![]));
    assert!(decide(&state, check_in(0, 2)).is_ok());
}

#[test]
fn whoever_is_in_keeps_her_seat_and_may_be_named_rightly() {
    let inside = after([create(), assign(0, ada()), check_in(0, 1)]);
    let grace = assign(0, person("Grace", "grace@example.org"));
    for command in [grace, Command::UnassignSeat { position: 0 }] {
        assert_eq!(decide(&inside, command), Err(Refusal::SeatInUse { position: 0 }));
    }
    assert_eq!(decide(&inside, assign(0, person("Augusta", "ada@example.org"))).unwrap().len(), 1);
    // Whoever came in with nobody's ticket can be named afterwards.
    assert_eq!(decide(&after([create(), check_in(0, 1)]), assign(0, ada())).unwrap().len(), 1);
}

#[test]
fn erasing_who_came_leaves_that_somebody_came() {
    let erased = after([create(), assign(0, ada()), check_in(0, 1), Command::EraseAttendees]);
    assert_eq!((&erased.seats()[0].attendee, erased.seats()[0].checked_in_at), (&None, Some(at(1))));
}

fn every_command() -> [(&'static str, Command); 14] {
    [
        ("Create", create()),
        ("AssignSeat", assign(0, ada())),
        ("AssignSeat, another name", assign(0, person("Augusta", "ada@example.org"))),
        ("AssignSeat, the address in other letters", assign(0, person("Ada", "ADA@example.org"))),
        ("AssignSeat, another address", assign(0, person("Grace", "grace@example.org"))),
        ("AssignSeat, no address", assign(0, person("Ada", " "))),
        ("AssignSeat, no such seat", assign(3, ada())),
        ("UnassignSeat", Command::UnassignSeat { position: 0 }),
        ("UnassignSeat, no such seat", Command::UnassignSeat { position: -1 }),
        ("CheckIn", check_in(0, 2)),
        ("CheckIn, no such seat", check_in(3, 2)),
        ("UndoCheckIn", Command::UndoCheckIn { position: 0 }),
        ("UndoCheckIn, no such seat", Command::UndoCheckIn { position: 3 }),
        ("EraseAttendees", Command::EraseAttendees),
    ]
}

fn answer(state: &SeatAssignments, command: Command) -> String {
    match decide(state, command) {
        Ok(events) if events.is_empty() => "nothing".into(),
        Ok(events) => events.iter().map(Event::name).collect::<Vec<_>>().join(" + "),
        Err(refusal) => {
            let debug = format!("{refusal:?}");
            format!("refused: {}", debug.split(' ').next().unwrap_or_default())
        }
    }
}

#[test]
fn every_command_has_an_answer_in_every_situation() {
    let situations = [
        ("not created", after([])),
        ("nobody assigned", after([create()])),
        ("Ada on the first seat", after([create(), assign(0, ada())])),
        ("Ada on every seat", after([create(), assign(0, ada()), assign(1, ada()), assign(2, ada())])),
        ("the first seat checked in", after([create(), check_in(0, 1)])),
        ("Ada on the first seat, checked in", after([create(), assign(0, ada()), check_in(0, 1)])),
        ("erased, checked in", after([create(), check_in(0, 1), Command::EraseAttendees])),
        ("erased", after([create(), assign(0, ada()), Command::EraseAttendees])),
    ];
    let mut table = vec![];
    for (name, state) in situations {
        table.push(name.to_owned());
        table.extend(every_command().map(|(name, command)| format!("  {name}: {}", answer(&state, command))));
    }
    crate::testing::assert_committed("src/registration/seat_assignments/table.txt", &table);
}
