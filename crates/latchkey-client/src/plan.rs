//! A pure function that decides when the tokens of an open page are refreshed.

use crate::freshness::TokenFreshness;

/// The shortest wait, whatever lifetimes the server sends.
pub const MIN_WAIT_MS: u32 = 1_000;
/// The longest wait. A timer does not notice that the computer was asleep, so an open page checks the clock once a
/// minute, without a request.
const MAX_WAIT_MS: u32 = 60_000;

/// What to do with the tokens now.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// Do nothing until an event.
    Rest,
    Wait(i64),
    Refresh,
}

/// Decides what to do now. A `resting` tab is hidden or offline. It does not refresh: a visible tab does, or this tab
/// when it is visible and online again.
pub fn plan(freshness: TokenFreshness, resting: bool, wait_ms: Option<i64>) -> Plan {
    match (freshness, wait_ms) {
        _ if resting => Plan::Rest,
        (TokenFreshness::Fresh { due_in_ms }, _) => Plan::Wait(due_in_ms),
        (TokenFreshness::Due | TokenFreshness::Expired, Some(ms)) => Plan::Wait(ms),
        (TokenFreshness::Due | TokenFreshness::Expired, None) => Plan::Refresh,
    }
}

/// Limits the wait of a timer.
pub fn bounded(wait_ms: i64) -> u32 {
    let within = wait_ms.clamp(i64::from(MIN_WAIT_MS), i64::from(MAX_WAIT_MS));
    u32::try_from(within).unwrap_or(MAX_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_tokens_wait_until_they_are_due() {
        assert_eq!(plan(TokenFreshness::Fresh { due_in_ms: 270_000 }, false, None), Plan::Wait(270_000));
        assert_eq!(plan(TokenFreshness::Due, false, None), Plan::Refresh);
        assert_eq!(plan(TokenFreshness::Expired, false, None), Plan::Refresh);
    }

    #[test]
    fn plan_after_a_failure_waits_for_the_backoff() {
        assert_eq!(plan(TokenFreshness::Due, false, Some(4_000)), Plan::Wait(4_000));
        assert_eq!(plan(TokenFreshness::Expired, false, Some(4_000)), Plan::Wait(4_000));
    }

    #[test]
    fn hidden_tab_plans_no_refresh() {
        for freshness in [TokenFreshness::Fresh { due_in_ms: 1 }, TokenFreshness::Due, TokenFreshness::Expired] {
            assert_eq!(plan(freshness, true, None), Plan::Rest);
        }
    }

    #[test]
    fn planned_wait_is_bounded_below_and_above() {
        assert_eq!(bounded(1), MIN_WAIT_MS);
        assert_eq!(bounded(-1), MIN_WAIT_MS, "what is overdue does not wait");
        assert_eq!(bounded(i64::MAX), MAX_WAIT_MS);
    }
}
