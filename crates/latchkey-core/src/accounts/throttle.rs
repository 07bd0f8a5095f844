//! Decides how long a client must wait after failures, by count and time, without I/O. `attempt.rs` does the counting.

use crate::clock::Timestamp;
use crate::store::login_failures::Failures;
use std::time::Duration;

/// How many failures a key may have, and how long the waits are.
#[derive(Debug)]
pub struct Limit {
    /// After this number of failures, the next attempt must wait one second; each further failure doubles the wait.
    pub(super) free_attempts: i64,
    /// The longest wait.
    pub(super) max_wait: Duration,
    /// After this time without an attempt, the count starts again at zero.
    pub(super) reset_after: Duration,
}

/// For one account. A user may mistype the password five times. After that, an attacker gets about 96 tries a day, and
/// an attacker who only knows the name cannot block sign-ins for longer than 15 minutes at a time.
pub const ACCOUNT: Limit =
    Limit { free_attempts: 5, max_wait: Duration::from_secs(15 * 60), reset_after: Duration::from_secs(24 * 60 * 60) };

/// For one network address, whatever the account: this slows down an attacker who tries one password on many names. A
/// school or a mobile operator may have thousands of people behind one address, so there is room for many misspellings,
/// the longest wait is a minute, and an hour without failures resets the count. (Fifty tries at once and then an hour
/// without tries are fewer than one try a minute, so an attacker gains nothing by pausing.)
pub const NETWORK: Limit =
    Limit { free_attempts: 50, max_wait: Duration::from_secs(60), reset_after: Duration::from_secs(60 * 60) };

/// For one trusted network, over all accounts that are signed in there. Each account has its own count there, so
/// without this limit an attacker in the network of a school would have five tries for each pupil. An attacker who
/// fails on purpose with the names of twenty others makes all users there wait for a minute at most.
pub const ALL_TRUSTED: Limit =
    Limit { free_attempts: 100, max_wait: Duration::from_secs(60), reset_after: Duration::from_secs(60 * 60) };

/// For registrations from one network address. Each costs a hash and a permanent row, so their number is limited; a
/// class of pupils that registers in one lesson is within the limit.
pub const REGISTRATION: Limit =
    Limit { free_attempts: 100, max_wait: Duration::from_secs(60), reset_after: Duration::from_secs(60 * 60) };

/// The kinds of counts of failed attempts; `attempt.rs` decides which of them count an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountKind {
    /// An account, over all networks that are not trusted for it.
    Account,
    /// An account, in one network that is trusted for it.
    TrustedNetwork,
    /// A session whose user confirms a change with the password.
    Session,
    /// A network, over all accounts that do not trust it.
    Network,
    /// A network, over all accounts that trust it.
    AllTrusted,
    /// A network, for new accounts.
    Registration,
}

impl CountKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Account, Self::TrustedNetwork, Self::Session, Self::Network, Self::AllTrusted, Self::Registration];

    /// Its name in the database and in `latchkey throttle list`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::TrustedNetwork => "trusted_network",
            Self::Session => "session",
            Self::Network => "network",
            Self::AllTrusted => "all_trusted",
            Self::Registration => "registration",
        }
    }

    /// The limit on its failures.
    pub const fn limit(self) -> &'static Limit {
        match self {
            Self::Account | Self::TrustedNetwork | Self::Session => &ACCOUNT,
            Self::Network => &NETWORK,
            Self::AllTrusted => &ALL_TRUSTED,
            Self::Registration => &REGISTRATION,
        }
    }
}

/// The decision on an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleDecision {
    /// The attempt may proceed, and this is the new count of the key.
    Admitted(Failures),
    /// The client must wait for this time before the next attempt.
    Wait(Duration),
}

impl Limit {
    /// Decides on an attempt at the time `now`.
    ///
    /// If the last attempt is in the future, the clock has been set back, and its age is unknown. Then one attempt is
    /// admitted, which sets the time of the row to `now`; the count increases as usual. So a clock set back by a year
    /// locks no user out, and admits one extra guess. (The caller must read `now` while it holds the lock on the row;
    /// otherwise the slower of two simultaneous attempts would see a last attempt in the future.)
    pub fn decide(&self, known: Failures, now: Timestamp) -> ThrottleDecision {
        let elapsed = now.since(known.last_at);
        if elapsed >= self.reset_after {
            return ThrottleDecision::Admitted(Failures { count: 1, last_at: now });
        }
        let delay = self.delay(known.count);
        if known.last_at <= now && elapsed < delay {
            return ThrottleDecision::Wait(delay - elapsed);
        }
        ThrottleDecision::Admitted(Failures { count: known.count.saturating_add(1), last_at: now })
    }

    /// The wait after this number of failures.
    fn delay(&self, failures: i64) -> Duration {
        match u32::try_from(failures.saturating_sub(self.free_attempts)) {
            Ok(doublings) => Duration::from_secs(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(self.max_wait),
            Err(_) if failures < self.free_attempts => Duration::ZERO,
            Err(_) => self.max_wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ThrottleDecision::{Admitted, Wait};

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn known(count: i64, last_at: Timestamp) -> Failures {
        Failures { count, last_at }
    }

    fn admitted(count: i64) -> ThrottleDecision {
        Admitted(known(count, NOW))
    }

    fn ago(time: Duration) -> Timestamp {
        Timestamp::from_millis(NOW.millis() - i64::try_from(time.as_millis()).unwrap())
    }

    #[test]
    fn delay_after_five_failures_doubles_to_fifteen_minutes() {
        for count in 0..5 {
            assert_eq!(ACCOUNT.decide(known(count, NOW), NOW), admitted(count + 1));
        }
        for (count, seconds) in [(5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (500, 900), (i64::MAX, 900)] {
            let delay = Duration::from_secs(seconds);
            assert_eq!(ACCOUNT.decide(known(count, NOW), NOW), Wait(delay), "{count}");
            let almost = ago(delay - Duration::from_millis(1));
            assert_eq!(ACCOUNT.decide(known(count, almost), NOW), Wait(Duration::from_millis(1)), "{count}");
            assert_eq!(ACCOUNT.decide(known(count, ago(delay)), NOW), admitted(count.saturating_add(1)), "{count}");
        }
    }

    #[test]
    fn failures_older_than_a_day_are_forgotten() {
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(ACCOUNT.decide(known(40, ago(day)), NOW), admitted(1));
        assert_eq!(ACCOUNT.decide(known(40, ago(day - Duration::from_millis(1))), NOW), admitted(41));
    }

    #[test]
    fn network_gets_fifty_tries_and_waits_a_minute_at_most() {
        assert_eq!(NETWORK.decide(known(49, NOW), NOW), admitted(50));
        assert_eq!(NETWORK.decide(known(50, NOW), NOW), Wait(Duration::from_secs(1)));
        assert_eq!(NETWORK.decide(known(1000, NOW), NOW), Wait(Duration::from_secs(60)));
    }

    #[test]
    fn clock_set_back_admits_one_try_and_keeps_the_count() {
        let next_year = NOW.after(Duration::from_secs(365 * 24 * 60 * 60));
        let Admitted(after) = ACCOUNT.decide(known(40, next_year), NOW) else { panic!("locked out for a year") };
        assert_eq!(after, known(41, NOW));
        assert_eq!(ACCOUNT.decide(after, NOW), Wait(Duration::from_secs(900)));
    }

    #[test]
    fn extreme_count_does_not_overflow() {
        assert_eq!(ACCOUNT.decide(known(i64::MAX, ago(Duration::from_secs(900))), NOW), admitted(i64::MAX));
        assert_eq!(ACCOUNT.decide(known(i64::MIN, NOW), NOW), admitted(i64::MIN + 1));
    }
}
