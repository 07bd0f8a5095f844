//! The server functions, served as a plain JSON API.
//!
//! Leptos finds and runs the function. This module checks the request first and converts the answer afterwards, so that
//! curl and the browser get the same.

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use latchkey_axum::ServerState;
use latchkey_axum::body::json_object;
use latchkey_axum::fallback::method_not_allowed;
use latchkey_axum::request::RequestContext;
use latchkey_wire::ApiError;
use leptos::context::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use server_fn::error::{FromServerFnError as _, SERVER_FN_ERROR_HEADER};
use std::sync::Arc;

/// A route for each server function of Latchkey and of the application. A function gets the router's state by
/// `use_context`.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<ServerState>: FromRef<S>,
{
    let mut routes = Router::new();
    for (path, method) in server_fn_paths() {
        if let Ok(method) = MethodFilter::try_from(method) {
            routes = routes.route(path, on(method, call::<S>));
        }
    }
    routes.method_not_allowed_fallback(method_not_allowed)
}

async fn call<S>(State(state): State<S>, context: RequestContext, request: Request) -> Response
where
    S: Clone + Send + Sync + 'static,
{
    let request = match prepare(request).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let provide = move || {
        provide_context(state.clone());
        provide_context(context.clone());
    };
    let response = leptos_axum::handle_server_fns_with_context(provide, request).await.into_response();
    convert(response).await
}

/// Prepares the request for Leptos, or refuses it.
async fn prepare(request: Request) -> Result<Request, ApiError> {
    let (mut parts, body) = request.into_parts();
    // With these two headers, Leptos would assume an HTML form and redirect to the Referer with the error in the URL.
    parts.headers.remove(header::REFERER);
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));

    if parts.method == Method::HEAD {
        parts.method = Method::GET;
    }
    if parts.method == Method::GET {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let body = json_object(&parts.headers, body).await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Converts the answer of Leptos: an error into an [`ApiError`], an empty success into 204.
async fn convert(mut response: Response) -> Response {
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
