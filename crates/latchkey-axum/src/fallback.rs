//! Answers for requests that no operation takes, under the addresses of the API.

use latchkey_wire::ApiError;

/// The answer for an unknown path.
pub async fn not_found() -> ApiError {
    ApiError::NotFound
}

/// The answer for a method that the path does not have.
pub async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}
