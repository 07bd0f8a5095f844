//! `/account`: profile, password, devices, security log and deletion.

mod delete;
mod devices;
mod password;
mod profile;
mod result;
mod security_log;
mod username_field;

use crate::{components::lazy::Lazy, lazy};
use delete::Delete;
use devices::Devices;
use latchkey_leptos::components::guard::Guard;
use leptos::prelude::*;
use leptos_meta::Title;
use password::Password;
use profile::Profile;
use security_log::SecurityLog;

/// The page.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text="Your account" />
        <h1>"Your account"</h1>
        <div>
            <Guard>
                <Lazy view=account />
            </Guard>
        </div>
    }
}

lazy! {
    /// The sections. A section notifies `changed` when it has changed data, so that the others reload.
    fn account() {
        let changed = Trigger::new();
        reload(changed);
        view! {
            // Sections that load data come after those with a fixed size, so that less content moves.
            <Profile />
            <Password changed />
            <Devices changed />
            <SecurityLog changed />
            <Delete />
        }
    }
}

/// Reloads the data when the tab becomes visible, because another user may have signed in. It does not reload while an
/// element of the page has the focus, because the focus would be lost.
fn reload(changed: Trigger) {
    let listener = window_event_listener_untyped("visibilitychange", move |_| {
        let has_focus =
            document().active_element().is_some_and(|focused| !focused.matches("body, main").unwrap_or(true));
        if !document().hidden() && !has_focus {
            changed.notify();
        }
    });
    on_cleanup(move || listener.remove());
}
