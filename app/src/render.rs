//! Pages as the server sends them: complete documents, the same bytes for everyone who may see the same.

mod preview;

use std::sync::Arc;

use leptos::prelude::*;
use plenary_shared::conference::Conference;
use plenary_shared::payments::Payment;
use plenary_shared::registration::{Order, OrderStatus};
use plenary_shared::{OrderId, Problem, WaitListEntryId};

use crate::api::Backend;
use crate::components::LanguageSwitch;
use crate::pages::conferences::Conferences;
use crate::pages::design::Design;
use crate::pages::failure::Failure;
use crate::pages::find_order::FindOrder;
pub use crate::pages::mailbox::DemoLetter;
use crate::pages::mailbox::{LetterPage, Mailbox};
use crate::pages::manage::{query, shell};
use crate::pages::processor::Processor;
pub use crate::pages::registration::SubmittedForm;
use crate::pages::registration::{Flow, Registration, Start};
use crate::pages::tickets::Tickets;
use crate::pages::wait_list::{JoinWaitList, OnWaitList};
use crate::{DEMO_LETTERS, Language, ManageRoute, OrderPart, Route, pages};

/// Where the files are that pages load, as absolute paths with the hash of their content in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    pub stylesheet: String,
    /// What the organizer's pages have besides.
    pub organizer_stylesheet: String,
    /// `app/js/start.js`
    pub start_script: String,
    /// `app/js/waiting.js`
    pub waiting_script: String,
    /// The registrant's bundle.
    pub registrant: Bundle,
    /// The organizer's bundle; on a first start it is compiled last.
    pub organizer: Option<Bundle>,
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
    /// The names and values in the address.
    pub query: Vec<(String, String)>,
    pub language: Language,
    pub assets: Assets,
    /// After a plain form that was refused: the page is shown again with its input.
    pub form: Option<SubmittedForm>,
    /// Where the site is for the world, without a slash at the end.
    pub public_url: String,
    /// Whether it is a site to try things out on.
    pub is_demo: bool,
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
///
/// What it shows is loaded first; a refusal becomes a page that says why. The same conference in the same language
/// gives the same bytes.
pub async fn render(request: PageRequest, backend: Arc<dyn Backend>) -> Page {
    let page = match Route::parse(&request.path) {
        Some(Route::Conferences) => conferences(&request, &*backend).await,
        Some(Route::Conference { slug }) => conference(&request, &*backend, &slug).await,
        Some(Route::Order { slug, order_id, part: OrderPart::Tickets(position) }) => {
            tickets(&request, &*backend, (&slug, order_id), position).await
        }
        Some(Route::Order { slug, order_id, .. }) => order(&request, &*backend, &slug, order_id).await,
        Some(Route::WaitList { slug, entry_id: None }) => join_wait_list(&request, &*backend, &slug).await,
        Some(Route::WaitList { slug, entry_id: Some(id) }) => {
            on_wait_list(&request, &*backend, &slug, id).await
        }
        Some(Route::FindOrder) => Ok(find_order(&request)),
        Some(Route::Design) if request.is_demo => Ok(design(&request)),
        Some(Route::Manage(route)) => Ok(manage(&request, route)),
        // A file is no page; whoever answers for files has answered by now.
        Some(Route::Calendar { .. } | Route::Picture { .. } | Route::Design) | None => {
            Err(Problem::new("not-found", 404, "This page does not exist."))
        }
    };
    page.unwrap_or_else(|problem| render_problem(&problem, &request))
}

/// Renders the page that says why there is no other. A conference that its organizer has unpublished with a link
/// leads there.
pub fn render_problem(problem: &Problem, request: &PageRequest) -> Page {
    let language = request.language;
    let explanation = language.problem(problem);
    let head = Head::plain(&explanation.title, &explanation.detail);
    let failure = problem.clone();
    let page = plain(request, &head, move || view! { <Failure language problem=failure/> });
    Page { status: problem.status, redirect: problem.redirect_url.clone(), ..page }
}

async fn conferences(request: &PageRequest, backend: &dyn Backend) -> Result<Page, Problem> {
    let language = request.language;
    let conferences = backend.conferences().await?;
    let head = Head::plain(language.upcoming(), language.product_description());
    let is_demo = request.is_demo;
    Ok(plain(request, &head, move || {
        view! {
            <Conferences language conferences/>
            {is_demo.then(|| demo_ways(language))}
        }
    }))
}

/// What there is to see beside, on a site to try things out on.
fn demo_ways(language: Language) -> impl IntoView {
    view! {
        <p class="ways wait__ways">
            <a class="button button--quiet" href=DEMO_LETTERS>{language.demo_letters()}</a>
            <a class="button button--text" href=Route::Design.path()>{language.demo_design()}</a>
        </p>
    }
}

async fn conference(request: &PageRequest, backend: &dyn Backend, slug: &str) -> Result<Page, Problem> {
    let conference =
        backend.conference(slug).await.map_err(|problem| missing("conference-not-found", problem))?;
    let head = Head::of_conference(&conference, request);
    Ok(registration(request, &head, start(request, conference)))
}

async fn order(
    request: &PageRequest,
    backend: &dyn Backend,
    slug: &str,
    order_id: OrderId,
) -> Result<Page, Problem> {
    let order = order_at(backend, slug, order_id).await?;
    // Orders outlive the publication of their conference; what it is, its registrants still see.
    let conference = match backend.conference(slug).await {
        Ok(conference) => conference,
        Err(_) if order.access_code.is_some() => backend.conference_of(&order).await?,
        Err(_) => conference_of(&order),
    };
    let is_assignable = order.status == OrderStatus::Confirmed && order.access_code.is_some();
    let assignments = if is_assignable { backend.assignments(order_id).await.ok() } else { None };
    let head = Head {
        is_private: true,
        ..Head::plain(&format!("{} · {}", request.language.your_order(), conference.name), "")
    };
    let start = Start { order: Some(order), assignments, ..start(request, conference) };
    Ok(registration(request, &head, start))
}

/// The order at an address that names its conference rightly.
async fn order_at(backend: &dyn Backend, slug: &str, order_id: OrderId) -> Result<Order, Problem> {
    let order = backend.order(order_id).await.map_err(|problem| missing("order-not-found", problem))?;
    if order.conference.slug.eq_ignore_ascii_case(slug) {
        Ok(order)
    } else {
        Err(Problem::new("order-not-found", 404, "There is no such order."))
    }
}

/// The tickets of an order, or the one at `position`, to whoever may see its attendees.
async fn tickets(
    request: &PageRequest,
    backend: &dyn Backend,
    (slug, order_id): (&str, OrderId),
    position: Option<i64>,
) -> Result<Page, Problem> {
    let order = order_at(backend, slug, order_id).await?;
    let mut seats = backend.assignments(order_id).await?.seats;
    seats.retain(|seat| position.is_none_or(|position| seat.position == position));
    if seats.is_empty() {
        return Err(Problem::new("not-found", 404, "This order has no such seat."));
    }
    let conference = backend.conference_of(&order).await?;
    let (language, public_url) = (request.language, request.public_url.clone());
    let head = Head {
        is_private: true,
        accent: pages::accent_of(&conference.slug),
        ..Head::plain(&format!("{} · {}", language.tickets(), conference.name), "")
    };
    Ok(plain(request, &head, move || view! { <Tickets language conference order_id seats public_url/> }))
}

async fn join_wait_list(request: &PageRequest, backend: &dyn Backend, slug: &str) -> Result<Page, Problem> {
    let conference =
        backend.conference(slug).await.map_err(|problem| missing("conference-not-found", problem))?;
    let (language, form) = (request.language, request.form.clone());
    let fields = form.as_ref().map_or_else(|| request.query.clone(), |form| form.fields.clone());
    let head = Head {
        is_private: true,
        accent: pages::accent_of(&conference.slug),
        ..Head::plain(&format!("{} · {}", language.wait_list(), conference.name), "")
    };
    Ok(plain(request, &head, move || view! { <JoinWaitList language conference fields form/> }))
}

async fn on_wait_list(
    request: &PageRequest,
    backend: &dyn Backend,
    slug: &str,
    id: WaitListEntryId,
) -> Result<Page, Problem> {
    let nothing = || Problem::new("not-found", 404, "There is no such place on the wait list.");
    let entry = backend.wait_list_entry(id).await?;
    if !entry.conference.slug.eq_ignore_ascii_case(slug) {
        return Err(nothing());
    }
    let language = request.language;
    let head = Head {
        is_private: true,
        accent: pages::accent_of(&entry.conference.slug),
        ..Head::plain(&format!("{} · {}", language.wait_list(), entry.conference.name), "")
    };
    let script = request.assets.waiting_script.clone();
    Ok(plain(request, &head, move || view! { <OnWaitList language entry script/> }))
}

/// Says what it is that is not there.
fn missing(slug: &str, problem: Problem) -> Problem {
    if problem.status != 404 {
        return problem;
    }
    Problem { redirect_url: problem.redirect_url, ..Problem::new(slug, 404, problem.title) }
}

fn find_order(request: &PageRequest) -> Page {
    let (language, form) = (request.language, request.form.clone());
    let head = Head::plain(language.find_my_order(), language.find_lead());
    plain(request, &head, move || view! { <FindOrder language form/> })
}

fn design(request: &PageRequest) -> Page {
    let language = request.language;
    let head = Head { is_private: true, is_organizers: true, ..Head::plain("Design", "") };
    plain(request, &head, move || view! { <Design language/> })
}

/// Renders the page of the simulated processor for a payment to `conference`, whose visitors go on to `back`.
pub fn render_processor(mut payment: Payment, conference: &str, back: String, request: &PageRequest) -> Page {
    let language = request.language;
    // Its own description is the processor's, in one language; whoever looks at its page may read another.
    payment.description = language.registration_for(conference);
    let head = Head { is_private: true, ..Head::plain(language.simulated_processor(), "") };
    plain(request, &head, move || view! { <Processor language payment back/> })
}

/// Renders the list of the letters that a site to try things out on has written.
pub fn render_mailbox(letters: Vec<DemoLetter>, request: &PageRequest) -> Page {
    let language = request.language;
    let head = Head { is_private: true, is_organizers: true, ..Head::plain(language.demo_letters(), "") };
    plain(request, &head, move || view! { <Mailbox language letters/> })
}

/// Renders one of them.
pub fn render_letter(letter: DemoLetter, request: &PageRequest) -> Page {
    let language = request.language;
    let head = Head { is_private: true, is_organizers: true, ..Head::plain(&letter.subject, "") };
    plain(request, &head, move || view! { <LetterPage language letter/> })
}

/// The page that the organizer's application fills; until then, and without scripts, one can sign in on it.
fn manage(request: &PageRequest, route: ManageRoute) -> Page {
    let (language, form) = (request.language, request.form.clone());
    let head = Head {
        is_private: true,
        is_organizers: true,
        bundle: request.assets.organizer.clone(),
        is_early: request.assets.organizer.is_none(),
        ..Head::plain(language.for_organizers(), "")
    };
    let status = form.as_ref().map_or(200, |form| form.problem.status);
    let page = document(request, &head, move || {
        let sent = |form: &SubmittedForm| {
            form.fields.iter().find(|(name, _)| name == "email").map(|(_, value)| value.clone())
        };
        let email = form.as_ref().and_then(sent).unwrap_or_default();
        let problem = form.map(|form| form.problem);
        let json = problem.as_ref().and_then(|problem| serde_json::to_string(problem).ok());
        let is_early = request.assets.organizer.is_none();
        view! {
            {is_early.then(|| view! { <p class="banner" role="status">{language.being_built()}</p> })}
            {unstarted(language)}
            <div id="organizer" data-language=language.tag() data-problem=json>
                {shell(language, &route, email, problem.as_ref())}
            </div>
        }
        .into_any()
    });
    Page { status, ..page }
}

/// What `app/js/start.js` shows when the application cannot be started.
fn unstarted(language: Language) -> impl IntoView {
    view! {
        <div class="banner banner--problem unstarted" role="alert" id="unstarted" hidden>
            <p class="banner__title">{language.unstarted()}</p>
            <p>{language.unstarted_detail()}</p>
            <a class="button button--quiet" href="">{language.load_again()}</a>
        </div>
    }
}

fn start(request: &PageRequest, conference: Conference) -> Start {
    Start {
        language: request.language,
        conference,
        order: None,
        assignments: None,
        form: request.form.clone(),
    }
}

/// What is left to know of a conference that is not published any more.
fn conference_of(order: &Order) -> Conference {
    let day = plenary_shared::Date(order.placed_at.to_utc().date_naive());
    Conference {
        id: order.conference.id,
        slug: order.conference.slug.clone(),
        name: order.conference.name.clone(),
        tagline: String::new(),
        description: String::new(),
        location: String::new(),
        start_date: day,
        end_date: day,
        currency: order.total.currency,
        time_zone: "UTC".to_owned(),
        published: false,
        language: None,
        seat_types: Vec::new(),
        version: 0,
    }
}

/// A page with the registration flow in it, as far as it has come.
fn registration(request: &PageRequest, head: &Head, start: Start) -> Page {
    let head = Head {
        accent: pages::accent_of(&start.conference.slug),
        bundle: Some(request.assets.registrant.clone()),
        ..head.clone()
    };
    let status = request.form.as_ref().map_or(200, |form| form.problem.status);
    let framed_for = request.clone();
    let json = serde_json::to_string(&start).expect("plain data becomes JSON");
    let page = document(request, &head, move || {
        let flow = Flow::new(start);
        // Exactly what the browser takes over is inside, and nothing else.
        let main = view! {
            <main id="main" class="page">
                <div id="registration" data-start=json>
                    <Registration flow/>
                </div>
            </main>
        };
        framed(&framed_for, main.into_any())
    });
    Page { status, ..page }
}

/// A page that is complete as it is and loads no application.
fn plain<View: IntoView>(request: &PageRequest, head: &Head, content: impl FnOnce() -> View) -> Page {
    let framed_for = request.clone();
    let page = document(request, head, move || {
        let main = view! { <main id="main" class="page">{content()}</main> };
        framed(&framed_for, main.into_any())
    });
    Page { status: request.form.as_ref().map_or(200, |form| form.problem.status), ..page }
}

/// The head and the foot that every public page has.
fn framed(request: &PageRequest, main: AnyView) -> AnyView {
    let language = request.language;
    let rest = request.query.iter().filter(|(name, _)| name != "lang");
    let rest: Vec<_> = rest.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let query = query::of(&rest).trim_start_matches('?').to_owned();
    view! {
        <a class="skip" href="#main">{language.skip_to_content()}</a>
        <header class="site">
            <a class="site__name" href=Route::Conferences.path()>{language.product()}</a>
            <nav class="site__nav" aria-label=language.site()>
                <a href=Route::FindOrder.path()>{language.find_my_order()}</a>
            </nav>
            <LanguageSwitch language query/>
        </header>
        {main}
        <footer class="foot">
            <p>{language.product_description()}</p>
            <a href=Route::Manage(ManageRoute::Locate).path()>{language.for_organizers()}</a>
        </footer>
    }
    .into_any()
}

/// What the head of a document says.
#[derive(Debug, Clone, Default)]
struct Head {
    title: String,
    description: String,
    accent: u32,
    /// Not for search engines.
    is_private: bool,
    /// Shows parts of the organizer's pages.
    is_organizers: bool,
    bundle: Option<Bundle>,
    /// Its bundle is still to come: the page asks again until it is there.
    is_early: bool,
    /// What it is about, for programs: JSON-LD.
    data: Option<String>,
    /// The picture that other sites show with a link to it.
    picture: Option<String>,
}

impl Head {
    fn plain(title: &str, description: &str) -> Self {
        Self { title: format!("{title} · Plenary"), description: description.to_owned(), ..Self::default() }
    }

    fn of_conference(conference: &Conference, request: &PageRequest) -> Self {
        let public_url = &request.public_url;
        let first_line = conference.description.lines().next().unwrap_or_default();
        let description = if conference.tagline.is_empty() { first_line } else { &conference.tagline };
        let address = format!("{public_url}/{}", conference.slug);
        Self {
            title: conference.name.clone(),
            description: description.to_owned(),
            data: Some(preview::event(conference, &address)),
            picture: Some(format!("{address}/preview.png?lang={}", request.language.tag())),
            ..Self::default()
        }
    }
}

/// A mark in the browser's tab, so that none is asked for.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' \
                    height='32' rx='8' fill='%231f3a5f'/%3E%3Cpath d='M11 25V8h6.5a5.5 5.5 0 0 1 0 11H11' fill='none' \
                    stroke='%23fff' stroke-width='3.5'/%3E%3C/svg%3E";

/// The whole document around `body`.
fn document(request: &PageRequest, head: &Head, body: impl FnOnce() -> AnyView) -> Page {
    let html = Owner::new().with(|| {
        view! {
            <html lang=request.language.tag() data-accent=head.accent>
                {head_of(request, head)}
                <body>{body()}</body>
            </html>
        }
        .to_html()
    });
    Page { status: 200, html: format!("<!DOCTYPE html>{html}"), redirect: None }
}

fn head_of(request: &PageRequest, head: &Head) -> AnyView {
    let address = format!("{}{}", request.public_url, request.path);
    let start = request.assets.start_script.clone();
    // As text it would be followed by a mark for taking it over, which in a title is text as well.
    let title = head.title.replace('&', "&amp;").replace('<', "&lt;");
    let scripts = head.bundle.clone().map(|Bundle { glue, wasm }| {
        view! {
            // The page can be read without them: they are not to hold up its styles.
            <link rel="modulepreload" fetchpriority="low" href=glue.clone()/>
            <link rel="preload" r#as="fetch" r#type="application/wasm" crossorigin="" fetchpriority="low" href=wasm.clone()/>
            <script type="module" id="start" src=start data-glue=glue data-wasm=wasm></script>
        }
    });
    let for_organizers = head.is_organizers.then(|| {
        view! { <link rel="stylesheet" href=request.assets.organizer_stylesheet.clone()/> }
    });
    let for_everyone = (!head.is_private).then(|| {
        view! {
            <meta name="description" content=head.description.clone()/>
            {open_graph("og:title", &head.title)}
            {open_graph("og:description", &head.description)}
            {open_graph("og:url", &address)}
            {open_graph("og:type", "website")}
            {open_graph("og:site_name", request.language.product())}
            {head.picture.as_ref().map(|picture| picture_of_link(picture, &head.title))}
            <link rel="canonical" href=address.clone()/>
            {alternates(&address)}
            {head.data.clone().map(|data| view! { <script type="application/ld+json" inner_html=data></script> })}
        }
    });
    view! {
        <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title inner_html=title></title>
            <link rel="icon" href=ICON/>
            <link rel="stylesheet" href=request.assets.stylesheet.clone()/>
            {for_organizers}
            {head.is_private.then(|| view! { <meta name="robots" content="noindex"/> })}
            {head.is_early.then(|| view! { <meta http-equiv="refresh" content="3"/> })}
            {for_everyone}
            {scripts}
        </head>
    }
    .into_any()
}

/// The page in every language, and where the reader's own is chosen.
fn alternates(address: &str) -> impl IntoView + use<> {
    let each = Language::ALL.map(|language| (language.tag(), format!("{address}?lang={}", language.tag())));
    let own = ("x-default", address.to_owned());
    let link = |(tag, address)| view! { <link rel="alternate" hreflang=tag href=address/> };
    each.into_iter().chain([own]).map(link).collect_view()
}

/// The picture beside a link to the page, as large as it is drawn.
fn picture_of_link(address: &str, title: &str) -> impl IntoView + use<> {
    view! {
        {open_graph("og:image", address)}
        {open_graph("og:image:type", "image/png")}
        {open_graph("og:image:width", "1200")}
        {open_graph("og:image:height", "630")}
        {open_graph("og:image:alt", title)}
        <meta name="twitter:card" content="summary_large_image"/>
    }
}

/// What other sites show of a link to the page. `property` is no attribute that HTML knows of a `meta`.
fn open_graph(property: &'static str, content: &str) -> impl IntoView + use<> {
    leptos::html::meta().attr("property", property).content(content.to_owned())
}
