//! The order of the flow, line by line.

use leptos::prelude::*;
use plenary_shared::registration::Order;

use super::Flow;
use crate::components::OrderTable;

/// What is ordered, as it stands.
#[component]
pub fn OrderLines(flow: Flow) -> impl IntoView {
    fn of<T: Default>(order: Option<&Order>, part: impl Fn(&Order) -> T) -> T {
        order.map(part).unwrap_or_default()
    }
    let order = flow.order;
    let seats = Signal::derive(move || order.with(|it| of(it.as_ref(), |it| it.seats.clone())));
    let discounts = Signal::derive(move || order.with(|it| of(it.as_ref(), |it| it.discounts.clone())));
    let total = Signal::derive(move || order.with(|it| it.as_ref().map(|it| it.total)));
    view! { <OrderTable language=flow.language seats discounts total/> }
}
