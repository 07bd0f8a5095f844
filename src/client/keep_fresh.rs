//! Refreshing ahead of expiry, so that nobody waits for it: by a timer, and whenever the tab comes back into view.

use super::{
    clock::{self, Standing},
    device_clock,
    journal::Why,
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
/// A timer does not notice that the computer has slept, so an open page looks at the clock once a minute. That is no
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

/// Keeps the tokens of this tab fresh for as long as it is open and somebody is signed in.
pub fn keep_fresh() {
    let session = use_session();
    Effect::new(move |_| {
        session.track_record();
        look();
    });
    Effect::new(move |_| {
        // Whoever got them, fresh tokens end the trouble; the age of the old ones does not.
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
            refresh::hurry();
            session::back_online();
        });
    });
}

/// Tries again at once, because the user wants it. Browser only.
pub fn try_now() {
    refresh::hurry();
    NOT_BEFORE_MS.set(0);
    look();
}

/// How long until the next refresh that nobody asks for, in milliseconds; nothing while none is planned. Browser only.
pub fn next_refresh_in_ms() -> Option<i64> {
    let record = storage::read()?;
    match plan(clock::standing(&record), is_resting(), wait_ms()) {
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

/// The rule. `resting` is a tab that nobody sees or that has no network: it leaves the tokens to the visible one, or to
/// its own return, and does not poll.
fn plan(standing: Standing, resting: bool, wait_ms: Option<i64>) -> Plan {
    match (standing, wait_ms) {
        _ if resting => Plan::Rest,
        (Standing::Fresh { due_in_ms }, _) => Plan::Wait(due_in_ms),
        (Standing::Due | Standing::Expired, Some(ms)) => Plan::Wait(ms),
        (Standing::Due | Standing::Expired, None) => Plan::Refresh,
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
fn look() {
    PENDING.set(None);
    let record = storage::read();
    let standing = record.as_ref().map(clock::standing);
    session::set_connection(connection(standing));
    let (Some(record), Some(standing)) = (record, standing) else { return };
    match plan(standing, is_resting(), wait_ms()) {
        Plan::Rest => {}
        Plan::Wait(ms) => PENDING.set(Some(Timeout::new(bounded(ms), look))),
        Plan::Refresh if TRYING.get() => {}
        Plan::Refresh => spawn_local(attempt(record, standing)),
    }
}

/// What a user with such an access token should know.
fn connection(standing: Option<Standing>) -> Connection {
    match standing {
        Some(_) if network::is_offline() => Connection::Offline,
        Some(Standing::Due | Standing::Expired) if refresh::is_in_trouble() && refresh::is_asked_to_wait() => {
            Connection::Waiting
        }
        Some(Standing::Due | Standing::Expired) if refresh::is_in_trouble() => Connection::Reconnecting,
        Some(_) | None => Connection::Fine,
    }
}

async fn attempt(record: Record, standing: Standing) {
    TRYING.set(true);
    // What comes of it is in the storage and in the pace.
    refresh(&record, if standing.is_alive() { Why::Ahead } else { Why::Overdue }).await;
    TRYING.set(false);
    NOT_BEFORE_MS.set(device_clock::monotonic_ms().saturating_add(i64::from(SHORTEST_WAIT_MS)));
    look();
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
        assert_eq!(plan(Standing::Fresh { due_in_ms: 270_000 }, false, None), Plan::Wait(270_000));
        assert_eq!(plan(Standing::Due, false, None), Plan::Refresh);
        assert_eq!(plan(Standing::Expired, false, None), Plan::Refresh);
    }

    #[test]
    fn after_a_failure_the_pace_decides() {
        assert_eq!(plan(Standing::Due, false, Some(4_000)), Plan::Wait(4_000));
        assert_eq!(plan(Standing::Expired, false, Some(4_000)), Plan::Wait(4_000));
    }

    #[test]
    fn a_tab_that_nobody_sees_does_nothing() {
        for standing in [Standing::Fresh { due_in_ms: 1 }, Standing::Due, Standing::Expired] {
            assert_eq!(plan(standing, true, None), Plan::Rest);
        }
    }

    #[test]
    fn a_wait_is_neither_a_storm_nor_an_overflow() {
        assert_eq!(bounded(1), SHORTEST_WAIT_MS);
        assert_eq!(bounded(-1), SHORTEST_WAIT_MS, "what is overdue does not wait");
        assert_eq!(bounded(i64::MAX), LONGEST_WAIT_MS);
    }
}
