//! The registration flow: one application inside the page, from choosing seats to assigning them.

use leptos::prelude::*;
use plenary_shared::Problem;
use plenary_shared::conference::Conference;
use plenary_shared::registration::{Assignments, Order};
use serde::{Deserialize, Serialize};

use crate::Language;

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

/// The flow.
#[component]
pub fn Registration(start: Start) -> impl IntoView {
    view! { <h1>{start.conference.name}</h1> }
}

/// Takes over what the server rendered.
#[cfg(feature = "hydrate")]
pub fn hydrate() {}
