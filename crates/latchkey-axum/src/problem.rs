//! Renders all errors: status, headers and body. The body is `application/problem+json` (RFC 9457), an OAuth error under
//! `/oauth`, or an HTML page for a browser.
//!
//! A handler returns an [`ApiError`], which the response carries in its extensions. [`render`], the outermost layer,
//! knows the request's id and writes the body. It also writes a body for failures that have only a status: under `/api` and
//! `/oauth` for a panic and for the router's own 404 and 405, and in an application with [`FailurePages`] for every
//! server error; elsewhere what [`FailurePages::fill_empty`] writes. Any other answer of the application stays as it is.

use crate::detail::Detail;
use crate::oauth::{ClientRefused, OAuthFailure};
use crate::request_log::RequestLog;
use crate::settings::RouteGroup;
use crate::state::ServerState;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use latchkey_core::random;
use latchkey_wire::{ApiError, Problem, TokenError};
use std::any::Any;
use std::sync::Arc;
use tracing::Instrument as _;

/// The response header with the request ID, which the log line of the request contains as well.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The response if a handler panics. The panic hook has already logged it; [`render`] writes the body. A panic leaves no
/// inconsistent state: transactions roll back, and code that takes a lock ignores poisoning.
pub fn panic_response(_: Box<dyn Any + Send>) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked);
    response
}

/// Marks the answer of a handler that has panicked.
#[derive(Clone)]
struct Panicked;

/// Renders errors as pages of the site, for browsers. Without an implementation they get the same body as other
/// clients.
pub trait FailurePages: Send + Sync + 'static {
    /// Replaces the body of an error that a browser will show. `address` is the public URL if the request was for a wrong
    /// host and a public URL is configured.
    fn replace_problem(&self, response: &mut Response, error: &ApiError, address: Option<&str>);

    /// Called for every response outside `/api` and `/oauth` that has no [`ApiError`], including successes. Writes a body
    /// if the response is a failure without one.
    fn fill_empty(&self, response: &mut Response, request_id: &str);
}

/// The state of [`render`].
#[derive(Clone)]
pub struct Renderer {
    /// The state, of which it uses the settings and the metrics.
    pub state: Arc<ServerState>,
    /// The pages of errors; `None` if browsers get the same errors as other clients.
    pub pages: Option<Arc<dyn FailurePages>>,
}

/// Gives each request an id and a log line, and each failure a body.
pub async fn render(State(Renderer { state, pages }): State<Renderer>, request: Request, next: Next) -> Response {
    let id = random::id(&*state.database.random);
    let request_log = RequestLog::begin(&state, &id, &request);
    let path = state.settings.prefix.strip(request.uri().path()).unwrap_or_default();
    let is_below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let (is_api, is_oauth) = (is_below("/api"), is_below("/oauth") && state.settings.serves(RouteGroup::OAuth));
    let site_pages = pages.as_ref().filter(|_| !is_api && !is_oauth);
    let wants_page = accepts_page(&request);
    let mut response = next.run(request).instrument(request_log.span.clone()).await;

    let panicked = response.extensions_mut().remove::<Panicked>().is_some();
    // An application without pages of errors may answer with a status alone. With them, each error has a body.
    let is_failure = panicked || pages.is_some() && response.status().is_server_error();
    let implied = if is_api || is_oauth { implied_by(&response, is_failure) } else { None };
    let error = response.extensions_mut().remove::<ApiError>().or(implied);
    let code = error.as_ref().map(ApiError::code);
    let detail = response.extensions_mut().remove::<Detail>();
    let realm = state.settings.brand.realm();
    if response.extensions_mut().remove::<ClientRefused>().is_some() {
        response.headers_mut().extend(authenticate(format!("Basic realm=\"{realm}\"")));
    }
    match (error, site_pages) {
        (Some(error), _) if is_oauth => OAuthFailure::from(error).write(&mut response, detail),
        (Some(error), Some(pages)) if wants_page => {
            // If the public URL is not configured, it is derived from the listen address, which other machines may not
            // reach.
            let is_set = !state.settings.public_url_follows_addr;
            let address = (is_host_error(&error) && is_set).then_some(state.settings.public_url.as_str());
            write(&mut response, error.clone(), detail, realm, &id);
            pages.replace_problem(&mut response, &error, address);
        }
        (Some(error), _) => write(&mut response, error, detail, realm, &id),
        (None, Some(pages)) => pages.fill_empty(&mut response, &id),
        (None, None) => {}
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    request_log.finish(&response, code);
    response
}

/// The error of an answer that has only a status: from a panic, or from the router. Any other answer without an
/// [`ApiError`] is from a handler of the application, and is left as it is.
fn implied_by(response: &Response, is_failure: bool) -> Option<ApiError> {
    match response.status() {
        _ if !response.body().is_end_stream() => None,
        StatusCode::NOT_FOUND => Some(ApiError::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(ApiError::MethodNotAllowed),
        _ => is_failure.then_some(ApiError::Internal),
    }
}

/// Whether [`host`](crate::host) has rejected the request. Requests for stylesheets and scripts would be rejected as
/// well, so the page for this error must be self-contained.
pub fn is_host_error(error: &ApiError) -> bool {
    matches!(error, ApiError::MisdirectedRequest | ApiError::UnclearHost)
}

/// Whether a browser will show the response as a page.
fn accepts_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    request.method().is_safe() && accept.is_some_and(|accept| accept.contains("text/html"))
}

fn write(response: &mut Response, error: ApiError, detail: Option<Detail>, realm: &str, request_id: &str) {
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers.extend(challenge(&error, realm).and_then(authenticate));
    let problem = Problem { request_id: request_id.to_owned(), ..error.into() };
    let body = match detail {
        None => serde_json::to_vec(&problem).unwrap_or_default(),
        Some(Detail(detail)) => {
            let mut body = serde_json::to_value(&problem).unwrap_or_default();
            body["detail"] = detail.into();
            body.to_string().into_bytes()
        }
    };
    *response.body_mut() = Body::from(body);
}

/// The header with a challenge. A header can contain every realm that a [`Brand`](latchkey_wire::Brand) accepts.
fn authenticate(challenge: String) -> Option<(HeaderName, HeaderValue)> {
    Some((header::WWW_AUTHENTICATE, HeaderValue::from_str(&challenge).ok()?))
}

/// The challenge for a client without a valid access token, or without a required role (RFC 6750 §3).
fn challenge(error: &ApiError, realm: &str) -> Option<String> {
    let more = match error {
        ApiError::InvalidToken(TokenError::Missing) => "",
        ApiError::InvalidToken(TokenError::Invalid) => r#", error="invalid_token""#,
        ApiError::InvalidToken(TokenError::Expired) => {
            r#", error="invalid_token", error_description="the access token has expired""#
        }
        ApiError::InvalidToken(TokenError::SessionEnded) => {
            r#", error="invalid_token", error_description="the session has ended""#
        }
        ApiError::InvalidToken(TokenError::PasswordChanged) => {
            r#", error="invalid_token", error_description="the password was changed""#
        }
        ApiError::InsufficientScope => r#", error="insufficient_scope""#,
        _ => return None,
    };
    Some(format!("Bearer realm=\"{realm}\"{more}"))
}
