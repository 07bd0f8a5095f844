//! Reads request bodies. The middleware [`limits`](crate::limits) has already checked their size.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use latchkey_wire::ApiError;
use serde::de::DeserializeOwned;

/// The longest body of a request to Latchkey's own routes, in bytes: several times what any operation needs.
pub const MAX_BODY: usize = 16 * 1024;

/// Reads the whole body. [`limits`](crate::limits) has already read it into memory, up to the limit of the application.
///
/// # Errors
/// [`ApiError::PayloadTooLarge`] above [`MAX_BODY`]; [`ApiError::InvalidRequest`] if the connection breaks, which is
/// only possible in a router without the limits.
pub async fn read_all(body: Body) -> Result<Bytes, ApiError> {
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| ApiError::InvalidRequest)?;
    if bytes.len() > MAX_BODY { Err(ApiError::PayloadTooLarge) } else { Ok(bytes) }
}

/// Whether there is exactly one `Content-Type` header, with this media type. Parameters such as `charset` are ignored.
pub fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}

/// Reads the bytes of a JSON object; `{}` for an empty body.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`] without `Content-Type: application/json`, [`ApiError::InvalidRequest`] for JSON
/// of another kind.
pub async fn json_object(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let body = read_all(body).await?;
    if body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    // An HTML form cannot send this content type, and `fetch` from another origin only after a CORS preflight. So a
    // page of another origin cannot post here from a visitor's browser.
    if !is_of_type(headers, "application/json") {
        return Err(ApiError::UnsupportedMediaType);
    }
    // serde would also accept an array, with the values in the order of the fields.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::InvalidRequest);
    }
    Ok(body)
}

/// The input of an operation, as JSON.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let body = json_object(&parts.headers, body).await?;
        serde_json::from_slice(&body).map(Self).map_err(|_| ApiError::InvalidRequest)
    }
}
