//! Adding a seat type, or changing one in place.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::conference::{ManagedSeatType, SeatTypeInput, SeatTypeTexts};
use plenary_shared::format::Locale;
use plenary_shared::{Currency, FieldError, Money, validation};

use super::details::is_about_staleness;
use super::form::{Control, Form, FormProblem, Input, Need, Submit};
use super::price;
use super::seat_types::{Editing, Offers};
use super::translations::{OtherLanguages, Part, Typed, tag_of, texts_of_seat_type};
use crate::api;

/// What is typed, and the version that it was typed over.
#[derive(Debug, Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    description: RwSignal<String>,
    price: RwSignal<String>,
    quota: RwSignal<String>,
    translations: Typed<2>,
    version: RwSignal<Option<i64>>,
    currency: Currency,
}

impl Fields {
    fn of(existing: Option<&ManagedSeatType>, currency: Currency, locale: Locale) -> Self {
        let text = |of: fn(&ManagedSeatType) -> String| RwSignal::new(existing.map(of).unwrap_or_default());
        let decimal = if locale == Locale::De { ',' } else { '.' };
        let price = existing.map(|it| price::major_units(it.price, decimal)).unwrap_or_default();
        Self {
            name: text(|it| it.name.clone()),
            description: text(|it| it.description.clone()),
            price: RwSignal::new(price),
            quota: text(|it| it.quota.to_string()),
            translations: Typed::of(|tag| {
                existing.map(|it| texts_of_seat_type(&it.translations, tag)).unwrap_or_default()
            }),
            version: RwSignal::new(existing.map(|it| it.version)),
            currency,
        }
    }

    /// What is sent, or what is wrong with it.
    fn read(self, own: &str) -> Result<SeatTypeInput, Vec<FieldError>> {
        let price = self.price.with_untracked(|text| price::minor_units(text, self.currency));
        let quota = self.quota.with_untracked(|text| text.trim().parse().ok());
        let input = SeatTypeInput {
            name: self.name.with_untracked(|text| text.trim().to_owned()),
            description: self.description.with_untracked(|text| text.trim().to_owned()),
            price: Money::new(price.unwrap_or(0), self.currency),
            quota: quota.unwrap_or(0),
            translations: self
                .translations
                .read(own, |[name, description]| SeatTypeTexts { name, description }),
            version: self.version.get_untracked(),
        };
        let mut errors = validation::seat_type(&input);
        if price.is_none() {
            errors.push(FieldError::new("price", "price", "This is not a price."));
        }
        if quota.is_none() {
            errors.push(FieldError::new("quota", "count", "This is not a number."));
        }
        if errors.is_empty() { Ok(input) } else { Err(errors) }
    }
}

/// The form; an empty one where there is nothing to change.
#[component]
pub fn SeatTypeForm(offers: Offers, existing: Option<ManagedSeatType>) -> impl IntoView {
    let words = offers.desk.language;
    let form = Form::new(words);
    let (currency, language) = offers.desk.conference.with_untracked(|it| {
        it.here().map(|known| (known.conference.currency, known.conference.language)).unwrap_or_default()
    });
    let own = StoredValue::new(tag_of(language));
    let fields = Fields::of(existing.as_ref(), currency, words.locale());
    let existing = StoredValue::new(existing);
    let is_stale = RwSignal::new(false);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        submit(offers, form, fields.read(&own.get_value()), existing, is_stale);
    };
    let part = |name, label, own| Part { name, label, own, is_long: false };
    let parts = [
        part("name", words.name(), fields.name),
        part("description", words.description(), fields.description),
    ];
    view! {
        <form class="seat-form" on:submit=send novalidate>
            <FormProblem form/>
            {move || is_stale.get().then(|| view! { <Stale offers form/> })}
            <div class="form__pair">
                <Input form name="name" label=words.name() value=fields.name/>
                <Input form name="description" label=words.description() value=fields.description need=Need::Optional/>
                <Input
                    form name="price" label=words.price() value=fields.price
                    control=Control::Line("number") hint=words.price_hint(currency)
                />
                <Input
                    form name="quota" label=words.quota() value=fields.quota
                    control=Control::Line("number") hint=words.quota_hint()
                />
            </div>
            <OtherLanguages form own=Signal::derive(move || own.get_value()) parts typed=fields.translations/>
            <div class="form__end">
                <Submit form label=words.save()/>
                <button type="button" class="button button--text" on:click=move |_| offers.close()>
                    {words.cancel()}
                </button>
            </div>
        </form>
    }
}

/// Somebody else has changed the seat type meanwhile.
#[component]
fn Stale(offers: Offers, form: Form) -> impl IntoView {
    let words = form.language;
    let look = move |_| {
        offers.load();
        offers.close();
    };
    view! {
        <div class="banner banner--problem" role="alert">
            <p class="banner__title">{words.stale_seat_type()}</p>
            <p>{words.stale_seat_type_detail()}</p>
            <button type="button" class="button button--quiet" on:click=look>{words.look_again()}</button>
        </div>
    }
}

fn submit(
    offers: Offers,
    form: Form,
    read: Result<SeatTypeInput, Vec<FieldError>>,
    existing: StoredValue<Option<ManagedSeatType>>,
    is_stale: RwSignal<bool>,
) {
    if !form.begin(read.as_ref().err().cloned().unwrap_or_default()) {
        return;
    }
    let Ok(input) = read else { return };
    let slug = offers.desk.slug();
    let id = existing.with_value(|existing| existing.as_ref().map(|it| it.id));
    let request = async move {
        match id {
            Some(id) => api::manage::change_seat_type(&slug, id, &input).await,
            None => api::manage::add_seat_type(&slug, &input).await,
        }
    };
    offers.desk.ask(request, move |answer| match answer {
        Ok(offer) => {
            form.succeed();
            offers.saved(id.map_or(Editing::New, Editing::Existing), offer);
        }
        Err(error) => {
            form.refuse(&error);
            if is_about_staleness(&error) {
                form.problem.try_set(None);
                is_stale.try_set(true);
            }
        }
    });
}
