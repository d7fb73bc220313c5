//! Connections: how many at once, how long one may be silent, and how they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// How long a connection may be open without a whole request on it. Longer than the 60 s for which proxies keep one, so
/// that it is they who close it.
const SILENCE: Duration = Duration::from_secs(75);
/// How long to wait when no connection can be taken, because of files or memory that only time brings back.
const BREATHER: Duration = Duration::from_millis(100);

/// Serves until `stop` returns, then until everybody who is connected was answered. There are never more than `limit`
/// connections; whoever comes beyond waits in the system's queue.
pub async fn serve(listener: TcpListener, router: Router, limit: usize, stop: impl Future<Output = ()>) {
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
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            leave_the_buffer(&mut request);
            let router = router.clone();
            async move {
                Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
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
