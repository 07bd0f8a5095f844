//! The errors of the API: [`ApiError`] in Rust, [`Problem`] in JSON (RFC 9457).
//!
//! The server's layers have their own error types; `api_error.rs` of latchkey-core maps them to these, and `problem.rs`
//! of latchkey-axum adds status line and headers. Clients must decide by [`ApiError`], that is by `code`, never by the
//! texts.

mod detail;

use crate::field_errors::FieldErrors;
use crate::reason::{EndReason, TokenError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A failed call. The server sends the first group; only clients produce the last four.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Problem", from = "ReadProblem")]
pub enum ApiError {
    /// Malformed JSON, a wrong type, a duplicate key, a missing field.
    InvalidRequest,
    /// A refused refresh: the session is over, or the token is not of this server.
    InvalidGrant(EndReason),
    /// Wrong username or wrong password, without saying which.
    InvalidCredentials,
    /// The access token is missing, bad or expired, or its session has ended.
    InvalidToken(TokenError),
    /// Signed in, but the role is missing.
    InsufficientScope,
    /// Self-registration is closed.
    RegistrationClosed,
    /// An unknown path, or a session of another user.
    NotFound,
    /// The path exists, with other methods: see the header `Allow`.
    MethodNotAllowed,
    /// The body is longer than 16 KiB.
    PayloadTooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// An account with the same canonical username exists.
    UsernameTaken,
    /// A request that would change something, from a page of a foreign origin that is not allowed.
    CrossOrigin,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The URL is longer than 8 KiB, or the headers than 16 KiB.
    HeadersTooLarge,
    /// A request for another host: a proxy may have changed the name.
    MisdirectedRequest,
    /// A request without a host, with several, or with text that is not a host.
    UnclearHost,
    /// Every invalid field of a form.
    ValidationFailed(FieldErrors),
    /// Too many attempts; retry after so many seconds.
    TooManyRequests {
        /// In seconds.
        retry_after: u32,
    },
    /// The server is busy; retry after so many seconds. A retry is safe.
    Unavailable {
        /// In seconds.
        retry_after: u32,
    },
    /// The parent of a refresh token that is in use, presented from another network or user agent than the one that
    /// exchanged it. Clients read it as [`Unavailable`](Self::Unavailable); only the server creates it.
    RefusedElsewhere {
        /// In seconds.
        retry_after: u32,
    },
    /// A fault of the server. Its log has the cause under the request ID.
    Internal,
    /// [`Internal`](Self::Internal) as a client receives it, with the request ID.
    Logged {
        /// Names the request in the server's log.
        request_id: String,
    },

    /// No answer came: offline, refused, aborted.
    Unreachable,
    /// No answer came in time.
    TimedOut,
    /// An error of Latchkey with a code that this client does not know: the server is newer or older.
    UnknownCode,
    /// The answer is not from Latchkey: a proxy's page, an empty body, another program.
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
    /// Decides what the error means; see [`ApiError::code`].
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
    /// Between a server function and the router, an error is serialized as well.
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

    /// Seconds to wait before a retry, if the server said so.
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

/// An unknown code never signs a user out.
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
