//! The remaining lifetime of an access token, measured so that a wrong device clock does not matter.
//!
//! The server sends the lifetime as a duration, so only the elapsed time matters, not the time of the device. Within
//! one page, the elapsed time is that of the monotonic clock, or that of the wall clock if it is longer: on some
//! systems the monotonic clock stops while a laptop sleeps. After a reload, the wall clock gives the age. If that is
//! not plausible, the token counts as expired: a clock that is set ahead causes one refresh, never a sign-out.

use crate::record::Record;
use latchkey_wire::AccessToken;

/// A token is due this many milliseconds before it expires, unless its lifetime is short.
const MARGIN_MS: i64 = 30_000;

/// How much longer an access token can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFreshness {
    /// Valid, and not due yet.
    Fresh {
        /// Milliseconds until it is due, more than zero.
        due_in_ms: i64,
    },
    /// Still valid, but about to expire.
    Due,
    /// Expired, as far as this device can tell. Only the server knows for certain.
    Expired,
}

impl TokenFreshness {
    /// Whether the server may still be expected to accept the token.
    pub fn is_alive(self) -> bool {
        self != Self::Expired
    }
}

/// When this page first saw an access token, by both clocks, and how old the token was then.
pub struct Sighting {
    token: AccessToken,
    at_ms: i64,
    wall_ms: i64,
    age_ms: i64,
}

impl Sighting {
    /// The sighting of the record's access token. `known` is the result of the last call, which is returned again for
    /// the same token, because the first sighting counts.
    pub fn of(record: &Record, known: Option<Self>, now_ms: i64, wall_ms: i64) -> Self {
        known.filter(|known| known.token == record.token).unwrap_or_else(|| Self {
            token: record.token.clone(),
            at_ms: now_ms,
            wall_ms,
            age_ms: age_at_first_sight(record.received_at, wall_ms, record.life_ms()),
        })
    }

    /// The age of the token now, in milliseconds.
    pub fn age_at(&self, now_ms: i64, wall_ms: i64) -> i64 {
        let passed_ms = now_ms.saturating_sub(self.at_ms).max(wall_ms.saturating_sub(self.wall_ms));
        self.age_ms.saturating_add(passed_ms)
    }
}

/// The age of a token that another page, or this one before a reload, received. If the receipt is in the future, or
/// longer ago than the lifetime of the token, the age is the whole lifetime: the clock was set or the token is old, and
/// in both cases it must be refreshed.
fn age_at_first_sight(received_at: i64, now: i64, life_ms: i64) -> i64 {
    let elapsed = now.saturating_sub(received_at);
    if (0..life_ms).contains(&elapsed) { elapsed } else { life_ms }
}

/// The freshness of an access token with this age and lifetime.
pub fn freshness_at(age_ms: i64, life_ms: i64) -> TokenFreshness {
    // The margin is at most a third of the lifetime, so that a token of a few seconds is not due from the start.
    let margin_ms = MARGIN_MS.min(life_ms / 3);
    let left_ms = life_ms.saturating_sub(age_ms);
    if left_ms <= 0 {
        TokenFreshness::Expired
    } else if left_ms <= margin_ms {
        TokenFreshness::Due
    } else {
        TokenFreshness::Fresh { due_in_ms: left_ms - margin_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_MINUTES: i64 = 300_000;

    #[test]
    fn token_is_due_thirty_seconds_before_it_expires() {
        assert_eq!(freshness_at(0, FIVE_MINUTES), TokenFreshness::Fresh { due_in_ms: 270_000 });
        assert_eq!(freshness_at(269_999, FIVE_MINUTES), TokenFreshness::Fresh { due_in_ms: 1 });
        assert_eq!(freshness_at(270_000, FIVE_MINUTES), TokenFreshness::Due);
        assert_eq!(freshness_at(299_999, FIVE_MINUTES), TokenFreshness::Due);
        assert_eq!(freshness_at(300_000, FIVE_MINUTES), TokenFreshness::Expired);
    }

    #[test]
    fn short_lived_token_is_fresh_when_received() {
        assert_eq!(freshness_at(0, 3_000), TokenFreshness::Fresh { due_in_ms: 2_000 });
        assert_eq!(freshness_at(2_000, 3_000), TokenFreshness::Due);
    }

    #[test]
    fn zero_lifetime_is_expired_and_huge_does_not_overflow() {
        assert_eq!(freshness_at(0, 0), TokenFreshness::Expired);
        assert!(freshness_at(i64::MAX, i64::MAX) == TokenFreshness::Expired);
        assert!(freshness_at(0, i64::MAX).is_alive());
    }

    #[test]
    fn token_age_after_reload_is_read_from_the_wall_clock() {
        assert_eq!(age_at_first_sight(1_000, 61_000, FIVE_MINUTES), 60_000);
    }

    #[test]
    fn implausible_wall_clock_makes_the_token_expired() {
        let expired = |received_at, now| {
            freshness_at(age_at_first_sight(received_at, now, FIVE_MINUTES), FIVE_MINUTES) == TokenFreshness::Expired
        };
        assert!(expired(10_000, 9_999), "set back");
        assert!(expired(0, FIVE_MINUTES), "set ahead, or simply old");
        assert!(expired(i64::MAX, i64::MIN));
        assert!(expired(i64::MIN, i64::MAX));
    }

    fn seen_at(at_ms: i64, wall_ms: i64) -> Sighting {
        Sighting { token: AccessToken::from(String::new()), at_ms, wall_ms, age_ms: 100 }
    }

    #[test]
    fn wall_clock_set_back_does_not_change_the_token_age() {
        let sighting = seen_at(5_000, 1_700_000_000_000);
        assert_eq!(sighting.age_at(6_000, 1_700_000_001_000), 1_100);
        assert_eq!(sighting.age_at(6_000, 1_600_000_000_000), 1_100);
        assert_eq!(sighting.age_at(6_000, i64::MIN), 1_100);
    }

    #[test]
    fn token_age_includes_time_asleep() {
        let sighting = seen_at(5_000, 1_700_000_000_000);
        assert_eq!(sighting.age_at(5_010, 1_700_000_000_000 + 3_600_000), 3_600_100);
    }
}
