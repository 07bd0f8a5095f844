//! Where the session of a tab begins.

use super::{
    network, receive,
    session::{self, SessionContext},
    storage, tabs,
};
use leptos::{ev, prelude::*};

/// Provides the session to all views below, and keeps it in step with the storage and with the other tabs.
pub fn provide_session() {
    let context = SessionContext::new();
    provide_context(context);
    Effect::new(move |_| {
        session::begin(context);
        network::listen();
        tabs::listen(receive::receive);
        window_event_listener(ev::storage, |event| {
            if storage::concerns(event.key().as_deref()) {
                // No user was signed in before: a sign-in, not merely fresh tokens.
                if event.old_value().is_none() {
                    storage::rejoin();
                }
                session::follow();
            }
        });
    });
}
