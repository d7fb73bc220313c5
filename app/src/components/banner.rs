//! Something that the reader should know now.

use leptos::prelude::*;

use crate::words::Explanation;

/// How serious it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Interrupts a screen reader.
    Problem,
    /// Waits for its turn.
    Notice,
}

impl Tone {
    const fn role(self) -> &'static str {
        match self {
            Self::Problem => "alert",
            Self::Notice => "status",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Problem => "banner banner--problem",
            Self::Notice => "banner",
        }
    }
}

/// A box with what happened and what to do.
#[component]
pub fn Banner(tone: Tone, explanation: Explanation) -> impl IntoView {
    view! {
        <div class=tone.class() role=tone.role()>
            <p class="banner__title">{explanation.title}</p>
            {(!explanation.detail.is_empty()).then(|| view! { <p>{explanation.detail}</p> }.into_any())}
        </div>
    }
}
