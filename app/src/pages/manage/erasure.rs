//! Forgetting the people of an order. Part of its page.

use leptos::prelude::*;
use plenary_shared::OrderId;

use super::desk::Desk;
use crate::api::{self, ApiError};
use crate::components::{Confirm, Tone};
use crate::words::Explanation;

/// The way to have the people of an order forgotten.
#[component]
pub fn Erasure(desk: Desk, order_id: OrderId, on_erased: Callback<()>) -> impl IntoView {
    let words = desk.language;
    let is_asked = RwSignal::new(false);
    let erase = Callback::new(move |()| {
        let slug = desk.slug();
        let request = async move { api::manage::erase_personal_data(&slug, order_id).await };
        desk.ask(request, move |answer: Result<(), ApiError>| match answer {
            Ok(()) => {
                desk.notice.set(Some((Tone::Notice, Explanation::new(words.erased_now(), ""))));
                on_erased.run(());
            }
            Err(error) => desk.complain(&error),
        });
    });
    view! {
        <section class="card" aria-labelledby="privacy-heading">
            <h2 id="privacy-heading">{words.privacy()}</h2>
            <p class="quiet">{words.erase_detail()}</p>
            <p class="add">
                <button type="button" class="button button--quiet" on:click=move |_| is_asked.set(true)>{words.erase()}</button>
            </p>
            <Confirm
                is_open=is_asked title=words.erase() detail=words.really_decide()
                confirm=words.erase() cancel=words.cancel() on_confirm=erase
            />
        </section>
    }
}
