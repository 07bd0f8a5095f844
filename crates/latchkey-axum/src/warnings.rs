//! Warnings that requests cause, each at most once a minute: a client must not be able to fill the log.

use latchkey_core::clock::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(60);

/// All of them.
#[derive(Default)]
pub struct Warnings {
    /// Requests named a host that this server is not.
    pub foreign_host: OncePerMinute,
    /// Pages of an origin that this server does not know as its own sent requests.
    pub foreign_origin: OncePerMinute,
    /// A trusted proxy sent an `X-Forwarded-For` that cannot be read.
    pub unreadable_forwarding: OncePerMinute,
}

/// When a warning was last given, in Unix milliseconds.
pub struct OncePerMinute(AtomicI64);

impl Default for OncePerMinute {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl OncePerMinute {
    /// Whether the warning is due; it counts as given then. After a clock that was set back, it is due.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let is_due = |last: i64| {
            let last = Timestamp::from_millis(last);
            last > now || now.since(last) >= INTERVAL
        };
        let due = |last| is_due(last).then_some(now.millis());
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_comes_once_a_minute_whatever_the_clock_does() {
        let (warning, start) = (OncePerMinute::default(), Timestamp::from_millis(1_767_225_600_000));
        let at = |seconds| start.after(Duration::from_secs(seconds));
        assert!(warning.is_due(start));
        assert!(!warning.is_due(start) && !warning.is_due(at(59)));
        assert!(warning.is_due(at(60)) && !warning.is_due(at(61)));
        assert!(warning.is_due(start), "the clock was set back");
        assert!(!warning.is_due(at(1)));
    }
}
