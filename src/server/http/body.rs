//! A request's body, once the [limits](super::limits) have let it in.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};
use latchkey_wire::ApiError;

/// The whole body, which the limits have read and measured before.
///
/// # Errors
/// [`ApiError::InvalidRequest`] in a router without limits, if it breaks off.
pub async fn whole(body: Body) -> Result<Bytes, ApiError> {
    to_bytes(body, usize::MAX).await.map_err(|_| ApiError::InvalidRequest)
}

/// Whether the body says that it is of this type, once, whatever it says about its characters.
pub fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
