//! Long lists: filters, order and columns that live in the address, pages that are loaded as they are asked for.

use leptos::prelude::*;
use plenary_shared::OrderId;

use super::desk::Desk;
use super::loaded::Loaded;
use super::query;
use crate::api::ApiError;
use crate::components::{ColumnChoice, Columns, Heading, SortChoice};
use crate::words::Explanation;
use crate::{Language, ManageRoute, navigation};

/// How long typing may pause before it counts, in milliseconds. Shorter, and every key is a request.
const TYPING_PAUSE_MS: u64 = 250;

/// How many rows more than are shown are asked for when some may have come between. The server gives no more than it
/// wants to.
const MANY: usize = 100;

/// A page of rows and what to ask for the next one.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
}

/// The state of a list that is searched.
#[derive(Debug)]
pub struct List<T: Send + Sync + 'static> {
    pub desk: Desk,
    pub rows: RwSignal<Loaded<Vec<T>>>,
    pub next: RwSignal<Option<String>>,
    pub is_busy: RwSignal<bool>,
    pub problem: RwSignal<Option<Explanation>>,
    /// Rows that were heard of, belong here, and wait until the reader wants to see them.
    pub unseen: RwSignal<Vec<OrderId>>,
    /// What is typed into the search.
    pub text: RwSignal<String>,
    /// The name of the second filter in the address.
    filter: &'static str,
    pub choice: RwSignal<String>,
    pub columns: Columns,
    /// The page, whose address is followed for as long as it is shown.
    place: StoredValue<Option<ManageRoute>>,
    /// Which rows were asked for last.
    sought: StoredValue<String>,
    /// Counts the requests, so that a late answer to an earlier one is dropped.
    asked: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for List<T> {}

impl<T: Clone + Send + Sync + 'static> List<T> {
    /// The list as the address asks for it; `filter` is the name of the filter beside the search.
    pub fn new(desk: Desk, filter: &'static str, columns: Columns) -> Self {
        let list = Self {
            desk,
            rows: RwSignal::new(Loaded::Waiting),
            next: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            unseen: RwSignal::new(Vec::new()),
            text: RwSignal::new(String::new()),
            filter,
            choice: RwSignal::new(String::new()),
            columns,
            place: StoredValue::new(desk.place.get_untracked()),
            sought: StoredValue::new(String::new()),
            asked: RwSignal::new(0),
        };
        list.read(&desk.query.get_untracked());
        list
    }

    /// Takes over what an address asks for.
    fn read(self, address: &str) {
        let value = |name| query::value(address, name);
        self.text.set(value("q"));
        self.choice.set(value(self.filter));
        self.columns.read(&value("sort"), &value("columns"));
    }

    /// The list as it is shown, as the query of its address.
    fn query(self) -> String {
        self.with("columns", &self.columns.choice())
    }

    /// The rows that are shown, with the columns that are shown, as a query. A spreadsheet has usual columns of its own.
    pub fn csv_query(self) -> String {
        self.with("columns", &self.columns.names())
    }

    fn with(self, name: &str, value: &str) -> String {
        let (text, choice, sort) = (self.text.get(), self.choice.get(), self.columns.sort());
        query::of(&[("q", text.trim()), (self.filter, &choice), ("sort", &sort), (name, value)])
    }

    /// Whether the rows are in an order that the reader chose.
    pub fn is_sorted(self) -> bool {
        !self.columns.sort().is_empty()
    }

    pub fn heading(self, column: usize) -> Heading {
        self.columns.heading(column)
    }

    /// Whether anything is filtered out.
    pub fn is_filtered(self) -> bool {
        self.text.with(|text| !text.trim().is_empty()) || self.choice.with(|choice| !choice.is_empty())
    }

    /// Loads the first page, in place of what is shown, and puts the filters into the address.
    pub fn load<Answer>(self, fetch: impl Fn(String, String) -> Answer + 'static)
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        navigation::replace_query(&untrack(|| self.query()));
        self.seek(&fetch);
    }

    /// Puts the order and the columns into the address and the history, and loads what has another order now.
    pub fn arrange<Answer>(self, fetch: impl Fn(String, String) -> Answer + 'static)
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        navigation::push_query(&untrack(|| self.query()));
        self.seek_others(&fetch);
    }

    /// Shows what the address asks for when the reader goes back and forth.
    pub fn follow_address<Answer>(self, fetch: impl Fn(String, String) -> Answer + 'static)
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        Effect::new(move |former: Option<()>| {
            let address = self.desk.query.get();
            let is_here = self.place.with_value(|place| self.desk.place.with_untracked(|now| now == place));
            if former.is_some() && is_here {
                self.read(&address);
                self.seek_others(&fetch);
            }
        });
    }

    /// Loads the first page unless it is the one that is shown.
    fn seek_others<Answer>(self, fetch: &impl Fn(String, String) -> Answer)
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        let is_shown = self.sought.with_value(|sought| *sought == untrack(|| self.with("after", "")));
        // An answer that was awaited when the page changed never comes.
        if !is_shown || self.is_busy.get_untracked() {
            self.seek(fetch);
        }
    }

    fn seek<Answer>(self, fetch: &impl Fn(String, String) -> Answer)
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        let query = untrack(|| self.with("after", ""));
        self.sought.set_value(query.clone());
        self.fetch(fetch, query, |list, page| {
            list.unseen.set(Vec::new());
            list.rows.set(Loaded::Here(page.rows));
            list.next.set(page.next);
        });
    }

    /// Asks once more for what is shown, and what has come between, and has `take` put it in its place. Nothing that is
    /// loaded meanwhile may be older.
    pub fn catch_up<Answer>(self, fetch: impl Fn(String, String) -> Answer, take: fn(Self, Rows<T>))
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        let shown = self.rows.with_untracked(|rows| rows.here().map(Vec::len));
        match shown {
            Some(shown) if !self.is_busy.get_untracked() => {
                let limit = (shown + MANY).to_string();
                let query = untrack(|| self.with("limit", &limit));
                self.fetch(&fetch, query, take);
            }
            _ => self.seek(&fetch),
        }
    }

    /// Loads the page after what is shown.
    pub fn load_more<Answer>(self, fetch: impl Fn(String, String) -> Answer + 'static)
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        let Some(cursor) = self.next.get_untracked() else { return };
        let query = untrack(|| self.with("after", &cursor));
        self.fetch(&fetch, query, |list, page| {
            list.rows.update(|rows| {
                if let Loaded::Here(rows) = rows {
                    rows.extend(page.rows);
                }
            });
            list.next.set(page.next);
        });
    }

    fn fetch<Answer>(self, fetch: &impl Fn(String, String) -> Answer, query: String, take: fn(Self, Rows<T>))
    where
        Answer: Future<Output = Result<Rows<T>, ApiError>> + 'static,
    {
        self.asked.update(|asked| *asked += 1);
        let asked = self.asked.get_untracked();
        self.is_busy.set(true);
        let request = fetch(untrack(|| self.desk.slug()), query);
        self.desk.ask(request, move |answer| {
            if self.asked.try_get_untracked() != Some(asked) {
                return;
            }
            self.is_busy.set(false);
            self.problem.set(None);
            match answer {
                Ok(page) => take(self, page),
                Err(error) => self.fail(self.desk.language.manage_failure(&error)),
            }
        });
    }

    /// What is shown stays, with the reason above it.
    fn fail(self, explanation: Explanation) {
        if self.rows.with_untracked(|rows| rows.here().is_some()) {
            self.problem.set(Some(explanation));
        } else {
            self.rows.set(Loaded::Failed(explanation));
        }
    }
}

/// The search and the filter beside it, and the list as a spreadsheet.
#[component]
pub fn Filters<T: Clone + Send + Sync + 'static>(
    list: List<T>,
    /// What the filter is called.
    #[prop(into)]
    filter_label: String,
    /// Its values with their words, the one for all included.
    #[prop(into)]
    choices: Signal<Vec<(String, String)>>,
    /// Where the list is as a spreadsheet.
    #[prop(into)]
    csv: Signal<String>,
    /// What the order is called in which the list is on its own.
    #[prop(into)]
    usual_order: String,
    /// Told when the filters have changed.
    on_change: Callback<()>,
    /// Told when the order or the columns have changed.
    on_arrange: Callback<()>,
) -> impl IntoView {
    let (words, columns) = (list.desk.language, list.columns);
    let typing = RwSignal::new(0_u32);
    let typed = move |event| {
        list.text.set(event_target_value(&event));
        typing.update(|typing| *typing += 1);
        let now = typing.get_untracked();
        let pause = std::time::Duration::from_millis(TYPING_PAUSE_MS);
        let act = move || {
            if typing.try_get_untracked() == Some(now) {
                on_change.run(());
            }
        };
        set_timeout(act, pause);
    };
    let chosen = move |event| {
        list.choice.set(event_target_value(&event));
        on_change.run(());
    };
    let option = move |(value, words): (String, String)| {
        let own = value.clone();
        view! { <option value=value prop:selected=move || list.choice.with(|it| *it == own)>{words}</option> }
    };
    view! {
        <form class="filters" role="search" on:submit=move |event| event.prevent_default()>
            <div class="field">
                <label class="field__label" for="search">{words.search()}</label>
                <input
                    class="field__input" id="search" type="search" autocomplete="off" spellcheck="false"
                    prop:value=move || list.text.get() on:input=typed
                />
            </div>
            <div class="field">
                <label class="field__label" for="filter">{filter_label}</label>
                <select class="field__input" id="filter" on:change=chosen>
                    {move || choices.get().into_iter().map(option).collect_view()}
                </select>
            </div>
            <SortChoice language=words columns usual=usual_order on_change=on_arrange/>
            <a class="button button--quiet" href=move || csv.get() download="">{words.csv()}</a>
            <ColumnChoice language=words columns on_change=on_arrange/>
        </form>
    }
}

/// A cell of the column with this heading. The first of a row says what the row is about.
pub fn cell(heading: Heading, is_first: bool, content: AnyView) -> AnyView {
    if is_first {
        return view! { <th role="rowheader" scope="row">{content}</th> }.into_any();
    }
    view! { <td role="cell" class=heading.kind.class() data-label=heading.label>{content}</td> }.into_any()
}

/// A text in a cell; a cell without one is empty.
pub fn text(text: String) -> AnyView {
    (!text.is_empty()).then_some(text).into_any()
}

/// A text that may be longer than its column; a cell without one is empty.
pub fn long(text: String) -> AnyView {
    (!text.is_empty()).then(|| view! { <span class="grid__long">{text}</span> }).into_any()
}

/// How many rows there are, and the way to more of them.
#[component]
pub fn More<T: Clone + Send + Sync + 'static>(list: List<T>, on_more: Callback<()>) -> impl IntoView {
    let words = list.desk.language;
    let has_more = Memo::new(move |_| list.next.with(Option::is_some));
    let count = move || list.rows.with(|rows| rows.here().map_or(0, Vec::len));
    let spoken = move || words.rows_shown(count(), list.next.with(Option::is_some));
    view! {
        <div class="more">
            <p class="quiet" role="status">{spoken}</p>
            {move || has_more.get().then(|| view! {
                <button type="button" class="button button--quiet" on:click=move |_| on_more.run(())>
                    {words.load_more()}
                </button>
            })}
        </div>
    }
}

/// Says that there is nothing, and whether that is because of the filters.
pub fn nothing(words: Language, title: &'static str, is_filtered: bool) -> AnyView {
    let (title, detail) = if is_filtered {
        (words.nothing_found(), words.nothing_found_detail())
    } else {
        (title, words.nothing_yet_detail())
    };
    view! {
        <div class="empty">
            <p class="empty__title">{title}</p>
            <p>{detail}</p>
        </div>
    }
    .into_any()
}
