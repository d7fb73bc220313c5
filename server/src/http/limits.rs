//! What a process takes on at once. Past a limit a request is answered 503 at once, with the time to come back, so that
//! the others stay quick and memory stays what it is.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::ApiError;

/// How long a request may take until its answer begins, its body included: whoever sends it drop by drop holds nobody up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that are none of our connections: databases, letters, the log, what is being opened.
const OTHER_FILES: usize = 512;

/// How much one process takes on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections. Whoever comes beyond waits until one is closed.
    pub connections: usize,
    /// Requests that are being answered, those for live streams aside.
    pub requests: usize,
    /// Live streams.
    pub streams: usize,
}

impl Limits {
    /// As `plenary serve` has them when it is told nothing.
    pub const DEFAULT: Self = Self { connections: 65_536, requests: 16_384, streams: 49_152 };

    /// Not more than a process can have that may open so many `files`: one that has none left cannot write what it has
    /// to. Streams never take the last quarter of the connections, so that there is one to buy on.
    #[must_use]
    pub fn within(self, files: usize) -> Self {
        let connections = self.connections.min(files.saturating_sub(OTHER_FILES)).max(1);
        let streams = self.streams.min(connections - connections / 4);
        Self { connections, streams, ..self }
    }
}

/// Where requests come in, so many at once.
#[derive(Debug, Clone)]
pub struct Door(Arc<Semaphore>);

impl Door {
    pub fn wide(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS))))
    }
}

/// Lets a request in while there is room, for as long as its answer takes.
pub async fn admit(State(Door(door)): State<Door>, request: Request, next: Next) -> Response {
    let Ok(permit) = door.try_acquire_owned() else { return ApiError::Overloaded.into_response() };
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => until_sent(response, permit),
        Err(_) => ApiError::Overloaded.into_response(),
    }
}

/// Keeps a permit for as long as the answer's body is being made.
fn until_sent(response: Response, permit: OwnedSemaphorePermit) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |data| {
            let _ = &permit;
            data
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_write_with_and_streams_leave_connections_to_buy_on() {
        let of = |files| {
            let Limits { connections, requests, streams } = Limits::DEFAULT.within(files);
            assert_eq!(requests, Limits::DEFAULT.requests);
            (connections, streams)
        };
        for (files, expected) in
            [(1 << 20, (65_536, 49_152)), (65_536, (65_024, 48_768)), (1_024, (512, 384)), (256, (1, 1))]
        {
            assert_eq!(of(files), expected, "{files} files");
        }
    }
}
