//! A pure function that decides whether to refresh after the server has rejected an access token.

use latchkey_wire::TokenError;

/// If the server also rejects tokens that were requested because of a rejection, the next refresh for that reason waits
/// for this time.
const RENEWAL_GAP_MS: i64 = 60_000;

/// Whether to refresh after the server has rejected an access token. Not for a minute if the token was itself requested
/// because of a rejection: then something on the way rejects every token, and tabs that adopt each other's tokens would
/// refresh in an endless loop.
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
