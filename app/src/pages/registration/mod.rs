//! The registration flow: one application inside the page, from choosing seats to assigning them.
//!
//! The server renders it as it stands; the browser takes it over and moves between its steps without loading a
//! page. It promises that nothing typed is lost, and that nothing is asked of the server twice.

#[cfg(feature = "hydrate")]
mod browser;
mod codes;
mod commands;
mod flow;
mod lines;
mod memory;

use leptos::prelude::*;
use plenary_shared::Problem;
use plenary_shared::conference::Conference;
use plenary_shared::live::{AVAILABILITY, CONFERENCE, ORDER};
use plenary_shared::registration::{Assignments, Order};
use serde::{Deserialize, Serialize};

#[cfg(feature = "hydrate")]
pub use self::browser::hydrate;
pub use self::codes::{codes_of, codes_of_held};
pub use self::flow::{Flow, PersonFields, Stage, Work};
pub use self::lines::OrderLines;
use super::assign_seats::AssignSeats;
use super::checkout::Checkout;
use super::conference::ChooseSeats;
use super::done::Done;
use super::outcome::Outcome;
use crate::components::{Banner, Tone, changing};
use crate::live::{self, Connection};
use crate::words::Explanation;
use crate::{Language, api, navigation};

/// What a plain form sent and why it was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedForm {
    /// Names and values as they came.
    pub fields: Vec<(String, String)>,
    pub problem: Problem,
}

/// What the flow begins with: the same on the server and in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub language: Language,
    pub conference: Conference,
    pub order: Option<Order>,
    pub assignments: Option<Assignments>,
    pub form: Option<SubmittedForm>,
}

/// The flow, at the step that its state asks for.
#[component]
pub fn Registration(flow: Flow) -> impl IntoView {
    let stage = Memo::new(move |_| flow.stage());
    keep_in_touch(flow, stage);
    let step = move || match stage.get() {
        Stage::Choose => view! { <ChooseSeats flow/> }.into_any(),
        Stage::Checkout => view! { <Checkout flow/> }.into_any(),
        Stage::Confirmed => view! {
            <Done flow/>
            <AssignSeats flow/>
        }
        .into_any(),
        stage => view! { <Outcome flow stage/> }.into_any(),
    };
    view! {
        <Notices flow/>
        {changing(step)}
    }
}

#[component]
fn Notices(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let away = move || {
        let explanation = Explanation::new(words.offline(), words.offline_detail());
        let is_away = flow.connection.get() == Connection::Away;
        is_away.then(|| view! { <Banner tone=Tone::Notice explanation/> }.into_any())
    };
    let notice = move || {
        flow.notice.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> }.into_any())
    };
    view! { <div class="notices">{changing(away)} {changing(notice)}</div> }
}

/// What goes on beside the page: the clock, the stream, the history, the memory. Effects run in browsers alone.
fn keep_in_touch(flow: Flow, stage: Memo<Stage>) {
    let stream = Signal::derive(move || match flow.order.get().map(|order| order.id) {
        Some(id) if flow.at_order.get() => flow.is_decided().then(|| api::order_events(id)),
        _ => Some(api::conference_events(&flow.conference.get().slug)),
    });
    let stream = Memo::new(move |_| stream.get());
    live::follow(stream.into(), &[CONFERENCE, AVAILABILITY, ORDER], flow.connection, move |name, text| {
        hear(flow, name, text);
    });
    Effect::new(move |former: Option<Stage>| {
        let stage = stage.get();
        if former.is_some_and(|former| former != stage) {
            arrive(flow, stage);
        }
        if stage == Stage::Confirmed && flow.assignments.get_untracked().is_none() {
            flow.load_assignments();
        }
        stage
    });
    on_change(move || flow.quantities.get(), move |seats| memory::remember_choice(&flow.slug(), seats));
    Effect::new(move |former: Option<()>| {
        flow.quantities.track();
        if former.is_some() && flow.are_codes_applied.get_untracked() {
            flow.ask_quote();
        }
    });
    on_change(move || flow.codes.get(), move |codes| memory::remember_codes(&flow.slug(), codes));
    on_change(
        move || flow.details.typed(),
        move |person| memory::remember_details(&flow.slug(), Some(person)),
    );
}

/// Passes a value on when it has become another. A message may set what is there already, and it may come before the
/// tab's memory was read: to remember that would be to forget.
fn on_change<T: PartialEq + 'static>(value: impl Fn() -> T + 'static, heed: impl Fn(&T) + 'static) {
    Effect::new(move |former: Option<T>| {
        let value = value();
        if former.is_some_and(|former| former != value) {
            heed(&value);
        }
        value
    });
}

fn hear(flow: Flow, name: &str, text: &str) {
    match name {
        CONFERENCE => {
            if let Some(conference) = api::read(text) {
                flow.hear_conference(conference);
            }
        }
        AVAILABILITY => {
            if let Some(availability) = api::read(text) {
                flow.hear_availability(&availability);
            }
        }
        _ => {
            if let Some(order) = api::read::<Order>(text) {
                flow.set_clock(order.server_time, navigation::browser_time());
                flow.hear_order(order);
            }
        }
    }
}

/// Begins another step.
fn arrive(flow: Flow, stage: Stage) {
    let words = flow.language;
    let name = flow.conference.get_untracked().name;
    let title = match stage {
        Stage::Choose => words.choose_seats(),
        Stage::Checkout => words.check_out(),
        Stage::TimeIsUp => words.time_is_up(),
        Stage::GivenBack => words.given_back(),
        Stage::PaymentPending => words.payment_pending(),
        Stage::Confirmed => words.confirmed(),
        Stage::NeedsAttention => words.needs_attention(),
        Stage::Refunded => words.refunded(),
        Stage::Redacted => words.redacted(),
    };
    request_animation_frame(move || navigation::arrive(&format!("{title} · {name}")));
    if !matches!(stage, Stage::Choose | Stage::Checkout | Stage::PaymentPending) {
        memory::remember_order(&flow.slug(), None);
    }
    if stage == Stage::Confirmed {
        memory::remember_details(&flow.slug(), None);
        memory::remember_codes(&flow.slug(), "");
    }
}
