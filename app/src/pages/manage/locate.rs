//! Locating one's conference. Route: `/manage`. The server renders the same form, which works without scripts.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desk::Desk;
use crate::{Language, ManageRoute, api};

/// The page: the form, and the way to create a conference.
#[component]
pub fn Locate(desk: Desk, typed: (String, String)) -> impl IntoView {
    desk.arrive(desk.language.locate_title());
    view! { <SignIn desk typed/> }
}

/// The form, and what it does. Also above a page whose session has ended.
#[component]
pub fn SignIn(desk: Desk, #[prop(optional)] typed: (String, String)) -> impl IntoView {
    let (email, access_code) = (RwSignal::new(typed.0), RwSignal::new(typed.1));
    let is_busy = RwSignal::new(false);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        desk.notice.set(None);
        let (email, code) = (email.get_untracked(), access_code.get_untracked());
        // Not asked through the desk: being refused here is no session that ended.
        spawn_local(async move {
            let answer = api::manage::locate(email.trim().to_owned(), code.trim().to_owned()).await;
            if is_busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(located) => desk.admit(located.conference),
                Err(error) => desk.complain(&error),
            }
        });
    };
    view! { <LocateForm language=desk.language email access_code is_busy on_submit=Callback::new(send)/> }
}

/// The form; a plain one until somebody listens.
#[component]
pub fn LocateForm(
    language: Language,
    email: RwSignal<String>,
    access_code: RwSignal<String>,
    #[prop(optional, into)] is_busy: Signal<bool>,
    #[prop(optional, into)] on_submit: Option<Callback<SubmitEvent>>,
) -> impl IntoView {
    let send = move |event| {
        if let Some(on_submit) = on_submit {
            on_submit.run(event);
        }
    };
    view! {
        <h1 tabindex="-1">{language.locate_title()}</h1>
        <p class="lead">{language.locate_lead()}</p>
        <form class="card card--narrow" method="post" action=ManageRoute::Locate.path() on:submit=send>
            <div class="field">
                <label class="field__label" for="email">{language.email_address()}</label>
                <input
                    class="field__input"
                    id="email"
                    name="email"
                    type="email"
                    autocomplete="email"
                    required
                    value=email.get_untracked()
                    prop:value=move || email.get()
                    on:input=move |event| email.set(event_target_value(&event))
                />
            </div>
            <div class="field">
                <label class="field__label" for="access-code">{language.access_code()}</label>
                <input
                    class="field__input field__input--code"
                    id="access-code"
                    name="access_code"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    maxlength="12"
                    required
                    aria-describedby="access-code-hint"
                    value=access_code.get_untracked()
                    prop:value=move || access_code.get()
                    on:input=move |event| access_code.set(event_target_value(&event))
                />
                <p class="field__hint" id="access-code-hint">{language.organizer_code_hint()}</p>
            </div>
            <button type="submit" class="button" aria-disabled=move || is_busy.get().then_some("true")>
                {language.locate()}
            </button>
        </form>
        <p class="aside">
            <span>{language.no_conference_yet()}</span>
            <a class="button button--quiet" href=ManageRoute::Create.path()>{language.create_conference()}</a>
        </p>
    }
}
