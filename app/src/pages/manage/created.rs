//! The access code of a conference that was just created: shown once, and never again.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::desk::Desk;
use crate::navigation;

/// The code, clearly, and the way on.
#[component]
pub fn Created(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let created = desk.created.get_untracked();
    let code = created.as_ref().and_then(|it| it.access_code.clone()).unwrap_or_default();
    let email = created.as_ref().map(|it| it.owner_email.clone()).unwrap_or_default();
    let name = created.map(|it| it.conference.name).unwrap_or_default();
    desk.arrive(words.created());
    let is_copied = RwSignal::new(false);
    let copy = {
        let code = code.clone();
        move |_| {
            let code = code.clone();
            leptos::task::spawn_local(async move {
                let written = navigation::window().navigator().clipboard().write_text(&code);
                let is_written = JsFuture::from(written).await.is_ok();
                is_copied.try_set(is_written);
            });
        }
    };
    let go_on = move |_| desk.enter(desk.place.get_untracked(), String::new());
    view! {
        <h1 tabindex="-1">{words.created()}</h1>
        <p class="lead">{words.created_lead(&name)}</p>
        <section class="card card--narrow code" aria-labelledby="code-heading">
            <h2 id="code-heading">{words.your_access_code()}</h2>
            <p class="code__code" data-testid="access-code">{code}</p>
            <p>
                <button type="button" class="button button--quiet" on:click=copy>{words.copy_code()}</button>
                <span class="saved" role="status">{move || if is_copied.get() { words.copied() } else { "" }}</span>
            </p>
            <p class="code__warning">{words.code_shown_once(&email)}</p>
        </section>
        <p class="ways">
            <button type="button" class="button" on:click=go_on>{words.to_dashboard()}</button>
        </p>
    }
}
