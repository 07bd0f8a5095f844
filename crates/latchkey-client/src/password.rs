//! A pure function about the outcome of a password change.

use crate::failure::is_passing;
use latchkey_wire::ApiError;

/// The outcome of a password change that the server has not rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The password is changed, and the new tokens are stored.
    Done,
    /// The response was lost. Either the refresh after it failed as well, or it showed that the password was changed,
    /// so that this tab is signed out.
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
