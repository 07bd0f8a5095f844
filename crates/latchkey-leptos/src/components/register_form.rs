//! The registration form; the new account is signed in at once.

use super::{
    error_alert::ErrorAlert,
    field::Field,
    form::Form,
    form_errors::focus_first_invalid,
    input::{ticked, typed},
    remember::Remember,
    submit::Submit,
};
use crate::client::lifecycle::register;
use latchkey_wire::{PlainPassword, UserField};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// The fields of every account, by their names in the API.
const FIELDS: [&str; 3] = ["username", "displayName", "password"];

/// The form, with each error message at its field. The page uses
/// [`redirect_when_signed_in`](super::after_sign_in::redirect_when_signed_in) to navigate afterwards.
#[component]
pub fn RegisterForm(
    /// The application's own fields, the same as in the settings of the server.
    #[prop(default = &[])]
    fields: &'static [UserField],
) -> impl IntoView {
    let [username, display_name, password, remember]: [NodeRef<html::Input>; 4] =
        std::array::from_fn(|_| NodeRef::new());
    let own: Vec<(&UserField, NodeRef<html::Input>)> = fields.iter().map(|field| (field, NodeRef::new())).collect();
    let form @ Form { pending, errors, .. } = Form::with(&FIELDS, fields);
    // In the order of the form.
    let inputs = [("username", username), ("displayName", display_name)]
        .into_iter()
        .chain(own.iter().map(|(field, input)| (field.name(), *input)))
        .chain([("password", password)]);
    focus_first_invalid(errors, inputs.collect());
    let own_fields: Vec<_> = own
        .iter()
        .map(|(field, input)| {
            view! {
                <Field
                    name=field.name()
                    label=field.label()
                    autocomplete=field.autocomplete_hint()
                    required=field.is_required()
                    errors
                    node_ref=*input
                />
            }
        })
        .collect();
    let submit = move |event: SubmitEvent| {
        let texts = own.iter().map(|(field, input)| (field.name(), typed(*input))).collect();
        form.send(event, async move {
            let name = Some(typed(display_name)).filter(|name| !name.trim().is_empty());
            register(typed(username), PlainPassword::from(typed(password)), name, texts, ticked(remember)).await
        });
    };

    view! {
        // The server validates all fields and reports every error at once.
        <form class="card" method="post" novalidate on:submit=submit>
            <ErrorAlert errors />
            <Field
                name="username"
                label="Username"
                autocomplete="username"
                errors
                node_ref=username
            />
            <Field
                name="displayName"
                label="Display name"
                autocomplete="name"
                required=false
                errors
                node_ref=display_name
            />
            {own_fields}
            <Field
                name="password"
                label="Password"
                kind="password"
                autocomplete="new-password"
                hint="At least 8 characters"
                errors
                identity_inputs=[username, display_name]
                node_ref=password
            />
            <Remember node_ref=remember />
            <Submit label="Create account" pending_label="Creating account…" pending />
        </form>
    }
}
