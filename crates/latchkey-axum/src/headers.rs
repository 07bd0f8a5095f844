//! Headers that every answer carries, errors too.

use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// For answers other than pages: nothing in them may load or run anything.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Forbids scripts to use features that no page of ours uses. Only access to devices, location, screen and payment is
/// listed, because the header is sent with each answer.
const NO_FEATURES: &str =
    "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// `Cross-Origin-Resource-Policy` keeps foreign pages from loading an answer as a picture or a script. It does not
/// concern requests by CORS, so pages of allowed origins read the API as before (Fetch §3.7).
const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(NO_FEATURES)),
];

/// A browser that has been here once by https never tries http again, for a year (RFC 6797). Only this host: what else
/// lives under its name is not ours to decide.
const ONLY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The policy of a page: scripts of ours, the inline one that carries the nonce, WebAssembly, and nothing else. While
/// cargo-leptos watches, its live reload may connect to a port of its own.
pub fn page_policy(nonce: &str, watched: bool) -> String {
    let live_reload = if watched { " ws:" } else { "" };
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'{live_reload}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
}

/// Adds what a handler has not set itself. An answer that sets no `Cache-Control` is `no-store`: most of them carry
/// tokens or user data, and the static files set their own.
pub async fn set(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if state.settings.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_CONTENT_POLICY));
    response
}
