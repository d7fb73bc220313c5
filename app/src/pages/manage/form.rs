//! Fields of the organizer's forms, and how a refusal is tied to them.

use leptos::prelude::*;
use plenary_shared::FieldError;

use crate::api::ApiError;
use crate::components::{Banner, Tone};
use crate::words::Explanation;
use crate::{Language, navigation};

/// What a form knows beside its values.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub language: Language,
    pub errors: RwSignal<Vec<FieldError>>,
    pub problem: RwSignal<Option<Explanation>>,
    pub is_busy: RwSignal<bool>,
    pub is_saved: RwSignal<bool>,
}

impl Form {
    pub fn new(language: Language) -> Self {
        Self {
            language,
            errors: RwSignal::new(Vec::new()),
            problem: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            is_saved: RwSignal::new(false),
        }
    }

    /// Begins a try, unless one is on its way or `errors` are known already.
    pub fn begin(self, errors: Vec<FieldError>) -> bool {
        if self.is_busy.get_untracked() {
            return false;
        }
        self.problem.set(None);
        self.is_saved.set(false);
        let is_ready = errors.is_empty();
        self.errors.set(errors);
        self.is_busy.set(is_ready);
        if !is_ready {
            focus_first_wrong();
        }
        is_ready
    }

    /// The try has succeeded.
    pub fn succeed(self) {
        self.is_busy.try_set(false);
        self.is_saved.try_set(true);
    }

    /// The try was refused: at its fields what is about fields, above the form what is not.
    pub fn refuse(self, error: &ApiError) {
        self.is_busy.try_set(false);
        let errors = match error {
            ApiError::Refused(problem) => self.language.manage_field_errors(problem),
            _ => Vec::new(),
        };
        let has_fields = !errors.is_empty();
        self.errors.try_set(errors);
        // That the session is over is said where one signs in, and is so no more when the form is seen again.
        let is_said_here = !has_fields && !error.is_session_over();
        self.problem.try_set(is_said_here.then(|| self.language.manage_failure(error)));
        if has_fields {
            focus_first_wrong();
        }
    }

    /// What is wrong with the field `name`, in the reader's words; empty while nothing is.
    fn error(self, name: &str) -> String {
        let of_field =
            |error: &&FieldError| error.field == name || error.field.starts_with(&format!("{name}."));
        let found = self.errors.with(|errors| errors.iter().find(of_field).cloned());
        found.map(|error| self.language.manage_field_error(&error)).unwrap_or_default()
    }
}

fn focus_first_wrong() {
    request_animation_frame(|| navigation::focus("[aria-invalid='true']"));
}

/// What kind of field it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// An `input` of this type.
    Line(&'static str),
    /// Several lines.
    Lines,
    /// One of these values, each with its words.
    Choice(Vec<(String, String)>),
    /// A line with suggestions.
    Suggestions(Vec<String>),
}

/// Whether a field may stay empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Need {
    #[default]
    Required,
    Optional,
}

/// A labelled field with its hint and its error.
#[component]
pub fn Input(
    form: Form,
    /// The name of the field in the contract.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(default = Control::Line("text"))] control: Control,
    #[prop(optional)] need: Need,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional, into)] hint: String,
    /// What the same text is in the conference's own words, beneath the field.
    #[prop(optional)]
    own: Option<RwSignal<String>>,
    /// Told when the reader, and nobody else, has changed the value.
    #[prop(optional, into)]
    on_typed: Option<Callback<()>>,
) -> impl IntoView {
    let id = name.replace(['_', '.'], "-");
    let (error_id, hint_id) = (format!("{id}-error"), format!("{id}-hint"));
    let has_hint = !hint.is_empty() || own.is_some();
    let described_by = if has_hint { format!("{error_id} {hint_id}") } else { error_id.clone() };
    let field = name.clone();
    let error = Memo::new(move |_| form.error(&field));
    let parts = Parts { id: id.clone(), name, described_by, value, need, autocomplete, error, on_typed };
    let own_is_shown = own.is_some();
    let optional = (need == Need::Optional).then(|| {
        let note = format!(" {}", form.language.optional());
        view! { <span class="field__optional">{note}</span> }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}{optional}</label>
            {parts.control(control)}
            {has_hint.then(|| {
                let own = move || own.map(|own| own.get());
                view! { <p class="field__hint" class:field__own=own_is_shown id=hint_id>{hint}{own}</p> }
            })}
            <p class="field__error" id=error_id aria-live="polite">{move || error.get()}</p>
        </div>
    }
}

/// What every kind of field has.
struct Parts {
    id: String,
    name: String,
    described_by: String,
    value: RwSignal<String>,
    need: Need,
    autocomplete: &'static str,
    error: Memo<String>,
    on_typed: Option<Callback<()>>,
}

impl Parts {
    fn control(self, control: Control) -> AnyView {
        match control {
            Control::Line(kind) => self.line(kind, None),
            Control::Lines => self.lines(),
            Control::Choice(choices) => self.choice(choices),
            Control::Suggestions(suggestions) => {
                let list = format!("{}-suggestions", self.id);
                let options = suggestions.into_iter().map(|value| view! { <option value=value></option> });
                let options = view! { <datalist id=list.clone()>{options.collect_view()}</datalist> };
                view! {
                    {self.line("text", Some(list))}
                    {options}
                }
                .into_any()
            }
        }
    }

    fn take(&self) -> impl Fn(leptos::ev::Event) + 'static {
        let (value, on_typed) = (self.value, self.on_typed);
        move |event| {
            value.set(event_target_value(&event));
            if let Some(on_typed) = on_typed {
                on_typed.run(());
            }
        }
    }

    fn line(self, kind: &'static str, list: Option<String>) -> AnyView {
        let take = self.take();
        let Self { id, name, described_by, value, need, autocomplete, error, .. } = self;
        let is_numeric = kind == "number";
        view! {
            <input
                class="field__input"
                id=id
                name=name
                type=if is_numeric { "text" } else { kind }
                inputmode=is_numeric.then_some("decimal")
                list=list
                autocomplete=autocomplete
                autocapitalize=if kind == "text" { "sentences" } else { "none" }
                spellcheck="false"
                required=need == Need::Required
                aria-invalid=move || if error.with(String::is_empty) { "false" } else { "true" }
                aria-describedby=described_by
                prop:value=move || value.get()
                on:input=take
            />
        }
        .into_any()
    }

    fn lines(self) -> AnyView {
        let take = self.take();
        let Self { id, name, described_by, value, need, error, .. } = self;
        view! {
            <textarea
                class="field__input field__input--lines"
                id=id
                name=name
                rows="5"
                required=need == Need::Required
                aria-invalid=move || if error.with(String::is_empty) { "false" } else { "true" }
                aria-describedby=described_by
                prop:value=move || value.get()
                on:input=take
            ></textarea>
        }
        .into_any()
    }

    fn choice(self, choices: Vec<(String, String)>) -> AnyView {
        let take = self.take();
        let Self { id, name, described_by, value, error, .. } = self;
        let option = move |(choice, words): (String, String)| {
            let own = choice.clone();
            view! { <option value=choice prop:selected=move || value.with(|value| *value == own)>{words}</option> }
        };
        view! {
            <select
                class="field__input"
                id=id
                name=name
                aria-invalid=move || if error.with(String::is_empty) { "false" } else { "true" }
                aria-describedby=described_by
                on:change=take
            >
                {choices.into_iter().map(option).collect_view()}
            </select>
        }
        .into_any()
    }
}

/// What was refused of the whole form.
#[component]
pub fn FormProblem(form: Form) -> impl IntoView {
    move || form.problem.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })
}

/// The button that sends a form, and whether it has worked.
#[component]
pub fn Submit(form: Form, #[prop(into)] label: String) -> impl IntoView {
    let saved = move || if form.is_saved.get() { form.language.saved() } else { "" };
    view! {
        <button type="submit" class="button" aria-disabled=move || form.is_busy.get().then_some("true")>
            {label}
        </button>
        <span class="saved" role="status">{saved}</span>
    }
}
