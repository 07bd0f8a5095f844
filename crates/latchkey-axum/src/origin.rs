//! Checks the origin of requests: only pages of this server and of the allowed origins may send unsafe ones.
//!
//! Latchkey sets no cookies, so classic CSRF is not possible. But a page of another origin could make a visitor's browser
//! guess passwords, or register accounts, from the visitor's IP address. So an unsafe request must come from a page of
//! this server or of an allowed origin, or from a client that is not a browser. Browsers name the origin in headers
//! that scripts cannot set: `Sec-Fetch-Site` (Fetch Metadata §2.3), or where they do not send it, `Origin` (Fetch
//! §3.2).

use crate::settings::{HttpSettings, normalize_origin};
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use latchkey_wire::ApiError;
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The longest origin that is logged: `https://`, a name of 253 characters, and a port.
const MAX_LOGGED_ORIGIN: usize = 267;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Answers 403 to an unsafe request from a page of another origin.
pub async fn check(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_allowed(request.headers(), &state.settings) {
        return next.run(request).await;
    }
    if state.warnings.foreign_origin.try_acquire(state.database.clock.now()) {
        // Serialized from the parsed URL, so that no other text of the client gets into the log.
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| normalize_origin(origin.to_str().ok()?));
        let origin = origin.filter(|origin| origin.len() <= MAX_LOGGED_ORIGIN).unwrap_or_else(|| "unknown".to_owned());
        tracing::warn!(
            %origin,
            "a request from a page was refused, because its origin is not this server's: if users open this server at that \
             address, set LATCHKEY_PUBLIC_URL to it and configure the proxy to forward the client's Host header; if it is \
             another site that may use this server, add it to LATCHKEY_ALLOWED_ORIGINS"
        );
    }
    ApiError::CrossOrigin.into_response()
}

/// Decides by `Sec-Fetch-Site` if there is one, otherwise by `Origin`. A client without both is not a browser, so it
/// does not act for a visitor. Comparing `Origin` with `Host` is safe, because a page cannot choose the `Host` that a
/// browser sends. A browser sends neither header twice.
fn is_allowed(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    if [header::ORIGIN, SEC_FETCH_SITE].iter().any(|name| headers.get_all(name).iter().nth(1).is_some()) {
        return false;
    }
    let origin = headers.get(header::ORIGIN);
    let origin_text = origin.and_then(|origin| origin.to_str().ok());
    let is_listed = || origin_text.is_some_and(|origin| settings.allowed_origins.contains(origin));
    match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
        // `none`: the user has caused the request, for example in the address bar.
        Some(b"same-origin" | b"none") => true,
        Some(_) => is_listed(),
        None if origin.is_none() => true,
        None => {
            origin_text.is_some_and(|origin| origin == settings.public_url || is_host(origin, headers)) || is_listed()
        }
    }
}

/// Whether the origin is the host and port that the request was sent to.
fn is_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.split_once("://").is_some_and(|(_, authority)| host == Some(authority))
}

/// Lets pages of the allowed origins read the responses (CORS, Fetch §3.3). `None` without allowed origins. An origin
/// that is not in the list is never reflected, and credentials are not allowed.
pub fn cors(settings: &HttpSettings) -> Option<CorsLayer> {
    let origins: Vec<_> = settings.allowed_origins.iter().filter_map(|one| HeaderValue::from_str(one).ok()).collect();
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE, super::problem::REQUEST_ID])
            .max_age(Duration::from_secs(600))
    })
}
