//! A pure function that decides whether to refresh after the server has rejected an access token.

use latchkey_wire::TokenError;

/// The shortest time between two refreshes because of rejected tokens, in milliseconds.
const MIN_INTERVAL_MS: i64 = 60_000;

/// Whether to refresh after the server has rejected an access token. `after_refusal` is true for a token that was itself
/// requested because of a rejection. If that was less than a minute ago, something on the way rejects every token, and
/// tabs that adopt each other's tokens would refresh in an endless loop. The exception are faults whose cause only a
/// refresh tells.
pub fn may_refresh(fault: TokenError, after_refusal: bool, age_ms: i64) -> bool {
    let refresh_tells_reason = matches!(fault, TokenError::SessionEnded | TokenError::PasswordChanged);
    !after_refusal || age_ms >= MIN_INTERVAL_MS || refresh_tells_reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_rejected_after_such_a_refresh_waits_a_minute() {
        assert!(may_refresh(TokenError::Invalid, false, 0));
        assert!(!may_refresh(TokenError::Invalid, true, 0));
        assert!(!may_refresh(TokenError::Expired, true, MIN_INTERVAL_MS - 1));
        assert!(may_refresh(TokenError::Invalid, true, MIN_INTERVAL_MS));
        assert!(may_refresh(TokenError::SessionEnded, true, 0), "the refresh tells the reason");
        assert!(may_refresh(TokenError::PasswordChanged, true, 0), "the refresh tells the reason");
    }
}
