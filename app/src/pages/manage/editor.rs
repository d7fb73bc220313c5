//! A list of which one thing at a time is edited in place.

use std::fmt::Display;

use leptos::prelude::*;
use plenary_shared::FieldError;

use super::desk::Desk;
use super::details::is_about_staleness;
use super::form::{Form, Submit};
use super::loaded::Loaded;
use crate::api::ApiError;
use crate::components::Tone;
use crate::words::Explanation;
use crate::{Language, navigation};

/// What is listed.
pub trait Edited: Clone + Send + Sync + 'static {
    type Id: Copy + PartialEq + Display + Send + Sync + 'static;
    /// What is sent to add one, or to change one.
    type Input: 'static;
    /// Where the form for a new one is opened, as a selector.
    const ADD: &'static str;
    /// The first field of the form, as a selector.
    const FIRST: &'static str;

    fn id(&self) -> Self::Id;

    /// Says that somebody else has changed it.
    fn stale(language: Language) -> &'static str;

    /// Reads all of them.
    fn list(slug: String) -> impl Future<Output = Result<Vec<Self>, ApiError>> + 'static;

    /// Changes the one with this id, or adds one.
    fn save(
        slug: String,
        id: Option<Self::Id>,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self, ApiError>> + 'static;
}

/// What is being edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editing<Id> {
    Nothing,
    New,
    Existing(Id),
}

/// The state of a page. A copy is the same page.
#[derive(Debug, Clone)]
pub struct Editor<T: Edited> {
    pub desk: Desk,
    pub list: RwSignal<Loaded<Vec<T>>>,
    pub editing: RwSignal<Editing<T::Id>>,
    /// What is said above the list.
    pub notice: RwSignal<Option<(Tone, Explanation)>>,
}

impl<T: Edited> Copy for Editor<T> {}

impl<T: Edited> Editor<T> {
    /// A page whose list is on its way.
    pub fn new(desk: Desk) -> Self {
        let editor = Self {
            desk,
            list: RwSignal::new(Loaded::Waiting),
            editing: RwSignal::new(Editing::Nothing),
            notice: RwSignal::new(None),
        };
        editor.load();
        editor
    }

    pub fn load(self) {
        self.desk.load(self.list, T::list(self.desk.slug()));
    }

    pub fn find(self, id: T::Id) -> Option<T> {
        self.list.with(|list| list.here()?.iter().find(|it| it.id() == id).cloned())
    }

    pub fn open(self, editing: Editing<T::Id>) {
        self.notice.set(None);
        self.editing.set(editing);
        request_animation_frame(|| navigation::focus(T::FIRST));
    }

    /// Closes the form and goes back to where it was opened, or to where one is added should that be gone.
    pub fn close(self) {
        let selector = match self.editing.get_untracked() {
            Editing::Existing(id) => format!("#edit-{id}, {}", T::ADD),
            Editing::New | Editing::Nothing => T::ADD.to_owned(),
        };
        self.editing.set(Editing::Nothing);
        request_animation_frame(move || navigation::focus(&selector));
    }

    /// Closes the form of `editing`. What has been opened meanwhile stays open.
    fn finish(self, editing: Editing<T::Id>) {
        if self.editing.get_untracked() == editing {
            self.close();
        }
    }

    pub fn complain(self, error: &ApiError) {
        self.notice.set(Some((Tone::Problem, self.desk.language.manage_failure(error))));
    }
}

/// A form that was opened.
#[derive(Debug, Clone)]
pub struct Opened<T: Edited> {
    pub editor: Editor<T>,
    pub form: Form,
    editing: Editing<T::Id>,
    is_stale: RwSignal<bool>,
}

impl<T: Edited> Copy for Opened<T> {}

impl<T: Edited> Opened<T> {
    pub fn new(editor: Editor<T>, editing: Editing<T::Id>) -> Self {
        let form = Form::new(editor.desk.language);
        Self { editor, form, editing, is_stale: RwSignal::new(false) }
    }

    /// What is changed, as it was when the form was opened; nothing where one is added.
    pub fn existing(self) -> Option<T> {
        let Editing::Existing(id) = self.editing else { return None };
        untrack(|| self.editor.find(id))
    }

    /// Sends what was typed, unless something is wrong with it already.
    pub fn submit(self, read: Result<T::Input, Vec<FieldError>>) {
        let Self { editor, form, editing, is_stale } = self;
        let (input, errors) = match read {
            Ok(input) => (Some(input), Vec::new()),
            Err(errors) => (None, errors),
        };
        let (true, Some(input)) = (form.begin(errors), input) else { return };
        let id = if let Editing::Existing(id) = editing { Some(id) } else { None };
        let request = T::save(editor.desk.slug(), id, input);
        editor.desk.ask(request, move |answer| match answer {
            Ok(saved) => {
                form.succeed();
                // It is in the list before its row can be opened again, whenever the list comes.
                editor.list.update(|list| list.put(saved, T::id));
                editor.load();
                editor.finish(editing);
            }
            // The form has been left: what it says, nobody reads.
            Err(error) if is_stale.is_disposed() => editor.complain(&error),
            Err(error) => {
                form.refuse(&error);
                if is_about_staleness(&error) {
                    form.problem.set(None);
                    is_stale.set(true);
                }
            }
        });
    }

    /// Shows the list as it is now. What is typed stays until that has come.
    fn look(self) {
        let Self { editor, form, editing, .. } = self;
        if form.is_busy.get_untracked() {
            return;
        }
        form.is_busy.set(true);
        editor.desk.ask(T::list(editor.desk.slug()), move |answer| match answer {
            Ok(list) => {
                editor.list.set(Loaded::Here(list));
                if editor.editing.get_untracked() == editing {
                    let words = form.language;
                    let seen = Explanation::new(T::stale(words), words.seen_as_it_is());
                    editor.notice.set(Some((Tone::Notice, seen)));
                    editor.close();
                }
            }
            Err(error) => form.refuse(&error),
        });
    }

    /// Says that somebody else was faster, once it is so.
    pub fn staleness(self) -> impl IntoView {
        let words = self.form.language;
        let banner = move || {
            view! {
                <div class="banner banner--problem" role="alert">
                    <p class="banner__title">{T::stale(words)}</p>
                    <p>{words.stale_seat_type_detail()}</p>
                    <button type="button" class="button button--quiet" on:click=move |_| self.look()>
                        {words.look_again()}
                    </button>
                </div>
            }
        };
        move || self.is_stale.get().then(banner)
    }

    /// The ways out of the form.
    pub fn ways(self) -> impl IntoView {
        let Self { editor, form, .. } = self;
        let words = form.language;
        view! {
            <div class="form__end">
                <Submit form label=words.save()/>
                <button type="button" class="button button--text" on:click=move |_| editor.close()>
                    {words.cancel()}
                </button>
            </div>
        }
    }
}
