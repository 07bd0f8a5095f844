//! `/register`: a new account, which is signed in at once.

use super::entry::{go_on_when_signed_in, use_next};
use crate::{
    api::Secret,
    client::{next::with_next, session::register},
    components::{
        complaint::{Complaint, focus_first_wrong},
        error_alert::ErrorAlert,
        field::{Field, typed},
        remember::{Remember, ticked},
        submit::Submit,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::components::A;

/// The fields by the names that the server uses for them, in the order of the form.
const FIELDS: [&str; 3] = ["username", "displayName", "password"];

/// The form, with each complaint at its field.
#[component]
pub fn Register() -> impl IntoView {
    let next = use_next();
    go_on_when_signed_in(next);

    let inputs: [NodeRef<html::Input>; 3] = std::array::from_fn(|_| NodeRef::new());
    let [username, display_name, password] = inputs;
    let remember = NodeRef::<html::Input>::new();
    let pending = RwSignal::new(false);
    let complaint = RwSignal::new(Complaint::default());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        complaint.set(Complaint::default());
        spawn_local(async move {
            let name = Some(typed(display_name)).filter(|name| !name.trim().is_empty());
            let answer = register(typed(username), Secret::from(typed(password)), name, ticked(remember)).await;
            // On success the page is on its way out, and its signals with it.
            if let Err(error) = answer {
                complaint.set(Complaint::of(error, &FIELDS));
                pending.set(false);
            }
        });
    };
    focus_first_wrong(complaint, FIELDS, inputs);

    view! {
        <Title text="Create an account" />
        <h1>"Create an account"</h1>
        // The server knows all the rules and answers for every field at once.
        <form class="card" method="post" novalidate on:submit=submit>
            <ErrorAlert message=Signal::derive(move || complaint.get().general) />
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
        <p>"Already have an account? " <A href=move || with_next("/login", &next.get())>"Log in"</A></p>
    }
}
