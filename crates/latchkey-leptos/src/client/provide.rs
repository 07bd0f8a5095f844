//! Where the session of a tab begins.

use super::{event_log::EventLog, session::SessionContext, tab::tab};
use latchkey_client::concerns;
use leptos::{ev, prelude::*};

/// Provides the event log to all views below.
pub fn provide_event_log() {
    let event_log = EventLog::new();
    provide_context(event_log);
    Effect::new(move |_| tab().environment().event_log.set(Some(event_log)));
}

/// Provides the session to all views below, and keeps it in step with the storage and with the other tabs.
pub fn provide_session() {
    let context = SessionContext::new();
    provide_context(context);
    Effect::new(move |_| {
        let tab = tab();
        tab.environment().session.set(Some(context));
        tab.start();
        tab.environment().tabs.listen(receive);
        window_event_listener(ev::storage, move |event| {
            if concerns(event.key().as_deref()) {
                tab.storage_changed(event.old_value().is_none());
            }
        });
    });
}

fn receive(text: &str) {
    tab().receive(text);
}
