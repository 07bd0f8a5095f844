//! `/register`: a new account, which is signed in at once.

use super::entry::{go_on_when_signed_in, ticked, typed, use_next};
use crate::{
    api::{ApiError, Secret, error::FieldErrors},
    client::{next::with_next, session::register},
    components::{error_alert::ErrorAlert, field::Field, remember::Remember, submit::Submit},
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
                complaint.set(Complaint::from(error));
                pending.set(false);
            }
        });
    };
    // The first field with a message takes the focus; a message above the form takes it by itself.
    Effect::new(move |_| {
        let wrong = FIELDS.iter().position(|field| complaint.read().fields.contains_key(*field));
        if let Some(input) = wrong.and_then(|index| inputs[index].get_untracked()) {
            let _ = input.focus();
        }
    });
    let errors_of =
        move |field| Signal::derive(move || complaint.read().fields.get(field).cloned().unwrap_or_default());

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
                errors=errors_of("username")
                node_ref=username
            />
            <Field
                name="displayName"
                label="Display name (optional)"
                autocomplete="name"
                required=false
                errors=errors_of("displayName")
                node_ref=display_name
            />
            <Field
                name="password"
                label="Password"
                kind="password"
                autocomplete="new-password"
                hint="At least 8 characters"
                errors=errors_of("password")
                node_ref=password
            />
            <Remember node_ref=remember />
            <Submit label="Create account" pending_label="Creating account…" pending />
        </form>
        <p>"Already have an account? " <A href=move || with_next("/login", &next.get())>"Log in"</A></p>
    }
}

/// What was wrong: with single fields, and with the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Complaint {
    fields: FieldErrors,
    general: Option<String>,
}

impl From<ApiError> for Complaint {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::UsernameTaken => Self {
                fields: FieldErrors::from([("username".to_owned(), vec![error.message().to_owned()])]),
                general: None,
            },
            ApiError::ValidationFailed(errors) => {
                let (fields, others): (FieldErrors, FieldErrors) =
                    errors.into_iter().partition(|(field, _)| FIELDS.contains(&field.as_str()));
                let others: Vec<String> = others.into_values().flatten().collect();
                let general = match (fields.is_empty(), others.is_empty()) {
                    (true, true) => Some("The server did not accept this.".to_owned()),
                    (false, true) => None,
                    (_, false) => Some(others.join(" ")),
                };
                Self { fields, general }
            }
            error => Self { fields: FieldErrors::new(), general: Some(error.message().to_owned()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(field: &str) -> FieldErrors {
        FieldErrors::from([(field.to_owned(), vec!["Too short.".to_owned()])])
    }

    #[test]
    fn messages_go_to_their_fields() {
        let complaint = Complaint::from(ApiError::ValidationFailed(errors("password")));
        assert_eq!(complaint, Complaint { fields: errors("password"), general: None });
        let taken = Complaint::from(ApiError::UsernameTaken);
        assert!(taken.fields.contains_key("username") && taken.general.is_none());
    }

    #[test]
    fn messages_without_a_field_of_ours_are_not_lost() {
        let complaint = Complaint::from(ApiError::ValidationFailed(errors("email")));
        assert_eq!(complaint.general.as_deref(), Some("Too short."));
        assert!(Complaint::from(ApiError::ValidationFailed(FieldErrors::new())).general.is_some());
        assert!(Complaint::from(ApiError::Unreachable).general.is_some());
    }
}
