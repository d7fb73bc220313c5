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

#[test]
fn every_command_has_an_answer_in_every_situation() {
    let [initiated, completed, rejected, refunded] =
        [vec![], vec![complete()], vec![Command::Reject], vec![complete(), Command::Refund]]
            .map(|then| after(&[vec![initiate()], then].concat()));
    let nothing = || Ok(vec![]);
    let unknown = || Err(Refusal::NotInitiated);
    let table = [
        (Payment::NotInitiated, [Ok(vec!["PaymentInitiated"]), unknown(), unknown(), unknown()]),
        (
            initiated,
            [
                nothing(),
                Ok(vec!["PaymentCompleted"]),
                Ok(vec!["PaymentRejected"]),
                Err(Refusal::NothingToRefund),
            ],
        ),
        (completed, [nothing(), nothing(), nothing(), Ok(vec!["PaymentRefunded"])]),
        (rejected, [nothing(), Ok(vec!["PaymentCompleted"]), nothing(), Err(Refusal::NothingToRefund)]),
        (refunded, [nothing(), nothing(), nothing(), nothing()]),
    ];
    for (state, answers) in table {
        let commands = [initiate(), complete(), Command::Reject, Command::Refund];
        for (command, answer) in commands.into_iter().zip(answers) {
            assert_eq!(names(&state, command.clone()), answer, "{command:?} when {:?}", state.status());
        }
    }
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
