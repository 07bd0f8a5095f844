//! A pure function that decides what to do with the response to a refresh, by the response and the current content of
//! the storage. During the request the user may log out, another tab may refresh, and another user may sign in.

use crate::{failure::RefreshFailure, record::Record};
use latchkey_wire::{ApiError, EndReason, RefreshToken, Tokens};

/// The content of the storage when the response arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredTokens {
    Record(Box<Record>),
    /// No tokens: the session has ended for this tab.
    Nothing,
    /// No tokens, although there was no logout and no rejection. Another tab may have them.
    Lost,
}

/// What to do with the response.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    Write(Box<Tokens>),
    /// The storage has other tokens, from another tab's refresh or a new sign-in. Use those.
    Adopt(Box<Record>),
    /// The user logged out during the request, and stays logged out.
    StayGuest,
    /// The user stays logged out, but the server has issued tokens. They are revoked and not stored.
    Discard(RefreshToken),
    End(EndReason),
    Keep {
        error: ApiError,
        after_s: u32,
    },
}

/// Decides. `presented` is the refresh token that was sent, `stored` the current content of the storage.
pub fn reconcile(answer: Result<Tokens, ApiError>, presented: &RefreshToken, stored: StoredTokens) -> Action {
    match (stored, answer) {
        (StoredTokens::Record(stored), _) if stored.refresh_token != *presented => Action::Adopt(stored),
        // Tokens with a lifetime of zero would be refreshed again at once, in a loop.
        (StoredTokens::Record(_), Ok(tokens)) if tokens.expires_in == 0 => {
            Action::Keep { error: ApiError::NotUnderstood, after_s: 0 }
        }
        (StoredTokens::Record(_), Ok(tokens)) => Action::Write(Box::new(tokens)),
        (StoredTokens::Record(_), Err(error)) => match RefreshFailure::from(&error) {
            RefreshFailure::SignedOut(reason) => Action::End(reason),
            RefreshFailure::TryLater { after_s } => Action::Keep { error, after_s },
        },
        (StoredTokens::Nothing, Ok(tokens)) => Action::Discard(tokens.refresh_token),
        // Revoking them would end the session for the tab that still has it.
        (StoredTokens::Lost, Ok(_)) | (StoredTokens::Nothing | StoredTokens::Lost, Err(_)) => Action::StayGuest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::record;

    fn secret(text: &str) -> RefreshToken {
        RefreshToken::from(text.to_owned())
    }

    fn tokens() -> Tokens {
        let fresh = record("a.2.s", "lkr_2");
        Tokens {
            token: fresh.token,
            refresh_token: fresh.refresh_token,
            token_type: "Bearer".to_owned(),
            expires_in: fresh.expires_in,
            expires_at: String::new(),
            refresh_token_expires_at: String::new(),
            user: fresh.user,
        }
    }

    fn stored(token: &str, refresh_token: &str) -> StoredTokens {
        StoredTokens::Record(Box::new(record(token, refresh_token)))
    }

    fn reconciled(answer: Result<Tokens, ApiError>, stored: StoredTokens) -> Action {
        reconcile(answer, &secret("lkr_1"), stored)
    }

    #[test]
    fn fresh_tokens_replace_the_ones_presented() {
        let action = reconciled(Ok(tokens()), stored("a.1.s", "lkr_1"));
        assert_eq!(action, Action::Write(Box::new(tokens())));
    }

    #[test]
    fn tokens_with_zero_lifetime_are_a_failure() {
        let stillborn = Tokens { expires_in: 0, ..tokens() };
        let action = reconciled(Ok(stillborn), stored("a.1.s", "lkr_1"));
        assert_eq!(action, Action::Keep { error: ApiError::NotUnderstood, after_s: 0 });
    }

    #[test]
    fn response_after_a_logout_is_discarded_and_revoked() {
        assert_eq!(reconciled(Ok(tokens()), StoredTokens::Nothing), Action::Discard(secret("lkr_2")));
        assert_eq!(reconciled(Err(ApiError::Unreachable), StoredTokens::Nothing), Action::StayGuest);
        assert_eq!(
            reconciled(Err(ApiError::InvalidGrant(EndReason::LoggedOut)), StoredTokens::Nothing),
            Action::StayGuest
        );
    }

    #[test]
    fn response_after_lost_storage_is_not_revoked() {
        assert_eq!(reconciled(Ok(tokens()), StoredTokens::Lost), Action::StayGuest);
        assert_eq!(reconciled(Err(ApiError::Unreachable), StoredTokens::Lost), Action::StayGuest);
    }

    #[test]
    fn tokens_stored_by_another_tab_are_adopted() {
        let newer = Box::new(record("a.3.s", "lkr_3"));
        for answer in [Ok(tokens()), Err(ApiError::InvalidGrant(EndReason::Replayed)), Err(ApiError::Unreachable)] {
            assert_eq!(reconciled(answer, StoredTokens::Record(newer.clone())), Action::Adopt(newer.clone()));
        }
    }

    #[test]
    fn error_other_than_invalid_grant_keeps_the_session() {
        let stored = || stored("a.1.s", "lkr_1");
        let refused = ApiError::InvalidGrant(EndReason::Expired);
        assert_eq!(reconciled(Err(refused), stored()), Action::End(EndReason::Expired));
        for error in [
            ApiError::Unreachable,
            ApiError::TimedOut,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::InvalidRequest,
            ApiError::NotFound,
            ApiError::TooManyRequests { retry_after: 5 },
            ApiError::Unavailable { retry_after: 1 },
        ] {
            let after_s = error.retry_after().unwrap_or_default();
            assert_eq!(reconciled(Err(error.clone()), stored()), Action::Keep { error, after_s });
        }
    }
}
