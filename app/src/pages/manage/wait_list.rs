//! Who waits for seats that are taken. Route: `/manage/{slug}/waitlist`.

use leptos::prelude::*;
use plenary_shared::waitlist::{OrganizerWaitListEntry, WaitListStatus};
use plenary_shared::{WaitListEntryId, format};

use super::desk::Desk;
use super::loaded::{Loaded, when_here};
use super::zone;
use crate::components::{Banner, Confirm, Tone};
use crate::words::Explanation;
use crate::{Language, api};

/// The state of the page.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    desk: Desk,
    list: RwSignal<Loaded<Vec<OrganizerWaitListEntry>>>,
    next: RwSignal<Option<String>>,
    problem: RwSignal<Option<Explanation>>,
    /// Who is about to be removed: the entry, and what it is called.
    removing: RwSignal<Option<(WaitListEntryId, String)>>,
    is_asked: RwSignal<bool>,
}

impl Waiting {
    fn load(self) {
        let slug = self.desk.slug();
        let request = async move {
            let page = api::manage::wait_list(&slug, None).await?;
            Ok((page.entries, page.next))
        };
        let language = self.desk.language;
        self.desk.ask(request, move |answer| match answer {
            Ok((entries, next)) => {
                self.list.try_set(Loaded::Here(entries));
                self.next.try_set(next);
            }
            Err(error) => {
                self.list.try_set(Loaded::Failed(language.manage_failure(&error)));
            }
        });
    }

    fn load_more(self) {
        let (slug, next) = (self.desk.slug(), self.next.get_untracked());
        self.desk.ask(async move { api::manage::wait_list(&slug, next.as_deref()).await }, move |answer| {
            match answer {
                Ok(page) => {
                    self.list.try_update(|list| {
                        if let Loaded::Here(list) = list {
                            list.extend(page.entries);
                        }
                    });
                    self.next.try_set(page.next);
                }
                Err(error) => self.complain(&error),
            }
        });
    }

    fn complain(self, error: &api::ApiError) {
        self.problem.try_set(Some(self.desk.language.manage_failure(error)));
    }

    fn remove(self) {
        let Some((id, _)) = self.removing.get_untracked() else { return };
        self.problem.set(None);
        let slug = self.desk.slug();
        self.desk.ask(async move { api::manage::remove_from_wait_list(&slug, id).await }, move |answer| {
            if let Err(error) = answer {
                self.complain(&error);
            }
            self.load();
        });
    }
}

/// The page.
#[component]
pub fn WaitList(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let waiting = Waiting {
        desk,
        list: RwSignal::new(Loaded::Waiting),
        next: RwSignal::new(None),
        problem: RwSignal::new(None),
        removing: RwSignal::new(None),
        is_asked: RwSignal::new(false),
    };
    desk.arrive(words.wait_list());
    // The list moves when seats do, and whatever is recorded is heard.
    Effect::new(move |_| {
        desk.activity.with(|events| events.first().map(|event| event.position));
        waiting.load();
    });
    desk.on_opened(move || waiting.load());
    let question = move || {
        let who = waiting.removing.get().map(|(_, who)| who)?;
        let remove = Callback::new(move |()| waiting.remove());
        Some(view! {
            <Confirm
                is_open=waiting.is_asked title=words.really_remove(&who) detail=words.leave_list_detail()
                confirm=words.remove() cancel=words.cancel() on_confirm=remove
            />
        })
    };
    view! {
        <h1 tabindex="-1">{words.wait_list()}</h1>
        <p class="lead">{words.wait_list_lead()}</p>
        {move || waiting.problem.get().map(|explanation| view! { <Banner tone=Tone::Problem explanation/> })}
        {when_here(words, waiting.list, move || waiting.load(), move || view! { <Table waiting/> }.into_any())}
        {question}
    }
}

#[component]
fn Table(waiting: Waiting) -> impl IntoView {
    let words = waiting.desk.language;
    let entries = Memo::new(move |_| waiting.list.with(|list| list.here().cloned()).unwrap_or_default());
    let is_empty = Memo::new(move |_| entries.with(Vec::is_empty));
    let more = move || {
        waiting.next.with(Option::is_some).then(|| {
            view! {
                <button type="button" class="button button--quiet" on:click=move |_| waiting.load_more()>
                    {words.load_more()}
                </button>
            }
        })
    };
    let table = move || {
        view! {
            <div class="scroll"><table class="grid" role="table">
                <caption class="spoken">{words.wait_list()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{words.who()}</th>
                        <th role="columnheader" scope="col">{words.seat_type()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.wanted()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.on_offer()}</th>
                        <th role="columnheader" scope="col" class="grid__number">{words.taken()}</th>
                        <th role="columnheader" scope="col">{words.status_label()}</th>
                        <th role="columnheader" scope="col"><span class="spoken">{words.actions()}</span></th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    <For each=move || entries.get() key=|entry| (entry.id, entry.version, entry.place) let:entry>
                        {row(waiting, entry)}
                    </For>
                </tbody>
            </table></div>
            <div class="more">{more}</div>
        }
    };
    move || if is_empty.get() { nobody(words).into_any() } else { table().into_any() }
}

fn nobody(words: Language) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty__title">{words.nobody_waits()}</p>
            <p>{words.nobody_waits_detail()}</p>
        </div>
    }
}

fn row(waiting: Waiting, entry: OrganizerWaitListEntry) -> impl IntoView {
    let words = waiting.desk.language;
    let count = |value| format::number(value, words.locale());
    let who = entry.email.clone().unwrap_or_else(|| words.erased().to_owned());
    let zone = waiting.desk.known().map(|known| known.conference.time_zone).unwrap_or_default();
    let joined = zone::local_time(entry.joined_at, &zone, words);
    let status = words.status_at(entry.status, entry.place);
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <span class="grid__main">{who.clone()}</span>
                <span class="grid__sub">{joined}</span>
            </th>
            <td role="cell" data-label=words.seat_type()>{entry.seat_type_name}</td>
            <td role="cell" class="grid__number" data-label=words.wanted()>{count(entry.wanted)}</td>
            <td role="cell" class="grid__number" data-label=words.on_offer()>{count(entry.offered)}</td>
            <td role="cell" class="grid__number" data-label=words.taken()>{count(entry.accepted)}</td>
            <td role="cell" data-label=words.status_label()><span class=state_of(entry.status)>{status}</span></td>
            <td role="cell" class="grid__ways">{remove_button(waiting, entry.id, entry.status, who)}</td>
        </tr>
    }
}

const fn state_of(status: WaitListStatus) -> &'static str {
    match status {
        WaitListStatus::Offered => "state state--good",
        WaitListStatus::Waiting => "state state--warn",
        WaitListStatus::Done | WaitListStatus::Left => "state",
    }
}

fn remove_button(
    waiting: Waiting,
    id: WaitListEntryId,
    status: WaitListStatus,
    who: String,
) -> Option<impl IntoView> {
    let words = waiting.desk.language;
    let ask = move |_| {
        waiting.removing.set(Some((id, who.clone())));
        waiting.is_asked.set(true);
    };
    matches!(status, WaitListStatus::Waiting | WaitListStatus::Offered).then(|| {
        view! { <button type="button" class="button button--text" on:click=ask>{words.remove()}</button> }
    })
}
