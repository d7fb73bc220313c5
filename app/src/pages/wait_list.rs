//! Waiting for seats that are taken: the form, and where one stands. Routes: `/{slug}/waitlist`,
//! `/{slug}/waitlist/{id}`. Rendered on the server alone: plain forms are all it takes; where scripts run, a small one
//! (`app/js/waiting.js`) keeps the place up to date.

#![expect(clippy::needless_pass_by_value, reason = "props belong to their component")]

use leptos::prelude::*;
use plenary_shared::conference::Conference;
use plenary_shared::pricing::MAX_SEATS_PER_TYPE;
use plenary_shared::waitlist::{WaitListEntry, WaitListOffer, WaitListStatus};

use crate::components::{Banner, Tone};
use crate::pages::registration::SubmittedForm;
use crate::{Language, OrderPart, Route, api};

/// The form, with what was sent and why it was refused; or with what the link to it asks for.
#[component]
pub fn JoinWaitList(
    language: Language,
    conference: Conference,
    /// Names and values.
    fields: Vec<(String, String)>,
    form: Option<SubmittedForm>,
) -> impl IntoView {
    let value = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let error = |name: &str| {
        let errors = form.iter().flat_map(|form| &form.problem.errors);
        let found = errors.into_iter().find(|error| error.field == name);
        found.map(|error| language.field_error(error)).unwrap_or_default()
    };
    let explanation = form.as_ref().map(|form| language.problem(&form.problem));
    let quantity = Some(value("quantity")).filter(|quantity| !quantity.is_empty());
    let page = Route::Conference { slug: conference.slug.clone() };
    let action = Route::WaitList { slug: conference.slug.clone(), entry_id: None };
    view! {
        <header class="hero hero--small">
            <p class="hero__over">{conference.name.clone()}</p>
            <h1>{language.wait_list()}</h1>
            <p class="hero__tagline">{language.join_lead()}</p>
        </header>
        {explanation.map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        <form class="card card--narrow" method="post" action=action.path() novalidate>
            {seat_type_field(language, &conference, &value("seat_type_id"), error("seat_type_id"))}
            {quantity_field(language, quantity.unwrap_or_else(|| "1".to_owned()), error("quantity"))}
            {email_field(language, value("email"), error("email"))}
            <button type="submit" class="button">{language.join_wait_list()}</button>
        </form>
        <p class="ways wait__ways">
            <a class="button button--text" href=page.path()>{language.back_to_conference()}</a>
        </p>
    }
}

fn seat_type_field(
    language: Language,
    conference: &Conference,
    chosen: &str,
    error: String,
) -> impl IntoView + use<> {
    let option = |kind: &plenary_shared::conference::SeatType| {
        let id = kind.id.to_string();
        let words = format!("{} · {}", kind.name, language.seats_left(kind.available));
        view! { <option value=id.clone() selected=id == chosen>{words}</option> }
    };
    // Who comes without a choice most likely wants what is gone.
    let mut kinds: Vec<_> = conference.seat_types.iter().collect();
    kinds.sort_by_key(|kind| kind.available > 0);
    let options = kinds.into_iter().map(option).collect_view();
    view! {
        <div class="field">
            <label class="field__label" for="seat-type">{language.which_seat()}</label>
            <select class="field__input" id="seat-type" name="seat_type_id" aria-describedby="seat-type-error">
                {options}
            </select>
            <p class="field__error" id="seat-type-error">{error}</p>
        </div>
    }
}

fn quantity_field(language: Language, value: String, error: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="quantity">{language.how_many()}</label>
            <input
                class="field__input" id="quantity" name="quantity" type="number" inputmode="numeric" min="1"
                max=MAX_SEATS_PER_TYPE value=value aria-invalid=(!error.is_empty()).to_string()
                aria-describedby="quantity-error"
            />
            <p class="field__error" id="quantity-error">{error}</p>
        </div>
    }
}

fn email_field(language: Language, value: String, error: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="email">{language.email()}</label>
            <input
                class="field__input" id="email" name="email" type="email" autocomplete="email" required value=value
                aria-invalid=(!error.is_empty()).to_string() aria-describedby="email-error email-hint"
            />
            <p class="field__hint" id="email-hint">{language.wait_email_hint()}</p>
            <p class="field__error" id="email-error">{error}</p>
        </div>
    }
}

/// Where one stands on the list.
#[component]
pub fn OnWaitList(
    language: Language,
    entry: WaitListEntry,
    /// Where the script is that keeps it up to date.
    script: String,
) -> impl IntoView {
    let conference = &entry.conference;
    let page = Route::Conference { slug: conference.slug.clone() };
    let (title, detail) = headline(language, &entry);
    let offers: Vec<_> = entry.offers.iter().map(|offer| offer_card(language, &entry, *offer)).collect();
    let keeps_place = (entry.status == WaitListStatus::Offered && entry.place.is_some())
        .then(|| view! { <p class="quiet">{language.offered_and_waiting()}</p> });
    let is_on = entry.held && matches!(entry.status, WaitListStatus::Waiting | WaitListStatus::Offered);
    let again = Route::WaitList { slug: conference.slug.clone(), entry_id: None };
    let again = matches!(entry.status, WaitListStatus::Done | WaitListStatus::Left)
        .then(|| view! { <a class="button" href=again.path()>{language.join_wait_list()}</a> });
    let place = entry.place.map(|place| place.to_string()).unwrap_or_default();
    let state = format!("{}-{place}", entry.version);
    let stream = api::wait_list_events(entry.id);
    view! {
        <div id="place" class="place" role="status" data-state=state data-stream=stream>
            <header class="hero hero--small">
                <p class="hero__over">{conference.name.clone()}</p>
                <h1>{title}</h1>
                <p class="hero__tagline">{detail}</p>
            </header>
            {offers}
            {keeps_place}
        </div>
        <div id="place-ways">
            {is_on.then(|| view! { <p class="quiet">{language.keep_this_page()}</p> })}
            {is_on.then(|| leave_form(language, &entry))}
            <p class="ways wait__ways">
                {again}
                <a class="button button--quiet" href=page.path()>{language.back_to_conference()}</a>
            </p>
        </div>
        <script type="module" src=script></script>
    }
}

fn headline(language: Language, entry: &WaitListEntry) -> (&'static str, String) {
    if !entry.held {
        return (language.whose_place(), language.whose_place_detail().to_owned());
    }
    let place = entry.place.map(|place| language.place_on_list(entry.wanted, &entry.seat_type_name, place));
    match entry.status {
        WaitListStatus::Waiting => (language.on_the_list(), place.unwrap_or_default()),
        WaitListStatus::Offered => (language.seats_for_you(), String::new()),
        WaitListStatus::Done => (language.list_done(), language.list_done_detail().to_owned()),
        WaitListStatus::Left => (language.list_left(), language.list_left_detail().to_owned()),
    }
}

/// Seats that are held for her: an order like any other.
fn offer_card(language: Language, entry: &WaitListEntry, offer: WaitListOffer) -> impl IntoView + use<> {
    let left = offer.offered_until.since(entry.server_time).as_secs();
    let words = language.offered_for(offer.seats, &entry.seat_type_name, &language.remaining(left));
    let order = Route::Order {
        slug: entry.conference.slug.clone(),
        order_id: offer.order_id,
        part: OrderPart::Whole,
    };
    view! {
        <section class="card card--narrow wait__offer">
            <p>{words}</p>
            <a class="button" href=order.path()>{language.take_them()}</a>
        </section>
    }
}

/// Leaving asks once more, without scripts too.
fn leave_form(language: Language, entry: &WaitListEntry) -> impl IntoView + use<> {
    let action = Route::WaitList { slug: entry.conference.slug.clone(), entry_id: Some(entry.id) };
    let is_offered = !entry.offers.is_empty();
    view! {
        <details class="wait__leave">
            <summary>{language.leave_list()}</summary>
            <form method="post" action=action.path()>
                {is_offered.then(|| view! { <p class="quiet">{language.leave_list_detail()}</p> })}
                <button type="submit" class="button button--quiet" name="decision" value="leave">
                    {language.really_leave()}
                </button>
            </form>
        </details>
    }
}
