//! `/login`.

use super::entry::{go_on_when_signed_in, use_next};
use crate::{
    client::{lifecycle::log_in, next::with_next},
    components::{
        error_alert::ErrorAlert,
        field::Field,
        form::Form,
        input::{ticked, typed},
        remember::Remember,
        submit::Submit,
    },
};
use latchkey_wire::PlainPassword;
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The form, and the way to an account for those who have none.
#[component]
pub fn Login() -> impl IntoView {
    let next = use_next();
    go_on_when_signed_in(next);

    let (username, password, remember) =
        (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form @ Form { pending, complaint, .. } = Form::new(&[]);
    let submit = move |event: SubmitEvent| {
        form.send(event, async move {
            log_in(typed(username), PlainPassword::from(typed(password)), ticked(remember)).await
        });
    };

    view! {
        <Title text="Log in" />
        <h1>"Log in"</h1>
        <form class="card" method="post" on:submit=submit>
            <ErrorAlert complaint />
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
