//! Refreshing ahead of expiry, so that nobody waits for it: by a timer, and whenever the tab comes back into view.

use super::{
    clock::{self, Standing},
    refresh::{Outcome, refresh},
    session::{self, use_session},
    storage::{self, Record},
};
use gloo_timers::callback::Timeout;
use leptos::{ev, prelude::*, task::spawn_local};
use std::cell::RefCell;

/// Never sooner than this after the last try, whatever lifetimes the server hands out.
const SHORTEST_WAIT_MS: u32 = 1_000;
/// Timers of browsers overflow after 24 days, and a look once an hour costs nothing.
const LONGEST_WAIT_MS: u32 = 3_600_000;
/// The delay between failed tries stops growing here.
const LONGEST_BACKOFF_MS: u32 = 60_000;
/// So many failed tries in a row are more than a hiccup, and the user is told.
const FAILURES_WORTH_TELLING: u32 = 3;

#[derive(Default)]
struct Timer {
    /// Dropping a pending one cancels it.
    pending: Option<Timeout>,
    /// A try of the timer's own is under way.
    trying: bool,
    /// No try before this moment of the monotonic clock, whatever wakes the tab meanwhile.
    not_before_ms: i64,
    /// Failed tries in a row.
    failures: u32,
}

thread_local! {
    static TIMER: RefCell<Timer> = RefCell::default();
}

/// Keeps the tokens of this tab fresh for as long as it is open and somebody is signed in.
pub fn keep_fresh() {
    let session = use_session();
    Effect::new(move |_| {
        session.track_record();
        look();
    });
    Effect::new(|_| {
        // A tab that slept may have missed what happened to the storage.
        window_event_listener(ev::focus, |_| session::sync());
        window_event_listener(ev::online, |_| {
            TIMER.with_borrow_mut(|timer| timer.not_before_ms = 0);
            session::sync();
        });
        window_event_listener_untyped("visibilitychange", |_| session::sync());
    });
}

/// Decides anew what to do: nothing, wait, or refresh now.
fn look() {
    let Some(record) = storage::read() else {
        note_failures(0);
        return rest();
    };
    // A hidden tab leaves it to the visible one, or to its own return.
    if document().hidden() {
        return rest();
    }
    match clock::standing(&record) {
        Standing::Fresh { due_in_ms } => {
            note_failures(0);
            look_again_in(bounded(due_in_ms));
        }
        Standing::Due | Standing::Expired if TIMER.with_borrow(Timer::may_try) => spawn_local(attempt(record)),
        Standing::Due | Standing::Expired => look_again_in(TIMER.with_borrow(Timer::rest_ms)),
    }
}

impl Timer {
    fn may_try(&self) -> bool {
        !self.trying && clock::monotonic_ms() >= self.not_before_ms
    }

    /// How long until the next try is allowed.
    fn rest_ms(&self) -> u32 {
        bounded(self.not_before_ms.saturating_sub(clock::monotonic_ms()))
    }
}

async fn attempt(record: Record) {
    TIMER.with_borrow_mut(|timer| timer.trying = true);
    let outcome = refresh(&record).await;
    let failed = match &outcome {
        Outcome::Failed(error) => Some(error.retry_after()),
        Outcome::Refreshed(_) | Outcome::Refused(_) => None,
    };
    let failures = TIMER.with_borrow_mut(|timer| {
        let failures = timer.failures.saturating_add(1);
        let wait_ms = failed.map_or(SHORTEST_WAIT_MS, |retry_after| backoff_ms(failures, retry_after));
        timer.trying = false;
        timer.not_before_ms = clock::monotonic_ms().saturating_add(i64::from(wait_ms));
        failures
    });
    if failed.is_some() {
        note_failures(failures);
    }
    look();
}

fn note_failures(failures: u32) {
    TIMER.with_borrow_mut(|timer| timer.failures = failures);
    session::set_reconnecting(failures >= FAILURES_WORTH_TELLING);
}

fn rest() {
    TIMER.with_borrow_mut(|timer| timer.pending = None);
}

fn look_again_in(delay_ms: u32) {
    let timeout = Timeout::new(delay_ms, look);
    TIMER.with_borrow_mut(|timer| timer.pending = Some(timeout));
}

fn bounded(due_in_ms: i64) -> u32 {
    let within = due_in_ms.clamp(i64::from(SHORTEST_WAIT_MS), i64::from(LONGEST_WAIT_MS));
    u32::try_from(within).unwrap_or(LONGEST_WAIT_MS)
}

/// One second, two, four and so on, and never less than the server asks for (in seconds).
fn backoff_ms(failures: u32, retry_after: Option<u32>) -> u32 {
    let doublings = failures.saturating_sub(1).min(16);
    let grown = (SHORTEST_WAIT_MS << doublings).min(LONGEST_BACKOFF_MS);
    let asked = retry_after.unwrap_or_default().saturating_mul(1_000).min(LONGEST_WAIT_MS);
    grown.max(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tries_come_ever_more_slowly() {
        let delays: Vec<u32> = (1..=8).map(|failures| backoff_ms(failures, None)).collect();
        assert_eq!(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff_ms(u32::MAX, None), LONGEST_BACKOFF_MS);
    }

    #[test]
    fn the_server_may_ask_for_more_patience() {
        assert_eq!(backoff_ms(1, Some(5)), 5_000);
        assert_eq!(backoff_ms(4, Some(5)), 8_000);
        assert_eq!(backoff_ms(1, Some(u32::MAX)), LONGEST_WAIT_MS);
    }

    #[test]
    fn a_wait_is_neither_a_storm_nor_an_overflow() {
        assert_eq!(bounded(1), SHORTEST_WAIT_MS);
        assert_eq!(bounded(-1), SHORTEST_WAIT_MS, "what is overdue does not wait an hour");
        assert_eq!(bounded(270_000), 270_000);
        assert_eq!(bounded(i64::MAX), LONGEST_WAIT_MS);
    }
}
