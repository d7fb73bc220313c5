//! Which columns a table shows and in whose order its rows are: headings that are pressed, and the choice of columns.
//!
//! A choice is written into addresses by the names that the server gives its columns.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use plenary_shared::tables::{Column, Direction};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use super::{changing, listener};
use crate::Language;

/// What stands in a column: it decides where its texts end, and which way rows go at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Amount,
    /// How many, or when.
    Measure,
}

impl Kind {
    /// Names are looked up from A on. Whoever puts amounts or instants in order asks for the most and the latest.
    const fn first_direction(self) -> Direction {
        match self {
            Self::Text => Direction::Ascending,
            Self::Amount | Self::Measure => Direction::Descending,
        }
    }

    /// The class of cells of this kind.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Amount => "grid__number",
            Self::Measure => "grid__measure",
            Self::Text => "",
        }
    }
}

/// A column as it is headed.
#[derive(Debug, Clone, Copy)]
pub struct Heading {
    name: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    has_order: bool,
}

impl Heading {
    pub fn new(column: impl Column, label: &'static str, kind: Kind) -> Self {
        Self { name: column.name(), label, kind, has_order: column.has_order() }
    }
}

/// The place of a column among all of its table, and which way rows go.
type Order = (usize, Direction);

/// The columns of a table, and what its reader chose of them. A copy is the same choice.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    all: StoredValue<Vec<Heading>>,
    /// How many of them are shown unless others are chosen: those that come first.
    usual: usize,
    /// The places of those that are shown; never none.
    pub shown: RwSignal<Vec<usize>>,
    /// `None` for the table's own order.
    order: RwSignal<Option<Order>>,
}

impl Columns {
    pub fn new(all: Vec<Heading>, usual: usize) -> Self {
        let shown = RwSignal::new((0..usual).collect());
        Self { all: StoredValue::new(all), usual, shown, order: RwSignal::new(None) }
    }

    /// The column at a place.
    pub fn heading(self, column: usize) -> Heading {
        self.all.with_value(|all| all[column])
    }

    /// Takes a choice from an address. What it does not name, or names wrongly, is as usual.
    pub fn read(self, sort: &str, columns: &str) {
        let (shown, order) = self.all.with_value(|all| (places(all, columns), order(all, sort)));
        let shown = shown.unwrap_or_else(|| (0..self.usual).collect());
        // Headings that stay are not made anew: one of them may have the focus.
        if self.shown.with_untracked(|former| *former != shown) {
            self.shown.set(shown);
        }
        self.order.set(order);
    }

    /// The order for an address; empty for the table's own.
    pub fn sort(self) -> String {
        let sign = |direction| if direction == Direction::Descending { "-" } else { "" };
        let order = self.order.get();
        order.map(|(column, way)| format!("{}{}", sign(way), self.heading(column).name)).unwrap_or_default()
    }

    /// The names of what is shown, with commas between them.
    pub fn names(self) -> String {
        self.all.with_value(|all| {
            self.shown.with(|shown| shown.iter().map(|it| all[*it].name).collect::<Vec<_>>().join(","))
        })
    }

    /// The same for an address; empty where nothing else was chosen.
    pub fn choice(self) -> String {
        if self.is_usual() { String::new() } else { self.names() }
    }

    fn is_usual(self) -> bool {
        self.shown.with(|shown| shown.iter().copied().eq(0..self.usual))
    }

    /// Once for an order, again for the other way round, and once more for the table's own.
    fn press(self, column: usize) {
        let first = self.heading(column).kind.first_direction();
        self.order.update(|order| *order = pressed(*order, column, first));
    }

    /// Shows a column or hides it. An order that could no longer be seen goes with its column.
    fn toggle(self, column: usize) {
        self.shown.update(|shown| toggle(shown, column));
        let is_hidden = self.shown.with_untracked(|shown| !shown.contains(&column));
        if is_hidden && self.order.get_untracked().is_some_and(|(at, _)| at == column) {
            self.order.set(None);
        }
    }
}

fn places(all: &[Heading], names: &str) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for name in names.split(',') {
        let place = all.iter().position(|heading| heading.name == name).filter(|it| !places.contains(it))?;
        places.push(place);
    }
    Some(places)
}

fn order(all: &[Heading], sort: &str) -> Option<Order> {
    let (direction, name) = match sort.strip_prefix('-') {
        Some(name) => (Direction::Descending, name),
        None => (Direction::Ascending, sort),
    };
    let place = all.iter().position(|heading| heading.has_order && heading.name == name)?;
    Some((place, direction))
}

fn pressed(order: Option<Order>, column: usize, first: Direction) -> Option<Order> {
    match order {
        Some((at, direction)) if at == column && direction == first => Some((column, first.reversed())),
        Some((at, _)) if at == column => None,
        _ => Some((column, first)),
    }
}

fn toggle(shown: &mut Vec<usize>, column: usize) {
    match shown.iter().position(|it| *it == column) {
        Some(at) if shown.len() > 1 => drop(shown.remove(at)),
        Some(_) => {}
        None => {
            let at = shown.iter().position(|it| *it > column).unwrap_or(shown.len());
            shown.insert(at, column);
        }
    }
}

/// The headings of what is shown. `on_change` is told when one was pressed.
pub fn headings(columns: Columns, on_change: Callback<()>) -> impl IntoView {
    changing(move || {
        let shown = columns.shown.get();
        shown.into_iter().map(|column| heading(columns, column, on_change)).collect::<Vec<_>>()
    })
}

fn heading(columns: Columns, column: usize, on_change: Callback<()>) -> AnyView {
    let Heading { label, kind, has_order, .. } = columns.heading(column);
    if !has_order {
        return view! { <th role="columnheader" scope="col" class=kind.class()>{label}</th> }.into_any();
    }
    let direction = move || match columns.order.get() {
        Some((at, Direction::Ascending)) if at == column => "ascending",
        Some((at, Direction::Descending)) if at == column => "descending",
        _ => "none",
    };
    let press = move |_: MouseEvent| {
        columns.press(column);
        on_change.run(());
    };
    view! {
        <th role="columnheader" scope="col" class=kind.class() aria-sort=changing(direction)>
            <button type="button" class="sort" on:click=listener(press)>
                {label} <span class="sort__mark" aria-hidden="true"></span>
            </button>
        </th>
    }
    .into_any()
}

/// The order of rows to choose where there are no headings, because rows are cards.
#[component]
pub fn SortChoice(
    language: Language,
    columns: Columns,
    /// What the table's own order is called.
    #[prop(into)]
    usual: String,
    on_change: Callback<()>,
) -> impl IntoView {
    let chosen = move |event: Event| {
        let place = event_target_value(&event).parse::<usize>().ok();
        columns.order.set(place.map(|place| (place, columns.heading(place).kind.first_direction())));
        on_change.run(());
    };
    let turn = move |_: MouseEvent| {
        columns.order.update(|order| *order = order.map(|(at, direction)| (at, direction.reversed())));
        on_change.run(());
    };
    let column = Memo::new(move |_| columns.order.get().map(|(at, _)| at));
    let option = move |place: usize| {
        let Heading { label, .. } = columns.heading(place);
        let is_chosen = column.get() == Some(place);
        view! { <option value=place.to_string() selected=is_chosen prop:selected=is_chosen>{label}</option> }
    };
    let options = move || {
        // An order by what is hidden can only come from an address, and is named all the same.
        let mut places = columns.shown.get();
        places.extend(column.get().filter(|it| !places.contains(it)));
        places.retain(|place| columns.heading(*place).has_order);
        places.into_iter().map(option).collect_view()
    };
    let direction = move || {
        columns.order.get().map(|(_, direction)| match direction {
            Direction::Ascending => language.ascending(),
            Direction::Descending => language.descending(),
        })
    };
    view! {
        <div class="sorting">
            <label class="field">
                <span class="field__label">{language.sort_by()}</span>
                <select class="field__input" on:change=listener(chosen)>
                    <option value="" prop:selected=changing(move || column.get().is_none())>{usual}</option>
                    {options}
                </select>
            </label>
            <button
                type="button" class="button button--quiet" on:click=listener(turn)
                hidden=changing(move || column.get().is_none())
            >
                {changing(direction)}
            </button>
        </div>
    }
}

/// The columns to choose from, one of which always stays. Escape closes it.
#[component]
pub fn ColumnChoice(
    language: Language,
    columns: Columns,
    on_change: Callback<()>,
    #[prop(optional)] open: bool,
) -> impl IntoView {
    let count = columns.all.with_value(Vec::len);
    let tick = move |place: usize| {
        let is_shown = move || columns.shown.with(|shown| shown.contains(&place));
        let is_last = move || columns.shown.with(|shown| *shown == [place]);
        let toggle = move |_: Event| {
            columns.toggle(place);
            on_change.run(());
        };
        view! {
            <label class="tick">
                <input
                    type="checkbox" checked=is_shown() prop:checked=changing(is_shown) disabled=changing(is_last)
                    on:change=listener(toggle)
                />
                <span>{columns.heading(place).label}</span>
            </label>
        }
    };
    let reset = move |_: MouseEvent| {
        columns.shown.set((0..columns.usual).collect());
        on_change.run(());
    };
    view! {
        <details class="choice" open=open on:keydown=listener(|event: KeyboardEvent| close_with_escape(&event))>
            <summary>{language.columns()}</summary>
            <fieldset>
                <legend class="spoken">{language.columns()}</legend>
                <div class="ticks">{(0..count).map(tick).collect_view()}</div>
                <button
                    type="button" class="button button--text" on:click=listener(reset)
                    disabled=changing(move || columns.is_usual())
                >
                    {language.usual_columns()}
                </button>
            </fieldset>
        </details>
    }
}

fn close_with_escape(event: &KeyboardEvent) {
    let details = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(details) = details.filter(|it| event.key() == "Escape" && it.has_attribute("open")) else {
        return;
    };
    let _ = details.remove_attribute("open");
    // The focus would be lost with what it is on.
    let summary = details.query_selector("summary").ok().flatten();
    if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
        let _ = summary.focus();
    }
}

#[cfg(test)]
mod tests {
    use plenary_shared::tables::OrderColumn;

    use super::*;

    fn all() -> Vec<Heading> {
        vec![
            Heading::new(OrderColumn::Email, "E-mail", Kind::Text),
            Heading::new(OrderColumn::Total, "Total", Kind::Amount),
            Heading::new(OrderColumn::Attendees, "Attendees", Kind::Text),
        ]
    }

    #[test]
    fn columns_of_an_address_are_known_each_once() {
        assert_eq!(places(&all(), "total,email"), Some(vec![1, 0]));
        for names in ["", "total,", "total,total", "colour"] {
            assert_eq!(places(&all(), names), None, "{names}");
        }
    }

    #[test]
    fn an_address_names_an_order_that_there_is() {
        assert_eq!(order(&all(), "email"), Some((0, Direction::Ascending)));
        assert_eq!(order(&all(), "-total"), Some((1, Direction::Descending)));
        for sort in ["", "-", "--total", "attendees", "colour"] {
            assert_eq!(order(&all(), sort), None, "{sort}");
        }
    }

    #[test]
    fn a_heading_goes_round_from_its_first_direction_to_no_order() {
        for (kind, first) in [(Kind::Text, Direction::Ascending), (Kind::Amount, Direction::Descending)] {
            assert_eq!(kind.first_direction(), first);
            let once = pressed(Some((0, Direction::Ascending)), 1, first);
            let twice = pressed(once, 1, first);
            assert_eq!([once, twice], [Some((1, first)), Some((1, first.reversed()))]);
            assert_eq!(pressed(twice, 1, first), None);
        }
    }

    #[test]
    fn a_column_comes_back_where_it_was_and_the_last_one_stays() {
        let mut shown = vec![0, 1, 2];
        toggle(&mut shown, 1);
        assert_eq!(shown, [0, 2]);
        toggle(&mut shown, 1);
        assert_eq!(shown, [0, 1, 2]);
        for column in [0, 1, 2] {
            toggle(&mut shown, column);
        }
        assert_eq!(shown, [2]);
    }
}
