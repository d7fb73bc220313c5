//! The organizer's application: a single page behind the log-in, a bundle of its own.

/// Mounts the application into the page, in place of what the server rendered there.
#[cfg(feature = "organizer")]
pub fn start() {
    use wasm_bindgen::JsCast;

    use crate::pages::manage::{self, Rendered};

    let Some(page) = leptos::prelude::document().get_element_by_id("organizer") else { return };
    let page: web_sys::HtmlElement = page.unchecked_into();
    let rendered = Rendered::read(&page);
    page.set_inner_html("");
    leptos::mount::mount_to(page, move || manage::run(rendered)).forget();
}
