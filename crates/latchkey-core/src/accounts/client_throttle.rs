//! Limits how often a network may send wrong client credentials, such as those for the introspection endpoint.
//!
//! The counts are in memory, so a restart resets them. That gives an attacker only a few more tries at a secret of at
//! least sixteen characters.

use super::throttle::{Limit, ThrottleDecision};
use crate::clock::Timestamp;
use crate::store::login_failures::Failures;
use hashlink::LruCache;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Twenty wrong tries cause no wait, because an operator who sets up a gateway makes a few.
const LIMIT: Limit =
    Limit { free_attempts: 20, max_wait: Duration::from_secs(60), reset_after: Duration::from_secs(60 * 60) };

/// The highest number of networks with a count, at about 100 bytes each.
const MAX_NETWORKS: usize = 4096;

/// The wrong tries of each network.
pub struct ClientThrottle(Mutex<LruCache<String, Failures>>);

impl Default for ClientThrottle {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MAX_NETWORKS)))
    }
}

impl ClientThrottle {
    /// Runs `check` and returns its result, or how long this network must wait. During the wait, right credentials are
    /// rejected as well; otherwise an attacker could go on guessing. An error for which `is_wrong` holds is counted; a
    /// success resets the count. Requests without an address share one count.
    ///
    /// # Errors
    /// The time to wait.
    pub fn check<T, E>(
        &self,
        network: Option<&str>,
        now: Timestamp,
        check: impl FnOnce() -> Result<T, E>,
        is_wrong: impl FnOnce(&E) -> bool,
    ) -> Result<Result<T, E>, Duration> {
        let network = network.unwrap_or_default();
        // The lock is held during the comparison, about a microsecond, so that parallel tries are counted one by one.
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match failures.get(network).map(|known| LIMIT.decide(*known, now)) {
            Some(ThrottleDecision::Wait(wait)) => return Err(wait),
            Some(ThrottleDecision::Admitted(next)) => next,
            None => Failures { count: 1, last_at: now },
        };
        let checked = check();
        match &checked {
            Ok(_) => drop(failures.remove(network)),
            Err(error) if is_wrong(error) => drop(failures.insert(network.to_owned(), next)),
            Err(_) => {}
        }
        Ok(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn try_at(throttle: &ClientThrottle, network: &str, now: Timestamp, right: bool) -> Result<bool, Duration> {
        let check = || if right { Ok(()) } else { Err(()) };
        throttle.check(Some(network), now, check, |()| true).map(|checked| checked.is_ok())
    }

    fn after(seconds: u64) -> Timestamp {
        START.after(Duration::from_secs(seconds))
    }

    #[test]
    fn twenty_wrong_credentials_delay_only_their_network() {
        let throttle = ClientThrottle::default();
        for _ in 0..20 {
            assert_eq!(try_at(&throttle, "a", START, false), Ok(false));
        }
        assert_eq!(try_at(&throttle, "a", START, true), Err(Duration::from_secs(1)), "right ones wait, too");
        assert_eq!(try_at(&throttle, "b", START, true), Ok(true));
        assert_eq!(try_at(&throttle, "a", after(1), false), Ok(false));
        assert_eq!(try_at(&throttle, "a", after(2), false), Err(Duration::from_secs(1)), "the wait has doubled");
        assert_eq!(try_at(&throttle, "a", after(3), true), Ok(true));
        assert_eq!(try_at(&throttle, "a", after(3), false), Ok(false), "a success resets the count");
    }

    #[test]
    fn wait_after_many_failures_is_a_minute_at_most() {
        let throttle = ClientThrottle::default();
        for number in 0..40 {
            assert_eq!(try_at(&throttle, "a", after(60 * number), false), Ok(false), "try {number}");
        }
        assert_eq!(try_at(&throttle, "a", after(60 * 39), true), Err(Duration::from_secs(60)));
    }

    #[test]
    fn error_unrelated_to_credentials_changes_no_count() {
        let throttle = ClientThrottle::default();
        for _ in 0..20 {
            assert_eq!(try_at(&throttle, "a", START, false), Ok(false));
        }
        let later = after(1);
        assert_eq!(throttle.check(Some("a"), later, || Err::<(), _>("malformed"), |_| false), Ok(Err("malformed")));
        assert_eq!(try_at(&throttle, "a", later, false), Ok(false));
        assert_eq!(try_at(&throttle, "a", later, false), Err(Duration::from_secs(2)));
    }
}
