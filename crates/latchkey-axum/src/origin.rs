//! Which pages may send requests here: our own, and those of the origins that the settings name.
//!
//! No request carries a cookie, so a foreign page has nothing to ride on (CSRF). It could still use a visitor's browser
//! to guess passwords from the visitor's address, or to register from there. So a request that would change something
//! must come from a page of ours or of an allowed origin, or from a program that is not a browser; browsers say which,
//! and a page cannot make them lie (`Sec-Fetch-Site`, and `Origin` from older ones: Fetch §3.2, Fetch Metadata §2.4).

use crate::settings::{HttpSettings, plain_origin};
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use latchkey_wire::ApiError;
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Of an origin, in the log: as long as a name can be.
const LONGEST_SHOWN: usize = 267;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Answers 403 to what a foreign page sends.
pub async fn check(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), &state.settings) {
        return next.run(request).await;
    }
    if state.warnings.foreign_origin.is_due(state.database.clock.now()) {
        // Written anew from what was understood of it, so that nothing else gets into the log.
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| plain_origin(origin.to_str().ok()?));
        let origin = origin.filter(|origin| origin.len() <= LONGEST_SHOWN).unwrap_or_else(|| "unknown".to_owned());
        tracing::warn!(
            %origin,
            "a request from a page was refused, because its origin is not this server's: if people type that address to get \
             here, set LATCHKEY_PUBLIC_URL to it and let the proxy in front pass on the client's Host; if it is another site \
             that may use this server, add it to LATCHKEY_ALLOWED_ORIGINS"
        );
    }
    ApiError::CrossOrigin.into_response()
}

/// Decided by the browser's `Sec-Fetch-Site` where there is one; else by `Origin`. A program that is not a browser
/// sends neither, and has no visitor whom it could act for. `Host` counts only for requests with `Origin`: a client
/// that can choose its own `Host` is not a browser. A browser does not send either header twice.
fn is_ours(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    if [header::ORIGIN, SEC_FETCH_SITE].iter().any(|name| headers.get_all(name).iter().nth(1).is_some()) {
        return false;
    }
    let origin = headers.get(header::ORIGIN);
    let origin_text = origin.and_then(|origin| origin.to_str().ok());
    let allowed = || origin_text.is_some_and(|origin| settings.allowed_origins.contains(origin));
    match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
        // `none` is the user, by the address bar.
        Some(b"same-origin" | b"none") => true,
        Some(_) => allowed(),
        None if origin.is_none() => true,
        None => {
            origin_text.is_some_and(|origin| origin == settings.public_url || is_host(origin, headers)) || allowed()
        }
    }
}

/// Whether the origin is the very address that the request was sent to.
fn is_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.split_once("://").is_some_and(|(_, authority)| host == Some(authority))
}

/// Lets the pages of allowed origins read our answers (CORS, Fetch §3.3). `None` when there are none: then no answer
/// says anything about origins. An origin is never reflected, and cookies are never asked for.
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
