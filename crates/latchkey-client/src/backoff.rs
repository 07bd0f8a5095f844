//! The backoff of failed refreshes: the waits grow, have jitter so that tabs and devices do not retry at the same time,
//! and are never shorter than the server asked for. Pure functions; times are milliseconds of the monotonic clock.

/// The wait after the first failure, and the shortest time between two tries, except at the user's request.
const MIN_DELAY_MS: u32 = 1_000;
/// The longest wait of the backoff.
const MAX_DELAY_MS: u32 = 120_000;
/// A longer `Retry-After` is shortened to this.
const MAX_RETRY_AFTER_MS: i64 = 3_600_000;
/// The user is told after this number of failures in a row.
const WORTH_TELLING: u32 = 3;

/// When the next try may be sent, after the failures so far.
#[derive(Debug, Default)]
pub struct Backoff {
    /// Failed tries in a row.
    failures: u32,
    /// No try is sent before this time, because the server has asked for the wait.
    asked_until_ms: i64,
    /// No try is sent before this time except at the user's request, so that a page that calls in a loop does not send
    /// a flood of requests.
    spaced_until_ms: i64,
    /// The timer does not try before this time.
    backed_off_until_ms: i64,
}

impl Backoff {
    /// Counts a failure. `after_s` is the wait in seconds that the server asked for, `chance` a random number from 0 to
    /// 1 for the jitter.
    pub fn failed(&mut self, now_ms: i64, after_s: u32, chance: f64) {
        let asked_ms = i64::from(after_s).saturating_mul(1_000).min(MAX_RETRY_AFTER_MS);
        let doublings = self.failures.min(16);
        let grown_ms = i64::from((MIN_DELAY_MS << doublings).min(MAX_DELAY_MS));
        self.failures = self.failures.saturating_add(1);
        self.asked_until_ms = now_ms.saturating_add(asked_ms);
        self.spaced_until_ms = now_ms.saturating_add(i64::from(MIN_DELAY_MS));
        self.backed_off_until_ms = now_ms.saturating_add(spread(grown_ms.max(asked_ms), chance));
    }

    /// Forgets all failures, because a try has succeeded or no token is left.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Allows the next try now, because the connection is back or the user asks for it. A wait that the server asked
    /// for remains.
    pub fn reset(&mut self) {
        self.spaced_until_ms = 0;
        self.backed_off_until_ms = 0;
    }

    /// Whether a try for a waiting caller may be sent.
    pub fn allows(&self, now_ms: i64) -> bool {
        now_ms >= self.asked_until_ms.max(self.spaced_until_ms)
    }

    /// Whether the server has asked for a wait that is not over.
    pub fn is_asked_to_wait(&self, now_ms: i64) -> bool {
        now_ms < self.asked_until_ms
    }

    /// How long the timer has to wait; `None` if it may try now.
    pub fn wait_ms(&self, now_ms: i64) -> Option<i64> {
        let from = self.asked_until_ms.max(self.backed_off_until_ms);
        (from > now_ms).then(|| from.saturating_sub(now_ms))
    }

    /// Whether refreshes have failed so often that the user should be told.
    pub fn is_worth_telling(&self) -> bool {
        self.failures >= WORTH_TELLING
    }
}

/// Lengthens a wait by up to a quarter.
fn spread(wait_ms: i64, chance: f64) -> i64 {
    wait_ms.saturating_add((wait_ms as f64 / 4.0 * chance.clamp(0.0, 1.0)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits of a timer that fails every time.
    fn waits(count: usize, after_s: u32, chance: f64) -> Vec<i64> {
        let (mut backoff, mut now) = (Backoff::default(), 5_000);
        let mut next = || {
            backoff.failed(now, after_s, chance);
            let wait = backoff.wait_ms(now).expect("a wait");
            now += wait;
            wait
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn wait_after_each_failure_doubles_to_two_minutes() {
        let expected = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000];
        assert_eq!(waits(9, 0, 0.0), expected);
    }

    #[test]
    fn ten_minutes_of_failures_cause_eleven_tries_at_most() {
        let moments = waits(100, 0, 0.0).into_iter().scan(0, |moment, wait| {
            *moment += wait;
            Some(*moment)
        });
        assert_eq!(1 + moments.take_while(|moment| *moment <= 600_000).count(), 11);
    }

    #[test]
    fn jitter_lengthens_a_wait_and_never_shortens_it() {
        assert_eq!(waits(2, 0, 1.0), [1_250, 2_500]);
        assert_eq!(waits(1, 60, 1.0), [75_000]);
        for nonsense in [f64::NAN, -1.0, 7.0] {
            let wait = waits(1, 0, nonsense)[0];
            assert!((1_000..=1_250).contains(&wait), "{nonsense}: {wait}");
        }
    }

    #[test]
    fn retry_after_longer_than_the_backoff_lengthens_the_wait() {
        assert_eq!(waits(4, 5, 0.0), [5_000, 5_000, 5_000, 8_000]);
        assert_eq!(waits(1, u32::MAX, 0.0), [MAX_RETRY_AFTER_MS]);
        let mut backoff = Backoff::default();
        backoff.failed(0, 5, 0.0);
        backoff.reset();
        assert!(!backoff.allows(4_999), "what the server asked for holds for every caller");
        assert_eq!(backoff.wait_ms(4_999), Some(1));
        assert!(backoff.allows(5_000) && backoff.wait_ms(5_000).is_none());
    }

    #[test]
    fn refresh_within_a_second_of_a_failure_is_not_allowed() {
        let mut backoff = Backoff::default();
        assert!(backoff.allows(0));
        backoff.failed(0, 0, 0.0);
        assert!(!backoff.allows(999));
        assert!(backoff.allows(1_000));
    }

    #[test]
    fn reset_by_the_user_ends_the_wait() {
        let mut backoff = Backoff::default();
        for _ in 0..6 {
            backoff.failed(0, 0, 0.0);
        }
        assert!(backoff.wait_ms(1).is_some() && backoff.is_worth_telling());
        backoff.reset();
        assert!(backoff.allows(1) && backoff.wait_ms(1).is_none());
        assert!(backoff.is_worth_telling(), "until it succeeds");
        backoff.succeeded();
        assert!(!backoff.is_worth_telling());
    }

    #[test]
    fn backoff_with_extreme_values_does_not_overflow() {
        let mut backoff = Backoff { failures: u32::MAX, ..Backoff::default() };
        backoff.failed(i64::MAX, u32::MAX, 1.0);
        assert_eq!(backoff.wait_ms(i64::MIN), Some(i64::MAX));
    }
}
