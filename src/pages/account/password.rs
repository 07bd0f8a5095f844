//! Changes the password, which signs out all other devices.

use super::{result::focus_result, username_field::username_field};
use crate::messages;
use latchkey_leptos::{
    api::account::change_password,
    client::{
        password::{Change, change},
        session::use_session,
    },
    components::{
        dynamic::dynamic,
        error_alert::ErrorAlert,
        field::Field,
        form::Form,
        form_errors::{FormErrors, focus_first_invalid},
        input::typed,
        submit::Submit,
    },
    messages::PASSWORD_MAY_BE_CHANGED,
};
use latchkey_wire::PlainPassword;
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_location;

/// The fields' names in the API, in the order of the form.
const FIELDS: [&str; 2] = ["currentPassword", "newPassword"];

/// The form, with each error at its field. Notifies `changed` after a success.
#[component]
pub fn Password(changed: Trigger) -> impl IntoView {
    let session = use_session();
    let inputs: [NodeRef<html::Input>; 2] = std::array::from_fn(|_| NodeRef::new());
    let [current, new] = inputs;
    let identity_inputs @ [username, display_name]: [NodeRef<html::Input>; 2] = std::array::from_fn(|_| NodeRef::new());
    let element = NodeRef::<html::Form>::new();
    let done = RwSignal::new(false);
    let form @ Form { pending, errors, .. } = Form::new(&FIELDS);
    let submit = move |event: SubmitEvent| {
        done.set(false);
        form.send(event, async move {
            let outcome = change(change_password(
                PlainPassword::from(typed(current)).into(),
                PlainPassword::from(typed(new)).into(),
            ))
            .await?;
            // The user may have left the page in the meantime.
            if pending.try_set(false).is_some() {
                return Ok(());
            }
            if outcome == Change::Unknown {
                let general = Some(PASSWORD_MAY_BE_CHANGED.to_owned());
                errors.set(FormErrors { general, ..FormErrors::default() });
            } else {
                if let Some(element) = element.get_untracked() {
                    element.reset();
                }
                done.set(true);
                changed.notify();
            }
            Ok(())
        });
    };
    focus_first_invalid(errors, FIELDS.into_iter().zip(inputs).collect());
    let fragment = use_location().hash;
    Effect::new(move |_| {
        // Password managers open the page by `/.well-known/change-password`.
        if let Some(current) = current.get()
            && fragment.get_untracked().trim_start_matches('#') == "change-password"
        {
            // Moving the focus is optional.
            let _ = current.focus();
        }
    });
    let news = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if done.get() {
            focus_result(news);
        }
    });

    view! {
        <section aria-labelledby="change-password">
            <h2 id="change-password">"Password"</h2>
            <p class="quiet">"A new password signs out all your other devices."</p>
            <form class="card" method="post" novalidate node_ref=element on:submit=submit>
                <ErrorAlert errors />
                {username_field(username)}
                // The advice on the new password uses the display name.
                <input
                    type="hidden"
                    node_ref=display_name
                    value=move || session.user().map(|user| user.display_name)
                />
                <Field
                    name="currentPassword"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    errors
                    node_ref=current
                />
                <Field
                    name="newPassword"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 8 characters"
                    errors
                    identity_inputs
                    node_ref=new
                />
                <Submit label="Change password" pending_label="Changing…" pending />
            </form>
            <div role="status" tabindex="-1" node_ref=news>
                {dynamic(move || {
                    done.get().then(|| view! { <p class="notice">{messages::PASSWORD_CHANGED}</p> }).into_any()
                })}
            </div>
        </section>
    }
}
