//! Connections: how many at once, how long one may be silent, and how they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tower::ServiceExt;

use super::client_address::TrustedProxies;

/// How long a connection may be open without a whole request on it. Longer than the 60 s for which proxies keep one, so
/// that it is they who close it.
const SILENCE: Duration = Duration::from_secs(75);
/// How long to wait when no connection can be taken, because of files or memory that only time brings back.
const BREATHER: Duration = Duration::from_millis(100);

/// Serves until `stop` returns, then until everybody who is connected was answered. There are never more than `limit`
/// connections; whoever comes beyond waits in the system's queue.
///
/// Who comes through one of the `proxies` shares a connection with others, and is never kept waiting for what they did.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    (limit, proxies): (usize, TrustedProxies),
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(SILENCE);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stop => break,
            next = next(&listener, &room) => next,
        };
        let router = router.clone();
        let told = (!proxies.trusts(peer.ip().to_canonical())).then(Arc::<Told>::default);
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            leave_the_buffer(&mut request);
            let (router, told) = (router.clone(), told.clone());
            async move {
                let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                let kept_until = told.and_then(|told| told.note(&response, Instant::now()));
                if let Some(until) = kept_until {
                    tokio::time::sleep_until(until).await;
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // Whoever goes away in the middle, or says nothing for too long.
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Until when whoever is at the other end of a connection was told to stay away.
///
/// Who comes back sooner and is turned away again, for whatever reason, is kept waiting for what is left of that time. To
/// turn somebody away costs little, but a crowd that asks again at once does so all the time, and takes the processor from
/// those who were let in.
#[derive(Debug, Default)]
struct Told(Mutex<Option<Instant>>);

impl Told {
    /// Gives until when to keep an answer, if it turns away somebody who has come back too soon.
    fn note<B>(&self, response: &Response<B>, now: Instant) -> Option<Instant> {
        if response.status() != StatusCode::SERVICE_UNAVAILABLE {
            return None;
        }
        let seconds: u32 = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept_until = told.filter(|until| now < *until);
        *told = Some(kept_until.unwrap_or(now) + Duration::from_secs(seconds.into()));
        kept_until
    }
}

/// Copies what the head of a request says. It refers to the buffer that it was read into, which is many times as large and
/// would be held, beside the next one, for as long as the request waits.
fn leave_the_buffer<B>(request: &mut Request<B>) {
    for value in request.headers_mut().values_mut() {
        *value = HeaderValue::from_bytes(value.as_bytes()).expect("it is a header's value already");
    }
    let uri = Bytes::from(request.uri().to_string());
    *request.uri_mut() = Uri::from_maybe_shared(uri).expect("it is an address already");
}

/// The next connection, as soon as there is room for it.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = Arc::clone(room).acquire_owned().await.expect("it is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers and messages are written whole: there is nothing to wait for.
                let _ = stream.set_nodelay(true);
                return (stream, peer, place);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_back_too_soon_and_is_turned_away_again_is_kept_for_what_is_left() {
        let response = |status, retry_after: Option<&'static str>| {
            let response = Response::builder().status(status);
            let response = match retry_after {
                Some(seconds) => response.header(header::RETRY_AFTER, seconds),
                None => response,
            };
            response.body(()).unwrap()
        };
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        let told = Told::default();
        // When what was answered, and until when that is kept.
        for (now, status, retry_after, kept_until) in [
            (0, 200, None, None),
            (0, 503, Some("1"), None),
            (1, 503, None, None),
            (1, 429, Some("9"), None),
            (1, 503, Some("1"), Some(1_000)),
            // It was told to stay away for one more second when it was answered.
            (1_001, 201, None, None),
            (1_500, 503, Some("1"), Some(2_000)),
            (3_000, 503, Some("1"), None),
            (3_500, 503, Some("soon"), None),
        ] {
            let found = told.note(&response(status, retry_after), at(now));
            assert_eq!(found, kept_until.map(at), "{now} ms, {status}");
        }
    }

    #[test]
    fn a_head_that_has_left_its_buffer_says_what_it_said() {
        let buffer = Bytes::from_static(b"/api/orders/7?to=caf%C3%A9&x=1 en;q=0.5 caf\xc3\xa9");
        for (path, absolute) in [
            (buffer.slice(..30), false),
            (Bytes::from_static(b"http://a.example:80/b?c"), true),
            (Bytes::from_static(b"*"), false),
        ] {
            let uri = Uri::from_maybe_shared(path).unwrap();
            let mut request = Request::new(());
            *request.uri_mut() = uri.clone();
            for value in [buffer.slice(31..39), buffer.slice(39..)] {
                request.headers_mut().append("x-said", HeaderValue::from_maybe_shared(value).unwrap());
            }
            let before = request.headers().clone();
            leave_the_buffer(&mut request);
            assert_eq!(request.uri(), &uri);
            assert_eq!(request.uri().scheme().is_some(), absolute);
            assert_eq!(request.headers(), &before);
            let inside = |value: &[u8]| buffer.as_ptr_range().contains(&value.as_ptr());
            assert!(before.values().all(|value| inside(value.as_bytes())));
            assert!(!request.headers().values().any(|value| inside(value.as_bytes())));
            assert!(!inside(request.uri().path().as_bytes()));
        }
    }
}
