//! Security headers for every response, including errors.

use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// The Content-Security-Policy of responses that are not pages: they may not load or run anything.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Denies features that the pages do not use. The list has only access to devices, location, screen and payment, to
/// keep the header short.
const NO_FEATURES: &str =
    "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// `Cross-Origin-Resource-Policy` keeps pages of other origins from loading a response as an image or a script. It does
/// not apply to CORS requests, so pages of allowed origins can still read the API (Fetch §3.7).
const COMMON_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(NO_FEATURES)),
];

/// For a year the browser uses https only (RFC 6797). Without `includeSubDomains`, because subdomains may belong to
/// other services.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the headers. A handler may set its own `Cache-Control` and Content-Security-Policy. The default is `no-store`,
/// because most responses contain tokens or user data; static files set their own.
pub async fn set(State(state): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in COMMON_HEADERS {
        headers.insert(name, value);
    }
    if state.settings.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_CONTENT_POLICY));
    response
}
