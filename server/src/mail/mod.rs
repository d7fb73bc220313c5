//! Mail: the letters that follow from what happens.
//!
//! A letter is put into the outbox in the unit of work of the event that asks for it, as its kind and ids alone. What
//! it says is looked up when it is delivered, at least once, under a Message-ID that every repeat has. This room owns
//! no table and knows of the others what their contracts say; who is written to it asks [`Records`].

use std::sync::Arc;

mod delivery;
mod draft;
mod letter;
mod post;
mod reactor;
mod shown;
mod words;

pub use delivery::{Desk, LetterDelivery, LetterErasure};
pub use letter::{Access, Attention, Letter, Offer, Order, Records, Seat};
pub use post::{Discard, Enveloped, Folder, Post, Smtp};
pub use reactor::LetterWriter;
pub use shown::{Shown, letter, newest};

pub use lettre::message::Mailbox;

/// How letters leave.
#[derive(Debug, Clone)]
pub struct Settings {
    pub post: Arc<dyn Post>,
    /// Who they are from.
    pub from: Mailbox,
    /// The folder that they are written to, where everybody may read them: in the demo alone.
    pub shown: Option<Folder>,
}

/// Who letters are from where nobody says otherwise: the site itself.
pub fn sender_of(public_url: &str) -> Mailbox {
    let authority = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = authority.split(['/', ':']).next().unwrap_or_default();
    let named = |host: &str| format!("Plenary <plenary@{host}>").parse::<Mailbox>().ok();
    let is_name = host.contains(|c: char| c.is_ascii_alphabetic());
    let sender = if is_name { named(host) } else { None };
    sender.or_else(|| named("localhost")).expect("localhost is a domain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_the_sender() {
        for (url, sender) in [
            ("https://tickets.example.org/", "plenary@tickets.example.org"),
            ("http://localhost:3000", "plenary@localhost"),
            ("http://127.0.0.1:3000", "plenary@localhost"),
            ("http://[::1]:3000", "plenary@localhost"),
        ] {
            assert_eq!(sender_of(url).email.to_string(), sender, "{url}");
        }
    }
}
