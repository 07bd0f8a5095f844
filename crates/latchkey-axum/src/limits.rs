//! Limits on the size of a request and on the time to handle it. Each limit has its own error.
//!
//! [`connections`](super::connections) limits the connections, and the time to send the head of a request.

use crate::state::ServerState;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use latchkey_wire::ApiError;
use std::sync::Arc;
use std::time::Duration;

/// A body that is too long is still read, up to this many bytes, and discarded. If the server closed the connection
/// while the client sends, the client could not read the response, and a proxy would answer 502. A body that is
/// announced as longer than this is not read.
const MAX_DISCARDED_BODY: usize = 1024 * 1024;
/// The limit on the names and values of all headers together, in bytes. The longest access token takes a quarter of it.
const MAX_HEADERS: usize = 16 * 1024;
/// The limit on path and query together, in bytes.
const MAX_PATH_AND_QUERY: usize = 8 * 1024;
/// How long a client may take to send the body. The longest body is small by default (16 KiB).
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the handler may take. A request reaches it only if several waits come together: each connection to the
/// database up to 5 s, the queue of sign-in attempts 10 s, each hook of the application 5 s. The handler is then
/// dropped: a transaction without its commit is rolled back, and [`detached`](latchkey_core::detached) tasks continue.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);
/// The `Retry-After` of a request whose handler took too long, in seconds.
const RETRY_AFTER_SECONDS: u32 = 5;

/// Rejects a request that exceeds a limit. The body is read into memory before the handler runs; a request with a safe
/// method gets an empty body.
pub async fn enforce(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let request = match check_and_read(request, state.settings.longest_body).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let response = tokio::time::timeout(HANDLER_TIMEOUT, next.run(request)).await;
    response.unwrap_or_else(|_| ApiError::Unavailable { retry_after: RETRY_AFTER_SECONDS }.into_response())
}

/// Checks the sizes of a request, and replaces its body with the content, at most `longest_body` bytes.
async fn check_and_read(request: Request, longest_body: usize) -> Result<Request, ApiError> {
    // `CONNECT host:port` and `OPTIONS *` have no path, and Leptos panics at such a URI.
    if !request.uri().path().starts_with('/') {
        return Err(ApiError::InvalidRequest);
    }
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let path_and_query = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if path_and_query > MAX_PATH_AND_QUERY || headers.sum::<usize>() > MAX_HEADERS {
        return Err(ApiError::HeadersTooLarge);
    }
    if request.method().is_safe() {
        return Ok(request.map(|_| Body::empty()));
    }
    let (parts, body) = request.into_parts();
    let content = tokio::time::timeout(BODY_TIMEOUT, read_body(body, longest_body))
        .await
        .map_err(|_| ApiError::RequestTimeout)??;
    Ok(Request::from_parts(parts, Body::from(content)))
}

async fn read_body(mut body: Body, longest_body: usize) -> Result<Bytes, ApiError> {
    if body.size_hint().lower() > MAX_DISCARDED_BODY.max(longest_body) as u64 {
        return Err(ApiError::PayloadTooLarge);
    }
    let (mut content, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ApiError::InvalidRequest)?.into_data() else { continue };
        length += data.len();
        if length > MAX_DISCARDED_BODY.max(longest_body) {
            break;
        }
        if length <= longest_body {
            content.extend_from_slice(&data);
        }
    }
    if length > longest_body { Err(ApiError::PayloadTooLarge) } else { Ok(content.into()) }
}
