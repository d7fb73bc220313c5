//! Adding a promotional code, or changing one in place.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::format::Locale;
use plenary_shared::promo_codes::{Combines, DiscountRule, PromoCode, PromoCodeInput};
use plenary_shared::{Currency, FieldError, Money, PromoCodeId, SeatTypeId, validation};

use super::editor::{Editing, Opened};
use super::form::{Control, Form, FormProblem, Input, Need};
use super::price;
use super::promo_codes::Codes;
use crate::Language;

const PERCENTAGE: &str = "percentage";
const AMOUNT: &str = "amount";
const WITH_NONE: &str = "none";
const WITH_ALL: &str = "all";
const WITH_SOME: &str = "with";

/// What is typed, and the version that it was typed over.
#[derive(Debug, Clone, Copy)]
struct Fields {
    code: RwSignal<String>,
    description: RwSignal<String>,
    kind: RwSignal<String>,
    discount: RwSignal<String>,
    /// Empty for every seat type.
    scope: RwSignal<Vec<SeatTypeId>>,
    max_uses: RwSignal<String>,
    combines: RwSignal<String>,
    named: RwSignal<String>,
    active: StoredValue<bool>,
    version: StoredValue<Option<i64>>,
    currency: Currency,
}

impl Fields {
    fn of(existing: Option<&PromoCode>, currency: Currency, locale: Locale) -> Self {
        let text = |of: fn(&PromoCode) -> String| RwSignal::new(existing.map(of).unwrap_or_default());
        let decimal = if locale == Locale::De { ',' } else { '.' };
        let (kind, discount) = match existing.map(|code| code.discount) {
            None => (PERCENTAGE, String::new()),
            Some(DiscountRule::Percentage { percent }) => (PERCENTAGE, percent.to_string()),
            Some(DiscountRule::Amount { amount }) => (AMOUNT, price::major_units(amount, decimal)),
        };
        let (combines, named) = match existing.map(|code| &code.combines) {
            None | Some(Combines::None) => (WITH_NONE, String::new()),
            Some(Combines::All) => (WITH_ALL, String::new()),
            Some(Combines::With(codes)) => (WITH_SOME, codes.join(" ")),
        };
        Self {
            code: text(|code| code.code.clone()),
            description: text(|code| code.description.clone()),
            kind: RwSignal::new(kind.to_owned()),
            discount: RwSignal::new(discount),
            scope: RwSignal::new(existing.and_then(|code| code.seat_type_ids.clone()).unwrap_or_default()),
            max_uses: text(|code| code.max_uses.map(|uses| uses.to_string()).unwrap_or_default()),
            combines: RwSignal::new(combines.to_owned()),
            named: RwSignal::new(named),
            active: StoredValue::new(existing.is_none_or(|code| code.active)),
            version: StoredValue::new(existing.map(|code| code.version)),
            currency,
        }
    }

    /// What is sent, or what is wrong with it.
    fn read(self) -> Result<PromoCodeInput, Vec<FieldError>> {
        let text = |field: RwSignal<String>| field.with_untracked(|text| text.trim().to_owned());
        let discount = self.read_discount();
        let max_uses = match text(self.max_uses) {
            empty if empty.is_empty() => Ok(None),
            uses => uses.parse().map(Some).map_err(|_| FieldError::new("max_uses", "count", "")),
        };
        let scope = self.scope.get_untracked();
        let input = PromoCodeInput {
            code: text(self.code),
            description: text(self.description),
            discount: *discount.as_ref().unwrap_or(&DiscountRule::Percentage { percent: 1 }),
            seat_type_ids: Some(scope).filter(|scope| !scope.is_empty()),
            max_uses: *max_uses.as_ref().unwrap_or(&None),
            combines: self.read_combines(),
            active: self.active.get_value(),
            version: self.version.get_value(),
        };
        let mut errors = validation::promo_code(&input);
        errors.extend(discount.err());
        errors.extend(max_uses.err());
        if errors.is_empty() { Ok(input) } else { Err(errors) }
    }

    fn read_discount(self) -> Result<DiscountRule, FieldError> {
        let typed = self.discount.get_untracked();
        if self.kind.with_untracked(|kind| kind == AMOUNT) {
            let amount = price::minor_units(&typed, self.currency);
            let amount = amount.ok_or_else(|| FieldError::new("discount", "price", ""))?;
            return Ok(DiscountRule::Amount { amount: Money::new(amount, self.currency) });
        }
        let percent = typed.trim().trim_end_matches('%').trim().parse();
        percent
            .map(|percent| DiscountRule::Percentage { percent })
            .map_err(|_| FieldError::new("discount", "percent", ""))
    }

    fn read_combines(self) -> Combines {
        let named = || self.named.with_untracked(|named| codes_in(named));
        self.combines.with_untracked(|combines| match combines.as_str() {
            WITH_ALL => Combines::All,
            WITH_SOME => Combines::With(named()),
            _ => Combines::None,
        })
    }
}

/// The codes in a text, in upper case.
fn codes_in(text: &str) -> Vec<String> {
    let is_gap = |c: char| c.is_whitespace() || c == ',' || c == ';';
    text.split(is_gap).filter(|code| !code.is_empty()).map(str::to_uppercase).collect()
}

/// The form; an empty one where there is nothing to change.
#[component]
pub fn PromoCodeForm(codes: Codes, editing: Editing<PromoCodeId>) -> impl IntoView {
    let words = codes.desk.language;
    let opened = Opened::new(codes, editing);
    let form = opened.form;
    let known = codes.desk.conference.with_untracked(|it| it.here().cloned());
    let currency = known.map_or_else(Currency::default, |known| known.conference.currency);
    let fields = Fields::of(opened.existing().as_ref(), currency, words.locale());
    let is_new = editing == Editing::New;
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        opened.submit(fields.read());
    };
    view! {
        <form class="promo-form" on:submit=send novalidate>
            <FormProblem form/>
            {opened.staleness()}
            <div class="form__pair">
                {is_new.then(|| view! { <Input form name="code" label=words.code() value=fields.code hint=words.code_hint()/> })}
                <Input
                    form name="description" label=words.description() value=fields.description
                    need=Need::Optional hint=words.code_description_hint()
                />
            </div>
            <Worth form fields/>
            <Scope codes fields/>
            <Limits form fields/>
            {opened.ways()}
        </form>
    }
}

/// What the code takes off.
#[component]
fn Worth(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    let kinds = [(PERCENTAGE, words.in_percent()), (AMOUNT, words.in_money())];
    view! {
        <div class="form__pair">
            <Input
                form name="kind" label=words.discount_kind() value=fields.kind control=Control::Choice(choices(&kinds))
            />
            <Input
                form name="discount" label=words.discount() value=fields.discount control=Control::Line("number")
                hint=words.discount_hint(fields.currency)
            />
        </div>
    }
}

fn choices(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

/// What the code is for: a tick per seat type.
#[component]
fn Scope(codes: Codes, fields: Fields) -> impl IntoView {
    let words: Language = codes.desk.language;
    let kinds =
        codes.desk.conference.with_untracked(|it| it.here().map(|it| it.conference.seat_types.clone()));
    let tick = move |kind: plenary_shared::conference::SeatType| {
        let id = kind.id;
        let is_ticked = move || fields.scope.with(|scope| scope.contains(&id));
        let change = move |event| {
            let ticked = event_target_checked(&event);
            fields.scope.update(|scope| {
                scope.retain(|other| *other != id);
                if ticked {
                    scope.push(id);
                }
            });
        };
        view! {
            <label class="tick">
                <input type="checkbox" prop:checked=is_ticked on:change=change/>
                <span>{kind.name}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field" aria-describedby="scope-hint">
            <legend class="field__label">{words.applies_to()}</legend>
            <div class="ticks">{kinds.unwrap_or_default().into_iter().map(tick).collect_view()}</div>
            <p class="field__hint" id="scope-hint">{words.applies_to_hint()}</p>
        </fieldset>
    }
}

/// How often, and with which others.
#[component]
fn Limits(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    let ways = [
        (WITH_NONE, words.combines_with_none()),
        (WITH_ALL, words.combines_with_all()),
        (WITH_SOME, words.combines_with_some()),
    ];
    let is_named = Memo::new(move |_| fields.combines.with(|combines| combines == WITH_SOME));
    view! {
        <div class="form__pair">
            <Input
                form name="max_uses" label=words.most_uses() value=fields.max_uses control=Control::Line("number")
                need=Need::Optional hint=words.most_uses_hint()
            />
            <Input
                form name="combining" label=words.combines() value=fields.combines
                control=Control::Choice(choices(&ways))
            />
        </div>
        {move || is_named.get().then(|| view! {
            <Input
                form name="combines" label=words.named_codes() value=fields.named hint=words.named_codes_hint()
            />
        })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_between_spaces_and_commas() {
        assert_eq!(codes_in(" early, Student;vip  "), ["EARLY", "STUDENT", "VIP"]);
        assert!(codes_in(" , ").is_empty());
    }
}
