//! The lifecycle of a session: a pure function that decides what happens when a refresh token is presented.
//!
//! The function decides by the row as it was read and by the source of the request. The caller carries out the
//! decision. It writes a rotation only if the row has not changed since, so of two simultaneous requests only one can
//! rotate.

use crate::clock::Timestamp;
use latchkey_wire::EndReason;
use std::time::Duration;

/// How many times a session's refresh token has been rotated; the newest one is the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u32);

impl Generation {
    /// The next generation. With one rotation a second, the numbers last for 136 years.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The columns of a session's row that decide about its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The newest generation.
    pub head: Generation,
    /// The newest generation whose access token the server has seen in use. The head is *confirmed* if it is this
    /// generation.
    pub confirmed: Generation,
    /// The first generation after the last password change in this session. Tokens of earlier generations are rejected.
    pub valid_from: Generation,
    /// When the head was issued.
    pub rotated_at: Timestamp,
    /// When the session expires if it is not refreshed before.
    pub idle_expires_at: Timestamp,
    /// When the session expires, however often it is refreshed.
    pub absolute_expires_at: Timestamp,
    /// Why the session is revoked, if it is.
    pub revoked: Option<EndReason>,
}

impl SessionState {
    /// Why the session has ended, if it has. A revocation takes precedence over an expiry, because it tells the user
    /// more.
    pub fn end_reason(&self, now: Timestamp) -> Option<EndReason> {
        self.revoked.or((now >= self.idle_expires_at || now >= self.absolute_expires_at).then_some(EndReason::Expired))
    }

    /// Whether the session is live, and tokens of this generation, of either kind, are older than its last password
    /// change.
    pub fn is_before_password_change(&self, generation: Generation, now: Timestamp) -> bool {
        generation < self.valid_from && self.end_reason(now).is_none()
    }
}

/// Whether a refresh token is presented from the same source as the last refresh of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentedFrom {
    /// The same network and user agent, or a row that does not record them yet.
    Same,
    /// Another network, another user agent, or both.
    Elsewhere,
}

/// What to do with a presented refresh token whose tag has verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The head: issue the next generation.
    Rotate,
    /// The head's parent, because the response was lost or another tab refreshed at the same time: issue the same head
    /// again. A retry from elsewhere is also recorded.
    Retry(PresentedFrom),
    /// The head's parent from elsewhere, within the retry window: issue nothing and change nothing.
    /// After this time the token is a replay.
    Wait(Duration),
    /// A token from before a password change in this session: reject it and change nothing. The owner's new tokens stay
    /// valid.
    PasswordChanged,
    /// A token that should have been replaced: revoke the session.
    Replay,
    /// A token that the database has not issued yet: revoke the session, because the database was restored from a
    /// backup.
    NotIssued,
    /// The session has ended: reject the token.
    Refuse(EndReason),
}

/// Added to the wait, so that the retry window has ended when the client tries again.
const AFTER_WINDOW: Duration = Duration::from_secs(1);

/// Decides what to do with a refresh token of generation `presented`.
///
/// The parent is accepted while it can be a retry. Until an access token of the head's generation has been used, the
/// response with it may have been lost, and the client's network may have changed since. So the parent is accepted from
/// any source. Once the head is confirmed, the client has it, and a legitimate request with the parent can only come
/// from another tab that refreshed at the same time. For `retry_window` after the rotation that tab gets the head
/// again, if it has the same network and user agent as the rotation.
///
/// A request from elsewhere comes either from a tab that reaches the server by another address, which finds the new
/// tokens in its storage, or from one of two parties with a copy of the tokens. Neither gets tokens, and the session
/// does not end yet. A party without newer tokens presents the same token again after the window; that is a replay,
/// which revokes the session for both.
///
/// The server cannot distinguish an attacker with the owner's network and user agent, for example behind the same NAT,
/// from another tab.
pub fn decide(
    session: &SessionState,
    presented: Generation,
    from: PresentedFrom,
    now: Timestamp,
    retry_window: Duration,
) -> Decision {
    if let Some(reason) = session.end_reason(now) {
        return Decision::Refuse(reason);
    }
    if presented < session.valid_from {
        return Decision::PasswordChanged;
    }
    if presented == session.head {
        return Decision::Rotate;
    }
    if presented > session.head {
        // Only a restored backup can lack a generation, and then it is unknown which client has the right token.
        return Decision::NotIssued;
    }
    if presented.next() != session.head {
        return Decision::Replay;
    }
    if session.confirmed < session.head {
        return Decision::Retry(from);
    }
    // Compared in both directions: a clock set back by a day must not extend the window by a day.
    let (elapsed, ahead) = (now.since(session.rotated_at), session.rotated_at.since(now));
    match from {
        _ if elapsed >= retry_window || ahead >= retry_window => Decision::Replay,
        PresentedFrom::Same => Decision::Retry(from),
        PresentedFrom::Elsewhere => Decision::Wait((retry_window + ahead).saturating_sub(elapsed) + AFTER_WINDOW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    /// Head 5, rotated at 1000 s and confirmed; the idle expiry is at 2000 s, the absolute one at 3000 s.
    fn live() -> SessionState {
        SessionState {
            head: Generation(5),
            confirmed: Generation(5),
            valid_from: Generation(0),
            rotated_at: at(1000),
            idle_expires_at: at(2000),
            absolute_expires_at: at(3000),
            revoked: None,
        }
    }

    fn decide_at(session: SessionState, presented: u32, seconds: i64) -> Decision {
        decide(&session, Generation(presented), PresentedFrom::Same, at(seconds), WINDOW)
    }

    fn decide_elsewhere(session: SessionState, presented: u32, millis: i64) -> Decision {
        let now = Timestamp::from_millis(millis);
        decide(&session, Generation(presented), PresentedFrom::Elsewhere, now, WINDOW)
    }

    #[test]
    fn head_rotates_until_the_session_expires() {
        assert_eq!(decide_at(live(), 5, 1999), Decision::Rotate);
        assert_eq!(decide_at(live(), 5, 2000), Decision::Refuse(EndReason::Expired));
        let capped = SessionState { idle_expires_at: at(9000), ..live() };
        assert_eq!(decide_at(capped, 5, 3000), Decision::Refuse(EndReason::Expired));
    }

    #[test]
    fn parent_within_window_or_with_unseen_head_is_a_retry() {
        assert_eq!(decide_at(live(), 4, 1029), Decision::Retry(PresentedFrom::Same));
        assert_eq!(decide_at(live(), 4, 1030), Decision::Replay);
        let unseen = SessionState { confirmed: Generation(4), ..live() };
        assert_eq!(decide_at(unseen, 4, 1999), Decision::Retry(PresentedFrom::Same));
    }

    #[test]
    fn parent_of_seen_head_from_elsewhere_waits_out_the_window() {
        for (millis, wait) in [(1_000_000, 31_000), (1_005_000, 26_000), (1_029_999, 1_001)] {
            assert_eq!(decide_elsewhere(live(), 4, millis), Decision::Wait(Duration::from_millis(wait)), "{millis}");
            assert_eq!(
                decide_elsewhere(live(), 4, millis + i64::try_from(wait).unwrap()),
                Decision::Replay,
                "who waits as told finds the window over"
            );
        }
        assert_eq!(decide_elsewhere(live(), 4, 1_030_000), Decision::Replay);
    }

    #[test]
    fn parent_of_unseen_head_from_elsewhere_is_a_retry() {
        let unseen = SessionState { confirmed: Generation(4), ..live() };
        for millis in [1_000_000, 1_999_000] {
            assert_eq!(decide_elsewhere(unseen, 4, millis), Decision::Retry(PresentedFrom::Elsewhere));
        }
    }

    #[test]
    fn source_changes_only_the_decision_for_the_parent() {
        for presented in [0, 1, 2, 3, 5, 6] {
            for seconds in [900, 1000, 1029, 1030, 2000] {
                let here = decide_at(live(), presented, seconds);
                assert_eq!(decide_elsewhere(live(), presented, seconds * 1000), here, "{presented} at {seconds}");
            }
        }
    }

    #[test]
    fn clock_set_back_does_not_widen_the_retry_window() {
        assert_eq!(decide_at(live(), 4, 999), Decision::Retry(PresentedFrom::Same));
        assert_eq!(decide_at(live(), 4, 900), Decision::Replay);
        assert_eq!(decide_elsewhere(live(), 4, 999_000), Decision::Wait(Duration::from_secs(32)));
        assert_eq!(decide_elsewhere(live(), 4, 900_000), Decision::Replay);
    }

    #[test]
    fn generation_older_than_the_parent_is_a_replay() {
        for old in 0..4 {
            let unseen = SessionState { confirmed: Generation(0), ..live() };
            assert_eq!(decide_at(unseen, old, 1000), Decision::Replay);
        }
    }

    #[test]
    fn generation_newer_than_the_head_was_not_issued() {
        assert_eq!(decide_at(live(), 6, 1000), Decision::NotIssued);
    }

    #[test]
    fn generation_before_password_change_is_refused() {
        let seen = SessionState { valid_from: Generation(5), ..live() };
        let unseen = SessionState { confirmed: Generation(4), ..seen };
        for presented in 0..5 {
            assert_eq!(decide_at(seen, presented, 1000), Decision::PasswordChanged);
            assert_eq!(decide_at(unseen, presented, 1999), Decision::PasswordChanged);
        }
        assert_eq!(decide_at(seen, 5, 1000), Decision::Rotate);
        assert_eq!(decide_at(seen, 4, 2000), Decision::Refuse(EndReason::Expired));
        assert!(
            seen.is_before_password_change(Generation(4), at(1000))
                && !seen.is_before_password_change(Generation(5), at(1000))
        );
        assert!(!seen.is_before_password_change(Generation(4), at(2000)), "what is over says so first");
    }

    #[test]
    fn ended_or_expired_session_is_refused_with_its_reason() {
        let ended = SessionState { revoked: Some(EndReason::LoggedOut), ..live() };
        for presented in [0, 4, 5, 6] {
            assert_eq!(decide_at(ended, presented, 1000), Decision::Refuse(EndReason::LoggedOut));
            assert_eq!(decide_at(ended, presented, 5000), Decision::Refuse(EndReason::LoggedOut));
            assert_eq!(decide_at(live(), presented, 5000), Decision::Refuse(EndReason::Expired));
        }
    }
}
