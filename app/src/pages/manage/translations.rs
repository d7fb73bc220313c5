//! Texts in other languages than a conference's own: quiet fields beneath those of its own words.

use leptos::prelude::*;
use plenary_shared::conference::{ConferenceTexts, SeatTypeTexts, Translations};
use plenary_shared::format::Locale;
use web_sys::HtmlDetailsElement;

use super::form::{Control, Form, Input, Need};
use crate::Language;

/// A text that can be given in another language.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The name of its field in the contract.
    pub name: &'static str,
    pub label: &'static str,
    /// What is typed of it in the conference's own words.
    pub own: RwSignal<String>,
    pub is_long: bool,
}

/// What is typed of `N` texts in each language.
#[derive(Debug, Clone, Copy)]
pub struct Typed<const N: usize>([[RwSignal<String>; N]; Language::ALL.len()]);

impl<const N: usize> Typed<N> {
    /// With what is known of each language.
    pub fn of(known: impl Fn(&str) -> [Option<String>; N]) -> Self {
        Self(
            Language::ALL
                .map(|language| known(language.tag()).map(|it| RwSignal::new(it.unwrap_or_default()))),
        )
    }

    /// Shows what is known in place of what was typed.
    pub fn take(self, known: impl Fn(&str) -> [Option<String>; N]) {
        for (language, fields) in Language::ALL.into_iter().zip(self.0) {
            for (field, text) in fields.into_iter().zip(known(language.tag())) {
                field.set(text.unwrap_or_default());
            }
        }
    }

    /// What a reader of `language` sees of a text: hers, or `own` where there is none.
    pub fn read_in(self, language: Language, part: usize, own: RwSignal<String>) -> String {
        let at = Language::ALL.iter().position(|it| *it == language);
        let hers = at.map(|at| self.0[at][part].get()).filter(|text| !text.trim().is_empty());
        hers.unwrap_or_else(|| own.get())
    }

    /// What is sent: every text of every language but the conference's own, in which nothing can be typed.
    pub fn read<Texts>(self, own: &str, of: impl Fn([Option<String>; N]) -> Texts) -> Translations<Texts> {
        let languages = Language::ALL.into_iter().zip(self.0).filter(|(language, _)| language.tag() != own);
        let text = |field: RwSignal<String>| Some(field.with_untracked(|text| text.trim().to_owned()));
        languages.map(|(language, fields)| (language.tag().to_owned(), of(fields.map(text)))).collect()
    }
}

/// The texts of a conference in one of its translations: name, tagline, description, location.
pub fn texts_of_conference(known: &Translations<ConferenceTexts>, tag: &str) -> [Option<String>; 4] {
    let ConferenceTexts { name, tagline, description, location } =
        known.get(tag).cloned().unwrap_or_default();
    [name, tagline, description, location]
}

/// The texts of a seat type in one of its translations: name, description.
pub fn texts_of_seat_type(known: &Translations<SeatTypeTexts>, tag: &str) -> [Option<String>; 2] {
    let SeatTypeTexts { name, description } = known.get(tag).cloned().unwrap_or_default();
    [name, description]
}

/// The tag of what own words are in; empty while nobody has said.
pub fn tag_of(language: Option<Locale>) -> String {
    language.map_or("", Locale::tag).to_owned()
}

/// The languages that own words can be in, and that nobody says which, if `is_open`.
pub fn languages(words: Language, is_open: bool) -> Vec<(String, String)> {
    let open = is_open.then(|| (String::new(), words.language_not_said().to_owned()));
    let known = Language::ALL.map(|language| (language.tag().to_owned(), language.own_name().to_owned()));
    open.into_iter().chain(known).collect()
}

/// The fields of each language that own words are not in.
#[component]
pub fn OtherLanguages<const N: usize>(
    form: Form,
    /// The tag of what own words are in.
    own: Signal<String>,
    parts: [Part; N],
    typed: Typed<N>,
) -> impl IntoView {
    let language = move |(language, fields): (Language, [RwSignal<String>; N])| {
        let is_own = move || own.with(|own| own == language.tag());
        view! { <div class="other-language" hidden=is_own><OtherLanguage form language parts fields/></div> }
    };
    Language::ALL.into_iter().zip(typed.0).map(language).collect_view()
}

/// The fields of one language. They are there while they are open; what is typed stays.
#[component]
fn OtherLanguage<const N: usize>(
    form: Form,
    language: Language,
    parts: [Part; N],
    fields: [RwSignal<String>; N],
) -> impl IntoView {
    let words = form.language;
    let prefix = format!("translations.{}", language.tag());
    let is_given = fields.iter().any(|typed| typed.with_untracked(|text| !text.is_empty()));
    let is_open = RwSignal::new(is_given);
    let field = {
        let prefix = prefix.clone();
        move |(part, value): (Part, RwSignal<String>)| {
            let (name, label) =
                (format!("{prefix}.{}", part.name), format!("{} · {}", part.label, language.own_name()));
            let control = if part.is_long { Control::Lines } else { Control::Line("text") };
            view! { <Input form name label value control need=Need::Optional own=part.own/> }
        }
    };
    let content = move || {
        is_open.get().then(|| {
            let fields = parts.into_iter().zip(fields).map(&field).collect_view();
            view! {
                <p class="field__hint">{words.in_language_hint()}</p>
                {fields}
            }
        })
    };
    // What is wrong must be seen, and can only be focused, while it is open.
    Effect::new(move |_| {
        if form.errors.with(|errors| errors.iter().any(|error| error.field.starts_with(&prefix))) {
            is_open.set(true);
        }
    });
    let toggled = move |event| is_open.set(event_target::<HtmlDetailsElement>(&event).open());
    view! {
        <details class="tongue" data-reader=language.tag() prop:open=move || is_open.get() on:toggle=toggled>
            <summary>{words.in_language(language)}</summary>
            {content}
        </details>
    }
}
