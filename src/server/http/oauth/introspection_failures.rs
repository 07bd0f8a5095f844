//! How often networks may send wrong credentials to the introspection endpoint.
//!
//! Kept in memory: a restart forgets it, which gives a guesser a few more tries at a secret of sixteen characters.

use super::Refusal;
use crate::api::ApiError;
use crate::server::clock::Timestamp;
use hashlink::LruCache;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many wrong tries cost no waiting: a gateway that is being set up. After them it is a second, doubling.
const FREE: u32 = 20;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Networks that are remembered, at about 100 bytes each.
const MOST: usize = 4096;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last_at: Timestamp,
}

/// The wrong tries of each network.
pub struct IntrospectionFailures(Mutex<LruCache<String, Failures>>);

impl Default for IntrospectionFailures {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl IntrospectionFailures {
    /// Checks credentials, unless too many from this network were wrong. While it has to wait, right ones are not looked
    /// at either: that would tell a guesser which they are. Right ones forget the wrong ones. A request without an address
    /// shares its count with others of that kind.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`], or what `check` answers.
    pub fn check(
        &self,
        throttle: bool,
        network: Option<&str>,
        now: Timestamp,
        check: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if !throttle {
            return check();
        }
        let network = network.unwrap_or_default();
        // Held while the credentials are compared, which takes a microsecond: tries at once are counted one by one.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = known.get(network).copied().filter(|known| now.since(known.last_at) < FORGOTTEN_AFTER);
        if let Some(wait) = failures.and_then(|failures| failures.wait(now)) {
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            return Err(ApiError::TooManyRequests { retry_after: seconds.max(1) }.into());
        }
        let checked = check();
        match checked {
            Err(Refusal::InvalidClient(_)) => {
                let count = failures.map_or(0, |failures| failures.count).saturating_add(1);
                known.insert(network.to_owned(), Failures { count, last_at: now });
            }
            Ok(()) => {
                known.remove(network);
            }
            // Not credentials at all.
            Err(_) => {}
        }
        checked
    }
}

impl Failures {
    /// How long to wait yet, if at all. After a clock that was set back: not at all, once.
    fn wait(self, now: Timestamp) -> Option<Duration> {
        let doublings = self.count.checked_sub(FREE)?;
        let delay = Duration::from_secs(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(LONGEST_WAIT);
        delay.checked_sub(now.since(self.last_at)).filter(|wait| !wait.is_zero() && self.last_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn wrong() -> Result<(), Refusal> {
        Err(Refusal::InvalidClient("wrong"))
    }

    fn is_throttled(outcome: &Result<(), Refusal>) -> bool {
        matches!(outcome, Err(Refusal::Api(ApiError::TooManyRequests { .. })))
    }

    #[test]
    fn wrong_credentials_wait_and_those_of_other_networks_do_not() {
        let failures = IntrospectionFailures::default();
        for _ in 0..FREE {
            assert!(!is_throttled(&failures.check(true, Some("a"), START, wrong)));
        }
        assert!(is_throttled(&failures.check(true, Some("a"), START, || Ok(()))), "right ones, too");
        assert!(failures.check(true, Some("b"), START, || Ok(())).is_ok());
        let later = START.after(Duration::from_secs(1));
        assert!(!is_throttled(&failures.check(true, Some("a"), later, wrong)));
        let next = later.after(Duration::from_secs(1));
        assert!(is_throttled(&failures.check(true, Some("a"), next, wrong)), "two seconds by now");
        assert!(failures.check(true, Some("a"), next.after(Duration::from_secs(1)), || Ok(())).is_ok());
        assert!(!is_throttled(&failures.check(true, Some("a"), next, wrong)), "right ones forget");
    }

    #[test]
    fn wait_ends_after_a_minute_and_the_count_after_an_hour() {
        let failures = IntrospectionFailures::default();
        let mut now = START;
        for _ in 0..40 {
            let _ = failures.check(true, None, now, wrong);
            now = now.after(LONGEST_WAIT);
        }
        assert!(failures.check(true, None, now, || Ok(())).is_ok());
        assert!(failures.check(false, None, now, wrong).is_err_and(|refusal| refusal.status() == 401));
    }
}
