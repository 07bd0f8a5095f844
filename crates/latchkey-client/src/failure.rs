//! Classifies failures. [`read`] classifies a response by its status and `code`; [`RefreshFailure`] says whether it
//! ends the session.

use latchkey_wire::{ApiError, EndReason, ReadProblem, TokenError, json};

/// What a failed refresh means for the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshFailure {
    /// The server rejects the refresh token permanently. No other failure ends a session.
    SignedOut(EndReason),
    /// The state of the session is unknown. The client keeps the tokens and retries after `after_s`.
    TryLater {
        /// The shortest wait, in seconds; zero if the server did not ask for one.
        after_s: u32,
    },
}

impl From<&ApiError> for RefreshFailure {
    fn from(error: &ApiError) -> Self {
        match error {
            ApiError::InvalidGrant(reason) => Self::SignedOut(*reason),
            other => Self::TryLater { after_s: other.retry_after().unwrap_or_default() },
        }
    }
}

/// Whether the same call may succeed later without action by the user.
pub fn is_passing(error: &ApiError) -> bool {
    matches!(
        error,
        ApiError::Unreachable
            | ApiError::TimedOut
            | ApiError::RequestTimeout
            | ApiError::NotUnderstood
            | ApiError::Internal
            | ApiError::Logged { .. }
            | ApiError::Unavailable { .. }
            | ApiError::TooManyRequests { .. }
    )
}

/// The seconds in a `Retry-After` (RFC 9110 §10.2.3), the first if a proxy has added its own; `None` for a date.
pub fn seconds(retry_after: &str) -> Option<u32> {
    let first = retry_after.split(',').next()?.trim();
    let digits = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    // A number that is too large counts as the largest.
    digits.then(|| first.parse().unwrap_or(u32::MAX))
}

/// The relevant headers of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHints {
    /// `Content-Type` is that of a problem (RFC 9457 §3) or of plain JSON.
    pub is_json: bool,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `WWW-Authenticate` refuses the access token: `Bearer … error="invalid_token"` (RFC 6750 §3).
    pub refuses_token: bool,
}

/// Reads an answer whose status is not a success.
///
/// A `code` counts only in JSON and with the status that Latchkey sends it with. So a gateway that wraps, caches or
/// generates an error cannot sign the user out; its status and `Retry-After` still count.
#[inline]
pub fn read(status: u16, body: &[u8], headers: &ResponseHints) -> ApiError {
    let retry_after = headers.retry_after;
    let problem = json::read::<ReadProblem>(body).ok().filter(|_| headers.is_json);
    let ours = problem.map(|problem| {
        // The body repeats the header. If they differ, the longer wait is safe.
        let retry_after = problem.retry_after.max(retry_after);
        ApiError::from(ReadProblem { retry_after, ..problem })
    });
    match ours {
        // `Retry-After` counts, but these errors cannot carry it: use the error for the status.
        Some(ApiError::Internal | ApiError::Logged { .. } | ApiError::RequestTimeout) if retry_after.is_some() => {
            foreign(status, headers)
        }
        // Only the status is known.
        Some(ApiError::UnknownCode) => match foreign(status, headers) {
            ApiError::NotUnderstood => ApiError::UnknownCode,
            by_status => by_status,
        },
        Some(error) if error.status() == status => error,
        _ => foreign(status, headers),
    }
}

/// The error for an answer that is not from Latchkey, but from a proxy or from another service that accepts its tokens.
fn foreign(status: u16, headers: &ResponseHints) -> ApiError {
    let retry_after = headers.retry_after.unwrap_or(1);
    match status {
        401 if headers.refuses_token => ApiError::InvalidToken(TokenError::Invalid),
        408 | 504 if headers.retry_after.is_none() => ApiError::TimedOut,
        429 => ApiError::TooManyRequests { retry_after },
        // Network Authentication Required (RFC 6585 §6): the network sent the answer.
        511 => ApiError::NotUnderstood,
        408 | 500..=599 => ApiError::Unavailable { retry_after },
        _ => ApiError::NotUnderstood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_wire::Problem;

    fn body(error: &ApiError) -> Vec<u8> {
        serde_json::to_vec(error).expect("serialises")
    }

    const JSON: ResponseHints = ResponseHints { is_json: true, retry_after: None, refuses_token: false };

    fn retry_after(seconds: u32) -> ResponseHints {
        ResponseHints { retry_after: Some(seconds), ..JSON }
    }

    #[test]
    fn problem_of_latchkey_is_read_as_its_error() {
        for error in [
            ApiError::InvalidGrant(EndReason::Replayed),
            ApiError::InvalidToken(TokenError::Expired),
            ApiError::InvalidCredentials,
            ApiError::InsufficientScope,
            ApiError::TooManyRequests { retry_after: 7 },
            ApiError::Unavailable { retry_after: 2 },
            ApiError::Internal,
        ] {
            assert_eq!(read(error.status(), &body(&error), &JSON), error);
        }
    }

    #[test]
    fn unknown_code_is_read_by_its_status() {
        fn read_newer(status: u16, headers: &ResponseHints) -> ApiError {
            let id = if status == 418 { "" } else { "req-7" };
            let body = format!(r#"{{"status":{status},"detail":"","code":"new","requestId":"{id}"}}"#);
            read(status, body.as_bytes(), headers)
        }
        for status in [400, 403, 409, 451] {
            assert_eq!(read_newer(status, &JSON), ApiError::UnknownCode, "{status}");
        }
        assert_eq!(read_newer(429, &retry_after(9)), ApiError::TooManyRequests { retry_after: 9 });
        assert_eq!(read_newer(503, &retry_after(9)), ApiError::Unavailable { retry_after: 9 });
        assert_eq!(read_newer(418, &JSON), ApiError::NotUnderstood, "Latchkey's have a request id");
        assert_eq!(read_newer(403, &ResponseHints { is_json: false, ..JSON }), ApiError::NotUnderstood);
    }

    #[test]
    fn server_error_keeps_its_request_id() {
        let told = Problem { request_id: "req-7".to_owned(), ..ApiError::Internal.into() };
        let error = read(500, &serde_json::to_vec(&told).expect("serialises"), &JSON);
        assert_eq!(error, ApiError::Logged { request_id: "req-7".to_owned() });
        assert!(is_passing(&error));
        assert_eq!(RefreshFailure::from(&error), RefreshFailure::TryLater { after_s: 0 });
    }

    #[test]
    fn code_under_a_foreign_status_is_ignored() {
        let refusal = body(&ApiError::InvalidGrant(EndReason::Unknown));
        for status in [401, 403, 404, 408, 429, 500, 502, 503, 504] {
            let failure = RefreshFailure::from(&read(status, &refusal, &JSON));
            assert!(matches!(failure, RefreshFailure::TryLater { .. }), "{status}");
        }
        let refused_token = body(&ApiError::InvalidToken(TokenError::Invalid));
        assert_eq!(read(400, &refused_token, &JSON), ApiError::NotUnderstood);
    }

    #[test]
    fn code_in_an_html_page_is_ignored() {
        let refusal = body(&ApiError::InvalidGrant(EndReason::Unknown));
        let html = ResponseHints { is_json: false, ..JSON };
        assert_eq!(read(400, &refusal, &html), ApiError::NotUnderstood);
    }

    #[test]
    fn refresh_failure_other_than_invalid_grant_is_temporary() {
        let reason = EndReason::PasswordChanged;
        assert_eq!(RefreshFailure::from(&ApiError::InvalidGrant(reason)), RefreshFailure::SignedOut(reason));
        for error in [
            ApiError::Unreachable,
            ApiError::TimedOut,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::InvalidRequest,
            ApiError::InvalidCredentials,
            ApiError::InvalidToken(TokenError::SessionEnded),
            ApiError::InsufficientScope,
            ApiError::NotFound,
        ] {
            assert_eq!(RefreshFailure::from(&error), RefreshFailure::TryLater { after_s: 0 }, "{error:?}");
        }
        let busy = ApiError::TooManyRequests { retry_after: 9 };
        assert_eq!(RefreshFailure::from(&busy), RefreshFailure::TryLater { after_s: 9 });
    }

    #[test]
    fn proxy_response_is_read_by_its_status() {
        let page: &[u8] = b"<h1>Sorry</h1>";
        assert_eq!(read(408, page, &JSON), ApiError::TimedOut);
        assert_eq!(read(504, page, &JSON), ApiError::TimedOut);
        assert_eq!(read(429, page, &retry_after(9)), ApiError::TooManyRequests { retry_after: 9 });
        assert_eq!(read(502, page, &JSON), ApiError::Unavailable { retry_after: 1 });
        assert_eq!(read(503, page, &retry_after(7)), ApiError::Unavailable { retry_after: 7 });
        assert_eq!(read(408, page, &retry_after(3)), ApiError::Unavailable { retry_after: 3 });
        assert_eq!(read(500, &body(&ApiError::Internal), &retry_after(4)), ApiError::Unavailable { retry_after: 4 });
        for status in [400, 401, 403, 404, 418] {
            assert_eq!(read(status, page, &retry_after(5)), ApiError::NotUnderstood, "{status}");
            assert_eq!(read(status, b"", &JSON), ApiError::NotUnderstood, "{status}");
        }
    }

    #[test]
    fn retry_after_header_applies_when_longer_than_the_body() {
        let silent = br#"{"type":"about:blank","title":"","status":429,"detail":"","code":"too_many_requests"}"#;
        assert_eq!(read(429, silent, &retry_after(5)), ApiError::TooManyRequests { retry_after: 5 });
        let shorter = body(&ApiError::Unavailable { retry_after: 2 });
        assert_eq!(read(503, &shorter, &retry_after(30)), ApiError::Unavailable { retry_after: 30 });
    }

    #[test]
    fn challenge_of_another_service_is_an_invalid_token() {
        let challenge = ResponseHints { refuses_token: true, ..JSON };
        assert_eq!(read(401, b"", &challenge), ApiError::InvalidToken(TokenError::Invalid));
        assert_eq!(read(403, b"", &challenge), ApiError::NotUnderstood);
        let theirs = RefreshFailure::from(&read(401, b"", &challenge));
        assert_eq!(theirs, RefreshFailure::TryLater { after_s: 0 }, "it has no say about the session");
    }

    #[test]
    fn malformed_retry_after_seconds_are_ignored() {
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("120, 5"), Some(120));
        assert_eq!(seconds("99999999999"), Some(u32::MAX));
        for odd in ["", "-5", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", ",", "+7"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }
}
