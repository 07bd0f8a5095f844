//! What a failure means: the whole table, in one place. An answer is read by its status and its `code`; whether it ends
//! the session, by [`Verdict`].

use crate::api::{
    ApiError,
    error::{EndReason, Problem},
};

/// What a failed refresh means for the one who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server has refused the refresh token for good. Nothing else signs anyone out.
    SignedOut(EndReason),
    /// Nothing is known about the session. Keep the tokens and try again, not before so many seconds have passed.
    TryLater { after_s: u32 },
}

impl From<&ApiError> for Verdict {
    fn from(error: &ApiError) -> Self {
        match error {
            ApiError::InvalidGrant(reason) => Self::SignedOut(*reason),
            other => Self::TryLater { after_s: other.retry_after().unwrap_or_default() },
        }
    }
}

/// Reads an answer with a status that is no success.
///
/// A `code` counts only together with the status that it has in Latchkey's own table. So a gateway that wraps, caches or
/// makes up an error cannot sign anyone out; what it says by its status and `Retry-After` (in seconds) is heard.
pub fn read(status: u16, body: &[u8], retry_after: Option<u32>) -> ApiError {
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let ours = problem.map(|problem| {
        // The body repeats the header. Should they differ, the longer wait is the safe one.
        let retry_after = problem.retry_after.max(retry_after);
        ApiError::from(Problem { retry_after, ..problem })
    });
    match ours.filter(|error| error.status() == status) {
        Some(error) => error,
        None => foreign(status, retry_after.unwrap_or(1)),
    }
}

/// What somebody between us and Latchkey says by a status alone.
fn foreign(status: u16, retry_after: u32) -> ApiError {
    match status {
        408 | 504 => ApiError::TimedOut,
        429 => ApiError::TooManyRequests { retry_after },
        500..=599 => ApiError::Unavailable { retry_after },
        _ => ApiError::NotUnderstood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::TokenFault;

    fn body(error: &ApiError) -> Vec<u8> {
        serde_json::to_vec(error).expect("serialises")
    }

    #[test]
    fn what_latchkey_says_is_understood() {
        for error in [
            ApiError::InvalidGrant(EndReason::Replayed),
            ApiError::InvalidToken(TokenFault::Expired),
            ApiError::InvalidCredentials,
            ApiError::InsufficientScope,
            ApiError::TooManyRequests { retry_after: 7 },
            ApiError::Unavailable { retry_after: 2 },
            ApiError::Internal,
        ] {
            assert_eq!(read(error.status(), &body(&error), None), error);
        }
    }

    #[test]
    fn a_code_under_a_foreign_status_is_not_believed() {
        let refusal = body(&ApiError::InvalidGrant(EndReason::Unknown));
        for status in [401, 403, 404, 408, 429, 500, 502, 503, 504] {
            let verdict = Verdict::from(&read(status, &refusal, None));
            assert!(matches!(verdict, Verdict::TryLater { .. }), "{status}");
        }
        let refused_token = body(&ApiError::InvalidToken(TokenFault::Invalid));
        assert_eq!(read(400, &refused_token, None), ApiError::NotUnderstood);
    }

    #[test]
    fn only_a_refused_refresh_token_signs_out() {
        let reason = EndReason::PasswordChanged;
        assert_eq!(Verdict::from(&ApiError::InvalidGrant(reason)), Verdict::SignedOut(reason));
        for error in [
            ApiError::Unreachable,
            ApiError::TimedOut,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::InvalidRequest,
            ApiError::InvalidCredentials,
            ApiError::InvalidToken(TokenFault::SessionEnded),
            ApiError::InsufficientScope,
            ApiError::NotFound,
        ] {
            assert_eq!(Verdict::from(&error), Verdict::TryLater { after_s: 0 }, "{error:?}");
        }
        let busy = ApiError::TooManyRequests { retry_after: 9 };
        assert_eq!(Verdict::from(&busy), Verdict::TryLater { after_s: 9 });
    }

    #[test]
    fn a_proxy_is_read_by_its_status() {
        let page: &[u8] = b"<h1>Sorry</h1>";
        assert_eq!(read(408, page, None), ApiError::TimedOut);
        assert_eq!(read(504, page, None), ApiError::TimedOut);
        assert_eq!(read(429, page, Some(9)), ApiError::TooManyRequests { retry_after: 9 });
        assert_eq!(read(502, page, None), ApiError::Unavailable { retry_after: 1 });
        assert_eq!(read(503, page, Some(7)), ApiError::Unavailable { retry_after: 7 });
        for status in [400, 401, 403, 404, 418] {
            assert_eq!(read(status, page, Some(5)), ApiError::NotUnderstood, "{status}");
            assert_eq!(read(status, b"", None), ApiError::NotUnderstood, "{status}");
        }
    }

    #[test]
    fn the_header_counts_where_the_body_is_silent() {
        let silent = br#"{"type":"about:blank","title":"","status":429,"detail":"","code":"too_many_requests"}"#;
        assert_eq!(read(429, silent, Some(5)), ApiError::TooManyRequests { retry_after: 5 });
        let shorter = body(&ApiError::Unavailable { retry_after: 2 });
        assert_eq!(read(503, &shorter, Some(30)), ApiError::Unavailable { retry_after: 30 });
    }
}
