//! Notices above the content of every page.

use crate::messages;
use latchkey_leptos::{
    client::{
        keep_fresh::try_now,
        next::with_next,
        session::{AuthState, Connection, use_session},
    },
    components::dynamic::dynamic,
    messages::end_reason_text,
};
use latchkey_wire::EndReason;
use leptos::prelude::*;

/// Notices that say why the last session ended, that the browser does not store the session, that the server cannot be
/// reached, or that a logout has not reached the server yet.
#[component]
pub fn Notices() -> impl IntoView {
    let session = use_session();
    let logout_is_pending = Memo::new(move |_| session.has_pending_logout() && session.get() == AuthState::Guest);
    view! {
        // Always present: a screen reader announces only changes in an existing live region.
        <div role="status">
            <div>{dynamic(move || session.end_reason().map(|reason| view! { <WhyItEnded reason /> }).into_any())}</div>
            <div>{dynamic(move || session.is_in_memory().then(|| notice(messages::NOT_STORED)).into_any())}</div>
            <div>
                {dynamic(move || match session.connection() {
                    Connection::Fine => ().into_any(),
                    Connection::Offline => notice(messages::OFFLINE),
                    Connection::Waiting => notice(messages::WAITING),
                    Connection::Reconnecting => reconnecting(),
                })}
            </div>
            <div>{dynamic(move || logout_is_pending.get().then(|| notice(messages::LOGOUT_PENDING)).into_any())}</div>
        </div>
    }
}

fn notice(text: &'static str) -> AnyView {
    view! { <p class="notice">{text}</p> }.into_any()
}

fn reconnecting() -> AnyView {
    view! {
        <div class="notice with-action">
            <p>{messages::RECONNECTING}</p>
            <button type="button" class="secondary" on:click=|_| try_now()>
                "Try now"
            </button>
        </div>
    }
    .into_any()
}

/// A notice that says why the last session ended; after a suspected theft, with a link to the security log.
#[component]
fn WhyItEnded(reason: EndReason) -> impl IntoView {
    view! {
        <div class="notice">
            <p>{end_reason_text(reason)}</p>
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
