//! Reading a request's body, which is never long.

use crate::api::ApiError;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;

/// The largest body that any request here needs, several times over.
const LARGEST: usize = 16 * 1024;
/// As much of a longer one is read and thrown away. A connection that is closed while the client still sends is broken
/// off, and the answer with it; a proxy makes a 502 of that.
const READ_IN_VAIN: usize = 1024 * 1024;

/// The whole body.
///
/// # Errors
/// [`ApiError::PayloadTooLarge`]; [`ApiError::InvalidRequest`] if it breaks off.
pub async fn read(mut body: Body) -> Result<Bytes, ApiError> {
    if body.size_hint().lower() > READ_IN_VAIN as u64 {
        return Err(ApiError::PayloadTooLarge);
    }
    let (mut content, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ApiError::InvalidRequest)?.into_data() else { continue };
        length += data.len();
        if length > READ_IN_VAIN {
            break;
        }
        if length <= LARGEST {
            content.extend_from_slice(&data);
        }
    }
    if length > LARGEST { Err(ApiError::PayloadTooLarge) } else { Ok(content.into()) }
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
