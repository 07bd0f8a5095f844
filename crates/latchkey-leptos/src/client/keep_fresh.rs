//! Connects the timer that keeps the tokens fresh with the events of the browser and with the user's request to try
//! again.

use super::tab::tab;
use leptos::{ev, prelude::*};

/// Keeps the tokens of this tab fresh while it is open and a user is signed in.
pub fn keep_fresh() {
    Effect::new(|_| {
        // A tab that was suspended, or restored by the Back button, may have missed changes of the storage.
        window_event_listener(ev::focus, |_| tab().sync());
        window_event_listener_untyped("visibilitychange", |_| tab().sync());
        window_event_listener_untyped("pageshow", |_| tab().sync());
        window_event_listener(ev::offline, |_| tab().sync());
        window_event_listener(ev::online, |_| tab().online());
    });
}

/// Tries again at once, at the user's request. Browser only.
pub fn try_now() {
    tab().try_now();
}
