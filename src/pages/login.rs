//! `/login`.

use super::entry::{go_on_when_signed_in, use_next};
use crate::{
    api::{ApiError, Secret},
    client::{next::with_next, session::log_in},
    components::{
        error_alert::ErrorAlert,
        field::{Field, typed},
        remember::{Remember, ticked},
        submit::Submit,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_meta::Title;

/// The form, and the way to an account for those who have none.
#[component]
pub fn Login() -> impl IntoView {
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
        <form class="card" method="post" on:submit=submit>
            <ErrorAlert message=Signal::derive(move || error.get().map(|error| error.message().to_owned())) />
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
        <p>"New here? " <a href=move || with_next("/register", &next.get())>"Create an account"</a></p>
    }
}
