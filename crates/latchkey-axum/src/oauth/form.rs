//! The body of an OAuth request: a form (RFC 6749 §3.2).

use super::OAuthFailure;
use crate::body;
use axum::body::Body;
use axum::http::HeaderMap;
use latchkey_wire::ApiError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The error for a form with a repeated parameter.
pub const REPEATED_PARAMETER: OAuthFailure = OAuthFailure::InvalidRequest("Send each parameter once.");

/// Reads a form whose parameters are `T`'s fields. A parameter without a value counts as omitted, and unknown ones are
/// ignored. The query string is ignored, too, because URLs end up in logs.
///
/// # Errors
/// [`OAuthFailure::InvalidRequest`] if any parameter is repeated, or a required one is missing.
pub async fn read<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, OAuthFailure> {
    let bytes = body::read_all(body).await?;
    if !bytes.is_empty() && !body::is_of_type(headers, "application/x-www-form-urlencoded") {
        return Err(ApiError::UnsupportedMediaType.into());
    }
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(&bytes) {
        if parameters.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return Err(REPEATED_PARAMETER);
        }
    }
    parameters.retain(|_, value| value != "");
    serde_json::from_value(Value::Object(parameters))
        .map_err(|_| OAuthFailure::InvalidRequest("A parameter is missing that this needs."))
}
