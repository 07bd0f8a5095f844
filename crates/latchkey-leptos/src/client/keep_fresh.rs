//! What the user, and the browser's events, do to the timer that keeps the tokens fresh.

use super::tab::tab;
use leptos::{ev, prelude::*};

/// Keeps the tokens of this tab fresh while it is open and a user is signed in.
pub fn keep_fresh() {
    Effect::new(|_| {
        // A tab that slept, or was kept for the Back button, may have missed what happened to the storage.
        window_event_listener(ev::focus, |_| tab().sync());
        window_event_listener_untyped("visibilitychange", |_| tab().sync());
        window_event_listener_untyped("pageshow", |_| tab().sync());
        window_event_listener(ev::offline, |_| tab().sync());
        window_event_listener(ev::online, |_| tab().online());
    });
}

/// Tries again at once, because the user wants it. Browser only.
pub fn try_now() {
    tab().try_now();
}
