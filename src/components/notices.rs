//! What stands above every page while it is so.

use crate::client::session::use_session;
use leptos::prelude::*;

/// Says that the browser stores nothing, so that a lost session does not come as a surprise, and that the server has
/// not answered for a while.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    view! {
        <Show when=move || session.is_in_memory()>
            <p class="notice" role="status">
                "Your browser does not let this site store anything. You stay signed in until you close or reload this page."
            </p>
        </Show>
        <Show when=move || session.is_reconnecting()>
            <p class="notice" role="status">
                "Reconnecting to the server… You are still signed in."
            </p>
        </Show>
    }
}
