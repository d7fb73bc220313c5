//! What the organizer alone can decide about an order: a charge that has no seats, or that is one too many.

use leptos::prelude::*;
use plenary_shared::OrderId;
use plenary_shared::registration::{AttentionEntry, AttentionKind, AttentionResolution, ResolveAttention};

use super::desk::Desk;
use super::loaded::Loaded;
use super::zone;
use crate::api;
use crate::components::Confirm;

/// The charges of an order that were or must be decided about. Not there while there is none.
#[component]
pub fn Decisions(
    desk: Desk,
    order_id: OrderId,
    /// Grows whenever something happened to the order.
    #[prop(into)]
    changes: Signal<u32>,
    on_decided: Callback<()>,
) -> impl IntoView {
    let words = desk.language;
    let entries = RwSignal::new(Loaded::Waiting);
    Effect::new(move |_| {
        changes.track();
        let slug = desk.slug();
        desk.load(entries, async move {
            let all = api::manage::every_attention(&slug).await?;
            Ok(all.into_iter().filter(|entry| entry.order_id == order_id).collect::<Vec<_>>())
        });
    });
    let charge = move |entry: AttentionEntry| view! { <Charge desk entry on_decided/> };
    move || {
        let entries =
            entries.with(|entries| entries.here().cloned()).filter(|entries| !entries.is_empty())?;
        let is_open = entries.iter().any(|entry| entry.resolution.is_none());
        let class = if is_open { "card card--attention" } else { "card" };
        let title = if is_open { words.decide() } else { words.decided() };
        Some(view! {
            <section class=class aria-labelledby="decisions-heading">
                <h2 id="decisions-heading">{title}</h2>
                <ul class="charges">{entries.into_iter().map(charge).collect_view()}</ul>
            </section>
        })
    }
}

#[component]
fn Charge(desk: Desk, entry: AttentionEntry, on_decided: Callback<()>) -> impl IntoView {
    let words = desk.language;
    let zone = desk.known().map(|known| known.conference.time_zone).unwrap_or_default();
    let raised = zone::local_time(entry.raised_at, &zone, words);
    let outcome = match (entry.resolution, entry.refunded_at) {
        (None, _) => None,
        (Some(AttentionResolution::OverrideQuota), _) => Some(words.quota_overridden()),
        (Some(AttentionResolution::Refund), None) => Some(words.refunding()),
        (Some(AttentionResolution::Refund), Some(_)) => Some(words.refund_done()),
    };
    let reason = entry.reason.clone();
    let ways = match outcome {
        Some(outcome) => view! { <p class="state" role="status">{outcome}</p> }.into_any(),
        None => view! { <Ways desk entry on_decided/> }.into_any(),
    };
    view! {
        <li class="charge">
            <p>{reason} " " <span class="quiet">{raised}</span></p>
            {ways}
        </li>
    }
}

/// To give the money back; to confirm all the same where seats are what is missing.
#[component]
fn Ways(desk: Desk, entry: AttentionEntry, on_decided: Callback<()>) -> impl IntoView {
    let words = desk.language;
    let is_late = entry.kind == AttentionKind::LateAndSoldOut;
    let refund = if is_late { words.refund_detail() } else { words.refund_second_detail() };
    let overriding = is_late.then(|| {
        let way = Way {
            label: words.override_quota().to_owned(),
            detail: words.override_detail(),
            resolution: AttentionResolution::OverrideQuota,
        };
        view! { <Decision desk entry=entry.clone() way on_decided/> }
    });
    let way =
        Way { label: words.refund(entry.amount), detail: refund, resolution: AttentionResolution::Refund };
    view! {
        <div class="charge__ways">
            {overriding}
            <Decision desk entry way on_decided/>
        </div>
    }
}

/// One of the ways on, in words.
struct Way {
    label: String,
    detail: &'static str,
    resolution: AttentionResolution,
}

#[component]
fn Decision(desk: Desk, entry: AttentionEntry, way: Way, on_decided: Callback<()>) -> impl IntoView {
    let words = desk.language;
    let is_asked = RwSignal::new(false);
    let Way { label, detail, resolution } = way;
    let (order_id, payment_id) = (entry.order_id, entry.payment_id);
    let act = Callback::new(move |()| {
        let slug = desk.slug();
        let input = ResolveAttention { resolution, payment_id: Some(payment_id) };
        desk.ask(async move { api::manage::resolve(&slug, order_id, &input).await }, move |answer| {
            if let Err(error) = answer {
                desk.complain(&error);
            }
            on_decided.run(());
        });
    });
    view! {
        <div class="charge__way">
            <button type="button" class="button button--quiet" on:click=move |_| is_asked.set(true)>{label.clone()}</button>
            <p class="quiet">{detail}</p>
            <Confirm
                is_open=is_asked title=label.clone() detail=format!("{detail} {}", words.really_decide())
                confirm=label cancel=words.other_way() on_confirm=act
            />
        </div>
    }
}
