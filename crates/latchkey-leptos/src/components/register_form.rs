//! The registration form; the new account is signed in at once.

use super::{
    error_alert::ErrorAlert,
    field::Field,
    form::Form,
    form_errors::focus_first_wrong,
    input::{ticked, typed},
    remember::Remember,
    submit::Submit,
};
use crate::client::lifecycle::register;
use latchkey_wire::PlainPassword;
use leptos::{ev::SubmitEvent, html, prelude::*};

/// The fields, by their names in the API, in the order of the form.
const FIELDS: [&str; 3] = ["username", "displayName", "password"];

/// The form, with each error message at its field. The page uses
/// [`redirect_when_signed_in`](super::after_sign_in::redirect_when_signed_in) to navigate afterwards.
#[component]
pub fn RegisterForm() -> impl IntoView {
    let inputs: [NodeRef<html::Input>; 3] = std::array::from_fn(|_| NodeRef::new());
    let [username, display_name, password] = inputs;
    let remember = NodeRef::<html::Input>::new();
    let form @ Form { pending, complaint, .. } = Form::new(&FIELDS);
    let submit = move |event: SubmitEvent| {
        form.send(event, async move {
            let name = Some(typed(display_name)).filter(|name| !name.trim().is_empty());
            register(typed(username), PlainPassword::from(typed(password)), name, ticked(remember)).await
        });
    };
    focus_first_wrong(complaint, FIELDS, inputs);

    view! {
        // The server validates all fields and reports every error at once.
        <form class="card" method="post" novalidate on:submit=submit>
            <ErrorAlert complaint />
            <Field
                name="username"
                label="Username"
                autocomplete="username"
                complaint
                node_ref=username
            />
            <Field
                name="displayName"
                label="Display name (optional)"
                autocomplete="name"
                required=false
                complaint
                node_ref=display_name
            />
            <Field
                name="password"
                label="Password"
                kind="password"
                autocomplete="new-password"
                hint="At least 8 characters"
                complaint
                owner=[username, display_name]
                node_ref=password
            />
            <Remember node_ref=remember />
            <Submit label="Create account" pending_label="Creating account…" pending />
        </form>
    }
}
