//! Limits some warnings that any client can cause to one line a minute each, so that no client can fill the log with
//! them.

use latchkey_core::clock::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(60);

/// A limiter for each of these warnings.
#[derive(Default)]
pub struct Warnings {
    /// A request has no host, an unclear one, or one that is not in the settings.
    pub foreign_host: OncePerMinute,
    /// An unsafe request comes from a page of an origin that is not allowed, or its origin is unclear.
    pub foreign_origin: OncePerMinute,
    /// A trusted proxy sent an `X-Forwarded-For` that does not name the client.
    pub unreadable_forwarding: OncePerMinute,
}

/// When a warning was last logged, in Unix milliseconds; `i64::MIN` if it was not logged yet.
pub struct OncePerMinute(AtomicI64);

impl Default for OncePerMinute {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl OncePerMinute {
    /// Returns whether the caller may log the warning now, and records `now` if so. That is the case if it was not
    /// logged in the last minute, or if the clock has been set back since: then the age of the last warning is unknown.
    pub fn try_acquire(&self, now: Timestamp) -> bool {
        let next = |last: i64| {
            let last = Timestamp::from_millis(last);
            (last > now || now.since(last) >= INTERVAL).then_some(now.millis())
        };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_is_logged_once_a_minute_and_after_clock_set_back() {
        let (warning, start) = (OncePerMinute::default(), Timestamp::from_millis(1_767_225_600_000));
        let at = |seconds| start.after(Duration::from_secs(seconds));
        assert!(warning.try_acquire(start));
        assert!(!warning.try_acquire(start) && !warning.try_acquire(at(59)));
        assert!(warning.try_acquire(at(60)) && !warning.try_acquire(at(61)));
        assert!(warning.try_acquire(start), "the clock was set back");
        assert!(!warning.try_acquire(at(1)));
    }
}
