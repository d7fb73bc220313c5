//! Pages as the server sends them: complete documents, the same bytes for everyone who may see the same.

use std::sync::Arc;

use leptos::prelude::*;
use plenary_shared::Problem;
use plenary_shared::conference::Conference;

use crate::api::Backend;
pub use crate::pages::registration::SubmittedForm;
use crate::pages::registration::{Registration, Start};
use crate::{Language, Route};

/// Where the files are that pages load, as absolute paths with the hash of their content in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    pub stylesheet: String,
    /// `app/js/start.js`
    pub start_script: String,
    /// The registrant's bundle.
    pub registrant: Bundle,
    /// The organizer's bundle.
    pub organizer: Bundle,
}

/// The two files of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The JavaScript that `wasm-bindgen` made.
    pub glue: String,
    pub wasm: String,
}

/// What page, for whom.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// Without query.
    pub path: String,
    pub language: Language,
    pub assets: Assets,
    /// After a plain form that was refused: the page is shown again with its input.
    pub form: Option<SubmittedForm>,
    /// Where the site is for the world, without a slash at the end.
    pub public_url: String,
}

/// An answer to a page's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    pub html: String,
    /// Where to send the visitor instead, with 303.
    pub redirect: Option<String>,
}

/// Renders the page at `request.path` with what `backend` knows.
pub async fn render(request: PageRequest, backend: Arc<dyn Backend>) -> Page {
    match Route::parse(&request.path) {
        Some(Route::Conference { slug }) => match backend.conference(&slug).await {
            Ok(conference) => registration(&request, conference),
            Err(problem) => render_problem(&problem, &request),
        },
        _ => render_problem(&Problem::new("not-found", 404, "Not found"), &request),
    }
}

/// Renders the page that says why there is no other.
pub fn render_problem(problem: &Problem, request: &PageRequest) -> Page {
    let _ = request;
    Page { status: problem.status, html: problem.title.clone(), redirect: problem.redirect_url.clone() }
}

fn registration(request: &PageRequest, conference: Conference) -> Page {
    let start = Start {
        language: request.language,
        conference,
        order: None,
        assignments: None,
        form: request.form.clone(),
    };
    let html = Owner::new().with(|| view! { <Registration start/> }.to_html());
    Page { status: 200, html, redirect: None }
}
