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
    /// The messages of an error, for a form in which `has` is true for the names of its fields. Messages for other
    /// fields become the general message.
    pub fn from_error(error: ApiError, has: &dyn Fn(&str) -> bool) -> Self {
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

/// Removes the messages for a field whose text has changed.
pub fn clear_field_errors(errors: RwSignal<FormErrors>, field: &str) {
    if errors.read_untracked().fields.get(field).is_some() {
        errors.update(|errors| {
            errors.fields.keep(&|other| other != field);
        });
    }
}

/// Moves the focus to the first field with a message when messages are added. The message above the form takes the
/// focus itself, in [`ErrorAlert`](super::error_alert::ErrorAlert).
pub fn focus_first_invalid(errors: RwSignal<FormErrors>, inputs: Vec<(&'static str, NodeRef<html::Input>)>) {
    Effect::new(move |before: Option<usize>| {
        let messages = &errors.read().fields;
        let invalid = inputs.iter().find(|(field, _)| messages.get(field).is_some());
        if let Some(input) =
            invalid.filter(|_| Some(messages.len()) > before).and_then(|(_, input)| in_document(*input))
        {
            // In a task, so that the field is marked as invalid before it gets the focus.
            spawn_local(async move {
                let _ = input.focus(); // If this fails, the message still shows.
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
        let too_short = FormErrors::from_error(ApiError::ValidationFailed(errors("password")), &has);
        assert_eq!(too_short, FormErrors { fields: errors("password"), general: None });
        let taken = FormErrors::from_error(ApiError::UsernameTaken, &has);
        assert!(taken.fields.get("username").is_some() && taken.general.is_none());
    }

    #[test]
    fn errors_of_unknown_fields_become_general() {
        let unknown = FormErrors::from_error(ApiError::ValidationFailed(errors("email")), &has);
        assert_eq!(unknown.general.as_deref(), Some("Too short."));
        assert!(FormErrors::from_error(ApiError::ValidationFailed(FieldErrors::default()), &has).general.is_some());
        assert!(FormErrors::from_error(ApiError::Unreachable, &has).general.is_some());
    }
}
