use plenary_shared::Currency;
use uuid::Uuid;

use super::*;

const TOTAL: Money = Money::new(39_800, Currency::USD);

fn initiate() -> Command {
    Command::Initiate {
        payment_id: PaymentId(Uuid::from_u128(1)),
        order_id: OrderId(Uuid::from_u128(2)),
        conference_id: ConferenceId(Uuid::from_u128(3)),
        description: "Registration for RustConf".into(),
        total: TOTAL,
    }
}

fn complete() -> Command {
    Command::Complete { amount: TOTAL }
}

fn after(commands: &[Command]) -> Payment {
    commands.iter().fold(Payment::default(), |state, command| {
        decide(&state, command.clone()).unwrap().iter().fold(state, evolve)
    })
}

fn names(state: &Payment, command: Command) -> Result<Vec<&'static str>, Refusal> {
    decide(state, command).map(|events| events.iter().map(Event::name).collect())
}

fn every_command() -> [(&'static str, Command); 6] {
    let Command::Initiate { payment_id, order_id, conference_id, description, .. } = initiate() else {
        unreachable!()
    };
    let total = Money::zero(Currency::USD);
    [
        ("Initiate", initiate()),
        (
            "Initiate, for nothing",
            Command::Initiate { payment_id, order_id, conference_id, description, total },
        ),
        ("Complete", complete()),
        ("Complete, another amount", Command::Complete { amount: Money::new(1, Currency::EUR) }),
        ("Reject", Command::Reject),
        ("Refund", Command::Refund),
    ]
}

fn answer(state: &Payment, command: Command) -> String {
    match names(state, command) {
        Ok(events) if events.is_empty() => "nothing".into(),
        Ok(events) => events.join(" + "),
        Err(refusal) => format!("refused: {refusal:?}"),
    }
}

#[test]
fn every_command_has_an_answer_in_every_situation() {
    let situations = [
        ("not initiated", after(&[])),
        ("initiated", after(&[initiate()])),
        ("completed", after(&[initiate(), complete()])),
        ("rejected", after(&[initiate(), Command::Reject])),
        ("refunded", after(&[initiate(), complete(), Command::Refund])),
    ];
    let mut table = vec![];
    for (name, state) in situations {
        table.push(name.to_owned());
        table.extend(every_command().map(|(name, command)| format!("  {name}: {}", answer(&state, command))));
    }
    crate::testing::assert_committed("src/payments/payment/table.txt", &table);
}

#[test]
fn money_taken_after_a_rejection_is_not_dropped() {
    let state = after(&[initiate(), Command::Reject, complete()]);
    assert_eq!(state.status(), Some(PaymentStatus::Completed));
}

#[test]
fn what_was_taken_is_recorded_even_if_it_is_not_the_total() {
    let amount = Money::new(1, Currency::EUR);
    let state = after(&[initiate(), Command::Complete { amount }]);
    assert!(matches!(state, Payment::Completed { amount: taken, .. } if taken == amount));
}

#[test]
fn nothing_is_initiated_for_nothing() {
    let Command::Initiate { payment_id, order_id, conference_id, description, .. } = initiate() else {
        return;
    };
    let total = Money::zero(Currency::USD);
    let command = Command::Initiate { payment_id, order_id, conference_id, description, total };
    assert_eq!(decide(&Payment::default(), command), Err(Refusal::NothingToPay));
}

#[test]
fn a_snapshot_reads_back_as_it_was() {
    for state in [after(&[]), after(&[initiate()]), after(&[initiate(), complete()])] {
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<Payment>(&json).unwrap(), state);
    }
}
