//! [`ApiError`] as the answer of a handler.

use crate::error::ApiError;
use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};

/// An empty answer with the error in its extensions; `problem.rs` of latchkey-axum writes the body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}
