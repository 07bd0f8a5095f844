//! Deletes the account, after asking for the password.

use super::username_field::username_field;
use crate::{components::confirm::escape, messages};
use latchkey_leptos::{
    api::account::delete_account,
    client::lifecycle::end,
    components::{
        error_alert::ErrorAlert,
        field::Field,
        form::Form,
        form_errors::{FormErrors, focus_first_invalid},
        input::{in_document, typed},
        submit::Submit,
    },
};
use latchkey_wire::{EndReason, PlainPassword};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_navigate;

/// The button, and the form that asks for confirmation and the password.
#[component]
pub fn Delete() -> impl IntoView {
    let navigate = use_navigate();
    let (first, cancel) = (NodeRef::<html::Button>::new(), NodeRef::<html::Button>::new());
    let password = NodeRef::<html::Input>::new();
    let asking = RwSignal::new(false);
    let form @ Form { pending, errors, .. } = Form::new(&["password"]);
    let submit = move |event: SubmitEvent| {
        let navigate = navigate.clone();
        form.send(event, async move {
            delete_account(PlainPassword::from(typed(password)).into()).await?;
            // Navigate before the session ends, or the guard of this page would redirect the user.
            navigate("/", Default::default());
            end(EndReason::AccountDeleted);
            Ok(())
        });
    };
    focus_first_invalid(errors, vec![("password", password)]);
    Effect::new(move |before: Option<bool>| {
        let asks = asking.get();
        if before.is_some_and(|before| before != asks) {
            // Moving the focus is optional.
            let _ = match (asks, in_document(password), first.get_untracked()) {
                (true, Some(input), _) => input.focus(),
                (false, _, Some(button)) => button.focus(),
                _ => Ok(()),
            };
        }
        asks
    });

    view! {
        <section aria-labelledby="delete-account">
            <h2 id="delete-account">"Delete account"</h2>
            <p class="quiet">
                "Your profile, your sessions on all devices and your security log are permanently deleted."
            </p>
            <button
                type="button"
                class="danger"
                node_ref=first
                hidden=move || asking.get()
                on:click=move |_| asking.set(true)
            >
                "Delete account"
            </button>
            <form
                class="card dangerous"
                method="post"
                novalidate
                aria-label="Delete your account?"
                hidden=move || !asking.get()
                on:submit=submit
                on:keydown=move |event| escape(&event, cancel)
                on:reset=move |_| {
                    errors.set(FormErrors::default());
                    asking.set(false);
                }
            >
                <ErrorAlert errors />
                <p>{messages::CONFIRM_DELETE}</p>
                {username_field(NodeRef::new())}
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    errors
                    node_ref=password
                />
                <Submit label="Delete account" pending_label="Deleting…" pending />
                // `reset` also clears the field.
                <button type="reset" class="secondary" node_ref=cancel disabled=move || pending.get()>
                    "Cancel"
                </button>
            </form>
        </section>
    }
}
