//! Fallback handlers of the API.

use latchkey_wire::ApiError;

/// Handles an unknown path.
pub async fn not_found() -> ApiError {
    ApiError::NotFound
}

/// Handles a method that the path does not support.
pub async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}
