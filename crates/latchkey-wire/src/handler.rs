//! [`ApiError`] as the answer of a handler.

use crate::error::ApiError;
use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};

/// An empty answer, which carries the error in its extensions to what writes it out.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}
