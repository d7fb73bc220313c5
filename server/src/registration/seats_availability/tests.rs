use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(2));
const UNKNOWN: SeatTypeId = SeatTypeId(Uuid::from_u128(9));
const MINE: OrderId = OrderId(Uuid::from_u128(10));
const OTHER: OrderId = OrderId(Uuid::from_u128(11));

fn seat(seat_type_id: SeatTypeId, quantity: i64) -> SeatQuantity {
    SeatQuantity { seat_type_id, quantity }
}

fn change(seat_type_id: SeatTypeId, change: i64) -> SeatChange {
    SeatChange { seat_type_id, change }
}

fn quota(seat_type_id: SeatTypeId, quota: i64, quota_version: i64) -> Command {
    Command::SetSeatQuota { seat_type_id, quota, quota_version }
}

fn make(reservation_id: OrderId, seats: &[SeatQuantity]) -> Command {
    make_with(reservation_id, seats, &[])
}

fn make_with(reservation_id: OrderId, seats: &[SeatQuantity], kept: &[SeatQuantity]) -> Command {
    Command::MakeSeatReservation { reservation_id, seats: seats.to_vec(), kept: kept.to_vec() }
}

fn reserved(reservation_id: OrderId, details: &[SeatQuantity], changes: &[SeatChange]) -> Vec<Event> {
    let (details, availability_changes) = (details.to_vec(), changes.to_vec());
    vec![Event::SeatsReserved { reservation_id, details, availability_changes }]
}

/// The state after `commands`; a refused one changes nothing.
fn after(commands: impl IntoIterator<Item = Command>) -> SeatsAvailability {
    commands.into_iter().fold(SeatsAvailability::default(), |state, command| {
        let events = decide(&state, command).unwrap_or_default();
        events.iter().fold(state, evolve)
    })
}

/// Ten seats of each type, six general ones held by `MINE`.
fn six_of_ten() -> SeatsAvailability {
    after([quota(GENERAL, 10, 1), quota(WORKSHOP, 10, 1), make(MINE, &[seat(GENERAL, 6)])])
}

#[test]
fn a_reservation_gets_what_remains_and_what_it_already_holds() {
    let state = six_of_ten();
    for (wanted, actual) in [(8, 8), (2, 2), (12, 10), (10, 10)] {
        let answer = decide(&state, make(MINE, &[seat(GENERAL, wanted)]));
        assert_eq!(answer, Ok(reserved(MINE, &[seat(GENERAL, actual)], &[change(GENERAL, 6 - actual)])));
    }
}

#[test]
fn another_reservation_gets_only_what_remains() {
    let answer = decide(&six_of_ten(), make(OTHER, &[seat(GENERAL, 5)]));
    assert_eq!(answer, Ok(reserved(OTHER, &[seat(GENERAL, 4)], &[change(GENERAL, -4)])));
}

#[test]
fn free_seats_that_are_kept_for_others_are_not_had() {
    for (kept, had) in [(1, 3), (3, 1), (4, 0), (9, 0)] {
        let state = six_of_ten();
        let kept = [seat(GENERAL, kept)];
        let gained = |held: i64| if had == 0 { vec![] } else { vec![seat(GENERAL, held + had)] };
        let events = |id, details: Vec<SeatQuantity>| {
            if details.is_empty() { vec![] } else { reserved(id, &details, &[change(GENERAL, -had)]) }
        };
        assert_eq!(
            decide(&state, make_with(OTHER, &[seat(GENERAL, 9)], &kept)),
            Ok(events(OTHER, gained(0)))
        );
        // What it holds it keeps.
        assert_eq!(decide(&state, make_with(MINE, &[seat(GENERAL, 12)], &kept)), Ok(events(MINE, gained(6))));
    }
    let workshops = decide(&six_of_ten(), make_with(OTHER, &[seat(WORKSHOP, 2)], &[seat(GENERAL, 9)]));
    assert_eq!(workshops, Ok(reserved(OTHER, &[seat(WORKSHOP, 2)], &[change(WORKSHOP, -2)])));
}

#[test]
fn seats_no_longer_wanted_are_given_back() {
    let answer = decide(&six_of_ten(), make(MINE, &[seat(WORKSHOP, 3)]));
    assert_eq!(answer, Ok(reserved(MINE, &[seat(WORKSHOP, 3)], &[change(WORKSHOP, -3), change(GENERAL, 6)])));
}

#[test]
fn details_are_in_the_order_of_the_request() {
    let wanted = [seat(WORKSHOP, 1), seat(GENERAL, 1)];
    let answer = decide(&six_of_ten(), make(OTHER, &wanted));
    assert_eq!(answer, Ok(reserved(OTHER, &wanted, &[change(WORKSHOP, -1), change(GENERAL, -1)])));
}

#[test]
fn a_quantity_of_zero_counts_as_not_chosen() {
    let answer = decide(&six_of_ten(), make(OTHER, &[seat(WORKSHOP, 0), seat(GENERAL, 1)]));
    assert_eq!(answer, Ok(reserved(OTHER, &[seat(GENERAL, 1)], &[change(GENERAL, -1)])));
}

#[test]
fn asking_for_the_same_again_changes_nothing() {
    assert_eq!(decide(&six_of_ten(), make(MINE, &[seat(GENERAL, 6)])), Ok(vec![]));
}

#[test]
fn asking_where_nothing_is_left_changes_nothing() {
    let state = after([quota(GENERAL, 0, 1)]);
    assert_eq!(decide(&state, make(MINE, &[seat(GENERAL, 1)])), Ok(vec![]));
}

#[test]
fn asking_again_may_get_more() {
    let wanted = [seat(GENERAL, 8)];
    let state = after([quota(GENERAL, 5, 1), make(MINE, &wanted), quota(GENERAL, 7, 2)]);
    assert_eq!(
        decide(&state, make(MINE, &wanted)),
        Ok(reserved(MINE, &[seat(GENERAL, 7)], &[change(GENERAL, -2)]))
    );
}

#[test]
fn a_wrong_request_is_refused_by_name_as_a_whole() {
    let state = six_of_ten();
    let cases = [
        (vec![], Refusal::NothingChosen),
        (vec![seat(GENERAL, 0)], Refusal::NothingChosen),
        (
            vec![seat(GENERAL, 1), seat(UNKNOWN, 0)],
            Refusal::UnknownSeatType { index: 1, seat_type_id: UNKNOWN },
        ),
        (
            vec![seat(GENERAL, 1), seat(GENERAL, 0)],
            Refusal::DuplicateSeatType { index: 1, seat_type_id: GENERAL },
        ),
        (vec![seat(GENERAL, -1)], Refusal::NegativeQuantity { index: 0, seat_type_id: GENERAL }),
        (
            vec![seat(WORKSHOP, 20), seat(GENERAL, 21)],
            Refusal::TooManySeats { index: 1, seat_type_id: GENERAL },
        ),
    ];
    for (seats, refusal) in cases {
        assert_eq!(decide(&state, make(OTHER, &seats)), Err(refusal));
    }
}

#[test]
fn a_committed_reservation_is_sold_and_no_longer_held() {
    let commit = Command::CommitSeatReservation { reservation_id: MINE };
    let events = decide(&six_of_ten(), commit).unwrap();
    let state = events.iter().fold(six_of_ten(), evolve);
    assert_eq!((state.remaining(GENERAL), state.held(GENERAL), state.committed(GENERAL)), (Some(4), 0, 6));
}

#[test]
fn a_cancelled_reservation_gives_its_seats_back() {
    let answer = decide(&six_of_ten(), Command::CancelSeatReservation { reservation_id: MINE });
    let availability_changes = vec![change(GENERAL, 6)];
    assert_eq!(
        answer,
        Ok(vec![Event::SeatsReservationCancelled { reservation_id: MINE, availability_changes }])
    );
}

#[test]
fn every_command_may_come_twice() {
    let commands = [
        quota(GENERAL, 10, 1),
        make(MINE, &[seat(GENERAL, 6)]),
        Command::CommitSeatReservation { reservation_id: MINE },
        make(OTHER, &[seat(GENERAL, 6)]),
        Command::CancelSeatReservation { reservation_id: OTHER },
    ];
    for end in 1..=commands.len() {
        let state = after(commands[..end].to_vec());
        assert_eq!(decide(&state, commands[end - 1].clone()), Ok(vec![]), "{:?}", commands[end - 1]);
    }
}

#[test]
fn without_a_hold_there_is_nothing_to_commit_or_cancel() {
    let commit = Command::CommitSeatReservation { reservation_id: OTHER };
    let cancel = Command::CancelSeatReservation { reservation_id: OTHER };
    assert_eq!(decide(&six_of_ten(), commit), Ok(vec![]));
    assert_eq!(decide(&six_of_ten(), cancel), Ok(vec![]));
}

#[test]
fn an_older_quota_comes_too_late() {
    let state = after([quota(GENERAL, 10, 1), quota(GENERAL, 10, 3)]);
    assert_eq!(decide(&state, quota(GENERAL, 5, 2)), Ok(vec![]));
}

#[test]
fn a_quota_is_never_negative() {
    let refusal = Refusal::QuotaOutOfRange { seat_type_id: GENERAL, quota: -1 };
    assert_eq!(decide(&SeatsAvailability::default(), quota(GENERAL, -1, 1)), Err(refusal));
}

#[test]
fn after_a_cut_of_the_quota_nobody_loses_a_seat_and_nothing_more_is_given() {
    let cut = decide(&six_of_ten(), quota(GENERAL, 2, 2)).unwrap();
    let state = cut.iter().fold(six_of_ten(), evolve);
    assert_eq!((state.remaining(GENERAL), state.held(GENERAL)), (Some(-4), 6));
    assert_eq!(decide(&state, make(OTHER, &[seat(GENERAL, 1)])), Ok(vec![]));
    assert_eq!(decide(&state, make(MINE, &[seat(GENERAL, 7)])), Ok(vec![]));
    let shrunk = decide(&state, make(MINE, &[seat(GENERAL, 5)]));
    assert_eq!(shrunk, Ok(reserved(MINE, &[seat(GENERAL, 5)], &[change(GENERAL, 1)])));
}

#[test]
fn a_snapshot_reads_back_as_it_was() {
    let json = serde_json::to_string(&six_of_ten()).unwrap();
    assert_eq!(serde_json::from_str::<SeatsAvailability>(&json).unwrap(), six_of_ten());
}

fn any_seats() -> impl Strategy<Value = Vec<SeatQuantity>> {
    let any_seat = (1..=4_u128, -1..=21_i64).prop_map(|(id, n)| seat(SeatTypeId(Uuid::from_u128(id)), n));
    prop::collection::vec(any_seat, 0..4)
}

fn any_command() -> impl Strategy<Value = Command> {
    let reservation = (0..4_u128).prop_map(|id| OrderId(Uuid::from_u128(id)));
    prop_oneof![
        (1..=3_u128, -1..=30_i64, 0..=9_i64).prop_map(|(id, q, version)| quota(
            SeatTypeId(Uuid::from_u128(id)),
            q,
            version
        )),
        (reservation.clone(), any_seats(), any_seats())
            .prop_map(|(id, seats, kept)| make_with(id, &seats, &kept)),
        reservation.clone().prop_map(|reservation_id| Command::CommitSeatReservation { reservation_id }),
        reservation.prop_map(|reservation_id| Command::CancelSeatReservation { reservation_id }),
    ]
}

fn given_away(state: &SeatsAvailability, seat_type_id: SeatTypeId) -> i64 {
    state.held(seat_type_id) + state.committed(seat_type_id)
}

proptest! {
    #[test]
    fn the_numbers_add_up_after_every_event(commands in prop::collection::vec(any_command(), 0..60)) {
        let mut state = SeatsAvailability::default();
        for command in commands {
            for event in decide(&state, command).unwrap_or_default() {
                state = evolve(state, &event);
                prop_assert_eq!(state.check(), Ok(()));
            }
        }
    }

    #[test]
    fn no_more_is_given_away_than_the_quota_unless_it_was_cut(
        commands in prop::collection::vec(any_command(), 0..60),
    ) {
        let mut state = SeatsAvailability::default();
        for command in commands {
            let before = state.clone();
            let is_quota = matches!(command, Command::SetSeatQuota { .. });
            state = decide(&state, command).unwrap_or_default().iter().fold(state, evolve);
            for seat_type_id in state.seat_types() {
                let within = given_away(&state, seat_type_id) <= state.quota(seat_type_id).unwrap();
                let grown = given_away(&state, seat_type_id) > given_away(&before, seat_type_id);
                prop_assert!(within || is_quota || !grown);
            }
        }
    }
}

fn every_command() -> [(&'static str, Command); 18] {
    let commit = |reservation_id| Command::CommitSeatReservation { reservation_id };
    let cancel = |reservation_id| Command::CancelSeatReservation { reservation_id };
    let general = |quantity| seat(GENERAL, quantity);
    [
        ("SetSeatQuota, higher", quota(GENERAL, 12, 9)),
        ("SetSeatQuota, lower", quota(GENERAL, 2, 9)),
        ("SetSeatQuota, an older version", quota(GENERAL, 12, 0)),
        ("SetSeatQuota, out of range", quota(GENERAL, -1, 9)),
        ("MakeSeatReservation, 2", make(OTHER, &[general(2)])),
        ("MakeSeatReservation, 12", make(OTHER, &[general(12)])),
        ("MakeSeatReservation, 12 with 3 kept for others", make_with(OTHER, &[general(12)], &[general(3)])),
        ("MakeSeatReservation, mine, 6 again", make(MINE, &[general(6)])),
        ("MakeSeatReservation, mine, 2 of another type", make(MINE, &[seat(WORKSHOP, 2)])),
        ("MakeSeatReservation, nothing", make(OTHER, &[general(0)])),
        ("MakeSeatReservation, an unknown type", make(OTHER, &[general(1), seat(UNKNOWN, 1)])),
        ("MakeSeatReservation, a type twice", make(OTHER, &[general(1), general(1)])),
        ("MakeSeatReservation, fewer than none", make(OTHER, &[general(-1)])),
        ("MakeSeatReservation, 21", make(OTHER, &[general(21)])),
        ("CommitSeatReservation, mine", commit(MINE)),
        ("CommitSeatReservation, another", commit(OTHER)),
        ("CancelSeatReservation, mine", cancel(MINE)),
        ("CancelSeatReservation, another", cancel(OTHER)),
    ]
}

fn in_short(event: &Event) -> String {
    let quantities =
        |seats: &[SeatQuantity]| seats.iter().map(|it| it.quantity.to_string()).collect::<Vec<_>>();
    let changes = |changes: &[SeatChange]| {
        changes.iter().map(|it| format!("{:+}", it.change)).collect::<Vec<_>>().join(" ")
    };
    match event {
        Event::SeatQuotaSet { quota, availability_change, .. } => {
            format!("SeatQuotaSet {quota} ({availability_change:+})")
        }
        Event::SeatsReserved { details, availability_changes, .. } => {
            format!("SeatsReserved {} ({})", quantities(details).join(" "), changes(availability_changes))
        }
        Event::SeatsReservationCommitted { details, .. } => {
            format!("SeatsReservationCommitted {}", quantities(details).join(" "))
        }
        Event::SeatsReservationCancelled { availability_changes, .. } => {
            format!("SeatsReservationCancelled ({})", changes(availability_changes))
        }
    }
}

fn answer(state: &SeatsAvailability, command: Command) -> String {
    match decide(state, command) {
        Ok(events) if events.is_empty() => "nothing".into(),
        Ok(events) => events.iter().map(in_short).collect::<Vec<_>>().join(" + "),
        Err(refusal) => {
            let debug = format!("{refusal:?}");
            format!("refused: {}", debug.split(' ').next().unwrap_or_default())
        }
    }
}

#[test]
fn every_command_has_an_answer_in_every_situation() {
    let ten = || vec![quota(GENERAL, 10, 1), quota(WORKSHOP, 10, 1)];
    let mine = |then: Vec<Command>| [ten(), vec![make(MINE, &[seat(GENERAL, 6)])], then].concat();
    let situations = [
        ("nothing offered", vec![]),
        ("10 of each type offered", ten()),
        ("6 of 10 held", mine(vec![])),
        ("6 of 10 sold", mine(vec![Command::CommitSeatReservation { reservation_id: MINE }])),
        ("6 held by one and 4 by another", mine(vec![make(OTHER, &[seat(GENERAL, 4)])])),
        ("6 held and the quota cut to 5", mine(vec![quota(GENERAL, 5, 2)])),
    ];
    let mut table = vec![];
    for (name, commands) in situations {
        let state = after(commands);
        table.push(name.to_owned());
        table.extend(every_command().map(|(name, command)| format!("  {name}: {}", answer(&state, command))));
    }
    crate::testing::assert_committed("src/registration/seats_availability/table.txt", &table);
}

#[test]
fn what_is_missing_is_what_quotas_would_have_to_grow_by() {
    let state = six_of_ten();
    let missing = |id, quantity| state.missing(id, &[seat(GENERAL, quantity), seat(WORKSHOP, 1)], &[]);
    assert_eq!(missing(OTHER, 4), []);
    assert_eq!(missing(OTHER, 5), [seat(GENERAL, 1)]);
    assert_eq!(missing(MINE, 10), []);
    assert_eq!(missing(MINE, 11), [seat(GENERAL, 1)]);
    let cut = after([quota(GENERAL, 10, 1), make(MINE, &[seat(GENERAL, 6)]), quota(GENERAL, 0, 2)]);
    assert_eq!(cut.missing(OTHER, &[seat(GENERAL, 2)], &[]), [seat(GENERAL, 8)]);
    // What is kept for others is missing too, and nothing twice.
    assert_eq!(state.missing(OTHER, &[seat(GENERAL, 4)], &[seat(GENERAL, 3)]), [seat(GENERAL, 3)]);
    assert_eq!(state.missing(OTHER, &[seat(GENERAL, 4)], &[seat(GENERAL, 9)]), [seat(GENERAL, 4)]);
    assert_eq!(cut.missing(OTHER, &[seat(GENERAL, 2)], &[seat(GENERAL, 3)]), [seat(GENERAL, 8)]);
}
