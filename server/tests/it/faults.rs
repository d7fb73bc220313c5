//! The five failures that a registration process survives, and a failure and a death at every point of the write
//! path. What is asserted is always the same: the same events of every order, the same numbers, and nothing that
//! `plenary verify` finds, as if nothing had failed.
//!
//! Every check is tried on a planted bug too, and must name it.

use std::time::Duration;

use plenary_server::faults::{Action, Bug, Fault, Faults, POINTS};
use plenary_shared::Timestamp;

use crate::site::{Place, Site, on_both};
use crate::story::{Complaint, Outcome, Story, World};

/// 2026-03-01T09:00:00Z
const BEGINNING: Timestamp = Timestamp::from_millis(1_772_355_600_000);

async fn inside(place: Place, faults: Faults) -> World {
    World::inside(Site::at(place, BEGINNING, faults).await)
}

fn error(point: &str, times: u32, nth: u32) -> Fault {
    Fault { point: point.to_owned(), action: Action::Error { times }, nth }
}

/// The settings of a process that dies at `point`.
fn dying(point: &str, nth: u32) -> Vec<String> {
    vec!["--faults".to_owned(), format!("{point}=kill@{nth}")]
}

fn slug_of(point: &str) -> String {
    point.replace(": ", "-").replace(", ", "-").replace(' ', "-")
}

/// What the story comes to when nothing fails.
async fn undisturbed(world: &mut World) -> Outcome {
    let mut story = Story::on(world, "undisturbed");
    story.tell_on().await.unwrap();
    story.outcome().await.unwrap()
}

/// Tells the story while something fails. Gives what is wrong with what it came to.
async fn told_with(
    world: &mut World,
    slug: &str,
    fault: Fault,
    expected: &Outcome,
) -> Result<u32, Complaint> {
    let faults = world.site().faults.clone();
    faults.arm(fault);
    let mut story = Story::on(world, slug);
    let told = story.tell_on().await;
    // What goes out gathers for a moment: what is to fail may be yet to come.
    for _ in 0..50 {
        if faults.has_struck() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let outcome = match told {
        Ok(()) => story.outcome().await,
        Err(complaint) => Err(complaint),
    };
    let struck = faults.disarm();
    let outcome = outcome?;
    if outcome == *expected {
        Ok(struck)
    } else {
        Err(format!("it came to {outcome:?} instead of {expected:?}"))
    }
}

/// Has the story told while each of these points fails once, several times, and later on.
async fn survives_errors_at(place: Place, points: &[&str]) {
    let mut world = inside(place, Faults::default()).await;
    let expected = undisturbed(&mut world).await;
    for point in points {
        for (times, nth) in [(1, 1), (3, 1), (1, 2)] {
            let slug = format!("{}-{times}-{nth}", slug_of(point));
            let told = told_with(&mut world, &slug, error(point, times, nth), &expected).await;
            assert!(told.as_ref().is_ok_and(|struck| *struck > 0), "{point}, {times} times: {told:?}");
        }
    }
    assert_eq!(world.end().await, Vec::<Complaint>::new());
}

/// Has the process die at each of these points, one after the other, and the story told on every time.
async fn survives_deaths_at(place: Place, points: &[&str]) {
    let deaths: Vec<_> = points.iter().flat_map(|point| [dying(point, 1), dying(point, 3)]).collect();
    let wanted = deaths.len();
    // The first process is there to say what comes of it when nothing dies.
    let mut world = World::outside(place, std::iter::once(Vec::new()).chain(deaths));
    let mut story = Story::on(&mut world, "undisturbed");
    story.tell().await.unwrap();
    let expected = story.outcome().await.unwrap();
    world.kill();
    let mut told = 0;
    while world.deaths() <= wanted {
        assert!(told <= wanted, "only {} of {wanted} processes have died", world.deaths());
        told += 1;
        let mut story = Story::on(&mut world, &format!("story-{told}"));
        story.tell().await.unwrap();
        assert_eq!(story.outcome().await.unwrap(), expected, "after {} deaths", world.deaths());
    }
    assert_eq!(world.end().await, Vec::<Complaint>::new());
}

/// What is said of a world with this bug in which `fault` happens.
async fn said_of(place: Place, bug: Bug, fault: Fault) -> String {
    let mut sound = inside(Place::sqlite(), Faults::default()).await;
    let expected = undisturbed(&mut sound).await;
    sound.end().await;
    let mut world = inside(place, Faults::with(bug)).await.impatient();
    let told = told_with(&mut world, "planted", fault, &expected).await;
    let mut complaints = world.end().await;
    complaints.extend(told.err());
    complaints.join("; ")
}

const AFTER_RECEIVING: [&str; 2] = ["fault point, process: received", "fault point, mailbox: command run"];

on_both!(it_crashes_after_receiving_an_event_and_before_sending_any_command);
async fn it_crashes_after_receiving_an_event_and_before_sending_any_command(place: Place) {
    survives_deaths_at(place, &AFTER_RECEIVING).await;
}

on_both!(it_cannot_reach_the_store_after_receiving_an_event_and_before_sending_any_command);
async fn it_cannot_reach_the_store_after_receiving_an_event_and_before_sending_any_command(place: Place) {
    survives_errors_at(place, &AFTER_RECEIVING).await;
}

on_both!(a_process_that_drops_what_it_could_not_react_to_is_found_out);
async fn a_process_that_drops_what_it_could_not_react_to_is_found_out(place: Place) {
    let fault = error("fault point, process: received", 1, 1);
    let said = said_of(place, Bug::DropsFailedReactions, fault).await;
    assert!(said.contains("was never decided"), "{said}");
}

const AFTER_SAVING: [&str; 3] = [
    "fault point, process: state saved",
    "fault point, process: carried out",
    "fault point, mailbox: processes staged",
];

on_both!(it_crashes_after_saving_its_state_and_before_sending_the_commands);
async fn it_crashes_after_saving_its_state_and_before_sending_the_commands(place: Place) {
    survives_deaths_at(place, &AFTER_SAVING).await;
}

on_both!(a_process_that_saves_its_state_apart_is_found_out);
async fn a_process_that_saves_its_state_apart_is_found_out(place: Place) {
    let fault = error("fault point, mailbox: processes staged", 1, 5);
    let said = said_of(place, Bug::SavesStateApart, fault).await;
    assert!(said.contains("it came to"), "{said}");
}

const BEFORE_MARKING: [&str; 6] = [
    "fault point, mailbox: outbox staged",
    "fault point, mailbox: marked",
    "fault point, mailbox: committed",
    "fault point, mailbox: answering",
    "fault point, inbox: handled",
    "fault point, outbox: settling",
];

on_both!(it_has_done_all_its_work_and_fails_to_mark_the_event_as_processed);
async fn it_has_done_all_its_work_and_fails_to_mark_the_event_as_processed(place: Place) {
    survives_deaths_at(place, &BEFORE_MARKING).await;
}

on_both!(a_mailbox_that_forgets_what_it_has_carried_out_is_found_out);
async fn a_mailbox_that_forgets_what_it_has_carried_out_is_found_out(place: Place) {
    // The second command makes a seat type, and would make it twice.
    let fault = error("fault point, mailbox: committed", 1, 2);
    let said = said_of(place, Bug::ForgetsCommands, fault).await;
    assert!(said.contains("it came to"), "{said}");
}

on_both!(a_mailbox_that_marks_before_the_effect_is_found_out);
async fn a_mailbox_that_marks_before_the_effect_is_found_out(place: Place) {
    let fault = error("fault point, mailbox: marked", 1, 5);
    let said = said_of(place, Bug::MarksBeforeTheEffect, fault).await;
    assert!(said.contains("was answered 404"), "{said}");
}

on_both!(an_outbox_that_settles_before_delivering_is_found_out);
async fn an_outbox_that_settles_before_delivering_is_found_out(place: Place) {
    let fault = error("fault point, outbox: settled", 1, 1);
    let said = said_of(place, Bug::SettlesBeforeDelivering, fault).await;
    assert!(said.contains("order paid is \"payment_pending\" and never became confirmed"), "{said}");
}

on_both!(an_inbox_that_answers_before_storing_is_found_out);
async fn an_inbox_that_answers_before_storing_is_found_out(place: Place) {
    // The callback's own command fails, both times that it is tried; whoever was answered does not come again.
    let fault = error("fault point, inbox: received", 2, 1);
    let said = said_of(place, Bug::AnswersBeforeStoring, fault).await;
    assert!(said.contains("order paid is \"payment_pending\" and never became confirmed"), "{said}");
}

/// The processor never calls back, and the server stands still meanwhile.
async fn unanswered(place: Place, faults: Faults, patient: bool) -> Vec<Complaint> {
    let world = inside(place, faults).await;
    let mut world = if patient { world } else { world.impatient() };
    let mut story = Story::on(&mut world, "silent");
    story.silence().await.unwrap();
    let known = story.known();
    let mut world = world.restarted(Duration::from_mins(40)).await;
    let ended = Story::on(&mut world, "silent").silence_ends(&known).await;
    world.end().await.into_iter().chain(ended.err()).collect()
}

on_both!(a_recipient_never_answers);
async fn a_recipient_never_answers(place: Place) {
    assert_eq!(unanswered(place, Faults::default(), true).await, Vec::<Complaint>::new());
}

on_both!(timers_that_are_only_remembered_are_found_out);
async fn timers_that_are_only_remembered_are_found_out(place: Place) {
    let said = unanswered(place, Faults::with(Bug::RemembersTimersOnly), false).await.join("; ");
    assert!(said.contains("is open and will never expire"), "{said}");
    assert!(said.contains("never became expired"), "{said}");
}

async fn surprised(place: Place, faults: Faults, patient: bool) -> (Vec<Complaint>, Option<Outcome>) {
    let world = inside(place, faults).await;
    let mut world = if patient { world } else { world.impatient() };
    let mut story = Story::on(&mut world, "surprised");
    let told = story.surprises().await;
    let outcome = story.outcome().await.ok();
    (world.end().await.into_iter().chain(told.err()).collect(), outcome)
}

on_both!(an_event_comes_that_it_does_not_expect);
async fn an_event_comes_that_it_does_not_expect(place: Place) {
    let (complaints, outcome) = surprised(place, Faults::default(), true).await;
    assert_eq!(complaints, Vec::<Complaint>::new());
    let outcome = outcome.unwrap();
    let seats = &outcome.summary["seat_types"][0];
    assert_eq!([&seats["sold"], &seats["held"], &seats["free"]], [10, 0, 0]);
    let once = |kind: &str| outcome.events.values().flatten().filter(|event| *event == kind).count();
    assert_eq!((once("OrderConfirmed"), once("OrderNeedsAttention"), once("PaymentCompleted")), (2, 1, 3));
}

on_both!(a_late_payment_that_is_an_error_is_found_out);
async fn a_late_payment_that_is_an_error_is_found_out(place: Place) {
    let (complaints, _) = surprised(place, Faults::with(Bug::DropsLatePayments), false).await;
    let said = complaints.join("; ");
    assert!(said.contains("was completed and order"), "{said}");
}

/// Some of the points, so that several tests share the work: every `of`th, from `first` on.
fn every(of: usize, first: usize) -> Vec<&'static str> {
    POINTS.into_iter().skip(first).step_by(of).collect()
}

on_both!(whatever_fails_at_any_point_comes_to_the_same_first_half);
async fn whatever_fails_at_any_point_comes_to_the_same_first_half(place: Place) {
    survives_errors_at(place, &every(2, 0)).await;
}

on_both!(whatever_fails_at_any_point_comes_to_the_same_second_half);
async fn whatever_fails_at_any_point_comes_to_the_same_second_half(place: Place) {
    survives_errors_at(place, &every(2, 1)).await;
}

on_both!(wherever_the_process_dies_it_comes_to_the_same);
async fn wherever_the_process_dies_it_comes_to_the_same(place: Place) {
    let timers_are_not_due = |point: &&str| *point != "fault point, timer: read";
    let points: Vec<_> = POINTS.into_iter().filter(timers_are_not_due).collect();
    survives_deaths_at(place, &points).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_passes_every_point() {
    let mut world = inside(Place::sqlite(), Faults::default()).await;
    undisturbed(&mut world).await;
    let mut passed = world.site().faults.passed();
    let mut points = POINTS.to_vec();
    passed.sort_unstable();
    points.sort_unstable();
    assert_eq!(passed, points);
    assert_eq!(world.end().await, Vec::<Complaint>::new());
}
