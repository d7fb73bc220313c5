//! The organizer's application: a single page behind the log-in, a bundle of its own.

/// Mounts the application into the page.
#[cfg(feature = "organizer")]
pub fn start() {
    leptos::mount::mount_to_body(crate::pages::manage::Manage);
}
