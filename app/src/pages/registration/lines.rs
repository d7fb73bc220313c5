//! The order of the flow, line by line.

use leptos::prelude::*;

use super::Flow;
use crate::components::OrderTable;

/// What is ordered, as it stands.
#[component]
pub fn OrderLines(flow: Flow) -> impl IntoView {
    let order = flow.order;
    let seats = Signal::derive(move || order.get().map(|order| order.seats).unwrap_or_default());
    let discounts = Signal::derive(move || order.get().map(|order| order.discounts).unwrap_or_default());
    let total = Signal::derive(move || order.get().map(|order| order.total));
    view! { <OrderTable language=flow.language seats discounts total/> }
}
