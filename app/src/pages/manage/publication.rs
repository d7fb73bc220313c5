//! Whether the conference is open for registration, and how it becomes so.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::validation;

use super::desk::Desk;
use super::form::{Control, Form, FormProblem, Input, Need};
use crate::{Route, api};

/// Says it, and offers to publish while it is not.
#[component]
pub fn Publication(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let form = Form::new(words);
    let is_published = Memo::new(move |_| desk.known().is_some_and(|known| known.conference.published));
    let path = Route::Conference { slug: desk.slug() }.path();
    let publish = move |_| {
        if !form.begin(Vec::new()) {
            return;
        }
        let slug = desk.slug();
        desk.ask(async move { api::manage::publish(&slug).await }, move |answer| match answer {
            Ok(conference) => {
                form.succeed();
                desk.changed(conference);
            }
            Err(error) => form.refuse(&error),
        });
    };
    let state = move || {
        let path = path.clone();
        if is_published.get() {
            view! {
                <span class="state state--good">{words.published()}</span>
                <a href=path>{words.public_page()}</a>
            }
            .into_any()
        } else {
            view! {
                <span class="state">{words.not_published()}</span>
                <button type="button" class="button" on:click=publish>{words.publish()}</button>
            }
            .into_any()
        }
    };
    view! {
        <FormProblem form/>
        <div class="publication">{state}</div>
    }
}

/// Closes the registration, and sends visitors elsewhere.
#[component]
pub fn Unpublishing(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let form = Form::new(words);
    let redirect = RwSignal::new(String::new());
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let url = redirect.with_untracked(|url| url.trim().to_owned());
        let url = Some(url).filter(|url| !url.is_empty());
        if !form.begin(url.as_deref().map(validation::redirect_url).unwrap_or_default()) {
            return;
        }
        let slug = desk.slug();
        desk.ask(async move { api::manage::unpublish(&slug, url).await }, move |answer| match answer {
            Ok(conference) => {
                form.succeed();
                desk.changed(conference);
            }
            Err(error) => form.refuse(&error),
        });
    };
    view! {
        <form class="unpublish" on:submit=send novalidate>
            <FormProblem form/>
            <p class="quiet">{words.unpublish_lead()}</p>
            <Input
                form name="redirect_url" label=words.redirect_link() value=redirect need=Need::Optional
                control=Control::Line("url") hint=words.redirect_hint()
            />
            <button type="submit" class="button button--quiet">{words.unpublish()}</button>
        </form>
    }
}
