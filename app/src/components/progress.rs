//! Where one is on the way to a confirmed order.

use leptos::prelude::*;

use crate::Language;

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Seats,
    Details,
    Done,
}

/// The steps, the present one marked.
#[component]
pub fn Progress(language: Language, at: Step) -> impl IntoView {
    let steps = [
        (Step::Seats, language.step_seats()),
        (Step::Details, language.step_details()),
        (Step::Done, language.step_done()),
    ];
    let item = move |(step, name): (Step, &'static str)| {
        let class = if step < at { "progress__step progress__step--past" } else { "progress__step" };
        view! { <li class=class aria-current=(step == at).then_some("step")>{name}</li> }.into_any()
    };
    view! { <ol class="progress" aria-label=language.steps()>{steps.into_iter().map(item).collect::<Vec<_>>()}</ol> }
}
