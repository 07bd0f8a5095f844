//! How much a request may bring along, and how long it may take. A client that exceeds a limit is told which.
//!
//! The limits on connections, which apply before an answer is possible, are in [`connections`](super::connections).

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use latchkey_wire::ApiError;
use std::time::Duration;

/// The largest body that any request here needs, several times over.
const LARGEST_BODY: usize = 16 * 1024;
/// As much of a longer one is read and discarded. If the server closed the connection while the client still sends, the
/// client could not read the answer, and a proxy would answer 502.
const LONGEST_DISCARDED: usize = 1024 * 1024;
/// All headers together; an access token is at most a quarter of that.
const LARGEST_HEADERS: usize = 16 * 1024;
const LONGEST_ADDRESS: usize = 8 * 1024;
/// The body is small, so this is a slow telephone line or a client that sends a byte a minute.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// Twice what the database may be waited for, and the passwords in front of this one. What is broken off rolls back;
/// what was committed without an answer is safe to ask for again.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Seconds.
const RETRY_AFTER: u32 = 5;

/// Passes on a request that is within the limits, with its body read.
pub async fn keep(request: Request, next: Next) -> Response {
    let request = match admit(request).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let answer = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::Unavailable { retry_after: RETRY_AFTER }.into_response())
}

async fn admit(request: Request) -> Result<Request, ApiError> {
    // `CONNECT host:port` and `OPTIONS *` are for proxies, and Leptos panics at an address without a path.
    if !request.uri().path().starts_with('/') {
        return Err(ApiError::InvalidRequest);
    }
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > LONGEST_ADDRESS || headers.sum::<usize>() > LARGEST_HEADERS {
        return Err(ApiError::HeadersTooLarge);
    }
    if request.method().is_safe() {
        return Ok(request.map(|_| Body::empty()));
    }
    let (parts, body) = request.into_parts();
    let content = tokio::time::timeout(BODY_WITHIN, read(body)).await.map_err(|_| ApiError::RequestTimeout)??;
    Ok(Request::from_parts(parts, Body::from(content)))
}

/// The whole body.
async fn read(mut body: Body) -> Result<Bytes, ApiError> {
    if body.size_hint().lower() > LONGEST_DISCARDED as u64 {
        return Err(ApiError::PayloadTooLarge);
    }
    let (mut content, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ApiError::InvalidRequest)?.into_data() else { continue };
        length += data.len();
        if length > LONGEST_DISCARDED {
            break;
        }
        if length <= LARGEST_BODY {
            content.extend_from_slice(&data);
        }
    }
    if length > LARGEST_BODY { Err(ApiError::PayloadTooLarge) } else { Ok(content.into()) }
}
