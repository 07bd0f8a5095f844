//! The failed refreshes of a tab: their token, the last error, and the time of the next try. Times are milliseconds of
//! the monotonic clock.

use crate::backoff::Backoff;
use latchkey_wire::{ApiError, RefreshToken};

/// The failures since the last success.
#[derive(Default)]
pub struct Attempts {
    pub backoff: Backoff,
    last_failure: Option<ApiError>,
    /// The refresh token of the failed tries.
    failed_with: Option<RefreshToken>,
}

impl Attempts {
    /// Records a failure with the stored refresh token. `after_s` and `chance` are those of [`Backoff::failed`].
    pub fn failed(&mut self, error: ApiError, stored: Option<RefreshToken>, now_ms: i64, after_s: u32, chance: f64) {
        self.backoff.failed(now_ms, after_s, chance);
        self.last_failure = Some(error);
        self.failed_with = stored;
    }

    /// The last failure, while it is too soon for another try.
    pub fn too_soon(&self, now_ms: i64) -> Option<ApiError> {
        self.last_failure.clone().filter(|_| !self.backoff.allows(now_ms))
    }

    /// Forgets the failures if they are of another token than the stored one, or if no token is stored.
    pub fn forget_unless(&mut self, stored: Option<&RefreshToken>) {
        if self.failed_with.as_ref() != stored {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed_with(token: &str) -> Attempts {
        let mut attempts = Attempts::default();
        attempts.failed(ApiError::Unreachable, Some(RefreshToken::from(token.to_owned())), 1_000, 0, 0.0);
        attempts
    }

    #[test]
    fn try_within_a_second_of_a_failure_returns_its_error() {
        let attempts = failed_with("lkr_1");
        assert_eq!(attempts.too_soon(1_999), Some(ApiError::Unreachable));
        assert_eq!(attempts.too_soon(2_000), None);
    }

    #[test]
    fn failures_are_forgotten_when_the_token_changes() {
        let mut attempts = failed_with("lkr_1");
        attempts.forget_unless(Some(&RefreshToken::from("lkr_1".to_owned())));
        assert!(attempts.too_soon(1_000).is_some());
        attempts.forget_unless(Some(&RefreshToken::from("lkr_2".to_owned())));
        assert!(attempts.too_soon(1_000).is_none() && attempts.backoff.allows(0));
    }
}
