//! Errors as OAuth has them (RFC 6749 §5.2).

use crate::detail::Detail;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_wire::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request under `/oauth` was refused.
#[derive(Debug)]
pub enum Refusal {
    /// Malformed, or something is missing or there twice; the text says what.
    InvalidRequest(&'static str),
    /// The client is not who it must be here; the text says what it must send instead.
    InvalidClient(&'static str),
    UnsupportedGrantType,
    /// What the routes under `/api` could answer as well.
    Api(ApiError),
}

/// The body of every error under `/oauth`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OAuthError {
    /// What clients decide by.
    pub error: &'static str,
    /// For people: what happened and what to do next. A refused refresh token's begins with the reason and a colon.
    pub error_description: String,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl Refusal {
    /// Status, `error` and `error_description`. What has no word in OAuth keeps the status that it has elsewhere.
    fn row(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest(what) => (400, "invalid_request", what),
            Self::InvalidClient(what) => (401, "invalid_client", what),
            Self::UnsupportedGrantType => (400, "unsupported_grant_type", "Send grant_type=refresh_token."),
            Self::Api(error) => {
                let (code, detail) = match error {
                    ApiError::InvalidGrant(_) => ("invalid_grant", error.detail()),
                    ApiError::NotFound => ("not_found", error.detail()),
                    ApiError::InvalidRequest => ("invalid_request", "Send the whole body."),
                    ApiError::UnsupportedMediaType => {
                        ("invalid_request", "Send the body as application/x-www-form-urlencoded.")
                    }
                    ApiError::TooManyRequests { .. }
                    | ApiError::Unavailable { .. }
                    | ApiError::RefusedElsewhere { .. } => ("temporarily_unavailable", error.detail()),
                    _ if error.status() >= 500 => ("server_error", error.detail()),
                    _ => ("invalid_request", error.detail()),
                };
                (error.status(), code, detail)
            }
        }
    }

    /// The body that goes with it.
    pub fn body(&self) -> OAuthError {
        let (_, error, description) = self.row();
        let error_description = match self {
            Self::Api(ApiError::InvalidGrant(reason)) => format!("{}: {description}", reason.as_str()),
            _ => description.to_owned(),
        };
        OAuthError { error, error_description }
    }

    /// The status that goes with it.
    pub fn status(&self) -> u16 {
        self.row().0
    }

    /// Makes this the answer.
    pub fn write(&self, response: &mut Response, detail: Option<Detail>) {
        *response.status_mut() = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Self::InvalidClient(_) = self {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="latchkey""#));
        }
        if let Self::Api(error) = self
            && let Some(seconds) = error.retry_after()
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let mut body = self.body();
        if let Some(Detail(words)) = detail {
            body.error_description = words;
        }
        *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            // It is written, and logged where that is due, on its way out.
            Self::Api(error) => error.into_response(),
            refusal => {
                let mut response = Response::new(Body::empty());
                refusal.write(&mut response, None);
                response
            }
        }
    }
}
