//! What is ordered, line by line.

use leptos::prelude::*;
use plenary_shared::registration::{Discount, OrderSeat};
use plenary_shared::{Money, format};

use super::changing;
use crate::Language;

/// The lines of an order, its discounts and its total.
#[component]
pub fn OrderTable(
    language: Language,
    #[prop(into)] seats: Signal<Vec<OrderSeat>>,
    #[prop(into)] discounts: Signal<Vec<Discount>>,
    #[prop(into)] total: Signal<Option<Money>>,
) -> impl IntoView {
    let lines =
        changing(move || seats.get().iter().map(|seat| line(language, seat).into_any()).collect::<Vec<_>>());
    let reductions = changing(move || {
        discounts.get().iter().map(|discount| reduction(language, discount).into_any()).collect::<Vec<_>>()
    });
    view! {
        <table class="order-table" aria-label=language.your_order()>
            <thead class="spoken">
                <tr>
                    <th scope="col">{language.seat()}</th>
                    <th scope="col">{language.quantity()}</th>
                    <th scope="col">{language.price()}</th>
                </tr>
            </thead>
            <tbody>{lines} {reductions}</tbody>
            <tfoot>
                <tr>
                    <th scope="row" colspan="2">{language.total()}</th>
                    <td class="order-table__price">
                        {changing(move || total.get().map(|total| language.price_of(total)).unwrap_or_default())}
                    </td>
                </tr>
            </tfoot>
        </table>
    }
}

fn line(language: Language, seat: &OrderSeat) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">{seat.name.clone()}</th>
            <td class="order-table__quantity">"× " {seat.reserved.to_string()}</td>
            <td class="order-table__price">{language.price_of(seat.line_total)}</td>
        </tr>
    }
}

/// What a promotional code takes off, as a line.
pub fn reduction(language: Language, discount: &Discount) -> impl IntoView + use<> {
    let name = match discount.description.as_str() {
        "" => discount.code.clone(),
        description => format!("{} · {description}", discount.code),
    };
    let amount = Money::new(-discount.amount.amount.abs(), discount.amount.currency);
    view! {
        <tr>
            <th scope="row" colspan="2">{name}</th>
            <td class="order-table__price">{format::money(amount, language.locale())}</td>
        </tr>
    }
}
