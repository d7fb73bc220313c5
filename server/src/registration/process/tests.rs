use plenary_shared::{Currency, SeatTypeId};
use uuid::Uuid;

use super::*;

mod table;
mod world;

const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(1));
const OTHER_PAYMENT: PaymentId = PaymentId(Uuid::from_u128(2));
const RELEASE: Timestamp = Timestamp::from_millis(29 * 60_000);
const LATER: Timestamp = Timestamp::from_millis(39 * 60_000);
const AMOUNT: Money = Money::new(500, Currency::USD);

fn seats(quantity: i64) -> Vec<SeatQuantity> {
    vec![SeatQuantity { seat_type_id: SeatTypeId(Uuid::from_u128(3)), quantity }]
}

fn placed() -> Input {
    Input::OrderPlaced {
        order_id: OrderId(Uuid::from_u128(4)),
        conference_id: ConferenceId(Uuid::from_u128(5)),
        seats: seats(5),
        release_at: RELEASE,
    }
}

fn reserved(quantity: i64) -> Input {
    Input::SeatsReserved { details: seats(quantity) }
}

fn changed(quantity: i64) -> Input {
    Input::SeatsChanged { seats: seats(quantity) }
}

fn started(payment_id: PaymentId) -> Input {
    Input::PaymentStarted { payment_id }
}

fn rejected(payment_id: PaymentId) -> Input {
    Input::PaymentRejected { payment_id }
}

fn completed(payment_id: PaymentId) -> Input {
    Input::PaymentCompleted { payment_id, amount: AMOUNT }
}

fn attention(payment_id: PaymentId) -> Input {
    Input::OrderNeedsAttention { payment_id }
}

fn overridden(payment_id: PaymentId) -> Input {
    Input::QuotaOverridden { payment_id, amount: AMOUNT }
}

fn refunded(payment_id: PaymentId) -> Input {
    Input::PaymentRefunded { payment_id }
}

fn timed_out(token: i64, now: Timestamp) -> Input {
    Input::TimedOut { token, now }
}

fn make(quantity: i64) -> Output {
    Output::MakeSeatReservation { seats: seats(quantity) }
}

fn mark(quantity: i64) -> Output {
    Output::MarkSeatsAsReserved { reserved: seats(quantity) }
}

fn complete(payment_id: PaymentId) -> Output {
    Output::CompletePayment { payment_id, amount: AMOUNT }
}

fn run(inputs: &[Input]) -> (Process, Vec<Output>) {
    go_on(Process::default(), inputs)
}

fn go_on(process: Process, inputs: &[Input]) -> (Process, Vec<Output>) {
    inputs.iter().fold((process, vec![]), |(process, mut sent), input| {
        let (process, outputs) = react(process, input);
        sent.extend(outputs);
        (process, sent)
    })
}

/// What the last of `inputs` leads to.
fn last(inputs: &[Input]) -> (Process, Vec<Output>) {
    let (last, before) = inputs.split_last().unwrap();
    react(run(before).0, last)
}

fn paid() -> Vec<Input> {
    vec![placed(), reserved(5), started(PAYMENT), completed(PAYMENT), Input::OrderConfirmed]
}

fn lapsed() -> Vec<Input> {
    vec![placed(), reserved(5), started(PAYMENT), timed_out(0, RELEASE), Input::OrderExpired]
}

fn paid_late(answer: Input) -> Vec<Input> {
    [lapsed(), vec![completed(PAYMENT), reserved(5), answer]].concat()
}

fn helped() -> Vec<Input> {
    let decided = vec![overridden(PAYMENT), reserved(5), Input::OrderConfirmed];
    [paid_late(attention(PAYMENT)), decided].concat()
}

/// One story per way that an order can go.
fn stories() -> Vec<Vec<Input>> {
    vec![
        paid(),
        lapsed(),
        vec![placed(), reserved(5), Input::OrderConfirmed],
        vec![placed(), reserved(3), changed(4), reserved(4), Input::OrderCancelled],
        vec![placed(), reserved(5), started(PAYMENT), rejected(PAYMENT), started(OTHER_PAYMENT)],
        vec![
            placed(),
            Input::ExpirationExtended { release_at: LATER },
            timed_out(1, LATER),
            Input::OrderExpired,
        ],
        paid_late(Input::OrderConfirmed),
        paid_late(attention(PAYMENT)),
        [paid(), vec![completed(OTHER_PAYMENT), attention(OTHER_PAYMENT)]].concat(),
        [paid_late(attention(PAYMENT)), vec![refunded(PAYMENT)]].concat(),
        helped(),
    ]
}

#[test]
fn a_paid_order_commits_its_seats() {
    let (process, sent) = run(&paid());
    assert_eq!(process.status(), "confirmed");
    assert_eq!(sent, [make(5), mark(5), complete(PAYMENT), Output::CommitSeatReservation]);
}

#[test]
fn a_free_order_commits_its_seats() {
    let (_, sent) = last(&[placed(), reserved(5), Input::OrderConfirmed]);
    assert_eq!(sent, [Output::CommitSeatReservation]);
}

#[test]
fn an_order_that_is_never_paid_gives_its_seats_back_after_it_expired() {
    let (_, sent) = run(&lapsed());
    assert_eq!(sent, [make(5), mark(5), Output::ExpireOrder, Output::CancelSeatReservation]);
}

#[test]
fn a_cancelled_order_gives_its_seats_back() {
    let (_, sent) = last(&[placed(), reserved(5), Input::OrderCancelled]);
    assert_eq!(sent, [Output::CancelSeatReservation]);
}

#[test]
fn an_order_without_an_answer_expires_too() {
    assert_eq!(last(&[placed(), timed_out(0, RELEASE)]).1, [Output::ExpireOrder]);
}

#[test]
fn changed_seats_are_asked_for_again() {
    let (process, sent) = run(&[placed(), reserved(3), changed(2), reserved(2)]);
    assert_eq!(process.status(), "awaiting_payment");
    assert_eq!(sent, [make(5), mark(3), make(2), mark(2)]);
}

#[test]
fn the_same_seats_are_asked_for_again_only_while_some_are_missing() {
    assert_eq!(last(&[placed(), reserved(3), changed(5)]).1, [make(5)]);
    assert_eq!(last(&[placed(), reserved(5), changed(5)]).1, []);
}

#[test]
fn an_answer_to_an_older_request_is_ignored() {
    assert_eq!(last(&[placed(), reserved(5), changed(2), reserved(5)]).1, []);
    assert_eq!(last(&[placed(), reserved(5), changed(2), reserved(2), reserved(5)]).1, []);
}

#[test]
fn a_timer_is_due_at_release_until_money_comes_in() {
    assert_eq!(Process::NotStarted.due_at(), None);
    assert_eq!(run(&[placed()]).0.due_at(), Some((RELEASE, 0)));
    assert_eq!(run(&paid()[..3]).0.due_at(), Some((RELEASE, 0)));
    assert_eq!(run(&paid()[..4]).0.due_at(), None);
    assert_eq!(run(&paid()).0.due_at(), None);
    assert_eq!(run(&lapsed()).0.due_at(), None);
}

#[test]
fn more_time_makes_the_old_timer_mean_nothing() {
    let extended = [placed(), Input::ExpirationExtended { release_at: LATER }];
    assert_eq!(run(&extended).0.due_at(), Some((LATER, 1)));
    assert_eq!(last(&[&extended[..], &[timed_out(0, LATER)]].concat()).1, []);
    assert_eq!(last(&[&extended[..], &[timed_out(1, LATER)]].concat()).1, [Output::ExpireOrder]);
}

#[test]
fn a_timer_that_goes_off_early_changes_nothing() {
    let early = Timestamp::from_millis(RELEASE.as_millis() - 1);
    let (process, sent) = last(&[placed(), timed_out(0, early)]);
    assert_eq!((process.due_at(), sent), (Some((RELEASE, 0)), vec![]));
}

#[test]
fn once_a_payment_is_completed_the_hold_cannot_expire() {
    let (process, sent) = last(&[&paid()[..4], &[timed_out(0, LATER)]].concat());
    assert_eq!((process.status(), sent), ("awaiting_confirmation", vec![]));
}

#[test]
fn an_expiry_for_a_confirmed_order_changes_nothing() {
    for input in [timed_out(0, LATER), Input::OrderExpired, Input::OrderCancelled] {
        assert_eq!(last(&[paid(), vec![input]].concat()), (run(&paid()).0, vec![]));
    }
}

#[test]
fn a_rejected_payment_is_told_to_the_order_once() {
    let story = [placed(), reserved(5), started(PAYMENT), rejected(PAYMENT)];
    assert_eq!(last(&story).1, [Output::RecordPaymentRejected { payment_id: PAYMENT }]);
    assert_eq!(last(&[&story[..], &[rejected(PAYMENT)]].concat()).1, []);
}

#[test]
fn a_late_payment_asks_for_the_seats_again_first() {
    assert_eq!(last(&[lapsed(), vec![completed(PAYMENT)]].concat()).1, [make(5), complete(PAYMENT)]);
}

#[test]
fn a_late_payment_that_confirms_commits_the_seats() {
    let (process, sent) = last(&paid_late(Input::OrderConfirmed));
    assert_eq!((process.status(), sent), ("confirmed", vec![Output::CommitSeatReservation]));
}

#[test]
fn a_late_payment_that_does_not_confirm_gives_back_what_was_had_again() {
    let (process, sent) = last(&paid_late(attention(PAYMENT)));
    assert_eq!((process.status(), sent), ("ended", vec![Output::CancelSeatReservation]));
}

#[test]
fn a_payment_completed_between_the_order_to_expire_and_the_expiry_keeps_the_seats() {
    let story = [placed(), reserved(5), timed_out(0, RELEASE), completed(PAYMENT), Input::OrderExpired];
    let (process, sent) = last(&story);
    assert_eq!((process.status(), sent), ("awaiting_confirmation", vec![]));
}

#[test]
fn a_second_charge_reaches_a_confirmed_order_and_costs_it_no_seats() {
    assert_eq!(last(&[paid(), vec![completed(OTHER_PAYMENT)]].concat()).1, [complete(OTHER_PAYMENT)]);
    let (process, sent) = last(&[paid(), vec![completed(OTHER_PAYMENT), attention(OTHER_PAYMENT)]].concat());
    assert_eq!((process.status(), sent), ("confirmed", vec![]));
}

#[test]
fn seats_are_kept_while_another_payment_may_still_confirm_the_order() {
    let both = [&paid()[..4], &[completed(OTHER_PAYMENT)]].concat();
    for (first, second) in [(PAYMENT, OTHER_PAYMENT), (OTHER_PAYMENT, PAYMENT)] {
        let one_answer = [&both[..], &[attention(first)]].concat();
        assert_eq!(last(&one_answer).1, []);
        let both_answers = [one_answer, vec![attention(second)]].concat();
        assert_eq!(last(&both_answers).1, [Output::CancelSeatReservation]);
    }
}

#[test]
fn an_order_that_was_helped_to_its_seats_commits_them() {
    let (_, sent) = last(&[paid_late(attention(PAYMENT)), vec![Input::OrderConfirmed]].concat());
    assert_eq!(sent, [Output::CommitSeatReservation]);
}

#[test]
fn seats_that_are_offered_for_a_payment_are_asked_for_before_it_is_passed_on_again() {
    let story = [paid_late(attention(PAYMENT)), vec![overridden(PAYMENT)]].concat();
    let (process, sent) = last(&story);
    assert_eq!(process.status(), "awaiting_confirmation");
    assert_eq!(sent, [Output::AdoptQuotas, make(5), complete(PAYMENT)]);
    assert_eq!(last(&helped()).1, [Output::CommitSeatReservation]);
}

#[test]
fn help_that_did_not_suffice_gives_back_what_was_had() {
    let story = [paid_late(attention(PAYMENT)), vec![overridden(PAYMENT), reserved(4), attention(PAYMENT)]];
    let (process, sent) = last(&story.concat());
    assert_eq!((process.status(), sent), ("ended", vec![Output::CancelSeatReservation]));
}

#[test]
fn a_refund_is_told_to_the_order_once_whatever_has_become_of_it() {
    let tell = Output::RecordPaymentRefunded { payment_id: PAYMENT };
    for story in stories().into_iter().filter(|story| !story.contains(&refunded(PAYMENT))) {
        let (process, sent) = last(&[story, vec![refunded(PAYMENT)]].concat());
        assert_eq!(sent, std::slice::from_ref(&tell));
        assert_eq!(react(process, &refunded(PAYMENT)).1, []);
    }
}

#[test]
fn every_message_may_come_twice() {
    for story in stories() {
        let doubled: Vec<Input> = story.iter().flat_map(|input| [input.clone(), input.clone()]).collect();
        assert_eq!(run(&doubled), run(&story));
    }
}

#[test]
fn a_finished_story_may_come_twice() {
    for story in [paid(), lapsed(), paid_late(Input::OrderConfirmed), paid_late(attention(PAYMENT))] {
        let (process, _) = run(&story);
        assert_eq!(go_on(process.clone(), &story), (process, vec![]));
    }
}

#[test]
fn in_whatever_order_messages_come_no_money_is_dropped() {
    let messages = [
        placed(),
        reserved(5),
        completed(PAYMENT),
        timed_out(0, RELEASE),
        Input::OrderExpired,
        Input::OrderConfirmed,
        attention(PAYMENT),
    ];
    let count = for_every_permutation(&messages, &mut |story| {
        let (_, sent) = run(story);
        let passed_on = sent.iter().filter(|output| **output == complete(PAYMENT)).count();
        assert_eq!(passed_on, 1, "{story:?}");
    });
    assert_eq!(count, 5040);
}

fn for_every_permutation(messages: &[Input], check: &mut impl FnMut(&[Input])) -> usize {
    fn permute(messages: &mut [Input], from: usize, check: &mut impl FnMut(&[Input])) -> usize {
        if from == messages.len() {
            check(messages);
            return 1;
        }
        let mut count = 0;
        for index in from..messages.len() {
            messages.swap(from, index);
            count += permute(messages, from + 1, check);
            messages.swap(from, index);
        }
        count
    }
    permute(&mut messages.to_vec(), 0, check)
}

#[test]
fn a_stored_process_reads_back_as_it_was() {
    for story in stories() {
        let (process, _) = run(&story);
        let json = serde_json::to_string(&process).unwrap();
        assert_eq!(serde_json::from_str::<Process>(&json).unwrap(), process);
    }
}
