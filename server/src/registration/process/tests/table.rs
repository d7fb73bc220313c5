//! What the process does, in every situation, with everything that may happen.

use super::*;

fn situations() -> Vec<(&'static str, Process)> {
    let paid = paid();
    let told = |inputs: &[Input]| run(inputs).0;
    vec![
        ("not started", told(&[])),
        ("awaiting the reservation", told(&[placed()])),
        ("awaiting payment, partially reserved", told(&[placed(), reserved(3)])),
        ("awaiting payment", told(&[placed(), reserved(5)])),
        ("awaiting payment, started", told(&paid[..3])),
        ("awaiting payment, with more time", told(&[placed(), reserved(5), more_time()])),
        ("awaiting the expiry", told(&lapsed()[..4])),
        ("awaiting confirmation", told(&paid[..4])),
        ("confirmed", told(&paid)),
        ("ended, never paid", told(&lapsed())),
        ("ended, paid too late", told(&paid_late(attention(PAYMENT)))),
    ]
}

fn more_time() -> Input {
    Input::ExpirationExtended { release_at: LATER }
}

fn inputs() -> Vec<(&'static str, Input)> {
    vec![
        ("OrderPlaced", placed()),
        ("SeatsChanged, the same", changed(5)),
        ("SeatsChanged, others", changed(4)),
        ("SeatsReserved, all", reserved(5)),
        ("SeatsReserved, some", reserved(3)),
        ("SeatsReserved, more than asked for", reserved(6)),
        ("PaymentStarted", started(PAYMENT)),
        ("PaymentRejected", rejected(PAYMENT)),
        ("PaymentCompleted", completed(PAYMENT)),
        ("PaymentCompleted, another", completed(OTHER_PAYMENT)),
        ("OrderConfirmed", Input::OrderConfirmed),
        ("OrderCancelled", Input::OrderCancelled),
        ("OrderExpired", Input::OrderExpired),
        ("OrderNeedsAttention", attention(PAYMENT)),
        ("OrderNeedsAttention, another payment", attention(OTHER_PAYMENT)),
        ("QuotaOverridden", overridden(PAYMENT)),
        ("QuotaOverridden, another payment", overridden(OTHER_PAYMENT)),
        ("PaymentRefunded", refunded(PAYMENT)),
        ("ExpirationExtended", more_time()),
        ("TimedOut", timed_out(0, RELEASE)),
        ("TimedOut, too early", timed_out(0, Timestamp::from_millis(RELEASE.as_millis() - 1))),
        ("TimedOut, after more time", timed_out(1, LATER)),
    ]
}

fn answer(process: &Process, input: &Input) -> String {
    let (next, outputs) = react(process.clone(), input);
    let outputs: Vec<_> = outputs.iter().map(Output::name).collect();
    let outputs = if outputs.is_empty() { "nothing".to_owned() } else { outputs.join(" + ") };
    match (next == *process, next.status() == process.status()) {
        (true, _) => outputs,
        (false, true) => format!("{outputs}, remembered"),
        (false, false) => format!("{outputs} → {}", next.status()),
    }
}

#[test]
fn every_input_has_an_answer_in_every_situation() {
    let mut table = vec![];
    for (name, process) in situations() {
        table.push(name.to_owned());
        table.extend(inputs().iter().map(|(name, input)| format!("  {name}: {}", answer(&process, input))));
    }
    crate::testing::assert_committed("src/registration/process/table.txt", &table);
}

#[test]
fn a_payment_completed_before_the_reservation_is_answered_is_passed_on() {
    let (process, sent) = last(&[placed(), completed(PAYMENT)]);
    assert_eq!((process.status(), sent), ("awaiting_confirmation", vec![complete(PAYMENT)]));
    let asked_again =
        [placed(), reserved(5), started(PAYMENT), rejected(PAYMENT), changed(4), completed(PAYMENT)];
    assert_eq!(last(&asked_again).1, [complete(PAYMENT)]);
}
