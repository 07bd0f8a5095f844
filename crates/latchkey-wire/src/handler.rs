//! [`ApiError`] as the response of a handler.

use crate::error::ApiError;
use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};

/// An empty response with the status of the error, and the error in its extensions: `problem.rs` of latchkey-axum
/// writes headers and body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        if let Ok(status) = self.status().try_into() {
            *response.status_mut() = status;
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::TokenError;

    #[test]
    fn error_has_its_status_before_it_is_rendered() {
        for (error, status) in [
            (ApiError::InvalidToken(TokenError::Missing), 401),
            (ApiError::InsufficientScope, 403),
            (ApiError::Unavailable { retry_after: 1 }, 503),
        ] {
            assert_eq!(error.into_response().status(), status);
        }
    }
}
