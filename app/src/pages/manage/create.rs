//! Creating a conference on one page. Route: `/manage/create`.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use plenary_shared::conference::{
    ConferenceTexts, CreateConference, ManagedConference, SeatTypeInput, Translations,
};
use plenary_shared::format::Locale;
use plenary_shared::{Currency, Date, FieldError, validation};

use super::desk::Desk;
use super::form::{Control, Form, FormProblem, Input, Need, Submit};
use super::loaded::Loaded;
use super::preview::{Preview, Shown};
use super::translations::{languages, tag_of};
use super::{query, slug, zone};
use crate::api::{ApiError, Key};
use crate::components::Tone;
use crate::words::Explanation;
use crate::{Language, ManageRoute, Route, api, navigation};

/// What is typed.
#[derive(Debug, Clone, Copy)]
struct Fields {
    owner_name: RwSignal<String>,
    owner_email: RwSignal<String>,
    name: RwSignal<String>,
    slug: RwSignal<String>,
    tagline: RwSignal<String>,
    description: RwSignal<String>,
    location: RwSignal<String>,
    start_date: RwSignal<String>,
    end_date: RwSignal<String>,
    currency: RwSignal<String>,
    time_zone: RwSignal<String>,
    /// What the texts are in.
    language: RwSignal<String>,
    /// The texts in other languages that another conference has; they are changed once this one is there.
    translations: StoredValue<Translations<ConferenceTexts>>,
}

impl Fields {
    fn new(language: Language) -> Self {
        let empty = || RwSignal::new(String::new());
        let currency = match language {
            Language::En => Currency::USD,
            Language::De => Currency::EUR,
        };
        Self {
            owner_name: empty(),
            owner_email: empty(),
            name: empty(),
            slug: empty(),
            tagline: empty(),
            description: empty(),
            location: empty(),
            start_date: empty(),
            end_date: empty(),
            currency: RwSignal::new(currency.to_string()),
            time_zone: RwSignal::new(zone::of_the_reader().unwrap_or_else(|| "UTC".to_owned())),
            language: RwSignal::new(language.tag().to_owned()),
            translations: StoredValue::new(Translations::new()),
        }
    }

    /// Takes what another conference is like. Its days are its own, and what was typed meanwhile stays.
    fn take(self, known: &ManagedConference, language: Language) {
        let (it, usual) = (&known.conference, Self::new(language));
        let all = [
            (self.owner_name, usual.owner_name, known.owner_name.clone()),
            (self.owner_email, usual.owner_email, known.owner_email.clone()),
            (self.name, usual.name, it.name.clone()),
            (self.slug, usual.slug, slug::next(&it.slug)),
            (self.tagline, usual.tagline, it.tagline.clone()),
            (self.description, usual.description, it.description.clone()),
            (self.location, usual.location, it.location.clone()),
            (self.currency, usual.currency, it.currency.to_string()),
            (self.time_zone, usual.time_zone, it.time_zone.clone()),
            (self.language, usual.language, tag_of(it.language)),
        ];
        for (field, usual, text) in all {
            if field.get_untracked() == usual.get_untracked() {
                field.set(text);
            }
        }
        self.translations.set_value(known.translations.clone());
    }

    /// What registrants will see.
    fn shown(self, reader: Language) -> Shown {
        let Self { name, slug, tagline, description, location, start_date, end_date, .. } = self;
        Shown {
            reader: Signal::stored(reader),
            name: name.into(),
            slug: slug.into(),
            tagline: tagline.into(),
            description: description.into(),
            location: location.into(),
            start_date,
            end_date,
        }
    }

    /// What is sent, or what is wrong with it.
    fn read(self) -> Result<CreateConference, Vec<FieldError>> {
        let text = |field: RwSignal<String>| field.with_untracked(|text| text.trim().to_owned());
        let (start, end) = (date("start_date", self.start_date), date("end_date", self.end_date));
        let any_day = Date::from_ymd(2000, 1, 1).expect("the day exists");
        let input = CreateConference {
            owner_name: text(self.owner_name),
            owner_email: text(self.owner_email),
            name: text(self.name),
            slug: text(self.slug),
            tagline: text(self.tagline),
            description: text(self.description),
            location: text(self.location),
            start_date: *start.as_ref().unwrap_or(&any_day),
            end_date: *end.as_ref().unwrap_or(start.as_ref().unwrap_or(&any_day)),
            currency: text(self.currency).parse().ok(),
            time_zone: Some(text(self.time_zone)).filter(|zone| !zone.is_empty()),
            language: Locale::parse(&text(self.language)),
            translations: self.translations.get_value(),
        };
        let mut errors = validation::create_conference(&input);
        errors.extend([start.err(), end.err()].into_iter().flatten());
        if errors.is_empty() { Ok(input) } else { Err(errors) }
    }
}

/// The day in a field.
///
/// # Errors
///
/// That the field is required, when it holds none.
pub fn date(name: &'static str, field: RwSignal<String>) -> Result<Date, FieldError> {
    let parsed = field.with_untracked(|text| text.trim().parse());
    parsed.map_err(|_| FieldError::new(name, "required", "A day is required."))
}

/// The page.
#[component]
pub fn Create(desk: Desk) -> impl IntoView {
    let language = desk.language;
    let form = Form::new(language);
    let fields = Fields::new(language);
    desk.arrive(language.create_conference());
    let from = query::value(&desk.query.get_untracked(), "from");
    let is_copy = !from.is_empty();
    if is_copy {
        let from = from.clone();
        desk.ask(async move { api::manage::conference(&from).await }, move |answer| match answer {
            Ok(known) => fields.take(&known, language),
            Err(error) => desk.complain(&error),
        });
    }
    let from = StoredValue::new(from);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        submit(desk, form, fields, from.get_value());
    };
    view! {
        <h1 tabindex="-1">{language.create_conference()}</h1>
        <p class="lead">{if is_copy { language.duplicate_lead() } else { language.create_lead() }}</p>
        <div class="create">
            <form class="form" on:submit=send novalidate>
                <FormProblem form/>
                <AboutConference form fields/>
                <AboutOwner form fields/>
                <div class="form__end">
                    <Submit form label=language.create_conference()/>
                </div>
            </form>
            <Preview language shown=fields.shown(language)/>
        </div>
    }
}

#[component]
fn AboutConference(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    // Suggested until the organizer has a mind of her own.
    let is_suggested = RwSignal::new(fields.slug.with_untracked(String::is_empty));
    let suggest = move |()| {
        if is_suggested.get_untracked() {
            fields.slug.set(fields.name.with_untracked(|name| slug::suggested(name)));
        }
    };
    let own_slug = move |()| is_suggested.set(fields.slug.with_untracked(String::is_empty));
    // A conference lasts a day until it is said to last longer. Whoever types a year is in the year 2 first.
    let is_one_day = RwSignal::new(fields.end_date.with_untracked(String::is_empty));
    let same_day = move |()| {
        if is_one_day.get_untracked() {
            fields.end_date.set(fields.start_date.get_untracked());
        }
    };
    let own_end = move |()| is_one_day.set(fields.end_date.with_untracked(String::is_empty));
    let lines = Control::Lines;
    view! {
        <fieldset class="card form__part">
            <legend class="form__legend">{words.the_conference()}</legend>
            <Input form name="name" label=words.name() value=fields.name on_typed=Callback::new(suggest)/>
            <Input
                form name="slug" label=words.slug() value=fields.slug hint=words.slug_hint()
                on_typed=Callback::new(own_slug)
            />
            <Input form name="tagline" label=words.tagline() value=fields.tagline need=Need::Optional/>
            <Input form name="description" label=words.description() value=fields.description control=lines/>
            <Input form name="location" label=words.location() value=fields.location/>
            <Input
                form name="language" label=words.language_of_texts() value=fields.language
                control=Control::Choice(languages(words, true)) hint=words.language_of_texts_hint()
            />
            <div class="form__pair">
                <Input
                    form name="start_date" label=words.start_date() value=fields.start_date
                    control=Control::Line("date") on_typed=Callback::new(same_day)
                />
                <Input
                    form name="end_date" label=words.end_date() value=fields.end_date
                    control=Control::Line("date") on_typed=Callback::new(own_end)
                />
                <Input
                    form name="currency" label=words.currency() value=fields.currency
                    control=Control::Choice(currencies())
                />
                <Input
                    form name="time_zone" label=words.time_zone() value=fields.time_zone
                    control=Control::Suggestions(zone::known())
                />
            </div>
        </fieldset>
    }
}

#[component]
fn AboutOwner(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    view! {
        <fieldset class="card form__part">
            <legend class="form__legend">{words.you()}</legend>
            <Input
                form name="owner_name" label=words.owner_name() value=fields.owner_name autocomplete="name"
            />
            <Input
                form name="owner_email" label=words.email_address() value=fields.owner_email
                control=Control::Line("email") autocomplete="email" hint=words.owner_email_hint()
            />
        </fieldset>
    }
}

/// Every currency to choose from.
pub fn currencies() -> Vec<(String, String)> {
    Currency::all().map(|currency| (currency.to_string(), currency.to_string())).collect()
}

fn submit(desk: Desk, form: Form, fields: Fields, from: String) {
    let read = fields.read();
    if !form.begin(read.as_ref().err().cloned().unwrap_or_default()) {
        return;
    }
    let Ok(input) = read else { return };
    let key = Key::random();
    let request = async move {
        let created = api::manage::create(&input, &key).await?;
        // Whatever becomes of the copies, the access code must be seen.
        let copied = copy_seat_types(&from, &created.conference.slug).await;
        Ok((created, copied))
    };
    desk.ask(request, move |answer: Result<_, ApiError>| match answer {
        Ok((conference, copied)) => {
            let slug = conference.conference.slug.clone();
            let route = ManageRoute::Dashboard { slug };
            desk.clear();
            desk.conference.set(Loaded::Here(conference.clone()));
            navigation::push(&Route::Manage(route.clone()));
            desk.enter(Some(route), String::new());
            desk.created.set(Some(conference));
            if copied.is_err() {
                let words = desk.language;
                let explanation = Explanation::new(words.not_all_copied(), words.not_all_copied_detail());
                desk.notice.set(Some((Tone::Problem, explanation)));
            }
        }
        Err(error) => form.refuse(&error),
    });
}

/// Offers in one conference what another offers; nothing where there is no other.
async fn copy_seat_types(from: &str, to: &str) -> Result<(), ApiError> {
    if from.is_empty() {
        return Ok(());
    }
    for kind in api::manage::seat_types(from).await? {
        let input = SeatTypeInput {
            name: kind.name,
            description: kind.description,
            price: kind.price,
            quota: kind.quota,
            translations: kind.translations,
            version: None,
        };
        api::manage::add_seat_type(to, &input).await?;
    }
    Ok(())
}
