//! Routes of server functions: Latchkey's own, served as a plain JSON API, and those of the application.
//!
//! Leptos finds and runs the function. This module checks the request before and converts the response afterwards, so
//! that curl and the browser get the same response.

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use latchkey_axum::ServerState;
use latchkey_axum::body::{is_of_type, json_object};
use latchkey_axum::fallback::method_not_allowed;
use latchkey_axum::request::RequestContext;
use latchkey_axum::routes::{all_operations, answer_probes, operations};
use latchkey_axum::settings::HttpSettings;
use latchkey_wire::{ApiError, Problem, ReadProblem, json};
use leptos::context::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::Value;
use server_fn::error::{FromServerFnError as _, SERVER_FN_ERROR_HEADER};
use std::sync::Arc;

/// The paths of Latchkey's server functions, for `generate_route_list_with_exclusions`: Leptos would register them as well,
/// and answer them in its own format.
pub fn exclusions() -> Vec<String> {
    all_operations().map(|(_, path)| path.to_owned()).collect()
}

/// A route for each of Latchkey's server functions, except those that the settings leave out. Requests and answers are
/// JSON; an error is a problem (RFC 9457).
pub fn routes(settings: &HttpSettings) -> Router<Arc<ServerState>> {
    let mut routes = Router::new();
    for (method, path) in operations(settings) {
        routes = route(routes, method, path, call);
    }
    answer_probes(routes).method_not_allowed_fallback(method_not_allowed)
}

/// A route for each server function of the application; `context` provides their contexts. They accept every encoding
/// of Leptos, including forms: the [pipeline](latchkey_axum::pipeline) has checked the origin of the request. An error
/// that is an [`ApiError`] is sent as the API sends it; any other, as Leptos does.
pub fn application_functions<C: Fn() + Clone + Send + Sync + 'static>(context: C) -> Router {
    let mut routes = Router::new();
    let is_own = |path: &str| all_operations().any(|(_, own)| own == path);
    for (path, method) in server_fn_paths().filter(|(path, _)| !is_own(path)) {
        routes = route(routes, method, path, call_of_application::<C>);
    }
    routes.method_not_allowed_fallback(method_not_allowed).with_state(context)
}

fn route<H, T, S>(routes: Router<S>, method: Method, path: &str, handler: H) -> Router<S>
where
    H: axum::handler::Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    match MethodFilter::try_from(method) {
        Ok(method) => routes.route(path, on(method, handler)),
        Err(_) => routes,
    }
}

async fn call(context: RequestContext, request: Request) -> Response {
    let request = match json_request(as_api_call(request)).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let provide = move || provide_context(context.clone());
    let response = leptos_axum::handle_server_fns_with_context(provide, request).await.into_response();
    no_content_if_empty(own_error(response).await)
}

async fn call_of_application<C>(State(context): State<C>, request: Request) -> Response
where
    C: Fn() + Clone + Send + Sync + 'static,
{
    let request = if is_form(request.method(), request.headers()) { request } else { as_api_call(request) };
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    no_content_if_empty(error_of_application(response).await)
}

/// Whether a browser submits the form itself, before hydration. Leptos answers with a redirect back to the page.
fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::POST
        && (is_of_type(headers, "application/x-www-form-urlencoded") || is_of_type(headers, "multipart/form-data"))
}

/// Changes two headers with which Leptos would assume an HTML form and redirect to the Referer with the error in the
/// URL.
fn as_api_call(mut request: Request) -> Request {
    request.headers_mut().remove(header::REFERER);
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    request
}

/// Rejects a body that is not a JSON object.
async fn json_request(request: Request) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let body = json_object(&parts.headers, body).await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Converts an error that Latchkey's function has returned into the [`ApiError`].
async fn own_error(response: Response) -> Response {
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    ApiError::de(content(response.into_body()).await).into_response()
}

/// Converts an error that the application's function has returned: an [`ApiError`] as the API sends it, any other
/// unchanged.
async fn error_of_application(response: Response) -> Response {
    let is_redirect = response.status().is_redirection();
    if is_redirect || !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = content(body).await;
    match api_error(&body) {
        Some(error) => error.into_response(),
        None => Response::from_parts(parts, Body::from(body)),
    }
}

/// The [`ApiError`] of a body, if it was one: an error of the application may have a `code`, too, but not the type, the
/// title and the status that belong to it.
fn api_error(body: &[u8]) -> Option<ApiError> {
    let error = ApiError::from(json::read::<ReadProblem>(body).ok()?);
    let (found, problem) = (serde_json::from_slice::<Value>(body).ok()?, Problem::from(error.clone()));
    let is_same = found["type"] == problem.kind && found["title"] == problem.title && found["status"] == problem.status;
    is_same.then_some(error)
}

/// The body of an error, which is in memory.
async fn content(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}

/// `output = NoContent`: a success without a body is 204.
fn no_content_if_empty(mut response: Response) -> Response {
    if response.status() == StatusCode::OK && response.body().is_end_stream() {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn error_of_the_application_with_a_code_of_ours_is_its_own() {
        for theirs in [
            r#"{"code":"not_found","resource":"order 7"}"#,
            r#"{"code":"invalid_token","message":"the coupon has expired"}"#,
            r#"{"code":"unavailable","requestId":"1","status":503}"#,
            "ServerError|nothing to shout",
            "",
        ] {
            assert_eq!(api_error(theirs.as_bytes()), None, "{theirs}");
        }
        for ours in [ApiError::NotFound, ApiError::Unavailable { retry_after: 3 }, ApiError::InsufficientScope] {
            assert_eq!(api_error(&ours.ser()), Some(ours));
        }
    }

    #[test]
    fn server_functions_are_the_operations_of_the_api() {
        let functions: BTreeSet<_> = server_fn_paths().map(|(path, method)| (path, method.to_string())).collect();
        let operations: BTreeSet<_> = all_operations().map(|(method, path)| (path, method.to_string())).collect();
        assert_eq!(functions, operations);
    }
}
