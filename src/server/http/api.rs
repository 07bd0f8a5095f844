//! The server functions, served as a plain JSON API.
//!
//! Leptos finds and runs the function; this module checks the request before, and converts the answer after, so that
//! curl and the browser get the same.

use super::body;
use crate::state::App;
use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, any, on};
use latchkey_wire::ApiError;
use leptos::context::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use server_fn::error::{FromServerFnError as _, SERVER_FN_ERROR_HEADER};

/// A route for each server function; anything else under `/api` is a JSON 404.
pub fn routes() -> Router<App> {
    let mut routes = Router::new()
        .route("/api", any(not_found))
        .route("/api/", any(not_found))
        .route("/api/{*rest}", any(not_found));
    for (path, method) in server_fn_paths() {
        if let Ok(method) = MethodFilter::try_from(method) {
            routes = routes.route(path, on(method, call));
        }
    }
    routes.method_not_allowed_fallback(method_not_allowed)
}

/// The answer for an unknown path.
pub async fn not_found() -> ApiError {
    ApiError::NotFound
}

/// The answer for a method that the path does not have.
pub async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}

async fn call(State(app): State<App>, request: Request) -> Response {
    let request = match admit(request).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let response = leptos_axum::handle_server_fns_with_context(move || provide_context(app.clone()), request)
        .await
        .into_response();
    settle(response).await
}

/// Prepares the request for Leptos, or refuses it.
async fn admit(request: Request) -> Result<Request, ApiError> {
    let (mut parts, body) = request.into_parts();
    // With these two, Leptos would take the caller for an HTML form and answer with a redirect to the Referer that
    // carries the error in its URL.
    parts.headers.remove(header::REFERER);
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));

    if parts.method == Method::HEAD {
        parts.method = Method::GET;
    }
    if parts.method == Method::GET {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let body = body::whole(body).await?;
    if body.is_empty() {
        return Ok(Request::from_parts(parts, Body::from("{}")));
    }
    // A form cannot send this content type without a CORS preflight, so a foreign page cannot send a form here in a
    // visitor's name.
    if !body::is_of_type(&parts.headers, "application/json") {
        return Err(ApiError::UnsupportedMediaType);
    }
    // serde would take a list for an object, by the order of its fields.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::InvalidRequest);
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Turns the answer of Leptos into ours: an error into an [`ApiError`], an empty success into 204.
async fn settle(mut response: Response) -> Response {
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        return ApiError::de(body).into_response();
    }
    if response.body().is_end_stream() {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}
