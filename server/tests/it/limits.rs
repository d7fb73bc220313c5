//! More requests, streams and connections than one process takes on.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, header};
use axum::routing::get;
use axum::{Router, response::IntoResponse};
use futures_util::stream;
use http_body_util::BodyExt;
use plenary_server::http::client_address::TrustedProxies;
use plenary_server::http::limits::Limits;
use plenary_server::http::problem::ApiError;
use plenary_server::http::serve::serve;
use plenary_server::messaging::SendError;
use plenary_shared::ConferenceId;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use crate::site::{Fair, Place, Refused, Site, both, creation};

/// Room for nobody else than its guests.
const FEW: Limits = Limits { connections: 2, requests: 2, streams: 2 };

/// How long something is watched that must not happen.
const A_WHILE: Duration = Duration::from_millis(200);

async fn ask(site: &Site, path: &str) -> Response<Body> {
    let request = Request::get(path).body(Body::empty()).unwrap();
    site.running.router.clone().oneshot(request).await.unwrap()
}

/// Checks that an answer tells when to come back.
#[track_caller]
fn come_back_later(answer: &Response<Body>) {
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}

/// A request that is under way for as long as somebody waits for the answer: its body never ends.
async fn endless(site: &Site) -> JoinHandle<()> {
    let (started, start) = oneshot::channel();
    let body = stream::once(async {
        started.send(()).unwrap();
        std::future::pending::<Result<Vec<u8>, std::io::Error>>().await
    });
    let request = Request::post("/api/management/conferences")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(body))
        .unwrap();
    let answer = site.running.router.clone().oneshot(request);
    let waiting = tokio::spawn(async { drop(answer.await) });
    start.await.unwrap();
    waiting
}

#[tokio::test]
async fn requests_beyond_the_limit_are_told_to_come_back_and_the_operator_is_not() {
    let site = Site::limited(Place::sqlite(), FEW).await;
    let mut slow = Vec::new();
    for _ in 0..FEW.requests {
        slow.push(endless(&site).await);
    }
    come_back_later(&ask(&site, "/api/conferences").await);
    come_back_later(&ask(&site, "/").await);
    let refused = site.post("/api/management/conferences", creation("later")).await;
    refused.refused(503, "overloaded");
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(ask(&site, path).await.status(), 200, "{path}");
    }
    // A stream has a place of its own, and is no stream for long where there is no conference.
    assert_eq!(ask(&site, "/api/conferences/nowhere/events").await.status(), 404);

    slow[0].abort();
    site.until(async || ask(&site, "/api/conferences").await.status() == 200).await;
    site.post("/api/management/conferences", creation("later")).await.expect(201);
    slow[1].abort();
    site.finish().await;
}

#[tokio::test]
async fn a_browser_beyond_the_limit_is_told_in_words() {
    let site = Site::limited(Place::sqlite(), FEW).await;
    let slow = [endless(&site).await, endless(&site).await];
    for (language, words) in [("en", "Very many people"), ("de", "Gerade melden sich sehr viele an.")] {
        let request = Request::get("/")
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, language)
            .body(Body::empty())
            .unwrap();
        let answer = site.running.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let page = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&page).contains(words), "{language}");
    }
    for waiting in slow {
        waiting.abort();
    }
    site.finish().await;
}

#[tokio::test]
async fn streams_beyond_the_limit_are_told_to_come_back_and_orders_are_still_taken() {
    let site = Site::limited(Place::sqlite(), FEW).await;
    let fair = site.organizer("crowded", &[(1_000, 5)]).await;
    let events = "/api/conferences/crowded/events";
    let mut first = ask(&site, events).await;
    let second = ask(&site, events).await;
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    come_back_later(&ask(&site, events).await);
    site.order(&fair, &[(0, 2)]).await;

    // Whoever has a place keeps it, and hears of what happens.
    let opening = first.body_mut().frame().await.unwrap().unwrap();
    assert!(opening.into_data().unwrap().starts_with(b"retry: "));
    drop(second);
    let third = ask(&site, events).await;
    assert_eq!(third.status(), 200);
    come_back_later(&ask(&site, events).await);
    drop((first, third));
    site.finish().await;
}

both!(one_conference_whose_line_is_full_leaves_room_for_the_others);
async fn one_conference_whose_line_is_full_leaves_room_for_the_others(site: &Site) {
    let (full, calm) = (site.organizer("full", &[(0, 9)]).await, site.organizer("calm", &[(0, 9)]).await);
    let shown = site.get("/api/conferences/full").await.expect(200);
    let id: ConferenceId = shown["id"].as_str().unwrap().parse().unwrap();
    let (open, gate) = watch::channel(false);
    let mut crowd = JoinSet::new();
    for _ in 0..14_000 {
        let (mailbox, gated) = (site.running.mailbox.clone(), Refused::When(gate.clone()));
        crowd.spawn(async move { mailbox.send(id, gated).await });
    }
    // Whoever is answered while nothing is carried out was turned away.
    let turned_away = crowd.join_next().await.unwrap().unwrap();
    assert!(matches!(turned_away, Err(SendError::Overloaded)), "{turned_away:?}");
    let order = |fair: &Fair| {
        site.post(
            format!("/api/conferences/{}/orders", fair.slug),
            json!({ "seats": fair.choose(&[(0, 1)]) }),
        )
    };
    let answer = order(&full).await;
    answer.refused(503, "overloaded");
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
    let (mailbox, mut ordered) = (&site.running.mailbox, pin!(order(&calm).into_future()));
    let before = mailbox.waiting();
    let answer = tokio::select! {
        // On PostgreSQL another writer may be there for it.
        answer = &mut ordered => answer,
        () = site.until(async || mailbox.waiting() > before) => {
            open.send_replace(true);
            ordered.await
        }
    };
    answer.expect(201);
    open.send_replace(true);
    while let Some(answer) = crowd.join_next().await {
        assert!(matches!(answer.unwrap(), Err(SendError::Refused(_) | SendError::Overloaded)));
    }
}

/// A server of connections alone, its address, and how it is stopped.
async fn served(limit: usize, proxies: &[&str]) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let full = || async { ApiError::Overloaded.into_response() };
    let router = Router::new().route("/", get(|| async { "here".into_response() })).route("/full", get(full));
    let stopped = async move { stopped.await.unwrap_or_default() };
    let proxies = TrustedProxies(proxies.iter().map(|it| it.parse().unwrap()).collect());
    (address, stop, tokio::spawn(serve(listener, router, (limit, proxies), stopped)))
}

/// Connects and asks.
async fn knock(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    ask_for("/", &mut stream).await;
    stream
}

async fn ask_for(path: &str, stream: &mut TcpStream) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: plenary.test\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// The beginning of what is answered.
async fn heard(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 1024];
    let length = stream.read(&mut buffer).await.unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_until_one_is_closed() {
    let (address, stop, serving) = served(FEW.connections, &[]).await;
    let (mut first, mut second) = (knock(address).await, knock(address).await);
    assert!(heard(&mut first).await.starts_with("HTTP/1.1 200"));
    assert!(heard(&mut second).await.starts_with("HTTP/1.1 200"));
    let mut third = knock(address).await;
    assert!(tokio::time::timeout(A_WHILE, heard(&mut third)).await.is_err());
    drop(first);
    assert!(heard(&mut third).await.starts_with("HTTP/1.1 200"));
    drop((second, third));
    stop.send(()).unwrap();
    serving.await.unwrap();
}

#[tokio::test]
async fn whoever_asks_again_at_once_is_turned_away_once_in_the_time_that_it_was_told() {
    for (proxies, is_kept_waiting) in [(&[][..], true), (&["127.0.0.0/8"], false)] {
        let (address, stop, serving) = served(FEW.connections, proxies).await;
        let (mut one, mut other) = (knock(address).await, knock(address).await);
        for stream in [&mut one, &mut other] {
            assert!(heard(stream).await.starts_with("HTTP/1.1 200"));
            ask_for("/full", stream).await;
            assert!(heard(stream).await.starts_with("HTTP/1.1 503"));
        }
        ask_for("/full", &mut one).await;
        let again = tokio::time::timeout(A_WHILE, heard(&mut one)).await;
        assert_eq!(again.is_err(), is_kept_waiting, "{proxies:?}");
        // What can be answered is answered, however soon it is asked for.
        ask_for("/", &mut other).await;
        assert!(heard(&mut other).await.starts_with("HTTP/1.1 200"));
        let answer = if let Ok(answer) = again { answer } else { heard(&mut one).await };
        assert!(answer.starts_with("HTTP/1.1 503"));
        drop((one, other));
        stop.send(()).unwrap();
        serving.await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_connected_is_answered_before_the_server_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (started, start) = oneshot::channel::<()>();
    let started = std::sync::Arc::new(std::sync::Mutex::new(Some(started)));
    let slow = move || async move {
        started.lock().unwrap().take().unwrap().send(()).unwrap();
        tokio::time::sleep(A_WHILE).await;
        "at last"
    };
    let router = Router::new().route("/", get(slow));
    let stopped = async move { stopped.await.unwrap_or_default() };
    let serving = tokio::spawn(serve(listener, router, (8, TrustedProxies::default()), stopped));
    let mut guest = knock(address).await;
    start.await.unwrap();
    stop.send(()).unwrap();
    let answer = heard(&mut guest).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("at last"), "{answer}");
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
