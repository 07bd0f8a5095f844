//! Whether the browser reports a network. Without one every request fails; with one the server may still be
//! unreachable. So this is used only to leave out requests that would fail.

use futures::channel::oneshot;
use leptos::{ev, prelude::*};
use std::cell::RefCell;

thread_local! {
    static WAITING: RefCell<Vec<oneshot::Sender<()>>> = const { RefCell::new(Vec::new()) };
}

/// Wakes the tasks that wait for the connection. Browser only, once.
pub fn listen() {
    window_event_listener(ev::online, |_| {
        for wake in WAITING.take() {
            // The task may have stopped waiting.
            let _ = wake.send(());
        }
    });
}

/// Whether the browser knows that it has no connection. Browser only.
pub fn is_offline() -> bool {
    !window().navigator().on_line()
}

/// Returns at once with a connection, otherwise when there is one again. Browser only.
pub async fn until_online() {
    if is_offline() {
        let (wake, woken) = oneshot::channel();
        WAITING.with_borrow_mut(|waiting| waiting.push(wake));
        // The sender is dropped only together with the page.
        let _ = woken.await;
    }
}
