//! What is known after a password change: a pure rule.

use crate::failure::is_passing;
use latchkey_wire::ApiError;

/// The outcome of a change that the server has not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The password is changed, and the new tokens are stored.
    Done,
    /// Neither the change nor a refresh after it was answered.
    Unknown,
}

/// Whether the server may have changed the password and its answer was lost.
pub fn may_be_done(error: &ApiError) -> bool {
    is_passing(error) && !matches!(error, ApiError::TooManyRequests { .. } | ApiError::RequestTimeout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_wire::{FieldErrors, TokenError};

    #[test]
    fn password_change_with_lost_response_may_be_done() {
        for lost in [
            ApiError::Unreachable,
            ApiError::TimedOut,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::Unavailable { retry_after: 1 },
        ] {
            assert!(may_be_done(&lost), "{lost:?}");
        }
        for refused in [
            ApiError::TooManyRequests { retry_after: 1 },
            ApiError::RequestTimeout,
            ApiError::ValidationFailed(FieldErrors::default()),
            ApiError::InvalidToken(TokenError::SessionEnded),
            ApiError::InvalidRequest,
        ] {
            assert!(!may_be_done(&refused), "{refused:?}");
        }
    }
}
