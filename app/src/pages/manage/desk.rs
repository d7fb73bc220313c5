//! What all of the organizer's pages share: where she is, her conference, and what the server pushes.

use leptos::prelude::*;
use leptos::task::spawn_local;
use plenary_shared::conference::ManagedConference;
use plenary_shared::registration::{HistoryEvent, Order, Summary};

use super::loaded::Loaded;
use crate::api::ApiError;
use crate::components::Tone;
use crate::live::Connection;
use crate::words::Explanation;
use crate::{Language, ManageRoute, Route, api, navigation};

/// How many events of the recent past are shown.
const RECENT: usize = 12;

/// The state of the application. A copy is the same desk.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    pub language: Language,
    /// The page; `None` where there is none.
    pub place: RwSignal<Option<ManageRoute>>,
    /// The filters in the address.
    pub query: RwSignal<String>,
    /// The conference that the address names.
    pub conference: RwSignal<Loaded<ManagedConference>>,
    /// Holds the access code from the answer that created it until it is left.
    pub created: RwSignal<Option<ManagedConference>>,
    /// What is said above the next page.
    pub notice: RwSignal<Option<(Tone, Explanation)>>,
    pub connection: RwSignal<Connection>,
    /// Whether the session has ended at a page of a conference. The page stays beneath until she is signed in again.
    pub is_over: RwSignal<bool>,
    pub summary: RwSignal<Option<Summary>>,
    /// The numbers of an earlier instant, while the organizer looks at one.
    pub past: RwSignal<Option<Summary>>,
    /// The recent past, newest first.
    pub activity: RwSignal<Vec<HistoryEvent>>,
    /// The order that changed last.
    pub heard_order: RwSignal<Option<Order>>,
    /// Counts the pages, so that an answer for one that was left does nothing.
    visit: RwSignal<u32>,
}

impl Desk {
    /// A desk at `place`, before anything is loaded.
    pub fn new(language: Language, place: Option<ManageRoute>, query: String) -> Self {
        Self {
            language,
            place: RwSignal::new(place),
            query: RwSignal::new(query),
            conference: RwSignal::new(Loaded::Waiting),
            created: RwSignal::new(None),
            notice: RwSignal::new(None),
            connection: RwSignal::new(Connection::Here),
            is_over: RwSignal::new(false),
            summary: RwSignal::new(None),
            past: RwSignal::new(None),
            activity: RwSignal::new(Vec::new()),
            heard_order: RwSignal::new(None),
            visit: RwSignal::new(0),
        }
    }

    /// Goes to another page.
    pub fn go(self, route: ManageRoute) {
        navigation::push(&Route::Manage(route.clone()));
        self.enter(Some(route), String::new());
    }

    /// Shows the page that the address names already.
    pub fn enter(self, place: Option<ManageRoute>, query: String) {
        self.visit.update(|visit| *visit += 1);
        self.notice.set(None);
        self.created.set(None);
        if place.as_ref().is_none_or(|place| slug_of(place).is_none()) {
            self.is_over.set(false);
        }
        self.query.set(query);
        self.place.set(place);
    }

    /// Says where one is, and takes the focus there unless it is the page that was asked for from outside.
    pub fn arrive(self, title: &str) {
        let name = self.conference.with_untracked(|conference| match conference {
            Loaded::Here(conference) => conference.conference.name.clone(),
            _ => self.language.product().to_owned(),
        });
        let title = format!("{title} · {name}");
        if self.visit.get_untracked() == 0 {
            document().set_title(&title);
        } else {
            request_animation_frame(move || navigation::arrive(&title));
        }
    }

    /// Sends `request` and hands its answer to `then`, unless the page was left meanwhile. Whoever is not signed in
    /// any more is asked to sign in before she goes on.
    pub fn ask<T: 'static>(
        self,
        request: impl Future<Output = Result<T, ApiError>> + 'static,
        then: impl FnOnce(Result<T, ApiError>) + 'static,
    ) {
        let visit = self.visit.get_untracked();
        spawn_local(async move {
            let answer = request.await;
            if self.visit.try_get_untracked() != Some(visit) {
                return;
            }
            let is_over = answer.as_ref().is_err_and(ApiError::is_session_over);
            then(answer);
            // Said last: it is what whatever else is said comes from.
            if is_over {
                self.expire();
            }
        });
    }

    /// Loads something into `into`. What was there already stays where newer cannot be had.
    pub fn load<T: Clone + Send + Sync + 'static>(
        self,
        into: RwSignal<Loaded<T>>,
        request: impl Future<Output = Result<T, ApiError>> + 'static,
    ) {
        let language = self.language;
        self.ask(request, move |answer| {
            into.try_update(|into| match answer {
                Ok(found) => *into = Loaded::Here(found),
                Err(_) if into.here().is_some() => {}
                Err(error) => *into = Loaded::Failed(language.manage_failure(&error)),
            });
        });
    }

    /// Says above the page what went wrong.
    pub fn complain(self, error: &ApiError) {
        self.notice.set(Some((Tone::Problem, self.language.manage_failure(error))));
    }

    /// The session is over: one signs in where one is, and why.
    fn expire(self) {
        if self.is_over.get_untracked() {
            return;
        }
        if self.slug().is_empty() {
            self.go(ManageRoute::Locate);
        } else {
            self.is_over.set(true);
            request_animation_frame(|| navigation::focus("main h1"));
        }
        let (title, detail) = (self.language.session_over(), self.language.session_over_detail());
        self.notice.set(Some((Tone::Notice, Explanation::new(title, detail))));
    }

    /// She is signed in: on with what she was at, or to the conference that she has signed in to.
    pub fn admit(self, conference: ManagedConference) {
        let slug = conference.conference.slug.clone();
        if self.is_over.get_untracked() && untrack(|| self.slug()) == slug {
            self.notice.set(None);
            self.conference.set(Loaded::Here(conference));
            self.is_over.set(false);
            request_animation_frame(|| navigation::focus("main h1"));
            return;
        }
        self.is_over.set(false);
        self.clear();
        self.conference.set(Loaded::Here(conference));
        self.go(ManageRoute::Dashboard { slug });
    }

    /// The conference that the address names; empty where it names none.
    pub fn slug(self) -> String {
        self.place.with(|place| place.as_ref().and_then(slug_of).unwrap_or_default().to_owned())
    }

    /// The conference as it was loaded.
    pub fn known(self) -> Option<ManagedConference> {
        self.conference.with(|conference| conference.here().cloned())
    }

    /// Does something whenever the stream of messages has been opened: of what happened before, nothing was heard.
    pub fn on_opened(self, act: impl Fn() + 'static) {
        Effect::new(move |former: Option<()>| {
            let connection = self.connection.get();
            if former.is_some() && connection == Connection::Here {
                untrack(&act);
            }
        });
    }

    /// Shows the conference as a command left it.
    pub fn changed(self, conference: ManagedConference) {
        self.conference.set(Loaded::Here(conference));
    }

    /// Looks at the conference again, after somebody has changed it.
    pub fn refresh(self) {
        let slug = self.slug();
        self.load(self.conference, async move { api::manage::conference(&slug).await });
    }

    /// Takes in newer numbers; older ones change nothing.
    pub fn hear_summary(self, summary: Summary) {
        let is_newer = self
            .summary
            .with_untracked(|shown| shown.as_ref().is_none_or(|shown| summary.position >= shown.position));
        if is_newer {
            self.summary.set(Some(summary));
        }
    }

    /// Takes in events, each once.
    pub fn hear_activity(self, events: Vec<HistoryEvent>) {
        self.activity.update(|shown| {
            for event in events {
                if shown.iter().all(|known| known.position != event.position) {
                    shown.push(event);
                }
            }
            shown.sort_by_key(|event| std::cmp::Reverse(event.position));
            shown.truncate(RECENT);
        });
    }

    /// Forgets one conference before another.
    pub fn clear(self) {
        self.conference.set(Loaded::Waiting);
        self.summary.set(None);
        self.past.set(None);
        self.activity.set(Vec::new());
        self.heard_order.set(None);
    }
}

/// The slug in a page's address.
pub fn slug_of(route: &ManageRoute) -> Option<&str> {
    match route {
        ManageRoute::Locate | ManageRoute::Create => None,
        ManageRoute::Dashboard { slug }
        | ManageRoute::Details { slug }
        | ManageRoute::SeatTypes { slug }
        | ManageRoute::PromoCodes { slug }
        | ManageRoute::WaitList { slug }
        | ManageRoute::Orders { slug }
        | ManageRoute::Order { slug, .. }
        | ManageRoute::Attendees { slug }
        | ManageRoute::CheckIn { slug } => Some(slug),
    }
}
