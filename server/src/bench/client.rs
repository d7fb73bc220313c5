//! One connection to the server, kept open, one request after the other.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Failure;

#[derive(Debug)]
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The answer, if it has this status.
    ///
    /// # Errors
    ///
    /// Says what came instead.
    pub fn expect(self, status: u16) -> Result<Self, Failure> {
        if self.status.as_u16() == status {
            return Ok(self);
        }
        Err(format!(
            "{status} was expected and came {}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        )
        .into())
    }

    /// # Errors
    ///
    /// When it is no JSON.
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    pub fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookie that it sets, as a browser sends it back.
    pub fn cookie(&self) -> String {
        self.header(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned()
    }
}

/// What a request says beside its path: method, headers, body.
#[derive(Debug, Default, Clone, Copy)]
pub struct Says<'s> {
    pub cookie: &'s str,
    pub key: &'s str,
    /// A name and a value.
    pub header: Option<(&'static str, &'s str)>,
    pub body: &'s str,
}

impl Client {
    /// # Errors
    ///
    /// When nobody listens there.
    pub async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn send(&mut self, method: Method, path: &str, says: Says<'_>) -> Result<Answer, Failure> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(request(method, path, says)?).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn get(&mut self, path: &str, says: Says<'_>) -> Result<Answer, Failure> {
        self.send(Method::GET, path, says).await
    }

    /// Opens a live stream on this connection, which is good for nothing else from then on.
    ///
    /// # Errors
    ///
    /// When the connection breaks or the stream is refused.
    pub async fn follow(mut self, path: &str, cookie: &str) -> Result<Incoming, Failure> {
        let says = Says { cookie, ..Says::default() };
        let answer = self.sender.send_request(request(Method::GET, path, says)?).await?;
        if answer.status() != StatusCode::OK {
            return Err(format!("the stream {path} was answered with {}", answer.status()).into());
        }
        Ok(answer.into_body())
    }
}

fn request(method: Method, path: &str, says: Says<'_>) -> Result<Request<Full<Bytes>>, Failure> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "plenary.bench");
    if !says.cookie.is_empty() {
        request = request.header(header::COOKIE, says.cookie);
    }
    if !says.key.is_empty() {
        request = request.header("idempotency-key", says.key);
    }
    if let Some((name, value)) = says.header {
        request = request.header(name, value);
    }
    if !says.body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    Ok(request.body(Full::new(Bytes::copy_from_slice(says.body.as_bytes())))?)
}
