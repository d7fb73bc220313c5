//! `/dev/mail`: the letters that were written to a folder, for whoever tries the program out. It is there in the demo
//! alone, and never where letters are sent.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, middleware};
use plenary_app::{DEMO_LETTERS, DemoLetter, Page, PageRequest};
use plenary_shared::Problem;

use super::{Faces, language_at, remember_language, respond};
use crate::mail::{self, Folder, Shown};

type Here = (Arc<Faces>, Folder);

/// The pages, over the folder that letters are written to.
pub fn routes(faces: Arc<Faces>, folder: Folder) -> Router {
    Router::new()
        .route(DEMO_LETTERS, get(list))
        .route(&format!("{DEMO_LETTERS}/{{name}}"), get(show))
        .layer(middleware::from_fn_with_state(Arc::clone(&faces), remember_language))
        .with_state((faces, folder))
}

async fn list(
    State((faces, folder)): State<Here>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let request = request_at(&faces, &uri, &headers);
    respond(match mail::newest(&folder).await {
        Ok(letters) => plenary_app::render_mailbox(letters.into_iter().map(demo).collect(), &request),
        Err(error) => unreadable(&error, &request),
    })
}

async fn show(
    State((faces, folder)): State<Here>,
    OriginalUri(uri): OriginalUri,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let request = request_at(&faces, &uri, &headers);
    respond(match mail::letter(&folder, &name).await {
        Ok(Some(letter)) => plenary_app::render_letter(demo(letter), &request),
        Ok(None) => {
            let problem = Problem::new("not-found", 404, "There is no such letter.");
            plenary_app::render_problem(&problem, &request)
        }
        Err(error) => unreadable(&error, &request),
    })
}

fn request_at(faces: &Faces, uri: &Uri, headers: &HeaderMap) -> PageRequest {
    PageRequest { language: language_at(uri, headers), ..faces.request(uri.path(), headers, None) }
}

fn unreadable(error: &std::io::Error, request: &PageRequest) -> Page {
    tracing::error!(%error, "the folder of letters cannot be read");
    plenary_app::render_problem(&Problem::new("internal", 500, ""), request)
}

fn demo(letter: Shown) -> DemoLetter {
    let Shown { name, language, from, to, date, subject, body } = letter;
    DemoLetter { name, language, from, to, date, subject, body }
}
