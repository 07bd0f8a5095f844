//! A request's body, once the [limits](crate::limits) have let it in.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use latchkey_wire::ApiError;
use serde::de::DeserializeOwned;

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

/// The bytes of a JSON object; `{}` for an empty body.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`] without `Content-Type: application/json`, [`ApiError::InvalidRequest`] for JSON of
/// another kind.
pub async fn json_object(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let body = whole(body).await?;
    if body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    // A form cannot send this content type without a CORS preflight, so a foreign page cannot send a form here in a
    // visitor's name.
    if !is_of_type(headers, "application/json") {
        return Err(ApiError::UnsupportedMediaType);
    }
    // serde would take a list for an object, by the order of its fields.
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
