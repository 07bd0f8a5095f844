//! Limits the warnings that requests cause to one a minute each, so that a client cannot fill the log.

use latchkey_core::clock::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(60);

/// When each warning is due again.
#[derive(Default)]
pub struct Warnings {
    /// A request named no host, or one that is not known.
    pub foreign_host: OncePerMinute,
    /// A page of an origin that is not allowed sent a request.
    pub foreign_origin: OncePerMinute,
    /// A trusted proxy sent an `X-Forwarded-For` that cannot be read.
    pub unreadable_forwarding: OncePerMinute,
}

/// When a warning was last logged, in Unix milliseconds.
pub struct OncePerMinute(AtomicI64);

impl Default for OncePerMinute {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl OncePerMinute {
    /// Whether the caller must log the warning now. This is also the case after the clock was set back.
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
    fn warning_is_due_once_a_minute_and_after_clock_set_back() {
        let (warning, start) = (OncePerMinute::default(), Timestamp::from_millis(1_767_225_600_000));
        let at = |seconds| start.after(Duration::from_secs(seconds));
        assert!(warning.is_due(start));
        assert!(!warning.is_due(start) && !warning.is_due(at(59)));
        assert!(warning.is_due(at(60)) && !warning.is_due(at(61)));
        assert!(warning.is_due(start), "the clock was set back");
        assert!(!warning.is_due(at(1)));
    }
}
