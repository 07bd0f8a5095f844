//! Reading a request's body, which is never long.

use crate::api::ApiError;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::http::{HeaderMap, header};

/// The largest body that any request here needs, several times over.
const LARGEST: usize = 16 * 1024;

/// The whole body.
///
/// # Errors
/// [`ApiError::PayloadTooLarge`]; [`ApiError::InvalidRequest`] if it breaks off.
pub async fn read(body: Body) -> Result<Bytes, ApiError> {
    if body.size_hint().lower() > LARGEST as u64 {
        return Err(ApiError::PayloadTooLarge);
    }
    to_bytes(body, LARGEST).await.map_err(|error| {
        let too_large =
            std::error::Error::source(&error).is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>());
        if too_large { ApiError::PayloadTooLarge } else { ApiError::InvalidRequest }
    })
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
