//! `/login`: the form, and why the last session ended.

use super::entry::{go_on_when_signed_in, ticked, typed, use_next};
use crate::{
    api::{ApiError, Secret, error::EndReason},
    client::{
        next::with_next,
        session::{log_in, use_session},
    },
    components::{error_alert::ErrorAlert, field::Field, remember::Remember, submit::Submit},
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::components::A;

/// The form, and why the last session ended.
#[component]
pub fn Login() -> impl IntoView {
    let session = use_session();
    let next = use_next();
    go_on_when_signed_in(next);

    let (username, password, remember) =
        (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let pending = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = log_in(typed(username), Secret::from(typed(password)), ticked(remember)).await;
            // On success the page is on its way out, and its signals with it.
            if let Err(failure) = answer {
                error.set(Some(failure));
                pending.set(false);
            }
        });
    };

    view! {
        <Title text="Log in" />
        <h1>"Log in"</h1>
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
        <form class="card" method="post" on:submit=submit>
            <ErrorAlert message=Signal::derive(move || error.get().map(|error| error.detail().to_owned())) />
            <Field name="username" label="Username" autocomplete="username" node_ref=username />
            <Field
                name="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
                node_ref=password
            />
            <Remember node_ref=remember />
            <Submit label="Log in" pending_label="Logging in…" pending />
        </form>
        <p>"New here? " <A href=move || with_next("/register", &next.get())>"Create an account"</A></p>
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
        EndReason::Replayed => {
            "Your session was ended because an old token was used again. \
             If that was not you, change your password."
        }
        EndReason::Unknown | EndReason::Restored | EndReason::Other => "Your session has ended. Log in again.",
    }
}
