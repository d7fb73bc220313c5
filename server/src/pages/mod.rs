//! The faces: pages rendered on the server, and the plain forms in them that work without scripts.

mod backend;
mod cache;
mod files;
mod forms;
mod letters;
pub mod mailbox;
mod waitlist;

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use plenary_app::{Bundle, Language, Page, PageRequest, Route, SubmittedForm};
use plenary_shared::payments::Payment;
use plenary_shared::{PaymentId, Problem};

use self::backend::Visitor;
use self::cache::PageCache;
use crate::conference;
use crate::db::Db;
use crate::http::assets::Assets;
use crate::http::input::PathId;
use crate::http::language::{self, Reader};
use crate::http::problem::{ApiError, MEDIA_TYPE as PROBLEM};
use crate::payments::{self, Simulated};
use crate::preview::Pictures;
use crate::registration::http::Room;
use crate::registration::live::HotConference;
use crate::startup::Settings;

/// What the pages are made from.
#[derive(Debug)]
pub struct Faces {
    registration: Arc<Room>,
    management: Arc<conference::Room>,
    processor: Simulated,
    db: Db,
    assets: Arc<Assets>,
    urls: plenary_app::Assets,
    public_url: String,
    is_demo: bool,
    cache: PageCache,
    pictures: Pictures,
}

impl Faces {
    pub fn new(
        (registration, management): (Arc<Room>, Arc<conference::Room>),
        processor: Simulated,
        db: Db,
        settings: &Settings,
    ) -> Self {
        let (assets, urls) = (Arc::clone(&settings.assets), urls(&settings.assets));
        let (public_url, is_demo) = (settings.public_url.clone(), settings.is_demo);
        let cache = PageCache::new(&urls);
        Self {
            registration,
            management,
            processor,
            db,
            assets,
            urls,
            public_url,
            is_demo,
            cache,
            pictures: Pictures::default(),
        }
    }

    fn request(&self, path: &str, headers: &HeaderMap, form: Option<SubmittedForm>) -> PageRequest {
        PageRequest {
            path: path.to_owned(),
            query: Vec::new(),
            language: language_of(headers),
            assets: self.urls.clone(),
            form,
            public_url: self.public_url.clone(),
            is_demo: self.is_demo,
        }
    }

    /// Adds the organizer's bundle, should it have come since the process started.
    fn with_organizer(&self, request: PageRequest) -> PageRequest {
        if request.assets.organizer.is_some() {
            return request;
        }
        if let Err(error) = self.assets.look_again() {
            tracing::debug!(%error, "the folder of assets is being written");
        }
        PageRequest { assets: urls(&self.assets), ..request }
    }

    async fn render(&self, path: &str, headers: &HeaderMap, form: Option<SubmittedForm>) -> Page {
        self.answer(self.request(path, headers, form), headers).await
    }

    async fn answer(&self, request: PageRequest, headers: &HeaderMap) -> Page {
        let reader = Reader(Some(request.language.locale()));
        let visitor = Visitor { room: Arc::clone(&self.registration), headers: headers.clone(), reader };
        plenary_app::render(request, Arc::new(visitor)).await
    }
}

fn urls(assets: &Assets) -> plenary_app::Assets {
    let organizer = || {
        Some(Bundle { glue: assets.find_url("organizer.js")?, wasm: assets.find_url("organizer_bg.wasm")? })
    };
    plenary_app::Assets {
        stylesheet: assets.url("style.css"),
        organizer_stylesheet: assets.url("organizer.css"),
        start_script: assets.url("start.js"),
        waiting_script: assets.url("waiting.js"),
        registrant: Bundle { glue: assets.url("registrant.js"), wasm: assets.url("registrant_bg.wasm") },
        organizer: organizer(),
    }
}

fn language_of(headers: &HeaderMap) -> Language {
    language::of(headers).map(Language::from).unwrap_or_default()
}

/// The language of a page whose address may say one.
fn language_at(uri: &Uri, headers: &HeaderMap) -> Language {
    language::asked_for(uri).map_or_else(|| language_of(headers), Language::from)
}

/// Remembers the language that an address asked for.
async fn remember_language(State(faces): State<Arc<Faces>>, request: Request, next: Next) -> Response {
    let asked = language::asked_for(request.uri());
    let mut response = next.run(request).await;
    if let Some(locale) = asked {
        let cookie = language::remember(locale, faces.registration.transport);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// All pages: whatever path no call has.
pub fn routes(faces: Arc<Faces>) -> Router {
    Router::new()
        .route("/simulated-processor/{id}", get(processor).post(forms::decide_payment))
        .route("/sitemap.xml", get(files::sitemap))
        .route("/{slug}/waitlist", get(page).post(waitlist::join))
        .fallback(get(page).post(forms::submit))
        .layer(middleware::from_fn_with_state(Arc::clone(&faces), remember_language))
        .with_state(faces)
}

/// A page of the site.
async fn page(
    State(faces): State<Arc<Faces>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    if let Some(answer) = letters::follow(&faces, &uri, &headers).await {
        return answer;
    }
    let (path, language) = (decoded(uri.path()), language_at(&uri, &headers));
    let request = PageRequest { language, ..faces.request(&path, &headers, None) };
    match Route::parse(&path) {
        Some(Route::Conference { slug }) => {
            if let Ok(hot) = faces.registration.published(&slug).await
                && hot.conference.slug == slug
            {
                let render = || async { faces.answer(request, &headers).await.html };
                return faces.cache.answer(&hot, language, &headers, render).await;
            }
        }
        Some(Route::Calendar { slug }) => return files::calendar(&faces, &slug, (&uri, &headers)).await,
        Some(Route::Picture { slug }) => return files::picture(&faces, &slug, (&uri, &headers)).await,
        _ => {}
    }
    let query = serde_urlencoded::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let request = PageRequest { query, ..request };
    let is_organizers = matches!(Route::parse(&path), Some(Route::Manage(_)));
    let request = if is_organizers { faces.with_organizer(request) } else { request };
    let mut response = respond(faces.answer(request, &headers).await);
    if is_organizers {
        response.headers_mut().insert(PERMISSIONS_POLICY, HeaderValue::from_static(CAMERA_ALLOWED));
    }
    response
}

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// The organizer's pages scan tickets. They are one document, so that each of them must be allowed to.
const CAMERA_ALLOWED: &str = "camera=(self), geolocation=(), microphone=(), payment=()";

/// Percent signs undone; what is no text stays as it came and names no page.
fn decoded(path: &str) -> String {
    let pair = format!("path={}", path.replace('+', "%2B").replace('&', "%26"));
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&pair).unwrap_or_default();
    pairs.into_iter().next().map_or_else(|| path.to_owned(), |(_, path)| path)
}

/// A rendered page as an answer. What one visitor sees is not kept for another.
fn respond(page: Page) -> Response {
    if let Some(target) = page.redirect {
        return see_other(&target);
    }
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, page.html).into_response()
}

/// Sends the visitor on with 303; a target that is no header value becomes the front page.
fn see_other(target: &str) -> Response {
    // Browsers read percent signs in the names of hosts as well.
    let ascii = utf8_percent_encode(target, &AsciiSet::EMPTY).to_string();
    let target = HeaderValue::from_str(&ascii).unwrap_or(HeaderValue::from_static("/"));
    let headers = [(header::LOCATION, target), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The page of the simulated processor.
async fn processor(
    State(faces): State<Arc<Faces>>,
    payment_id: Result<PathId<PaymentId>, ApiError>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let Ok(PathId(id)) = payment_id else {
        return failure(&faces, &headers, ApiError::not_found("This payment"));
    };
    match processor_page(&faces, id, language_at(&uri, &headers), &headers).await {
        Ok(page) => respond(page),
        Err(error) => failure(&faces, &headers, error),
    }
}

async fn processor_page(
    faces: &Faces,
    id: PaymentId,
    language: Language,
    headers: &HeaderMap,
) -> Result<Page, ApiError> {
    let payment = payments::http::payment(&faces.db, id).await?;
    let hot = faces.conference_of(&payment).await?;
    let name = hot.order_conference(Some(language.locale())).name;
    let back = order_path(&hot, &payment);
    let request = faces.request(&format!("/simulated-processor/{id}"), headers, None);
    let request = PageRequest { language, ..request };
    Ok(plenary_app::render_processor(payment, &name, back, &request))
}

impl Faces {
    /// The conference whose order a payment is for.
    async fn conference_of(&self, payment: &Payment) -> Result<Arc<HotConference>, ApiError> {
        let view = self.registration.order_view(payment.order_id).await?;
        let hot = self.registration.queries.conference_by_id(view.conference_id).await?;
        hot.ok_or_else(|| ApiError::not_found("This conference"))
    }
}

/// Where the order of a payment is shown.
fn order_path(of: &HotConference, payment: &Payment) -> String {
    format!("/{}/orders/{}", of.conference.slug, payment.order_id)
}

/// The longest refusal that is read, in bytes.
const REFUSAL_LIMIT: usize = 16 * 1024;

/// Has a refusal of the server's own, as when too many ask at once, said by a page where a page was asked for: a browser
/// would show the call's answer as it is.
pub async fn in_words(State(faces): State<Arc<Faces>>, request: Request, next: Next) -> Response {
    let language = language_at(request.uri(), request.headers());
    let accepted = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_page = accepted.is_some_and(|accept| accept.contains("text/html"));
    let response = next.run(request).await;
    let said = response.headers().get(header::CONTENT_TYPE);
    if !is_page || !response.status().is_server_error() || said.is_none_or(|it| it != PROBLEM) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, REFUSAL_LIMIT).await.unwrap_or_default();
    let problem = serde_json::from_slice::<Problem>(&body);
    let problem = problem.unwrap_or_else(|_| Problem::new("unavailable", parts.status.as_u16(), ""));
    let request = PageRequest { language, ..faces.request("/", &HeaderMap::new(), None) };
    let mut page = respond(plenary_app::render_problem(&problem, &request));
    if let Some(after) = parts.headers.get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    page
}

/// The page that says what went wrong.
fn failure(faces: &Faces, headers: &HeaderMap, error: ApiError) -> Response {
    let problem: Problem = error.into_problem();
    respond(plenary_app::render_problem(&problem, &faces.request("/", headers, None)))
}
