//! Whether a refused access token is worth a refresh: a pure rule.

use latchkey_wire::TokenError;

/// If tokens that were fetched because of a refusal are refused as well, the next refresh for that reason waits for
/// this long.
const RENEWAL_GAP_MS: i64 = 60_000;

/// Whether a refused access token is worth a refresh. A token that was itself fetched because of a refusal is not, for
/// a while: something on the way refuses every token, and tabs that adopt each other's tokens would go on without end.
pub fn may_renew(fault: TokenError, after_refusal: bool, age_ms: i64) -> bool {
    let says_why = matches!(fault, TokenError::SessionEnded | TokenError::PasswordChanged);
    !after_refusal || age_ms >= RENEWAL_GAP_MS || says_why
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_refused_after_renewal_is_not_renewed_within_gap() {
        assert!(may_renew(TokenError::Invalid, false, 0));
        assert!(!may_renew(TokenError::Invalid, true, 0));
        assert!(!may_renew(TokenError::Expired, true, RENEWAL_GAP_MS - 1));
        assert!(may_renew(TokenError::Invalid, true, RENEWAL_GAP_MS));
        assert!(may_renew(TokenError::SessionEnded, true, 0), "the refresh will say why");
        assert!(may_renew(TokenError::PasswordChanged, true, 0), "so it will");
    }
}
