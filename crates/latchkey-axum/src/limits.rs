//! Limits on the size of a request and on the time that it takes. The error names the limit that was exceeded.
//!
//! The limits on connections, which apply before a response is possible, are in [`connections`](super::connections).

use crate::state::ServerState;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use latchkey_wire::ApiError;
use std::sync::Arc;
use std::time::Duration;

/// The server reads and discards up to this many bytes of a body that is too long. If it closed the connection while
/// the client still sends, the client could not read the response, and a proxy would answer 502.
const LONGEST_DISCARDED: usize = 1024 * 1024;
/// The limit on all headers together, in bytes. An access token takes at most a quarter of it.
const LARGEST_HEADERS: usize = 16 * 1024;
const LONGEST_URI: usize = 8 * 1024;
/// How long a client may take to send the body. Bodies are small, so only a very slow link or a slowloris client needs
/// longer.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long the handler may take: twice the sum of the longest waits for the database (5 s) and in the queue of sign-in
/// attempts (10 s). A transaction that is cut off rolls back; if it was committed without a response, the client may
/// safely retry.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The `Retry-After` of a request that took too long, in seconds.
const RETRY_AFTER: u32 = 5;

/// Reads the body of each request, and rejects a request that exceeds a limit.
pub async fn enforce(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let request = match admit(request, state.settings.longest_body).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let answer = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::Unavailable { retry_after: RETRY_AFTER }.into_response())
}

async fn admit(request: Request, longest: usize) -> Result<Request, ApiError> {
    // Rejects `CONNECT host:port` and `OPTIONS *`, because Leptos panics at a URI without a path.
    if !request.uri().path().starts_with('/') {
        return Err(ApiError::InvalidRequest);
    }
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let uri_length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if uri_length > LONGEST_URI || headers.sum::<usize>() > LARGEST_HEADERS {
        return Err(ApiError::HeadersTooLarge);
    }
    if request.method().is_safe() {
        return Ok(request.map(|_| Body::empty()));
    }
    let (parts, body) = request.into_parts();
    let content =
        tokio::time::timeout(BODY_WITHIN, read(body, longest)).await.map_err(|_| ApiError::RequestTimeout)??;
    Ok(Request::from_parts(parts, Body::from(content)))
}

async fn read(mut body: Body, longest: usize) -> Result<Bytes, ApiError> {
    if body.size_hint().lower() > LONGEST_DISCARDED.max(longest) as u64 {
        return Err(ApiError::PayloadTooLarge);
    }
    let (mut content, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ApiError::InvalidRequest)?.into_data() else { continue };
        length += data.len();
        if length > LONGEST_DISCARDED.max(longest) {
            break;
        }
        if length <= longest {
            content.extend_from_slice(&data);
        }
    }
    if length > longest { Err(ApiError::PayloadTooLarge) } else { Ok(content.into()) }
}
