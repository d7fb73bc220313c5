//! Promotional codes, edited in place. Route: `/manage/{slug}/promo-codes`.

use leptos::prelude::*;
use plenary_shared::PromoCodeId;
use plenary_shared::promo_codes::{PromoCode, PromoCodeInput};

use super::desk::Desk;
use super::editor::{Edited, Editing, Editor};
use super::loaded::when_here;
use super::promo_code_form::PromoCodeForm;
use crate::Language;
use crate::api::{self, ApiError};
use crate::components::Banner;

/// The state of the page.
pub type Codes = Editor<PromoCode>;

impl Edited for PromoCode {
    type Id = PromoCodeId;
    type Input = PromoCodeInput;
    const ADD: &'static str = "#add-promo-code";
    const FIRST: &'static str = ".promo-form input";

    fn id(&self) -> PromoCodeId {
        self.id
    }

    fn stale(language: Language) -> &'static str {
        language.stale_promo_code()
    }

    async fn list(slug: String) -> Result<Vec<Self>, ApiError> {
        api::manage::promo_codes(&slug).await
    }

    async fn save(slug: String, id: Option<PromoCodeId>, input: PromoCodeInput) -> Result<Self, ApiError> {
        match id {
            Some(id) => api::manage::change_promo_code(&slug, id, &input).await,
            None => api::manage::add_promo_code(&slug, &input).await,
        }
    }
}

/// Switches a code on or off.
fn switch(codes: Codes, code: &PromoCode) {
    codes.notice.set(None);
    let input = PromoCodeInput { active: !code.active, ..input_of(code) };
    codes.desk.ask(PromoCode::save(codes.desk.slug(), Some(code.id), input), move |answer| {
        if let Err(error) = answer {
            codes.complain(&error);
        }
        codes.load();
    });
}

/// A code as it would be sent to change nothing.
pub fn input_of(code: &PromoCode) -> PromoCodeInput {
    PromoCodeInput {
        code: code.code.clone(),
        description: code.description.clone(),
        discount: code.discount,
        seat_type_ids: code.seat_type_ids.clone(),
        max_uses: code.max_uses,
        combines: code.combines.clone(),
        active: code.active,
        version: Some(code.version),
    }
}

/// The page.
#[component]
pub fn PromoCodes(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let codes = Codes::new(desk);
    desk.arrive(words.promo_codes());
    let add = move || {
        match codes.editing.get() {
        Editing::New => view! {
            <section class="card" aria-labelledby="new-heading">
                <h2 id="new-heading">{words.new_promo_code()}</h2>
                <PromoCodeForm codes editing=Editing::New/>
            </section>
        }
        .into_any(),
        _ => view! {
            <button type="button" class="button" id="add-promo-code" on:click=move |_| codes.open(Editing::New)>
                {words.add_promo_code()}
            </button>
        }
        .into_any(),
    }
    };
    view! {
        <h1 tabindex="-1">{words.promo_codes()}</h1>
        <p class="lead">{words.promo_codes_lead()}</p>
        {move || codes.notice.get().map(|(tone, explanation)| view! { <Banner tone explanation/> })}
        {when_here(words, codes.list, move || codes.load(), move || view! { <Table codes/> }.into_any())}
        <div class="add">{add}</div>
    }
}

#[component]
fn Table(codes: Codes) -> impl IntoView {
    let words = codes.desk.language;
    let ids = Memo::new(move |_| {
        codes
            .list
            .with(|list| list.here().map(|list| list.iter().map(|code| code.id).collect::<Vec<_>>()))
            .unwrap_or_default()
    });
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let table = move || {
        view! {
            <div class="scroll"><table class="grid" role="table">
                <caption class="spoken">{words.promo_codes()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{words.code()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.discount()}</th>
                        <th role="columnheader" scope="col">{words.applies_to()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.uses()}</th>
                        <th role="columnheader" scope="col">{words.status_label()}</th>
                        <th role="columnheader" scope="col"><span class="spoken">{words.actions()}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <Row codes id/>
                    </For>
                </tbody>
            </table></div>
        }
    };
    move || if is_empty.get() { empty(words).into_any() } else { table().into_any() }
}

fn empty(words: Language) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty__title">{words.no_promo_codes_yet()}</p>
            <p>{words.no_promo_codes_yet_detail()}</p>
        </div>
    }
}

#[component]
fn Row(codes: Codes, id: PromoCodeId) -> impl IntoView {
    let code = Memo::new(move |_| codes.find(id));
    let is_open = Memo::new(move |_| codes.editing.get() == Editing::Existing(id));
    move || {
        if is_open.get() {
            return view! {
                <tr role="row" class="grid__editor">
                    <td role="cell" colspan="6"><PromoCodeForm codes editing=Editing::Existing(id)/></td>
                </tr>
            }
            .into_any();
        }
        code.get().map(|code| figures(codes, code)).into_any()
    }
}

fn figures(codes: Codes, code: PromoCode) -> impl IntoView {
    let words = codes.desk.language;
    let (state, class) = if code.active {
        (words.switched_on(), "state state--good")
    } else {
        (words.switched_off(), "state")
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <span class="grid__main">{code.code.clone()}</span>
                <span class="grid__sub">{code.description.clone()}</span>
            </th>
            <td role="cell" class="grid__number" data-label=words.discount()>{words.discount_of(code.discount)}</td>
            <td role="cell" data-label=words.applies_to()>
                <div>
                    {scope(codes, &code)}
                    <span class="grid__sub">{words.combines_as(&code.combines)}</span>
                </div>
            </td>
            <td role="cell" class="grid__number" data-label=words.uses()>{words.uses_of(code.uses, code.max_uses)}</td>
            <td role="cell" data-label=words.status_label()><span class=class>{state}</span></td>
            <td role="cell" class="grid__ways"><Ways codes code/></td>
        </tr>
    }
}

/// What a code is for, in the names of today.
fn scope(codes: Codes, code: &PromoCode) -> String {
    let Some(ids) = &code.seat_type_ids else { return codes.desk.language.every_seat_type().to_owned() };
    let kinds = codes.desk.known().map(|known| known.conference.seat_types).unwrap_or_default();
    let named = kinds.into_iter().filter(|kind| ids.contains(&kind.id)).map(|kind| kind.name);
    named.collect::<Vec<_>>().join(", ")
}

#[component]
fn Ways(codes: Codes, code: PromoCode) -> impl IntoView {
    let words = codes.desk.language;
    let id = code.id;
    let label = if code.active { words.switch_off() } else { words.switch_on() };
    view! {
        <button type="button" class="button button--text" id=format!("edit-{id}") on:click=move |_| codes.open(Editing::Existing(id))>
            {words.edit()}
        </button>
        <button type="button" class="button button--text" on:click=move |_| switch(codes, &code)>{label}</button>
    }
}
