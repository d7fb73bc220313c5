//! The user interface of Plenary, one set of components for the server's first HTML and for the browser.
//!
//! Three builds: `ssr` renders pages ([`render()`]), `hydrate` is what registrants load, `organizer` is what
//! organizers load. The crate knows what crosses HTTP (`plenary-shared`) and nothing of the server behind it.
//! Requests leave through [`api`] alone, words come from [`words`] alone.

// Views are types as deep as the page.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
mod email;
pub mod live;
pub mod navigation;
pub mod optimistic;
#[cfg(any(feature = "organizer", feature = "ssr"))]
pub mod organizer;
pub mod pages;
mod people;
#[cfg(feature = "ssr")]
mod render;
pub mod words;

use plenary_shared::{OrderId, WaitListEntryId};

#[cfg(feature = "ssr")]
pub use crate::api::Backend;
#[cfg(feature = "ssr")]
pub use crate::render::{
    Assets, Bundle, DemoLetter, Page, PageRequest, SubmittedForm, render, render_letter, render_mailbox,
    render_problem, render_processor,
};
pub use crate::words::Language;

/// How figures are drawn, for drawings that are no part of a page.
#[cfg(feature = "ssr")]
pub mod charts {
    pub use crate::pages::manage::{WIDTH, parts};
}

/// Every page that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/`
    Conferences,
    /// `/{slug}`
    Conference { slug: String },
    /// `/{slug}/calendar.ics`: a file for the calendars of those who come.
    Calendar { slug: String },
    /// `/{slug}/preview.png`: the picture that other sites show with a link to it.
    Picture { slug: String },
    /// `/{slug}/orders/{id}`; a plain form of that page sends to one of its parts.
    Order { slug: String, order_id: OrderId, part: OrderPart },
    /// `/{slug}/waitlist`, and `/{slug}/waitlist/{id}` for a place on it.
    WaitList { slug: String, entry_id: Option<WaitListEntryId> },
    /// `/orders/find`
    FindOrder,
    /// `/design`: every part of the pages in every state, for those who build them.
    Design,
    /// `/manage…`
    Manage(ManageRoute),
}

/// What a plain form on an order's page is about. Pages are always the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderPart {
    /// The order itself: the registrant, and to pay or to confirm.
    Whole,
    /// `…/seats`
    Seats,
    /// `…/release`
    Release,
    /// `…/extension`
    Extension,
    /// `…/assign/{position}`
    Assign(i64),
    /// `…/tickets`, and `…/tickets/{position}` for a single one: pages of their own.
    Tickets(Option<i64>),
}

/// The pages of the organizer's application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManageRoute {
    /// `/manage`: locate one's conference.
    Locate,
    /// `/manage/create`
    Create,
    /// `/manage/{slug}`
    Dashboard { slug: String },
    /// `/manage/{slug}/details`
    Details { slug: String },
    /// `/manage/{slug}/seat-types`
    SeatTypes { slug: String },
    /// `/manage/{slug}/promo-codes`
    PromoCodes { slug: String },
    /// `/manage/{slug}/waitlist`
    WaitList { slug: String },
    /// `/manage/{slug}/orders`
    Orders { slug: String },
    /// `/manage/{slug}/orders/{id}`
    Order { slug: String, order_id: OrderId },
    /// `/manage/{slug}/attendees`
    Attendees { slug: String },
    /// `/manage/{slug}/check-in`: the door.
    CheckIn { slug: String },
}

/// Where a site to try things out on shows the letters that it would have sent: a page of the server's own.
pub const DEMO_LETTERS: &str = "/dev/mail";

/// First path segments that the site needs for itself, so that no conference can be called so, in lower case.
pub const RESERVED_SLUGS: [&str; 23] = [
    "admin",
    "api",
    "assets",
    "conferences",
    "create",
    "design",
    "dev",
    "favicon",
    "favicon-ico",
    "favicon.ico",
    "favicon.svg",
    "healthz",
    "manage",
    "metrics",
    "openapi",
    "orders",
    "public",
    "readyz",
    "robots-txt",
    "robots.txt",
    "simulated-processor",
    "sitemap-xml",
    "sitemap.xml",
];

impl Route {
    /// The page at `path`, a path without query; `None` where there is none.
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let reserved = |slug: &str| RESERVED_SLUGS.contains(&slug.to_ascii_lowercase().as_str());
        match segments.as_slice() {
            [] => Some(Self::Conferences),
            ["orders", "find"] => Some(Self::FindOrder),
            ["design"] => Some(Self::Design),
            ["manage", rest @ ..] => ManageRoute::parse(rest).map(Self::Manage),
            [slug, ..] if reserved(slug) => None,
            [slug] => Some(Self::Conference { slug: (*slug).to_owned() }),
            [slug, "calendar.ics"] => Some(Self::Calendar { slug: (*slug).to_owned() }),
            [slug, "preview.png"] => Some(Self::Picture { slug: (*slug).to_owned() }),
            [slug, "waitlist"] => Some(Self::WaitList { slug: (*slug).to_owned(), entry_id: None }),
            [slug, "waitlist", id] => {
                Some(Self::WaitList { slug: (*slug).to_owned(), entry_id: Some(id.parse().ok()?) })
            }
            [slug, "orders", id, part @ ..] => Some(Self::Order {
                slug: (*slug).to_owned(),
                order_id: id.parse().ok()?,
                part: OrderPart::parse(part)?,
            }),
            _ => None,
        }
    }

    /// Where the page is.
    pub fn path(&self) -> String {
        match self {
            Self::Conferences => "/".to_owned(),
            Self::Conference { slug } => format!("/{slug}"),
            Self::Calendar { slug } => format!("/{slug}/calendar.ics"),
            Self::Picture { slug } => format!("/{slug}/preview.png"),
            Self::Order { slug, order_id, part } => match part {
                OrderPart::Whole => format!("/{slug}/orders/{order_id}"),
                OrderPart::Seats => format!("/{slug}/orders/{order_id}/seats"),
                OrderPart::Release => format!("/{slug}/orders/{order_id}/release"),
                OrderPart::Extension => format!("/{slug}/orders/{order_id}/extension"),
                OrderPart::Assign(position) => format!("/{slug}/orders/{order_id}/assign/{position}"),
                OrderPart::Tickets(None) => format!("/{slug}/orders/{order_id}/tickets"),
                OrderPart::Tickets(Some(position)) => format!("/{slug}/orders/{order_id}/tickets/{position}"),
            },
            Self::WaitList { slug, entry_id: None } => format!("/{slug}/waitlist"),
            Self::WaitList { slug, entry_id: Some(id) } => format!("/{slug}/waitlist/{id}"),
            Self::FindOrder => "/orders/find".to_owned(),
            Self::Design => "/design".to_owned(),
            Self::Manage(manage) => manage.path(),
        }
    }
}

impl OrderPart {
    fn parse(segments: &[&str]) -> Option<Self> {
        match segments {
            [] => Some(Self::Whole),
            ["seats"] => Some(Self::Seats),
            ["release"] => Some(Self::Release),
            ["extension"] => Some(Self::Extension),
            ["assign", position] => position.parse().ok().map(Self::Assign),
            ["tickets"] => Some(Self::Tickets(None)),
            ["tickets", position] => position.parse().ok().map(|position| Self::Tickets(Some(position))),
            _ => None,
        }
    }
}

impl ManageRoute {
    fn parse(segments: &[&str]) -> Option<Self> {
        match segments {
            [] => Some(Self::Locate),
            ["create"] => Some(Self::Create),
            [slug, rest @ ..] => {
                let slug = (*slug).to_owned();
                match rest {
                    [] => Some(Self::Dashboard { slug }),
                    ["details"] => Some(Self::Details { slug }),
                    ["seat-types"] => Some(Self::SeatTypes { slug }),
                    ["promo-codes"] => Some(Self::PromoCodes { slug }),
                    ["waitlist"] => Some(Self::WaitList { slug }),
                    ["orders"] => Some(Self::Orders { slug }),
                    ["orders", id] => Some(Self::Order { slug, order_id: id.parse().ok()? }),
                    ["attendees"] => Some(Self::Attendees { slug }),
                    ["check-in"] => Some(Self::CheckIn { slug }),
                    _ => None,
                }
            }
        }
    }

    /// Where the page is.
    pub fn path(&self) -> String {
        match self {
            Self::Locate => "/manage".to_owned(),
            Self::Create => "/manage/create".to_owned(),
            Self::Dashboard { slug } => format!("/manage/{slug}"),
            Self::Details { slug } => format!("/manage/{slug}/details"),
            Self::SeatTypes { slug } => format!("/manage/{slug}/seat-types"),
            Self::PromoCodes { slug } => format!("/manage/{slug}/promo-codes"),
            Self::WaitList { slug } => format!("/manage/{slug}/waitlist"),
            Self::Orders { slug } => format!("/manage/{slug}/orders"),
            Self::Order { slug, order_id } => format!("/manage/{slug}/orders/{order_id}"),
            Self::Attendees { slug } => format!("/manage/{slug}/attendees"),
            Self::CheckIn { slug } => format!("/manage/{slug}/check-in"),
        }
    }
}

/// Where the registrant's bundle begins: called by `app/js/start.js` once the module is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start() {
    pages::registration::hydrate();
}

/// Where the organizer's bundle begins: called by `app/js/start.js` once the module is there.
#[cfg(all(feature = "organizer", not(feature = "hydrate")))]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start() {
    organizer::start();
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn every_route_is_at_its_path() {
        let paths = [
            "/".to_owned(),
            "/rustconf".to_owned(),
            "/rustconf/calendar.ics".to_owned(),
            "/rustconf/preview.png".to_owned(),
            "/rustconf/waitlist".to_owned(),
            format!("/rustconf/waitlist/{ORDER}"),
            format!("/rustconf/orders/{ORDER}"),
            format!("/rustconf/orders/{ORDER}/seats"),
            format!("/rustconf/orders/{ORDER}/release"),
            format!("/rustconf/orders/{ORDER}/extension"),
            format!("/rustconf/orders/{ORDER}/assign/3"),
            format!("/rustconf/orders/{ORDER}/tickets"),
            format!("/rustconf/orders/{ORDER}/tickets/3"),
            "/orders/find".to_owned(),
            "/design".to_owned(),
            "/manage".to_owned(),
            "/manage/create".to_owned(),
            "/manage/rustconf".to_owned(),
            "/manage/rustconf/details".to_owned(),
            "/manage/rustconf/seat-types".to_owned(),
            "/manage/rustconf/promo-codes".to_owned(),
            "/manage/rustconf/waitlist".to_owned(),
            "/manage/rustconf/orders".to_owned(),
            format!("/manage/rustconf/orders/{ORDER}"),
            "/manage/rustconf/attendees".to_owned(),
            "/manage/rustconf/check-in".to_owned(),
        ];
        for path in paths {
            assert_eq!(Route::parse(&path).map(|route| route.path()), Some(path));
        }
    }

    #[test]
    fn no_conference_is_at_a_reserved_path() {
        for slug in RESERVED_SLUGS {
            assert!(!matches!(Route::parse(&format!("/{slug}")), Some(Route::Conference { .. })), "{slug}");
        }
        assert_eq!(Route::parse("/API"), None);
        assert_eq!(Route::parse("/rustconf/orders/not-an-id"), None);
        assert_eq!(Route::parse("/rustconf/elsewhere"), None);
    }
}
