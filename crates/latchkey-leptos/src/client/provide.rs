//! Creates the session of a tab.

use super::{event_log::EventLog, next::GuestPages, session::SessionContext, storage::concerns, tab::tab};
use latchkey_wire::Brand;
use leptos::{ev, prelude::*};

/// Provides the event log to all views below.
pub fn provide_event_log() {
    let event_log = EventLog::new();
    provide_context(event_log);
    Effect::new(move |_| tab().environment().event_log.set(Some(event_log)));
}

/// Provides the session to all views below, and synchronises it with the storage and the other tabs.
pub fn provide_session(brand: Brand, guest_pages: GuestPages) {
    let context = SessionContext::new(guest_pages);
    provide_context(context);
    Effect::new(move |_| {
        let tab = tab();
        let environment = tab.environment();
        // The brand must be set before the storage is read for the first time, because it has the storage key.
        environment.brand.set(brand);
        environment.session.set(Some(context));
        tab.start();
        tab.environment().tabs.listen(brand.storage_key(), receive);
        window_event_listener(ev::storage, move |event| {
            if concerns(event.key().as_deref(), brand.storage_key()) {
                tab.storage_changed(event.old_value().is_none());
            }
        });
    });
}

fn receive(text: &str) {
    tab().receive(text);
}
