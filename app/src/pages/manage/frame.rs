//! What is around every page of the organizer's: the name, the sections, what is said above all.

use leptos::prelude::*;
use plenary_shared::Problem;

use super::desk::{Desk, slug_of};
use super::locate::LocateForm;
use crate::components::{Banner, LanguageSwitch, Tone};
use crate::live::Connection;
use crate::words::Explanation;
use crate::{Language, ManageRoute, Route, api};

/// The application's frame.
#[component]
pub fn Frame(desk: Desk, children: Children) -> impl IntoView {
    let language = desk.language;
    let is_in = Memo::new(move |_| {
        desk.conference.with(|it| it.here().is_some()) && !desk.slug().is_empty() && !desk.is_over.get()
    });
    view! {
        <Top language>{move || is_in.get().then(|| view! { <SignOut desk/> })}</Top>
        {move || is_in.get().then(|| view! { <Sections desk/> })}
        <main id="main" class="page page--manage">
            <Notices desk/>
            {children()}
        </main>
    }
}

/// What the server renders until the application is there: the same frame, and the form that works without it.
///
/// `email` is what a plain form sent, `problem` why it was refused.
pub fn shell(
    language: Language,
    route: &ManageRoute,
    email: String,
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let explanation = problem.map(|problem| language.manage_problem(problem));
    let content = if *route == ManageRoute::Locate {
        let (email, access_code) = (RwSignal::new(email), RwSignal::new(String::new()));
        view! { <LocateForm language email access_code/> }.into_any()
    } else {
        view! {
            <p class="waiting" role="status">{language.loading()}</p>
            <noscript>
                <h1>{language.needs_scripts()}</h1>
                <p>{language.needs_scripts_detail()}</p>
            </noscript>
        }
        .into_any()
    };
    view! {
        <Top language>{().into_any()}</Top>
        <main id="main" class="page page--manage">
            <div class="notices">
                {explanation.map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
            </div>
            {content}
        </main>
    }
}

#[component]
fn Top(language: Language, children: Children) -> impl IntoView {
    view! {
        <a class="skip" href="#main">{language.skip_to_content()}</a>
        <header class="site">
            <a class="site__name" href=Route::Conferences.path()>{language.product()}</a>
            <div class="site__nav"><LanguageSwitch language query=""/> {children()}</div>
        </header>
    }
}

#[component]
fn SignOut(desk: Desk) -> impl IntoView {
    let leave = move |_| {
        desk.ask(api::manage::sign_out(), move |answer| match answer {
            Ok(()) => {
                desk.go(ManageRoute::Locate);
                desk.notice.set(Some((Tone::Notice, Explanation::new(desk.language.signed_out(), ""))));
            }
            Err(error) => desk.complain(&error),
        });
    };
    view! {
        <button type="button" class="button button--text" on:click=leave>{desk.language.sign_out()}</button>
    }
}

#[component]
fn Sections(desk: Desk) -> impl IntoView {
    let language = desk.language;
    let slug = desk.slug();
    let sections = [
        (language.dashboard(), ManageRoute::Dashboard { slug: slug.clone() }),
        (language.details(), ManageRoute::Details { slug: slug.clone() }),
        (language.seat_types(), ManageRoute::SeatTypes { slug: slug.clone() }),
        (language.orders(), ManageRoute::Orders { slug: slug.clone() }),
        (language.attendees(), ManageRoute::Attendees { slug: slug.clone() }),
        (language.check_in(), ManageRoute::CheckIn { slug: slug.clone() }),
        (language.promo_codes(), ManageRoute::PromoCodes { slug: slug.clone() }),
        (language.wait_list(), ManageRoute::WaitList { slug }),
    ];
    // Where the sections do not fit, the one that is open is in view.
    Effect::new(move |_| {
        desk.place.track();
        request_animation_frame(|| {
            let open = document().query_selector(".sections [aria-current]").ok().flatten();
            if let Some(open) = open {
                open.scroll_into_view_with_bool(false);
            }
        });
    });
    let link = move |(name, route): (&'static str, ManageRoute)| {
        let path = route.path();
        let current = move || desk.place.with(|place| place.as_ref().and_then(|place| mark(place, &route)));
        view! { <li><a href=path aria-current=current>{name}</a></li> }
    };
    view! {
        <nav class="sections" aria-label=language.sections()>
            <ul>{sections.into_iter().map(link).collect_view()}</ul>
        </nav>
    }
}

/// How the link to `section` is marked on the page `place`.
fn mark(place: &ManageRoute, section: &ManageRoute) -> Option<&'static str> {
    if place == section {
        return Some("page");
    }
    let is_order_of = matches!((place, section), (ManageRoute::Order { .. }, ManageRoute::Orders { .. }));
    (is_order_of && slug_of(place) == slug_of(section)).then_some("true")
}

#[component]
fn Notices(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let away = Explanation::new(words.manage_offline(), words.manage_offline_detail());
    let is_away =
        move || desk.connection.get() == Connection::Away && !desk.slug().is_empty() && !desk.is_over.get();
    view! {
        <div class="notices">
            {move || is_away().then(|| view! { <Banner tone=Tone::Notice explanation=away.clone()/> })}
            {move || {
                desk.notice.get().map(|(tone, explanation)| view! { <Banner tone explanation/> })
            }}
        </div>
    }
}
