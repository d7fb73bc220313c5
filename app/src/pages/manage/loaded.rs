//! Something that the server was asked for, and what is shown until it is there.

use leptos::prelude::*;

use crate::Language;
use crate::components::{Banner, Tone};
use crate::words::Explanation;

/// An answer, the wait for it, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded<T> {
    Waiting,
    Here(T),
    Failed(Explanation),
}

impl<T> Loaded<T> {
    pub const fn here(&self) -> Option<&T> {
        match self {
            Self::Here(it) => Some(it),
            Self::Waiting | Self::Failed(_) => None,
        }
    }

    pub const fn failure(&self) -> Option<&Explanation> {
        match self {
            Self::Failed(explanation) => Some(explanation),
            Self::Waiting | Self::Here(_) => None,
        }
    }
}

impl<T> Loaded<Vec<T>> {
    /// Puts what the server has just said of one of them in its place, or at the end when it is new.
    ///
    /// Nothing happens as long as the list is not here: it will have it when it comes.
    pub fn put<K: PartialEq>(&mut self, it: T, key: impl Fn(&T) -> K) {
        if let Self::Here(list) = self {
            put(list, it, key);
        }
    }
}

/// Puts `it` in the place of the one with the same key, or at the end when there is none.
pub fn put<T, K: PartialEq>(list: &mut Vec<T>, it: T, key: impl Fn(&T) -> K) {
    match list.iter_mut().find(|other| key(other) == key(&it)) {
        Some(place) => *place = it,
        None => list.push(it),
    }
}

/// Shows `content` as soon as it is there; until then the wait, or what went wrong and a way to try again.
///
/// What `show` gives is made once, when the content is first there; it follows later contents by itself.
pub fn when_here<T: Clone + PartialEq + Send + Sync + 'static>(
    language: Language,
    content: RwSignal<Loaded<T>>,
    again: impl Fn() + Copy + Send + Sync + 'static,
    show: impl Fn() -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let state = Memo::new(move |_| {
        content.with(|content| match content {
            Loaded::Waiting => State::Waiting,
            Loaded::Here(_) => State::Here,
            Loaded::Failed(explanation) => State::Failed(explanation.clone()),
        })
    });
    move || match state.get() {
        State::Waiting => waiting(language).into_any(),
        State::Here => show(),
        State::Failed(explanation) => {
            let retry = move |_| {
                content.set(Loaded::Waiting);
                again();
            };
            view! {
                <Banner tone=Tone::Problem explanation/>
                <button type="button" class="button button--quiet" on:click=retry>{language.try_once_more()}</button>
            }
            .into_any()
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
enum State {
    Waiting,
    Here,
    Failed(Explanation),
}

/// The wait, for eyes and ears.
pub fn waiting(language: Language) -> impl IntoView {
    view! { <p class="waiting" role="status">{language.loading()}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_one_is_put_in_its_place() {
        let mut list = Loaded::Here(vec![(1, "Aisle"), (2, "Balcony")]);
        let id = |it: &(i32, &str)| it.0;
        list.put((1, "Arena"), id);
        list.put((3, "Circle"), id);
        assert_eq!(list, Loaded::Here(vec![(1, "Arena"), (2, "Balcony"), (3, "Circle")]));

        let mut waiting = Loaded::Waiting;
        waiting.put((1, "Arena"), id);
        assert_eq!(waiting, Loaded::Waiting);
    }
}
