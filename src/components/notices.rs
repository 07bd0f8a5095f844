//! What stands above every page while it is so.

use crate::{api::error::EndReason, client::session::use_session};
use leptos::prelude::*;

/// Says why the last session ended, that the browser stores nothing, so that a lost session does not come as a surprise,
/// and that the server has not answered for a while.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    view! {
        {move || {
            session
                .end_reason()
                .map(|reason| {
                    view! {
                        <p class="notice" role="status">
                            {farewell(reason)}
                        </p>
                    }
                })
        }}
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

/// Why the last session ended, in plain words.
fn farewell(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Expired => "Your session has expired. Log in again.",
        EndReason::LoggedOut => "Your session was ended by logging out. Log in again.",
        EndReason::Revoked => "Your session was ended from another device. Log in again.",
        EndReason::RevokedByAdmin => "Your session was ended by an administrator. Log in again.",
        EndReason::PasswordChanged => "Your password was changed, which ended this session. Log in with the new one.",
        EndReason::Displaced => "You have signed in on so many devices that this one was signed out. Log in again.",
        EndReason::Replayed => {
            "Your session was ended because an old token was used again. \
             If that was not you, change your password."
        }
        EndReason::Unknown | EndReason::Restored | EndReason::Other => "Your session has ended. Log in again.",
    }
}
