//! A pure function that decides whether a guard shows its content.

use crate::freshness::TokenFreshness;
use latchkey_wire::ApiError;

/// The state of a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The server has not been asked, or has not answered yet.
    Undecided,
    /// The guard shows its content.
    Pass,
    /// It is unknown whether the user is signed in, because the request failed.
    Failed(ApiError),
}

/// What a guard does with the current tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardStep {
    /// Show the content.
    Admit,
    /// Refresh; the outcome decides.
    Ask,
    /// Do nothing until the timer has refreshed the tokens.
    Wait,
}

/// Admits the user if the token is live, or asks the server. An admitted user stays admitted while an expired token is
/// refreshed. After a failure, only a request of the user (`asked_again`) asks the server again.
pub fn guard(known: &Admission, freshness: TokenFreshness, asked_again: bool) -> GuardStep {
    match known {
        Admission::Pass => GuardStep::Admit,
        _ if freshness.is_alive() => GuardStep::Admit,
        Admission::Failed(_) if !asked_again => GuardStep::Wait,
        Admission::Undecided | Admission::Failed(_) => GuardStep::Ask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: Admission = Admission::Failed(ApiError::Unreachable);

    #[test]
    fn live_token_passes_without_a_request() {
        for known in [Admission::Undecided, FAILED, Admission::Pass] {
            assert_eq!(guard(&known, TokenFreshness::Due, false), GuardStep::Admit, "{known:?}");
        }
    }

    #[test]
    fn guard_with_expired_token_asks_for_a_refresh() {
        assert_eq!(guard(&Admission::Undecided, TokenFreshness::Expired, false), GuardStep::Ask);
        assert_eq!(guard(&FAILED, TokenFreshness::Expired, true), GuardStep::Ask);
    }

    #[test]
    fn failed_guard_waits_for_the_timer() {
        assert_eq!(guard(&FAILED, TokenFreshness::Expired, false), GuardStep::Wait);
    }

    #[test]
    fn admitted_user_stays_while_the_token_is_refreshed() {
        assert_eq!(guard(&Admission::Pass, TokenFreshness::Expired, false), GuardStep::Admit);
    }
}
