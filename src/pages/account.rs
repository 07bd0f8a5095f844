//! `/account`: what belongs to the signed-in user.

mod delete;
mod devices;
mod news;
mod password;
mod profile;
mod security_log;
mod whose;

use crate::{components::later::Later, later};
use delete::Delete;
use devices::Devices;
use latchkey_leptos::components::guard::Guard;
use leptos::prelude::*;
use leptos_meta::Title;
use password::Password;
use profile::Profile;
use security_log::SecurityLog;

/// The account's pieces, one below the other.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text="Your account" />
        <h1>"Your account"</h1>
        <div>
            <Guard>
                <Later view=account />
            </Guard>
        </div>
    }
}

later! {
    /// What one piece changes, another may show.
    fn account() {
        let changed = Trigger::new();
        reload(changed);
        view! {
            // What has to be loaded comes after what has its size from the start, so that it moves little.
            <Profile />
            <Password changed />
            <Devices changed />
            <SecurityLog changed />
            <Delete />
        }
    }
}

/// When the tab comes back into view, another user may have signed in meanwhile: what is shown is loaded anew. Not
/// while an element in it has the focus, which would be lost, or while a question is open.
fn reload(changed: Trigger) {
    let looking = window_event_listener_untyped("visibilitychange", move |_| {
        let is_held = document().active_element().is_some_and(|focused| !focused.matches("body, main").unwrap_or(true));
        if !document().hidden() && !is_held {
            changed.notify();
        }
    });
    on_cleanup(move || looking.remove());
}
