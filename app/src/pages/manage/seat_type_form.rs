//! Adding a seat type, or changing one in place.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::conference::{ManagedSeatType, SeatTypeInput, SeatTypeTexts};
use plenary_shared::format::Locale;
use plenary_shared::{Currency, FieldError, Money, SeatTypeId, validation};

use super::editor::{Editing, Opened};
use super::form::{Control, FormProblem, Input, Need};
use super::price;
use super::seat_types::Offers;
use super::translations::{OtherLanguages, Part, Typed, tag_of, texts_of_seat_type};

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
pub fn SeatTypeForm(offers: Offers, editing: Editing<SeatTypeId>) -> impl IntoView {
    let words = offers.desk.language;
    let opened = Opened::new(offers, editing);
    let form = opened.form;
    let (currency, language) = offers.desk.conference.with_untracked(|it| {
        it.here().map(|known| (known.conference.currency, known.conference.language)).unwrap_or_default()
    });
    let own = StoredValue::new(tag_of(language));
    let fields = Fields::of(opened.existing().as_ref(), currency, words.locale());
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        opened.submit(fields.read(&own.get_value()));
    };
    let part = |name, label, own| Part { name, label, own, is_long: false };
    let parts = [
        part("name", words.name(), fields.name),
        part("description", words.description(), fields.description),
    ];
    view! {
        <form class="seat-form" on:submit=send novalidate>
            <FormProblem form/>
            {opened.staleness()}
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
            {opened.ways()}
        </form>
    }
}
