//! The request of a server function.

use axum::http::StatusCode;
use latchkey_axum::request::RequestContext;
use latchkey_wire::ApiError;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// The current request, with the state of the server.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn request() -> Result<RequestContext, ApiError> {
    use_context().ok_or(ApiError::Internal)
}

/// Sets the status of a success to 201.
pub fn created() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::CREATED);
    }
}
