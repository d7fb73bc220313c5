//! Tickets to print or to keep: one per seat of a confirmed order.
//! Routes: `/{slug}/orders/{id}/tickets`, `/{slug}/orders/{id}/tickets/{position}`. Rendered on the server alone.

#![expect(clippy::needless_pass_by_value, reason = "props belong to their component")]

use leptos::prelude::*;
use plenary_shared::conference::Conference;
use plenary_shared::registration::SeatAssignment;
use plenary_shared::{OrderId, ticket};

use crate::components::qr_code;
use crate::{Language, ManageRoute, OrderPart, Route};

/// The tickets of `seats`, as the paper they may become.
#[component]
pub fn Tickets(
    language: Language,
    conference: Conference,
    order_id: OrderId,
    seats: Vec<SeatAssignment>,
    /// Where the site is for whoever scans a ticket.
    public_url: String,
) -> impl IntoView {
    let order = Route::Order { slug: conference.slug.clone(), order_id, part: OrderPart::Whole };
    let calendar = Route::Calendar { slug: conference.slug.clone() };
    let ticket = |seat: SeatAssignment| {
        let code = ticket::code(order_id, seat.position);
        view! { <Ticket language conference=conference.clone() seat code public_url=public_url.clone()/> }
    };
    view! {
        <header class="hero hero--small unprinted">
            <h1>{language.tickets()}</h1>
            <p class="hero__tagline">{language.tickets_lead()}</p>
        </header>
        <ul class="tickets">{seats.into_iter().map(ticket).collect_view()}</ul>
        <p class="ways unprinted">
            <a class="button button--quiet" href=order.path()>{language.back_to_the_order()}</a>
            <a class="button button--text" href=calendar.path()>{language.add_to_calendar()}</a>
        </p>
    }
}

/// Where a scanned ticket leads: to the door, for its organizer alone. It says who it is about to nobody else.
fn scanned_address(public_url: &str, slug: &str, code: &str) -> String {
    let door = ManageRoute::CheckIn { slug: slug.to_owned() };
    format!("{public_url}{}?ticket={code}", door.path())
}

#[component]
fn Ticket(
    language: Language,
    conference: Conference,
    seat: SeatAssignment,
    code: String,
    public_url: String,
) -> impl IntoView {
    let scanned = scanned_address(&public_url, &conference.slug, &code);
    let number = language.seat_number(seat.position, &seat.seat_type_name);
    let name = seat.attendee.map(|person| person.full_name());
    let is_named = name.is_some();
    let days = language.days_of(&conference);
    view! {
        <li class="ticket" class:ticket--unnamed=!is_named>
            <div class="ticket__what">
                <p class="ticket__conference">{conference.name}</p>
                <p class="ticket__facts">{days} " · " {conference.location}</p>
                <h2 class="ticket__name">{name.unwrap_or_else(|| language.nobody_yet().to_owned())}</h2>
                <p class="ticket__seat">{number.clone()}</p>
                <p class="ticket__number">{code}</p>
            </div>
            <div class="ticket__code">{qr_code(&scanned, language.code_of_ticket(&number))}</div>
        </li>
    }
}
