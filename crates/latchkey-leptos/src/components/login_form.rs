//! The login form.

use super::{
    error_alert::ErrorAlert,
    field::Field,
    form::Form,
    input::{ticked, typed},
    remember::Remember,
    submit::Submit,
};
use crate::client::lifecycle::log_in;
use latchkey_wire::PlainPassword;
use leptos::{ev::SubmitEvent, html, prelude::*};

/// The form for username and password. The page uses [`redirect_when_signed_in`](super::after_sign_in::redirect_when_signed_in) to
/// navigate afterwards.
#[component]
pub fn LoginForm() -> impl IntoView {
    let (username, password, remember) =
        (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form @ Form { pending, errors, .. } = Form::new(&[]);
    let submit = move |event: SubmitEvent| {
        form.send(event, async move {
            log_in(typed(username), PlainPassword::from(typed(password)), ticked(remember)).await
        });
    };

    view! {
        <form class="card" method="post" on:submit=submit>
            <ErrorAlert errors />
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
    }
}
