//! The design system, every part in every state. Route: `/design`, in demo mode alone. Rendered on the server alone.

use leptos::prelude::*;
use plenary_shared::registration::{DaySummary, Discount, OrderSeat, OrderStatus, SeatTypeSummary};
use plenary_shared::tables::OrderColumn;
use plenary_shared::{Currency, Date, FieldError, Money, SeatTypeId};
use uuid::Uuid;

use super::manage::{badge, capacity_bar, capacity_chart, days_chart, every_day};
use crate::Language;
use crate::components::{
    Banner, ColumnChoice, Columns, Countdown, Field, Heading, Kind, OrderTable, PersonInputs, Progress,
    SortChoice, Step, Stepper, Tone, headings, qr_code,
};
use crate::words::Explanation;

/// The colours that carry meaning, by the names of their tokens.
const COLOURS: [&str; 12] = [
    "ground",
    "surface",
    "sunken",
    "ink",
    "ink-quiet",
    "line",
    "line-strong",
    "accent",
    "accent-ground",
    "good",
    "warn",
    "bad",
];

/// The page. Its own headings are for those who build the others, and are not translated.
#[component]
pub fn Design(language: Language) -> impl IntoView {
    let colour = |name| view! { <li class=format!("swatch swatch--{name}")>{name}</li> };
    let accent = |number: u32| view! { <li class="swatch swatch--accent" data-accent=number>{number}</li> };
    view! {
        <header class="hero">
            <h1>"Design"</h1>
            <p class="hero__tagline">"Every part of the pages, in every state."</p>
        </header>
        <div class="design">
            <section><h2>"Colours"</h2><ul class="swatches">{COLOURS.map(colour).collect_view()}</ul></section>
            <section>
                <h2>"Accents"</h2>
                <ul class="swatches">{(0..super::ACCENTS).map(accent).collect_view()}</ul>
            </section>
            <section>
                <h2>"Type"</h2>
                <p class="design__display">"Heading one"</p>
                <h2>"Heading two"</h2>
                <h3>"Heading three"</h3>
                <p>"Text, with " <a href="#buttons">"a link"</a> " in it."</p>
                <p class="quiet">"Quiet text."</p>
            </section>
            <Buttons/>
            <Fields language/>
            <Signs language/>
            <Orders language/>
            <Tables language/>
            <Charts language/>
            <Papers language/>
        </div>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <section id="buttons">
            <h2>"Buttons"</h2>
            <div class="design__row">
                <button type="button" class="button">"Main"</button>
                <button type="button" class="button" disabled>"Disabled"</button>
                <button type="button" class="button" aria-disabled="true">"At work"</button>
                <button type="button" class="button button--quiet">"Quiet"</button>
                <button type="button" class="button button--text">"Text"</button>
            </div>
        </section>
    }
}

#[component]
fn Fields(language: Language) -> impl IntoView {
    let text = |text: &str| RwSignal::new(text.to_owned());
    let errors = vec![FieldError::new("email", "email", ""), FieldError::new("last_name", "required", "")];
    view! {
        <section>
            <h2>"Fields"</h2>
            <div class="card card--narrow">
                <Field id="plain" name="plain" label="Plain" autocomplete="off" value=text("Typed") error=String::new()/>
                <Field
                    id="hinted" name="hinted" label="With a hint" autocomplete="off" value=text("")
                    error=String::new() hint="What it is for."
                />
                <Field
                    id="wrong" name="wrong" label="Wrong" autocomplete="off" value=text("?")
                    error="Please fill this in.".to_owned()
                />
                <PersonInputs
                    language id="person" first_name=text("Ada") last_name=text("") email=text("ada@gmial") errors
                />
            </div>
            <div class="design__row">
                {[0, 3, 20].map(|quantity| {
                    let subject = format!("seats, {quantity} chosen");
                    view! {
                        <Stepper
                            language subject name=format!("seats-{quantity}") quantity=Signal::stored(quantity)
                            most=Signal::stored(20) on_change=|_: i64| {}
                        />
                    }
                })}
                <label class="tick"><input type="checkbox" checked/> <span>"Ticked"</span></label>
                <label class="tick"><input type="checkbox"/> <span>"Not ticked"</span></label>
            </div>
        </section>
    }
}

#[component]
fn Signs(language: Language) -> impl IntoView {
    let notice = Explanation::new("Something to know.", "It can wait.");
    let problem = Explanation::new("Something went wrong.", "This is what to do.");
    let time = |seconds| view! { <Countdown language seconds_left=Signal::stored(seconds)/> };
    view! {
        <section>
            <h2>"Signs"</h2>
            <Banner tone=Tone::Notice explanation=notice/>
            <Banner tone=Tone::Problem explanation=problem/>
            <div class="design__row">
                {OrderStatus::ALL.map(|status| badge(language, status)).into_iter().collect_view()}
            </div>
            <div class="design__row">{[None, Some(845), Some(45), Some(86_000)].map(time).collect_view()}</div>
            {[Step::Seats, Step::Details, Step::Done].map(|at| view! { <Progress language at/> }).collect_view()}
            <p class="waiting" role="status">{language.loading()}</p>
            <div class="empty">
                <p class="empty__title">{language.no_orders_yet()}</p>
                <p>{language.nothing_yet_detail()}</p>
            </div>
        </section>
    }
}

fn money(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

#[component]
fn Orders(language: Language) -> impl IntoView {
    let seat = |name: &str, reserved: i64, price: i64| OrderSeat {
        seat_type_id: SeatTypeId(Uuid::from_u128(1)),
        name: name.to_owned(),
        requested: reserved,
        reserved,
        unit_price: money(price),
        line_total: money(price * reserved),
    };
    let seats = vec![seat("Full conference", 2, 34_900), seat("Student", 1, 0)];
    let discount =
        Discount { code: "EARLY".to_owned(), description: "Early birds".to_owned(), amount: money(6_980) };
    view! {
        <section>
            <h2>"Orders"</h2>
            <div class="card card--narrow">
                <OrderTable
                    language seats=Signal::stored(seats) discounts=Signal::stored(vec![discount])
                    total=Signal::stored(Some(money(62_820)))
                />
            </div>
        </section>
    }
}

#[component]
fn Tables(language: Language) -> impl IntoView {
    let columns = |sort: &str, shown: &str| {
        let all = vec![
            Heading::new(OrderColumn::Name, language.registrant(), Kind::Text),
            Heading::new(OrderColumn::Attendees, language.attendees(), Kind::Text),
            Heading::new(OrderColumn::PlacedAt, language.placed(), Kind::Measure),
            Heading::new(OrderColumn::Total, language.total(), Kind::Amount),
        ];
        let columns = Columns::new(all, 4);
        columns.read(sort, shown);
        columns
    };
    let table = |sort: &str, row: [&'static str; 4]| {
        let [name, attendees, placed, total] = row;
        view! {
            <table class="grid" role="table">
                <caption class="spoken">{format!("Sorted: {sort}")}</caption>
                <thead role="rowgroup">
                    <tr role="row">{headings(columns(sort, ""), Callback::new(|()| {}))}</tr>
                </thead>
                <tbody role="rowgroup">
                    <tr role="row">
                        <th role="rowheader" scope="row"><span class="grid__main">{name}</span></th>
                        <td role="cell" data-label=language.attendees()>{attendees}</td>
                        <td role="cell" data-label=language.placed()>{placed}</td>
                        <td role="cell" class="grid__number" data-label=language.total()>{total}</td>
                    </tr>
                </tbody>
            </table>
        }
    };
    let row = ["Ada Okafor", "Mei Tanaka", "March 1, 2031", "€628.20"];
    let ignore = Callback::new(|()| {});
    let choice = |shown: &str| {
        view! { <ColumnChoice language columns=columns("", shown) on_change=ignore open=true/> }
    };
    let sorting = |sort: &str| {
        let usual = language.newest_first();
        view! { <SortChoice language columns=columns(sort, "") usual on_change=ignore/> }
    };
    view! {
        <section>
            <h2>"Tables"</h2>
            {["", "name", "-total"].map(|sort| table(sort, row)).collect_view()}
            {["", "name,total", "total"].map(choice).collect_view()}
            <ColumnChoice language columns=columns("", "") on_change=ignore/>
            {["", "-total"].map(sorting).collect_view()}
        </section>
    }
}

#[component]
fn Charts(language: Language) -> impl IntoView {
    let kind = |name: &str, (sold, held, free): (i64, i64, i64)| SeatTypeSummary {
        id: SeatTypeId(Uuid::from_u128(1)),
        name: name.to_owned(),
        quota: sold + held + free,
        sold,
        held,
        free,
        revenue: money(0),
    };
    let kinds =
        [kind("Full conference", (120, 30, 90)), kind("Workshop", (5, 0, -2)), kind("Student", (0, 0, 40))];
    let bar = |kind: &SeatTypeSummary| {
        view! { <li class="offer"><p class="offer__name">{kind.name.clone()}</p>{capacity_bar(language, kind)}</li> }
    };
    let first = Date::from_ymd(2031, 3, 1).expect("the day exists");
    let sold: Vec<_> = [3, 8, 0, 12, 5, 1, 20]
        .into_iter()
        .zip(0..)
        .map(|(seats, day)| DaySummary { date: first.plus_days(day), orders: 1, seats, revenue: money(0) })
        .collect();
    let days = every_day(&sold, first.plus_days(6), money(0));
    view! {
        <section>
            <h2>"Charts"</h2>
            <div class="card">
                <ul class="offers">{kinds.iter().map(bar).collect_view()}</ul>
                {days_chart(language, &days)}
                {capacity_chart(language, &days, 80)}
            </div>
        </section>
    }
}

#[component]
fn Papers(language: Language) -> impl IntoView {
    let code = qr_code("https://example.org/manage/x", language.code_of_ticket("1"));
    view! {
        <section>
            <h2>"Paper"</h2>
            <ul class="tickets">
                <li class="ticket">
                    <div class="ticket__what">
                        <p class="ticket__conference">"Ferrous Days"</p>
                        <p class="ticket__facts">"May 8–9, 2031 · Gasometer, Berlin"</p>
                        <h3 class="ticket__name">"Ada Okafor"</h3>
                        <p class="ticket__seat">"Full conference"</p>
                    </div>
                    <div class="ticket__code">{code}</div>
                </li>
            </ul>
        </section>
    }
}
