//! Choosing seats: the conference, its seat types with what is left, and the total, always in view.
//! Route: `/{slug}`.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::conference::{Conference, SeatType};
use plenary_shared::format::Locale;
use plenary_shared::pricing::{self, MAX_SEATS_PER_TYPE};
use plenary_shared::{Money, format};

use super::promo_code::PromoCode;
use super::registration::Flow;
use crate::components::{Stepper, changing, listener};
use crate::{Language, Route, optimistic};

/// The conference's page.
#[component]
pub fn ChooseSeats(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let order_now = move |event: SubmitEvent| {
        event.prevent_default();
        flow.order_now();
    };
    view! {
        <Hero language=words conference=flow.conference/>
        <OrderInProgress flow/>
        <div class="columns">
            <form class="choice" method="post" action=flow.conference_route().path() on:submit=listener(order_now) novalidate>
                <section class="card" aria-labelledby="choose-heading">
                    <h2 id="choose-heading">{words.choose_seats()}</h2>
                    <SeatTypes flow/>
                    <Scarcity flow/>
                    <PromoCode flow/>
                </section>
                <TotalBar flow/>
            </form>
            <About language=words conference=flow.conference/>
        </div>
    }
}

#[component]
fn Hero(language: Language, conference: RwSignal<Conference>) -> impl IntoView {
    let days = move || language.days_of(&conference.get());
    let tongue = move || tongue(language, conference);
    view! {
        <div class="hero">
            <h1 tabindex="-1" lang=changing(tongue)>{changing(move || conference.get().name)}</h1>
            <p class="hero__tagline" lang=changing(tongue)>{changing(move || conference.get().tagline)}</p>
            <div class="facts">
                <p class="facts__when">
                    <span class="spoken">{language.when()} </span>
                    {changing(days)}</p>
                <p class="facts__where">
                    <span class="spoken">{language.place()} </span>
                    {changing(move || conference.get().location)}</p>
            </div>
        </div>
    }
}

/// What a conference's texts are in, for those who have them read aloud; nothing where that is what the page is in.
fn tongue(page: Language, conference: RwSignal<Conference>) -> Option<&'static str> {
    let language = conference.with(|conference| conference.language);
    language.filter(|language| *language != page.locale()).map(Locale::tag)
}

/// The way back to an order that was left open.
#[component]
fn OrderInProgress(flow: Flow) -> impl IntoView {
    let words = flow.language;
    // An order that holds nothing is nothing to go back to.
    let open = Memo::new(move |_| {
        let order = flow.order.get().filter(|order| !optimistic::held(order).is_empty());
        order.map(|order| order.id).filter(|_| flow.is_open())
    });
    let reminder = move |id| {
        let go = move |_| flow.show_order(id);
        view! {
            <div class="banner" role="status">
                <p class="banner__title">{words.still_held()}</p>
                <button type="button" class="button button--quiet" on:click=listener(go)>{words.to_the_order()}</button>
            </div>
        }
        .into_any()
    };
    view! { <div class="notices">{changing(move || open.get().map(reminder))}</div> }
}

#[component]
fn SeatTypes(flow: Flow) -> impl IntoView {
    let kinds = move || flow.conference.get().seat_types;
    // The rows are made anew only when the organizer changes what is sold, not with every seat that goes.
    let offered = Memo::new(move |_| {
        let without_numbers = |kind: SeatType| SeatType { available: 0, ..kind };
        kinds().into_iter().map(without_numbers).collect::<Vec<_>>()
    });
    let row = move |kind: SeatType| view! { <SeatTypeRow flow kind/> }.into_any();
    let rows = move || offered.get().into_iter().map(row).collect::<Vec<_>>();
    let none = move || {
        offered
            .get()
            .is_empty()
            .then(|| view! { <p class="quiet">{flow.language.no_seat_types()}</p> }.into_any())
    };
    view! {
        {changing(none)}
        <ul class="seat-types">{changing(rows)}</ul>
    }
}

#[component]
fn SeatTypeRow(flow: Flow, kind: SeatType) -> impl IntoView {
    let words = flow.language;
    let id = kind.id;
    let tongue = move || tongue(words, flow.conference);
    let left = Signal::derive(move || flow.within_reach(id));
    let quantity = Signal::derive(move || flow.quantity(id));
    let most = Signal::derive(move || left.get().clamp(0, MAX_SEATS_PER_TYPE));
    let is_gone = move || left.get() == 0 && quantity.get() == 0;
    let are_few = move || left.get() <= 10;
    let change = move |quantity| flow.set_quantity(id, quantity);
    let wait = format!("{}?seat_type_id={id}", Route::WaitList { slug: flow.slug(), entry_id: None }.path());
    view! {
        <li class="seat-type" class:seat-type--gone=changing(is_gone)>
            <div class="seat-type__what">
                <h3 class="seat-type__name" lang=changing(tongue)>{kind.name.clone()}</h3>
                <p class="seat-type__description" lang=changing(tongue)>{kind.description}</p>
                <p class="seat-type__price">
                    <span class="seat-type__amount">{words.price_of(kind.price)}</span>
                    <span class="seat-type__left" class:seat-type__left--few=changing(are_few)>
                        {changing(move || words.seats_left(left.get()))}
                    </span>
                </p>
            </div>
            <a class="button button--quiet" href=wait hidden=changing(move || !is_gone())>{words.join_wait_list()}</a>
            <div class="seat-type__quantity" hidden=changing(is_gone)>
                <Stepper language=words subject=kind.name name=format!("seats.{id}") quantity most on_change=change/>
            </div>
        </li>
    }
}

/// Says when fewer are left than are chosen: the order will get what there is.
#[component]
fn Scarcity(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let warnings = move || {
        let kinds = flow.conference.get().seat_types;
        let short = kinds.iter().filter(|kind| flow.within_reach(kind.id) < flow.quantity(kind.id));
        let warning = |kind: &SeatType| words.fewer_left_than_chosen(&kind.name, flow.within_reach(kind.id));
        short.map(warning).collect::<Vec<_>>().join(" · ")
    };
    view! { <p class="scarcity" role="status">{changing(warnings)}</p> }
}

/// What the choice costs, and the way on.
#[component]
fn TotalBar(flow: Flow) -> impl IntoView {
    let words = flow.language;
    let total = move || format::money(total_of_choice(flow), words.locale());
    let count = move || flow.quantities.get().iter().map(|seat| seat.quantity).sum();
    view! {
        <div class="bar">
            <p class="bar__total">
                <span class="bar__label">
                    {words.total()} <span class="bar__count">{changing(move || words.seat_count(count()))}</span>
                </span>
                <output class="bar__amount" data-testid="total">{changing(total)}</output>
            </p>
            <button type="submit" class="button">{words.order_now()}</button>
        </div>
    }
}

fn total_of_choice(flow: Flow) -> Money {
    if let Some(quote) = flow.quoted() {
        return quote.total;
    }
    let conference = flow.conference.get();
    let priced =
        pricing::price(&flow.quantities.get(), &optimistic::prices(&conference), conference.currency);
    priced.map_or(Money::zero(conference.currency), |priced| priced.total)
}

#[component]
fn About(language: Language, conference: RwSignal<Conference>) -> impl IntoView {
    let paragraphs = move || {
        let tongue = tongue(language, conference);
        let description = conference.get().description;
        let blocks = description.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
        blocks.map(|block| view! { <p lang=tongue>{block.to_owned()}</p> }.into_any()).collect::<Vec<_>>()
    };
    view! {
        <section class="about" aria-labelledby="about-heading">
            <h2 id="about-heading">{language.about()}</h2>
            {changing(paragraphs)}
        </section>
    }
}
