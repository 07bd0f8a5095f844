//! The server's error messages for a form.

use super::input::in_document;
use crate::messages::{NOT_ACCEPTED, error_text};
use latchkey_wire::{ApiError, FieldErrors};
use leptos::{html, prelude::*, task::spawn_local};

/// Error messages for single fields and for the whole form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormErrors {
    /// Messages for the fields.
    pub fields: FieldErrors,
    /// The message above the form.
    pub general: Option<String>,
}

impl FormErrors {
    /// The messages of an error for a form that has the fields for which `has` is true.
    pub fn of(error: ApiError, has: &dyn Fn(&str) -> bool) -> Self {
        match error {
            ApiError::UsernameTaken if has("username") => {
                Self { fields: FieldErrors::of("username", &error_text(&error)), general: None }
            }
            ApiError::ValidationFailed(mut fields) => {
                let others = fields.keep(has);
                let general = match (fields.is_empty(), others.is_empty()) {
                    (true, true) => Some(NOT_ACCEPTED.to_owned()),
                    (false, true) => None,
                    (_, false) => Some(others),
                };
                Self { fields, general }
            }
            error => Self { fields: FieldErrors::default(), general: Some(error_text(&error)) },
        }
    }
}

/// Removes the messages for a field, because its text has changed.
pub fn forget(complaint: RwSignal<FormErrors>, field: &str) {
    if complaint.read_untracked().fields.get(field).is_some() {
        complaint.update(|complaint| {
            complaint.fields.keep(&|other| other != field);
        });
    }
}

/// Moves the focus to the first field with a message; a message above the form takes the focus itself. Removing a
/// message does not move the focus.
pub fn focus_first_wrong(complaint: RwSignal<FormErrors>, inputs: Vec<(&'static str, NodeRef<html::Input>)>) {
    Effect::new(move |before: Option<usize>| {
        let messages = &complaint.read().fields;
        let wrong = inputs.iter().find(|(field, _)| messages.get(field).is_some());
        if let Some(input) = wrong.filter(|_| Some(messages.len()) > before).and_then(|(_, input)| in_document(*input))
        {
            // After the other effects, which mark the field as invalid.
            spawn_local(async move {
                let _ = input.focus(); // if it cannot have the focus, its message still shows
            });
        }
        messages.len()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(field: &str) -> bool {
        ["username", "password"].contains(&field)
    }

    fn errors(field: &str) -> FieldErrors {
        FieldErrors::of(field, "Too short.")
    }

    #[test]
    fn errors_of_known_fields_stay_at_their_fields() {
        let complaint = FormErrors::of(ApiError::ValidationFailed(errors("password")), &has);
        assert_eq!(complaint, FormErrors { fields: errors("password"), general: None });
        let taken = FormErrors::of(ApiError::UsernameTaken, &has);
        assert!(taken.fields.get("username").is_some() && taken.general.is_none());
    }

    #[test]
    fn errors_of_unknown_fields_become_general() {
        let complaint = FormErrors::of(ApiError::ValidationFailed(errors("email")), &has);
        assert_eq!(complaint.general.as_deref(), Some("Too short."));
        assert!(FormErrors::of(ApiError::ValidationFailed(FieldErrors::default()), &has).general.is_some());
        assert!(FormErrors::of(ApiError::Unreachable, &has).general.is_some());
    }
}
