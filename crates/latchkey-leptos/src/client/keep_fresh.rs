//! Refreshes tokens ahead of expiry, by a timer and when the tab comes back into view, so that the user does not wait
//! for it.

use super::{
    clock::{self, TokenFreshness},
    device_clock,
    event_log::Why,
    network,
    refresh::{self, refresh},
    session::{self, Connection, use_session},
    storage::{self, Record},
};
use gloo_timers::callback::Timeout;
use leptos::{ev, prelude::*, task::spawn_local};
use std::cell::{Cell, RefCell};

/// Never sooner than this, whatever lifetimes the server hands out.
const SHORTEST_WAIT_MS: u32 = 1_000;
/// A timer does not notice that the computer has slept, so an open page looks at the clock once a minute, without a
/// request.
const LONGEST_WAIT_MS: u32 = 60_000;

thread_local! {
    /// Dropping a pending one cancels it.
    static PENDING: RefCell<Option<Timeout>> = const { RefCell::new(None) };
    /// A try of the timer's own is under way.
    static TRYING: Cell<bool> = const { Cell::new(false) };
    /// No try of the timer's own before this moment of the monotonic clock.
    static NOT_BEFORE_MS: Cell<i64> = const { Cell::new(0) };
}

/// Keeps the tokens of this tab fresh while it is open and a user is signed in.
pub fn keep_fresh() {
    let session = use_session();
    Effect::new(move |_| {
        session.track_record();
        check();
    });
    Effect::new(move |_| {
        // Fresh tokens end the trouble, from whichever tab they come; the age of the old ones does not.
        session.track_recovery();
        refresh::forget_failures_of_old_tokens();
    });
    Effect::new(|_| {
        // A tab that slept, or was kept for the Back button, may have missed what happened to the storage.
        window_event_listener(ev::focus, |_| session::sync());
        window_event_listener_untyped("visibilitychange", |_| session::sync());
        window_event_listener_untyped("pageshow", |_| session::sync());
        window_event_listener(ev::offline, |_| session::sync());
        window_event_listener(ev::online, |_| {
            refresh::reset_backoff();
            session::back_online();
        });
    });
}

/// Tries again at once, because the user wants it. Browser only.
pub fn try_now() {
    refresh::reset_backoff();
    NOT_BEFORE_MS.set(0);
    check();
}

/// How long until the next automatic refresh, in milliseconds; `None` while none is planned. Browser only.
pub fn next_refresh_in_ms() -> Option<i64> {
    let record = storage::read()?;
    match plan(clock::freshness(&record), is_resting(), wait_ms()) {
        Plan::Rest => None,
        Plan::Wait(ms) => Some(ms),
        Plan::Refresh => Some(0),
    }
}

/// What to do about the tokens at this moment.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Nothing, until something happens.
    Rest,
    Wait(i64),
    Refresh,
}

/// The rule. `resting` is a tab that is hidden or offline: it leaves the tokens to a visible tab, or to the time when
/// it is visible and online again, and does not poll.
fn plan(freshness: TokenFreshness, resting: bool, wait_ms: Option<i64>) -> Plan {
    match (freshness, wait_ms) {
        _ if resting => Plan::Rest,
        (TokenFreshness::Fresh { due_in_ms }, _) => Plan::Wait(due_in_ms),
        (TokenFreshness::Due | TokenFreshness::Expired, Some(ms)) => Plan::Wait(ms),
        (TokenFreshness::Due | TokenFreshness::Expired, None) => Plan::Refresh,
    }
}

fn is_resting() -> bool {
    document().hidden() || network::is_offline()
}

/// How long to wait after the last try: for a while if it failed, for a moment even if it did not.
fn wait_ms() -> Option<i64> {
    let moment_ms = NOT_BEFORE_MS.get().saturating_sub(device_clock::monotonic_ms());
    refresh::wait_ms().max(Some(moment_ms).filter(|ms| *ms > 0))
}

/// Decides anew what to do.
fn check() {
    PENDING.set(None);
    let record = storage::read();
    let freshness = record.as_ref().map(clock::freshness);
    session::set_connection(connection(freshness));
    let (Some(record), Some(freshness)) = (record, freshness) else { return };
    match plan(freshness, is_resting(), wait_ms()) {
        Plan::Rest => {}
        Plan::Wait(ms) => PENDING.set(Some(Timeout::new(bounded(ms), check))),
        Plan::Refresh if TRYING.get() => {}
        Plan::Refresh => spawn_local(attempt(record, freshness)),
    }
}

/// What a user with such an access token should know.
fn connection(freshness: Option<TokenFreshness>) -> Connection {
    match freshness {
        Some(_) if network::is_offline() => Connection::Offline,
        Some(TokenFreshness::Due | TokenFreshness::Expired)
            if refresh::is_in_trouble() && refresh::is_asked_to_wait() =>
        {
            Connection::Waiting
        }
        Some(TokenFreshness::Due | TokenFreshness::Expired) if refresh::is_in_trouble() => Connection::Reconnecting,
        Some(_) | None => Connection::Fine,
    }
}

async fn attempt(record: Record, freshness: TokenFreshness) {
    TRYING.set(true);
    // The result is in the storage and in the backoff.
    refresh(&record, if freshness.is_alive() { Why::Ahead } else { Why::Overdue }).await;
    TRYING.set(false);
    NOT_BEFORE_MS.set(device_clock::monotonic_ms().saturating_add(i64::from(SHORTEST_WAIT_MS)));
    check();
}

fn bounded(wait_ms: i64) -> u32 {
    let within = wait_ms.clamp(i64::from(SHORTEST_WAIT_MS), i64::from(LONGEST_WAIT_MS));
    u32::try_from(within).unwrap_or(LONGEST_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_tokens_wait_until_they_are_due() {
        assert_eq!(plan(TokenFreshness::Fresh { due_in_ms: 270_000 }, false, None), Plan::Wait(270_000));
        assert_eq!(plan(TokenFreshness::Due, false, None), Plan::Refresh);
        assert_eq!(plan(TokenFreshness::Expired, false, None), Plan::Refresh);
    }

    #[test]
    fn after_a_failure_the_pace_decides() {
        assert_eq!(plan(TokenFreshness::Due, false, Some(4_000)), Plan::Wait(4_000));
        assert_eq!(plan(TokenFreshness::Expired, false, Some(4_000)), Plan::Wait(4_000));
    }

    #[test]
    fn hidden_tab_does_nothing() {
        for freshness in [TokenFreshness::Fresh { due_in_ms: 1 }, TokenFreshness::Due, TokenFreshness::Expired] {
            assert_eq!(plan(freshness, true, None), Plan::Rest);
        }
    }

    #[test]
    fn a_wait_is_neither_a_storm_nor_an_overflow() {
        assert_eq!(bounded(1), SHORTEST_WAIT_MS);
        assert_eq!(bounded(-1), SHORTEST_WAIT_MS, "what is overdue does not wait");
        assert_eq!(bounded(i64::MAX), LONGEST_WAIT_MS);
    }
}
