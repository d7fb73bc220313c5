//! How the conference sells, live. Route: `/manage/{slug}`.

use leptos::prelude::*;
use plenary_shared::registration::{AttentionEntry, DaySummary, OrderStatus, SeatTypeSummary, Summary};
use plenary_shared::{Date, Money, format};

use super::activity::{Activity, load_activity};
use super::charts::{capacity_bar, capacity_chart, days_chart, every_day, share_bar};
use super::desk::Desk;
use super::loaded::Loaded;
use super::past::TimeSlider;
use super::publication::Publication;
use super::{query, zone};
use crate::{Language, ManageRoute, Route, api, navigation};

/// The page.
#[component]
pub fn Dashboard(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let name = move || desk.known().map(|known| known.conference.name).unwrap_or_default();
    let days = move || {
        desk.known().map(|known| {
            let it = known.conference;
            format!("{} · {}", format::date_range(it.start_date, it.end_date, words.locale()), it.location)
        })
    };
    desk.arrive(words.dashboard());
    load_summary(desk);
    desk.on_opened(move || load_summary(desk));
    let is_here = Memo::new(move |_| desk.summary.with(Option::is_some));
    let numbers = move || {
        if is_here.get() {
            view! { <Numbers desk/> }.into_any()
        } else {
            super::loaded::waiting(words).into_any()
        }
    };
    view! {
        <header class="headline">
            <h1 tabindex="-1">{name}</h1>
            <p class="lead">{days}</p>
            <Publication desk/>
        </header>
        <Attention desk/>
        <Checklist desk/>
        {numbers}
    }
}

/// The stream brings the numbers too; whichever is first shows them.
fn load_summary(desk: Desk) {
    let slug = desk.slug();
    desk.ask(async move { api::manage::summary(&slug).await }, move |answer| match answer {
        Ok(summary) => {
            let position = summary.position;
            desk.hear_summary(summary);
            load_activity(desk, position);
        }
        Err(error) => desk.complain(&error),
    });
}

/// The numbers as they are now, or as they were when the organizer looks back.
fn summary(desk: Desk) -> Option<Summary> {
    desk.past.get().or_else(|| desk.summary.get())
}

#[component]
fn Numbers(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let locale = words.locale();
    let revenue = move || summary(desk).map(|it| format::money(it.revenue, locale)).unwrap_or_default();
    let sold = move || {
        let all = summary(desk).map(|it| it.seat_types).unwrap_or_default();
        let sum = |of: fn(&SeatTypeSummary) -> i64| all.iter().map(of).sum::<i64>();
        words.sold_of(sum(|it| it.sold), sum(|it| it.quota))
    };
    view! {
        <TimeSlider desk/>
        <section class="card" aria-labelledby="seats-heading">
            <div class="card__head">
                <h2 id="seats-heading">{words.seats_heading()}</h2>
                <p class="figure">{sold}</p>
            </div>
            <Seats desk/>
        </section>
        <div class="pair">
            <section class="card" aria-labelledby="revenue-heading">
                <div class="card__head">
                    <h2 id="revenue-heading">{words.revenue()}</h2>
                    <p class="figure" data-testid="revenue">{revenue}</p>
                </div>
                <Days desk/>
            </section>
            <section class="card" aria-labelledby="orders-heading">
                <h2 id="orders-heading">{words.funnel()}</h2>
                <ByStatus desk/>
            </section>
        </div>
        <section class="card" aria-labelledby="activity-heading">
            <h2 id="activity-heading">{words.activity()}</h2>
            <Activity desk/>
        </section>
    }
}

#[component]
fn Seats(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let all = Memo::new(move |_| summary(desk).map(|it| it.seat_types).unwrap_or_default());
    let bar = move |figures: SeatTypeSummary| {
        let count = |value| format::number(value, words.locale());
        view! {
            <li class="offer">
                <p class="offer__name">{figures.name.clone()}</p>
                {capacity_bar(words, &figures)}
                <p class="offer__figures" aria-hidden="true">
                    <span class="key key--sold">{count(figures.sold)} " " {words.sold_word()}</span>
                    <span class="key key--held">{count(figures.held)} " " {words.held_word()}</span>
                    <span class="key key--free">{count(figures.free.max(0))} " " {words.free_word()}</span>
                </p>
                {(figures.free < 0).then(|| view! {
                    <p class="offer__excess">{words.more_sold_than_quota(-figures.free)}</p>
                })}
            </li>
        }
    };
    let content = move || match all.get() {
        all if all.is_empty() => view! { <p class="quiet">{words.no_seat_types_yet()}</p> }.into_any(),
        all => view! {
            <ul class="offers">{all.into_iter().map(bar).collect_view()}</ul>
        }
        .into_any(),
    };
    view! {
        {content}
        <details class="as-table" hidden=move || all.with(Vec::is_empty)>
            <summary>{words.as_table()}</summary>
            {move || seats_table(words, &all.get())}
        </details>
    }
}

fn seats_table(words: Language, all: &[SeatTypeSummary]) -> impl IntoView + use<> {
    let locale = words.locale();
    let row = |it: &SeatTypeSummary| {
        view! {
            <tr>
                <th scope="row">{it.name.clone()}</th>
                <td>{format::number(it.quota, locale)}</td>
                <td>{format::number(it.sold, locale)}</td>
                <td>{format::number(it.held, locale)}</td>
                <td>{format::number(it.free, locale)}</td>
                <td>{format::money(it.revenue, locale)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=words.seats_table()>
            <table class="numbers">
                <thead>
                    <tr>
                        <th scope="col">{words.seat_type()}</th>
                        <th scope="col">{words.quota()}</th>
                        <th scope="col">{words.sold()}</th>
                        <th scope="col">{words.held_now()}</th>
                        <th scope="col">{words.left()}</th>
                        <th scope="col">{words.revenue()}</th>
                    </tr>
                </thead>
                <tbody>{all.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Days(desk: Desk) -> impl IntoView {
    let words = desk.language;
    // Looking back, the last day is that of the instant.
    let today = move || {
        let instant = desk.past.with(|past| past.as_ref().map(|past| past.as_of));
        Date(instant.unwrap_or_else(navigation::browser_time).to_utc().date_naive())
    };
    let days = Memo::new(move |_| {
        let known = summary(desk).map(|it| every_day(&it.by_day, today(), Money::zero(it.revenue.currency)));
        known.unwrap_or_default()
    });
    let quota = Memo::new(move |_| {
        summary(desk).map_or(0, |it| it.seat_types.iter().map(|kind| kind.quota).sum::<i64>())
    });
    move || match days.get() {
        days if days.is_empty() => view! { <p class="quiet">{words.no_sales_yet()}</p> }.into_any(),
        days => view! {
            {days_chart(words, &days)}
            {capacity_chart(words, &days, quota.get())}
            <details class="as-table">
                <summary>{words.as_table()}</summary>
                {days_table(words, &days)}
            </details>
        }
        .into_any(),
    }
}

fn days_table(words: Language, days: &[DaySummary]) -> impl IntoView + use<> {
    let locale = words.locale();
    let row = |day: &DaySummary| {
        view! {
            <tr>
                <th scope="row">{format::date(day.date, locale)}</th>
                <td>{format::number(day.orders, locale)}</td>
                <td>{format::number(day.seats, locale)}</td>
                <td>{format::money(day.revenue, locale)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=words.by_day()>
            <table class="numbers">
                <thead>
                    <tr>
                        <th scope="col">{words.day()}</th>
                        <th scope="col">{words.orders()}</th>
                        <th scope="col">{words.seats_heading()}</th>
                        <th scope="col">{words.revenue()}</th>
                    </tr>
                </thead>
                <tbody>{days.iter().rev().filter(|day| day.orders > 0).map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn ByStatus(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let path = ManageRoute::Orders { slug: desk.slug() }.path();
    let counts = Memo::new(move |_| summary(desk).map(|it| it.orders).unwrap_or_default());
    let line = move |(status, count): (String, i64)| {
        let name =
            OrderStatus::parse(&status).map_or_else(|| status.clone(), |it| words.status(it).to_owned());
        let address = format!("{path}{}", query::of(&[("status", &status)]));
        view! {
            <li>
                <a class="count" href=address><span>{name}</span> <strong>{format::number(count, words.locale())}</strong></a>
                {share_bar(count, counts.with(|counts| counts.values().sum()))}
            </li>
        }
    };
    move || match counts.get() {
        counts if counts.is_empty() => view! { <p class="quiet">{words.no_orders_yet()}</p> }.into_any(),
        counts => view! {
            <ul class="counts">{counts.into_iter().map(line.clone()).collect_view()}</ul>
        }
        .into_any(),
    }
}

/// What somebody must decide about. Not there while there is nothing.
#[component]
fn Attention(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let entries = RwSignal::new(Loaded::Waiting);
    let waiting = Memo::new(move |_| {
        let name = OrderStatus::NeedsAttention.as_str();
        desk.summary.with(|it| it.as_ref().and_then(|it| it.orders.get(name).copied())).unwrap_or(0)
    });
    Effect::new(move |_| {
        waiting.track();
        let slug = desk.slug();
        desk.load(entries, async move { api::manage::attention(&slug).await });
    });
    let item = move |entry: AttentionEntry| {
        let path = ManageRoute::Order { slug: desk.slug(), order_id: entry.order_id }.path();
        let zone = desk.known().map(|known| known.conference.time_zone).unwrap_or_default();
        view! {
            <li>
                <a href=path>{entry.reason}</a>
                <span class="quiet">
                    {format::money(entry.amount, words.locale())} " · " {zone::local_time(entry.raised_at, &zone, words)}
                </span>
            </li>
        }
    };
    move || {
        let entries =
            entries.with(|entries| entries.here().cloned()).filter(|entries| !entries.is_empty())?;
        Some(view! {
            <section class="card card--attention" aria-labelledby="attention-heading">
                <h2 id="attention-heading">{words.attention()}</h2>
                <ul class="attention">{entries.into_iter().map(item).collect_view()}</ul>
            </section>
        })
    }
}

/// What is left to do until the first sale. Not there afterwards.
#[component]
fn Checklist(desk: Desk) -> impl IntoView {
    let words = desk.language;
    let state = Memo::new(move |_| {
        let summary = desk.summary.get()?;
        let is_sold = summary.seat_types.iter().any(|it| it.sold > 0);
        let is_published = desk.known().is_some_and(|known| known.conference.published);
        (!is_sold).then_some((!summary.seat_types.is_empty(), is_published))
    });
    let slug = desk.slug();
    move || {
        let (has_seats, is_published) = state.get()?;
        let public = Route::Conference { slug: slug.clone() }.path();
        let seats = ManageRoute::SeatTypes { slug: slug.clone() }.path();
        Some(view! {
            <section class="card" aria-labelledby="checklist-heading">
                <h2 id="checklist-heading">{words.to_the_first_sale()}</h2>
                <ol class="checklist">
                    {step(words, Done::Yes, words.step_create().into_any())}
                    {step(words, has_seats.into(), view! { <a href=seats>{words.step_seat_types()}</a> }.into_any())}
                    {step(words, is_published.into(), words.step_publish().into_any())}
                    {step(words, Done::No, view! { <a href=public>{words.step_share()}</a> }.into_any())}
                </ol>
            </section>
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Yes,
    No,
}

impl From<bool> for Done {
    fn from(is_done: bool) -> Self {
        if is_done { Self::Yes } else { Self::No }
    }
}

fn step(words: Language, done: Done, content: AnyView) -> impl IntoView {
    let class = if done == Done::Yes { "checklist__step checklist__step--done" } else { "checklist__step" };
    let spoken = (done == Done::Yes).then(|| view! { <span class="spoken">{words.done_already()}</span> });
    view! { <li class=class>{content} {spoken}</li> }
}
