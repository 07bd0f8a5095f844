//! What stands above every page while it is so.

use crate::{
    api::error::EndReason,
    client::{
        keep_fresh::try_now,
        next::with_next,
        session::{Connection, Session, use_session},
    },
};
use leptos::prelude::*;

/// Says why the last session ended, that the browser stores nothing, so that a lost session does not come as a surprise,
/// that the server cannot be reached, and that it does not know of a logout yet.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    view! {
        {move || session.end_reason().map(|reason| view! { <WhyItEnded reason /> })}
        {move || session.is_in_memory().then(|| notice(NOT_STORED))}
        {move || match session.connection() {
            Connection::Fine => None,
            Connection::Offline => Some(notice("You are offline. You are still signed in.")),
            Connection::Waiting => {
                Some(notice("The server is busy and has asked to wait a little. You are still signed in."))
            }
            Connection::Reconnecting => Some(reconnecting()),
        }}
        {move || (session.is_saying_farewell() && session.get() == Session::Guest).then(|| notice(NOT_TOLD))}
    }
}

const NOT_STORED: &str =
    "Your browser could not store your session. You stay signed in until you close or reload this page.";
const NOT_TOLD: &str = "You are logged out here. The server could not be told yet; keep this page open and it will be, \
                        once the connection is back.";

fn notice(text: &'static str) -> AnyView {
    view! {
        <p class="notice" role="status">
            {text}
        </p>
    }
    .into_any()
}

fn reconnecting() -> AnyView {
    view! {
        <div class="notice with-action" role="status">
            <p>"Reconnecting to the server… You are still signed in."</p>
            <button type="button" class="secondary" on:click=|_| try_now()>
                "Try now"
            </button>
        </div>
    }
    .into_any()
}

/// Why the last session ended. After a theft there is something to look at.
#[component]
fn WhyItEnded(reason: EndReason) -> impl IntoView {
    view! {
        <div class="notice" role="status">
            <p>{why_it_ended(reason)}</p>
            {(reason == EndReason::Replayed)
                .then(|| {
                    view! {
                        <p>
                            <a href=with_next("/login", "/account")>"Log in and look at your security log"</a>
                        </p>
                    }
                })}
        </div>
    }
}

/// Why the last session ended, in plain words.
fn why_it_ended(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Expired => "Your session has expired. Log in again.",
        EndReason::LoggedOut => "Your session was ended by logging out. Log in again.",
        EndReason::Revoked => "Your session was ended from another device. Log in again.",
        EndReason::RevokedByAdmin => "Your session was ended by an administrator. Log in again.",
        EndReason::PasswordChanged => "Your password was changed, which ended this session. Log in with the new one.",
        EndReason::AccountDeleted => "Your account is deleted.",
        EndReason::Displaced => "You have signed in on so many devices that this one was signed out. Log in again.",
        EndReason::Replayed => {
            "Your session was ended because an old token was used again. \
             If that was not you, change your password."
        }
        EndReason::Unknown | EndReason::Restored | EndReason::Other => "Your session has ended. Log in again.",
    }
}
