//! What a server function can ask about the request that it answers.

use axum::http::StatusCode;
use latchkey_axum::request::RequestContext;
use latchkey_wire::ApiError;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// The request, and the server that answers it.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn request() -> Result<RequestContext, ApiError> {
    use_context().ok_or(ApiError::Internal)
}

/// Makes a success go out as 201.
pub fn created() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::CREATED);
    }
}
