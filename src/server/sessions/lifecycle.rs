//! The life of a session, as one pure function: what happens when a refresh token is presented.
//!
//! Everything is decided by the row alone, inside the transaction that holds it, so two requests cannot both be the
//! one that rotates. The caller carries the decision out.

use crate::api::error::EndReason;
use crate::server::clock::Timestamp;
use std::time::Duration;

/// How many times a session's refresh token has been rotated; the newest one is the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u32);

impl Generation {
    /// The one after. At a rotation a second the last one comes after 136 years.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What the row of a session says about its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub head: Generation,
    /// The newest generation whose access token has been seen in use.
    pub confirmed: Generation,
    pub rotated_at: Timestamp,
    pub idle_expires_at: Timestamp,
    pub absolute_expires_at: Timestamp,
    /// Set once the session has been revoked.
    pub ended: Option<EndReason>,
}

impl Standing {
    /// Why the session is over, if it is. Revoked comes before expired: it says more.
    pub fn over(&self, now: Timestamp) -> Option<EndReason> {
        self.ended.or((now >= self.idle_expires_at || now >= self.absolute_expires_at).then_some(EndReason::Expired))
    }
}

/// What to do with a presented refresh token whose tag has verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The head: hand out the next generation.
    Rotate,
    /// The head's parent, whose answer was lost or who raced with a sibling: hand out the same head again.
    Retry,
    /// Someone holds a token that should not exist any more, or does not exist yet: end the session.
    End(EndReason),
    /// The session is over already.
    Refuse(EndReason),
}

/// Decides what a refresh token of generation `presented` gets.
///
/// The parent is tolerated while its loss can be innocent: for `retry_window` after the rotation, and for as long as
/// nobody has used an access token of the head's generation, since then the answer that carried it may never have
/// arrived. A thief gains nothing by the tolerance: he gets the very token that the owner got, and the first rotation
/// by either of them turns the other's next try into a replay that ends the session.
pub fn decide(session: &Standing, presented: Generation, now: Timestamp, retry_window: Duration) -> Decision {
    if let Some(reason) = session.over(now) {
        return Decision::Refuse(reason);
    }
    if presented == session.head {
        return Decision::Rotate;
    }
    if presented > session.head {
        // Only an old backup can have forgotten a generation. Nobody can tell who holds the right token.
        return Decision::End(EndReason::Restored);
    }
    let is_parent = presented.next() == session.head;
    let unseen = session.confirmed < session.head;
    // In both directions: a clock set back by a day must not open the window for a day.
    let just_rotated = now.since(session.rotated_at) < retry_window && session.rotated_at.since(now) < retry_window;
    if is_parent && (unseen || just_rotated) { Decision::Retry } else { Decision::End(EndReason::Replayed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    /// Head 5, rotated at 1000 s and seen in use, idle until 2000 s, absolute until 3000 s.
    fn live() -> Standing {
        Standing {
            head: Generation(5),
            confirmed: Generation(5),
            rotated_at: at(1000),
            idle_expires_at: at(2000),
            absolute_expires_at: at(3000),
            ended: None,
        }
    }

    fn decide_at(session: Standing, presented: u32, seconds: i64) -> Decision {
        decide(&session, Generation(presented), at(seconds), WINDOW)
    }

    #[test]
    fn the_head_rotates_until_the_second_of_expiry() {
        assert_eq!(decide_at(live(), 5, 1999), Decision::Rotate);
        assert_eq!(decide_at(live(), 5, 2000), Decision::Refuse(EndReason::Expired));
        let capped = Standing { idle_expires_at: at(9000), ..live() };
        assert_eq!(decide_at(capped, 5, 3000), Decision::Refuse(EndReason::Expired));
    }

    #[test]
    fn the_parent_is_tolerated_within_the_window_or_until_the_head_is_seen() {
        assert_eq!(decide_at(live(), 4, 1029), Decision::Retry);
        assert_eq!(decide_at(live(), 4, 1030), Decision::End(EndReason::Replayed));
        let unseen = Standing { confirmed: Generation(4), ..live() };
        assert_eq!(decide_at(unseen, 4, 1999), Decision::Retry);
    }

    #[test]
    fn a_clock_set_back_does_not_widen_the_window() {
        assert_eq!(decide_at(live(), 4, 999), Decision::Retry);
        assert_eq!(decide_at(live(), 4, 900), Decision::End(EndReason::Replayed));
    }

    #[test]
    fn anything_older_is_a_replay() {
        for old in 0..4 {
            let unseen = Standing { confirmed: Generation(0), ..live() };
            assert_eq!(decide_at(unseen, old, 1000), Decision::End(EndReason::Replayed));
        }
    }

    #[test]
    fn a_generation_from_the_future_means_a_restored_backup() {
        assert_eq!(decide_at(live(), 6, 1000), Decision::End(EndReason::Restored));
    }

    #[test]
    fn what_is_over_stays_over_and_says_why_before_anything_else() {
        let ended = Standing { ended: Some(EndReason::LoggedOut), ..live() };
        for presented in [0, 4, 5, 6] {
            assert_eq!(decide_at(ended, presented, 1000), Decision::Refuse(EndReason::LoggedOut));
            assert_eq!(decide_at(ended, presented, 5000), Decision::Refuse(EndReason::LoggedOut));
            assert_eq!(decide_at(live(), presented, 5000), Decision::Refuse(EndReason::Expired));
        }
    }
}
