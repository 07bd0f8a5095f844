//! The errors of the API: [`ApiError`] in Rust, [`Problem`] in JSON (RFC 9457).
//!
//! The server's layers have their own error types; `api_error.rs` of latchkey-core maps them to these, and `problem.rs`
//! of latchkey-axum adds status line and headers. Clients must decide by [`ApiError`], that is by `code`, not by the
//! texts.

mod detail;

use crate::field_errors::FieldErrors;
use crate::reason::{EndReason, TokenError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a call failed. The server sends the errors up to [`Internal`](Self::Internal); only clients produce the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Problem", from = "ReadProblem")]
pub enum ApiError {
    /// The request has malformed JSON, a wrong type, a duplicate key, or a missing field.
    InvalidRequest,
    /// The server rejects the refresh token: the session has ended, or the server did not issue the token.
    InvalidGrant(EndReason),
    /// The username or the password is wrong; the error does not tell which.
    InvalidCredentials,
    /// The access token is missing, invalid or expired, or its session has ended.
    InvalidToken(TokenError),
    /// The user is signed in, but does not have the required role.
    InsufficientScope,
    /// Self-registration is closed.
    RegistrationClosed,
    /// The path is unknown, or the session is not one of the user's.
    NotFound,
    /// The path does not support the method; the header `Allow` lists the supported ones.
    MethodNotAllowed,
    /// The body is longer than the limit: 16 KiB for Latchkey's own routes.
    PayloadTooLarge,
    /// The body is not `application/json`, or under `/oauth` not a form.
    UnsupportedMediaType,
    /// An account with the same canonical username exists.
    UsernameTaken,
    /// A page of an origin that is not allowed has sent a request with an unsafe method.
    CrossOrigin,
    /// The body of the request did not arrive in time.
    RequestTimeout,
    /// The URL is longer than 8 KiB, or the headers together are longer than 16 KiB.
    HeadersTooLarge,
    /// The request is for another host; a proxy may have changed the name.
    MisdirectedRequest,
    /// The request has no host, several hosts, or a text that is not a host.
    UnclearHost,
    /// Some fields are not acceptable; the error has messages for every invalid field.
    ValidationFailed(FieldErrors),
    /// There were too many attempts; retry after the wait.
    TooManyRequests {
        /// In seconds.
        retry_after: u32,
    },
    /// The server is busy; retry after the wait. A retry is safe.
    Unavailable {
        /// In seconds.
        retry_after: u32,
    },
    /// The refresh token is the parent of one that is in use, and was presented from another network or user agent than
    /// the last refresh. Clients read this error as [`Unavailable`](Self::Unavailable); only the server creates it.
    RefusedElsewhere {
        /// In seconds.
        retry_after: u32,
    },
    /// The server failed. Its log has the cause under the request ID.
    Internal,
    /// [`Internal`](Self::Internal) as a client receives it, with the request ID.
    Logged {
        /// Names the request in the server's log.
        request_id: String,
    },

    /// The client got no response: it is offline, or the connection was refused or aborted.
    Unreachable,
    /// The client got no response in time.
    TimedOut,
    /// The error is from Latchkey and has a code that this client does not know, because the server has another
    /// version.
    UnknownCode,
    /// The response is not from Latchkey, but for example a proxy's page, an empty body, or from another program.
    NotUnderstood,
}

/// The body of every error under `/api`: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// For people: the same for each `code`.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// For people: what happened and what to do next.
    pub detail: &'static str,
    /// Stable; what clients decide by.
    pub code: String,
    /// Why a refresh was refused (`expired`, `replayed` and others) or what is wrong with an access token (`missing`,
    /// `invalid`, `expired`, `session_ended` or `password_changed`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub reason: Option<String>,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "FieldErrors::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false, value_type = std::collections::HashMap<String, Vec<String>>))]
    pub errors: FieldErrors,
    /// Seconds; the same number as in the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub retry_after: Option<u32>,
    /// Names this request in the server's log.
    pub request_id: String,
}

/// The members of a [`Problem`] that a client uses.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadProblem {
    /// The code of the error; see [`ApiError::code`].
    pub code: String,
    /// Why a refresh was refused, or what is wrong with an access token.
    #[serde(default)]
    pub reason: Option<String>,
    /// What is wrong with each field.
    #[serde(default)]
    pub errors: FieldErrors,
    /// Seconds to wait before a retry.
    #[serde(default)]
    pub retry_after: Option<u32>,
    /// Names the request in the server's log; empty if the answer has none.
    #[serde(default)]
    pub request_id: String,
    /// On the server, an error is also serialized between a server function and the router.
    #[cfg(feature = "server")]
    #[serde(default)]
    pub detail: String,
}

impl ApiError {
    /// Status, code and title of each error.
    fn row(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest => (400, "invalid_request", "Request not understood"),
            Self::InvalidGrant(_) => (400, "invalid_grant", "Refresh token refused"),
            Self::InvalidCredentials => (401, "invalid_credentials", "Not logged in"),
            Self::InvalidToken(_) => (401, "invalid_token", "Access token refused"),
            Self::InsufficientScope => (403, "insufficient_scope", "Not allowed"),
            Self::RegistrationClosed => (403, "registration_closed", "No new accounts"),
            Self::NotFound => (404, "not_found", "Not found"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "Method not allowed"),
            Self::CrossOrigin => (403, "cross_origin", "Not from there"),
            Self::RequestTimeout => (408, "request_timeout", "Too slow"),
            Self::HeadersTooLarge => (431, "headers_too_large", "Headers too large"),
            Self::MisdirectedRequest => (421, "misdirected_request", "Wrong host"),
            Self::UnclearHost => (400, "unclear_host", "Host unclear"),
            Self::PayloadTooLarge => (413, "payload_too_large", "Request too large"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "Unsupported media type"),
            Self::UsernameTaken => (409, "username_taken", "Username taken"),
            Self::ValidationFailed(_) => (422, "validation_failed", "Some fields need attention"),
            Self::TooManyRequests { .. } => (429, "too_many_requests", "Too many requests"),
            Self::Unavailable { .. } => (503, "unavailable", "Busy"),
            Self::RefusedElsewhere { .. } => (503, "unavailable", "Refresh token exchanged elsewhere"),
            Self::Internal
            | Self::Logged { .. }
            | Self::Unreachable
            | Self::TimedOut
            | Self::UnknownCode
            | Self::NotUnderstood => (500, "internal", "Internal error"),
        }
    }

    /// The HTTP status that the server answers with.
    pub fn status(&self) -> u16 {
        self.row().0
    }

    /// The stable code, for clients and the log.
    pub fn code(&self) -> &'static str {
        self.row().1
    }

    /// Seconds to wait before a retry, if the server has asked for a wait.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests { retry_after } | Self::Unavailable { retry_after } => Some(*retry_after),
            Self::RefusedElsewhere { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

/// The [`code`](ApiError::code), for logs and for error types that wrap this one.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for ApiError {}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let (status, code, title) = error.row();
        Self {
            kind: "about:blank",
            title,
            status,
            detail: error.detail(),
            code: code.to_owned(),
            retry_after: error.retry_after(),
            request_id: String::new(),
            reason: match &error {
                ApiError::InvalidGrant(reason) => Some(reason.as_str().to_owned()),
                ApiError::InvalidToken(fault) => Some(fault.as_str().to_owned()),
                _ => None,
            },
            errors: match error {
                ApiError::ValidationFailed(errors) => errors,
                _ => FieldErrors::default(),
            },
        }
    }
}

/// Converts by `code`. An unknown code never signs a user out.
impl From<ReadProblem> for ApiError {
    fn from(problem: ReadProblem) -> Self {
        let retry_after = problem.retry_after.unwrap_or(1);
        let reason = problem.reason.as_deref().unwrap_or_default();
        match problem.code.as_str() {
            "invalid_request" => Self::InvalidRequest,
            "invalid_grant" => Self::InvalidGrant(EndReason::from_text(reason)),
            "invalid_credentials" => Self::InvalidCredentials,
            "invalid_token" => Self::InvalidToken(TokenError::from_text(reason)),
            "insufficient_scope" => Self::InsufficientScope,
            "registration_closed" => Self::RegistrationClosed,
            "not_found" => Self::NotFound,
            "method_not_allowed" => Self::MethodNotAllowed,
            "cross_origin" => Self::CrossOrigin,
            "misdirected_request" => Self::MisdirectedRequest,
            "unclear_host" => Self::UnclearHost,
            "request_timeout" => Self::RequestTimeout,
            "headers_too_large" => Self::HeadersTooLarge,
            "payload_too_large" => Self::PayloadTooLarge,
            "unsupported_media_type" => Self::UnsupportedMediaType,
            "username_taken" => Self::UsernameTaken,
            "validation_failed" => Self::ValidationFailed(problem.errors),
            "too_many_requests" => Self::TooManyRequests { retry_after },
            #[cfg(feature = "server")]
            "unavailable" if problem.detail == Self::RefusedElsewhere { retry_after }.detail() => {
                Self::RefusedElsewhere { retry_after }
            }
            "unavailable" => Self::Unavailable { retry_after },
            "internal" if problem.request_id.is_empty() => Self::Internal,
            "internal" => Self::Logged { request_id: problem.request_id },
            // Every error of Latchkey has a request ID.
            _ if !problem.request_id.is_empty() => Self::UnknownCode,
            _ => Self::NotUnderstood,
        }
    }
}
