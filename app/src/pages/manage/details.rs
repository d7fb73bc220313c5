//! The conference's details, and whether it is published. Route: `/manage/{slug}/details`.

use leptos::ev::{FocusEvent, SubmitEvent};
use leptos::prelude::*;
use plenary_shared::conference::{ConferenceTexts, ManagedConference, UpdateConference};
use plenary_shared::format::Locale;
use plenary_shared::{FieldError, validation};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::clocks::{ClockFields, Clocks};
use super::create::{currencies, date};
use super::desk::Desk;
use super::form::{Control, Form, FormProblem, Input, Need, Submit};
use super::preview::{Preview, Shown};
use super::publication::{Publication, Unpublishing};
use super::translations::{OtherLanguages, Part, Typed, languages, tag_of, texts_of_conference};
use super::{query, zone};
use crate::api::{self, ApiError};
use crate::{Language, ManageRoute, navigation};

/// What is typed, and the version that it was typed over.
#[derive(Debug, Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    tagline: RwSignal<String>,
    description: RwSignal<String>,
    location: RwSignal<String>,
    start_date: RwSignal<String>,
    end_date: RwSignal<String>,
    currency: RwSignal<String>,
    time_zone: RwSignal<String>,
    /// What the texts are in.
    language: RwSignal<String>,
    translations: Typed<4>,
    clocks: Clocks,
    version: RwSignal<i64>,
}

impl Fields {
    fn of(known: &ManagedConference) -> Self {
        let it = &known.conference;
        let field = |text: &str| RwSignal::new(text.to_owned());
        Self {
            name: field(&it.name),
            tagline: field(&it.tagline),
            description: field(&it.description),
            location: field(&it.location),
            start_date: field(&it.start_date.to_string()),
            end_date: field(&it.end_date.to_string()),
            currency: field(it.currency.code()),
            time_zone: field(&it.time_zone),
            language: field(&tag_of(it.language)),
            translations: Typed::of(|tag| texts_of_conference(&known.translations, tag)),
            clocks: Clocks::of(known),
            version: RwSignal::new(it.version),
        }
    }

    /// What is sent, or what is wrong with it.
    fn read(self) -> Result<UpdateConference, Vec<FieldError>> {
        let text = |field: RwSignal<String>| field.with_untracked(|text| text.trim().to_owned());
        let (start, end) = (date("start_date", self.start_date), date("end_date", self.end_date));
        let (start, end) = match (start, end) {
            (Ok(start), Ok(end)) => (start, end),
            (start, end) => return Err([start.err(), end.err()].into_iter().flatten().collect()),
        };
        let (name, tagline) = (text(self.name), text(self.tagline));
        let (description, location) = (text(self.description), text(self.location));
        let language = text(self.language);
        let translations = self.translations.read(&language, |[name, tagline, description, location]| {
            ConferenceTexts { name, tagline, description, location }
        });
        let mut errors = validation::conference_texts(&name, &tagline, &description, &location, (start, end));
        errors.extend(validation::conference_translations(&translations));
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut input = UpdateConference {
            name: Some(name),
            tagline: Some(tagline),
            description: Some(description),
            location: Some(location),
            start_date: Some(start),
            end_date: Some(end),
            currency: text(self.currency).parse().ok(),
            time_zone: Some(text(self.time_zone)),
            language: Locale::parse(&language),
            translations,
            version: self.version.get_untracked(),
            ..UpdateConference::default()
        };
        self.clocks.read(&mut input)?;
        Ok(input)
    }
}

/// The page.
#[component]
pub fn Details(desk: Desk) -> impl IntoView {
    let words = desk.language;
    desk.arrive(words.details());
    let is_published = Memo::new(move |_| desk.known().is_some_and(|known| known.conference.published));
    let duplicate = format!("{}{}", ManageRoute::Create.path(), query::of(&[("from", &desk.slug())]));
    view! {
        <h1 tabindex="-1">{words.details()}</h1>
        <section class="card" aria-labelledby="publication-heading">
            <h2 id="publication-heading">{words.publication()}</h2>
            <Publication desk/>
            {move || is_published.get().then(|| view! { <Unpublishing desk/> })}
        </section>
        {desk.conference.with_untracked(|it| it.here().map(|known| view! { <Editor desk fields=Fields::of(known)/> }))}
        <p class="aside"><a class="button button--quiet" href=duplicate>{words.duplicate()}</a></p>
    }
}

#[component]
fn Editor(desk: Desk, fields: Fields) -> impl IntoView {
    let words = desk.language;
    let form = Form::new(words);
    let is_stale = RwSignal::new(false);
    let slug = desk.slug();
    let own = move || Language::ALL.into_iter().find(|it| fields.language.with(|tag| tag == it.tag()));
    // Whoever types a translation sees what its readers will see.
    let typed_in = RwSignal::new(None::<Language>);
    let reader = Signal::derive(move || typed_in.get().or_else(own).unwrap_or(words));
    let look = move |event: FocusEvent| typed_in.set(reader_of(&event));
    let seen = move |part, text: RwSignal<String>| {
        Signal::derive(move || match typed_in.get().filter(|it| Some(*it) != own()) {
            Some(language) => fields.translations.read_in(language, part, text),
            None => text.get(),
        })
    };
    let shown = Shown {
        reader,
        name: seen(0, fields.name),
        slug: Signal::stored(slug),
        tagline: seen(1, fields.tagline),
        description: seen(2, fields.description),
        location: seen(3, fields.location),
        start_date: fields.start_date,
        end_date: fields.end_date,
    };
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        submit(desk, form, fields, is_stale);
    };
    view! {
        <div class="create">
            <form class="form" on:submit=send on:focusin=look novalidate>
                <FormProblem form/>
                {move || is_stale.get().then(|| view! { <Stale desk form fields is_stale/> })}
                <fieldset class="card form__part">
                    <legend class="form__legend">{words.the_conference()}</legend>
                    <Texts form fields/>
                    <Languages form fields/>
                    <Facts form fields/>
                </fieldset>
                <ClockFields form clocks=fields.clocks/>
                <div class="form__end">
                    <Submit form label=words.save()/>
                </div>
            </form>
            <Preview language=words shown/>
        </div>
    }
}

/// Whose texts are typed where the focus is now; nobody's in particular outside translations.
fn reader_of(event: &FocusEvent) -> Option<Language> {
    let field = event.target().and_then(|target| target.dyn_into::<Element>().ok())?;
    let tag = field.closest("[data-reader]").ok().flatten()?.get_attribute("data-reader")?;
    Language::ALL.into_iter().find(|it| it.tag() == tag)
}

#[component]
fn Texts(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    view! {
        <Input form name="name" label=words.name() value=fields.name/>
        <Input form name="tagline" label=words.tagline() value=fields.tagline need=Need::Optional/>
        <Input
            form name="description" label=words.description() value=fields.description control=Control::Lines
        />
        <Input form name="location" label=words.location() value=fields.location/>
    }
}

/// The same texts for those who read another language.
#[component]
fn Languages(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    let part = |name, label, own| Part { name, label, own, is_long: name == "description" };
    let parts = [
        part("name", words.name(), fields.name),
        part("tagline", words.tagline(), fields.tagline),
        part("description", words.description(), fields.description),
        part("location", words.location(), fields.location),
    ];
    let is_open = fields.language.with_untracked(String::is_empty);
    view! {
        <Input
            form name="language" label=words.language_of_texts() value=fields.language
            control=Control::Choice(languages(words, is_open))
        />
        <OtherLanguages form own=fields.language.into() parts typed=fields.translations/>
    }
}

#[component]
fn Facts(form: Form, fields: Fields) -> impl IntoView {
    let words = form.language;
    view! {
        <div class="form__pair">
            <Input
                form name="start_date" label=words.start_date() value=fields.start_date
                control=Control::Line("date")
            />
            <Input
                form name="end_date" label=words.end_date() value=fields.end_date control=Control::Line("date")
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
    }
}

/// Somebody else has changed the conference meanwhile: what is typed is kept, and there are two ways on.
#[component]
fn Stale(desk: Desk, form: Form, fields: Fields, is_stale: RwSignal<bool>) -> impl IntoView {
    let words = desk.language;
    let reload = move |take: fn(Fields, &ManagedConference)| {
        let slug = desk.slug();
        desk.ask(async move { api::manage::conference(&slug).await }, move |answer| match answer {
            Ok(conference) => {
                take(fields, &conference);
                fields.version.set(conference.conference.version);
                is_stale.set(false);
                desk.changed(conference);
                navigation::focus(".form button[type='submit']");
            }
            Err(error) => form.refuse(&error),
        });
    };
    view! {
        <div class="banner banner--problem" role="alert">
            <p class="banner__title">{words.stale()}</p>
            <p>{words.stale_detail()}</p>
            <button type="button" class="button button--quiet" on:click=move |_| reload(take_all)>
                {words.take_theirs()}
            </button>
            <button type="button" class="button button--quiet" on:click=move |_| reload(|_, _| {})>
                {words.keep_mine()}
            </button>
        </div>
    }
}

fn take_all(fields: Fields, known: &ManagedConference) {
    let it = &known.conference;
    fields.name.set(it.name.clone());
    fields.tagline.set(it.tagline.clone());
    fields.description.set(it.description.clone());
    fields.location.set(it.location.clone());
    fields.start_date.set(it.start_date.to_string());
    fields.end_date.set(it.end_date.to_string());
    fields.currency.set(it.currency.to_string());
    fields.time_zone.set(it.time_zone.clone());
    fields.language.set(tag_of(it.language));
    fields.translations.take(|tag| texts_of_conference(&known.translations, tag));
    fields.clocks.take(known);
}

fn submit(desk: Desk, form: Form, fields: Fields, is_stale: RwSignal<bool>) {
    let read = fields.read();
    if !form.begin(read.as_ref().err().cloned().unwrap_or_default()) {
        return;
    }
    let Ok(input) = read else { return };
    let slug = desk.slug();
    desk.ask(async move { api::manage::update(&slug, &input).await }, move |answer| match answer {
        Ok(conference) => {
            fields.version.set(conference.conference.version);
            fields.clocks.take(&conference);
            form.succeed();
            desk.changed(conference);
        }
        Err(error) => {
            let stale = is_about_staleness(&error);
            is_stale.set(stale);
            form.refuse(&error);
            if stale {
                form.problem.set(None);
            }
        }
    });
}

/// Whether a change was refused because it was made on an older version.
pub fn is_about_staleness(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused(problem) if problem.slug() == "stale-version")
}
