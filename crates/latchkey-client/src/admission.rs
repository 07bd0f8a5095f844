//! Who may see what is guarded: a pure rule.

use crate::freshness::TokenFreshness;
use latchkey_wire::ApiError;

/// What a guard has found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Not asked yet, or the answer is on its way.
    Undecided,
    /// The user may see it.
    Pass,
    /// Unknown: the server did not answer, or not sensibly.
    Failed(ApiError),
}

/// What a guard does with the tokens of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardStep {
    /// Show what is guarded.
    Admit,
    /// Refresh, and let the outcome decide.
    Ask,
    /// Nothing, until there are fresh tokens: the timer gets them.
    Wait,
}

/// Admits a live token, or asks the server. An admitted user stays admitted, also while an expired token is being
/// refreshed. After a failure only the user, with `asked_again`, makes another request.
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
