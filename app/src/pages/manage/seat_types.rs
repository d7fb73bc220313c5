//! What the conference sells. Route: `/manage/{slug}/seat-types`.

use leptos::prelude::*;
use plenary_shared::conference::{ManagedSeatType, SeatTypeInput};
use plenary_shared::{Money, SeatTypeId, format};

use super::desk::Desk;
use super::editor::{Edited, Editing, Editor};
use super::loaded::{Loaded, when_here};
use super::seat_type_form::SeatTypeForm;
use crate::api::{self, ApiError};
use crate::components::Banner;
use crate::{Language, navigation};

/// The state of the page.
pub type Offers = Editor<ManagedSeatType>;

impl Edited for ManagedSeatType {
    type Id = SeatTypeId;
    type Input = SeatTypeInput;
    const ADD: &'static str = "#add-seat-type";
    const FIRST: &'static str = "form input[name='name']";

    fn id(&self) -> SeatTypeId {
        self.id
    }

    fn stale(language: Language) -> &'static str {
        language.stale_seat_type()
    }

    async fn list(slug: String) -> Result<Vec<Self>, ApiError> {
        api::manage::seat_types(&slug).await
    }

    async fn save(slug: String, id: Option<SeatTypeId>, input: SeatTypeInput) -> Result<Self, ApiError> {
        match id {
            Some(id) => api::manage::change_seat_type(&slug, id, &input).await,
            None => api::manage::add_seat_type(&slug, &input).await,
        }
    }
}

fn delete(offers: Offers, id: SeatTypeId) {
    offers.notice.set(None);
    let slug = offers.desk.slug();
    let request = async move { api::manage::delete_seat_type(&slug, id).await };
    offers.desk.ask(request, move |answer| match answer {
        Ok(()) => {
            offers.load();
            navigation::focus(ManagedSeatType::ADD);
        }
        Err(error) => offers.complain(&error),
    });
}

/// The page.
#[component]
pub fn SeatTypes(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let offers = Offers::new(desk);
    desk.arrive(words.seat_types());
    follow_sales(offers);
    let is_fixed = Memo::new(move |_| desk.known().is_some_and(|known| known.ever_published));
    let add = move || {
        match offers.editing.get() {
        Editing::New => view! {
            <section class="card" aria-labelledby="new-heading">
                <h2 id="new-heading">{words.new_seat_type()}</h2>
                <SeatTypeForm offers editing=Editing::New/>
            </section>
        }
        .into_any(),
        _ => view! {
            <button type="button" class="button" id="add-seat-type" on:click=move |_| offers.open(Editing::New)>
                {words.add_seat_type()}
            </button>
        }
        .into_any(),
    }
    };
    view! {
        <h1 tabindex="-1">{words.seat_types()}</h1>
        <p class="lead">{words.seat_types_lead()}</p>
        {move || offers.notice.get().map(|(tone, explanation)| view! { <Banner tone explanation/> })}
        {when_here(words, offers.list, move || offers.load(), move || view! { <Table offers/> }.into_any())}
        <div class="add">{add}</div>
        {move || is_fixed.get().then(|| view! { <p class="lead">{words.never_deleted()}</p> })}
    }
}

/// The figures of the table follow the sales.
fn follow_sales(offers: Offers) {
    Effect::new(move |_| {
        let figures = offers.desk.summary.with(|summary| summary.as_ref().map(|it| it.seat_types.clone()));
        let Some(figures) = figures else { return };
        offers.list.update(|list| {
            let Loaded::Here(list) = list else { return };
            for offer in list {
                if let Some(figure) = figures.iter().find(|figure| figure.id == offer.id) {
                    (offer.sold, offer.held, offer.available) = (figure.sold, figure.held, figure.free);
                }
            }
        });
    });
}

#[component]
fn Table(offers: Offers) -> impl IntoView {
    let words = offers.desk.language;
    let list = move || offers.list.with(|list| list.here().cloned().unwrap_or_default());
    let is_empty = Memo::new(move |_| list().is_empty());
    let ids = Memo::new(move |_| list().iter().map(|offer| offer.id).collect::<Vec<_>>());
    let table = move || {
        view! {
            <div class="scroll"><table class="grid" role="table">
                <caption class="spoken">{words.seat_types()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{words.name()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.price()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.quota()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.sold()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.held_now()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.left()}</th>
                        <th role="columnheader" scope="col"><span class="spoken">{words.actions()}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <Row offers id/>
                    </For>
                </tbody>
            </table></div>
        }
    };
    let content = move || if is_empty.get() { empty(words).into_any() } else { table().into_any() };
    view! { {content} }
}

fn empty(words: Language) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty__title">{words.no_seat_types_yet()}</p>
            <p>{words.no_seat_types_yet_detail()}</p>
        </div>
    }
}

#[component]
fn Row(offers: Offers, id: SeatTypeId) -> impl IntoView {
    let offer = Memo::new(move |_| offers.find(id));
    let is_open = Memo::new(move |_| offers.editing.get() == Editing::Existing(id));
    move || {
        if is_open.get() {
            return view! {
                <tr role="row" class="grid__editor">
                    <td role="cell" colspan="7"><SeatTypeForm offers editing=Editing::Existing(id)/></td>
                </tr>
            }
            .into_any();
        }
        offer.get().map(|offer| figures(offers, offer)).into_any()
    }
}

fn figures(offers: Offers, offer: ManagedSeatType) -> impl IntoView {
    let words = offers.desk.language;
    let count = |value| format::number(value, words.locale());
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <span class="grid__main">{offer.name.clone()}</span>
                <span class="grid__sub">{offer.description.clone()}</span>
            </th>
            <td role="cell" class="grid__number" data-label=words.price()>{price(words, offer.price)}</td>
            <td role="cell" class="grid__number" data-label=words.quota()>{count(offer.quota)}</td>
            <td role="cell" class="grid__number" data-label=words.sold()>{count(offer.sold)}</td>
            <td role="cell" class="grid__number" data-label=words.held_now()>{count(offer.held)}</td>
            <td role="cell" class="grid__number" data-label=words.left()>{count(offer.available)}</td>
            <td role="cell" class="grid__ways"><Ways offers offer/></td>
        </tr>
    }
}

fn price(words: Language, price: Money) -> String {
    words.price_of(price)
}

#[component]
fn Ways(offers: Offers, offer: ManagedSeatType) -> impl IntoView {
    let words = offers.desk.language;
    let (id, name) = (offer.id, offer.name);
    let is_asked = RwSignal::new(false);
    // After the first publication a seat type may be in somebody's order for ever.
    let can_go = Memo::new(move |_| offers.desk.known().is_some_and(|known| !known.ever_published));
    let way_out = move || {
        if !can_go.get() {
            return None;
        }
        let name = name.clone();
        let ask = move |_| if is_asked.get_untracked() { delete(offers, id) } else { is_asked.set(true) };
        let label =
            move || if is_asked.get() { words.really_delete(&name) } else { words.delete().to_owned() };
        Some(view! { <button type="button" class="button button--text" on:click=ask>{label}</button> })
    };
    view! {
        <button
            type="button"
            class="button button--text"
            id=format!("edit-{id}")
            on:click=move |_| offers.open(Editing::Existing(id))
        >
            {words.edit()}
        </button>
        {way_out}
    }
}
