//! Error responses of OAuth (RFC 6749 §5.2).

use crate::detail::Detail;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_wire::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request under `/oauth` failed.
#[derive(Debug)]
pub enum OAuthFailure {
    /// The request is malformed, or a parameter is missing or repeated; the text says which.
    InvalidRequest(&'static str),
    /// Client authentication failed; the text says what to send instead.
    InvalidClient(&'static str),
    /// The grant type is not `refresh_token`, the only one that Latchkey supports.
    UnsupportedGrantType,
    /// An error that the routes under `/api` have as well.
    Api(ApiError),
}

/// A marker in the extensions of a response to a client that was not authenticated. `problem::render`, which knows the
/// realm, adds the challenge.
#[derive(Clone, Copy, Debug)]
pub struct ClientRefused;

/// The body of every error under `/oauth`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OAuthError {
    /// What clients decide by.
    pub error: &'static str,
    /// For people: what happened and what to do next. A refused refresh token's begins with the reason and a colon.
    pub error_description: String,
}

impl From<ApiError> for OAuthFailure {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl OAuthFailure {
    /// Status, `error` and `error_description`. An [`ApiError`] keeps the status that it has under `/api`.
    fn row(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest(text) => (400, "invalid_request", text),
            Self::InvalidClient(text) => (401, "invalid_client", text),
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

    /// The body of the response.
    pub fn body(&self) -> OAuthError {
        let (_, error, description) = self.row();
        let error_description = match self {
            Self::Api(ApiError::InvalidGrant(reason)) => format!("{}: {description}", reason.as_str()),
            _ => description.to_owned(),
        };
        OAuthError { error, error_description }
    }

    /// The status of the response.
    pub fn status(&self) -> u16 {
        self.row().0
    }

    /// Writes this error into the response.
    pub fn write(&self, response: &mut Response, detail: Option<Detail>) {
        *response.status_mut() = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Self::Api(error) = self
            && let Some(seconds) = error.retry_after()
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let mut body = self.body();
        if let Some(Detail(detail)) = detail {
            body.error_description = detail;
        }
        *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
        if let Self::InvalidClient(_) = self {
            response.extensions_mut().insert(ClientRefused);
        }
    }
}

impl IntoResponse for OAuthFailure {
    fn into_response(self) -> Response {
        match self {
            // `problem::render` calls `write` for it.
            Self::Api(error) => error.into_response(),
            refusal => {
                let mut response = Response::new(Body::empty());
                refusal.write(&mut response, None);
                response
            }
        }
    }
}
