//! A question before something that cannot be undone.

use leptos::html;
use leptos::prelude::*;

/// A dialog over the page. It opens and closes with `is_open`, keeps the focus inside, and Escape closes it.
#[component]
pub fn Confirm(
    is_open: RwSignal<bool>,
    #[prop(into)] title: String,
    /// What will happen, in words.
    #[prop(into)]
    detail: String,
    #[prop(into)] confirm: String,
    #[prop(into)] cancel: String,
    on_confirm: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (is_open.get(), dialog.open()) {
            // A dialog that has left the page cannot be shown, and nobody misses it.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let name = title.clone();
    let act = move |_| {
        is_open.set(false);
        on_confirm.run(());
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=name on:close=move |_| is_open.set(false)>
            <h2>{title}</h2>
            <p class="dialog__detail">{detail}</p>
            <div class="dialog__ways">
                <button type="button" class="button" on:click=act>{confirm}</button>
                <button type="button" class="button button--quiet" on:click=move |_| is_open.set(false)>
                    {cancel}
                </button>
            </div>
        </dialog>
    }
}
