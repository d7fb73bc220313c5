//! The organizer's pages, one file per task.

use leptos::prelude::*;

/// The whole of the organizer's application.
#[component]
pub fn Manage() -> impl IntoView {}
