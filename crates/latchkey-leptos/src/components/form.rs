//! Submits a form.

use super::form_errors::FormErrors;
use futures::future::LocalBoxFuture;
use latchkey_wire::{ApiError, UserField};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use std::future::Future;

/// The state of a form: whether it is being sent, and the errors in the answer.
#[derive(Clone, Copy)]
pub struct Form {
    /// Whether the form is being sent.
    pub pending: RwSignal<bool>,
    /// The errors of the last answer.
    pub errors: RwSignal<FormErrors>,
    /// The names of the fields in the API.
    fields: &'static [&'static str],
    user_fields: &'static [UserField],
}

impl Form {
    /// A form with these fields.
    pub fn new(fields: &'static [&'static str]) -> Self {
        Self::with(fields, &[])
    }

    /// A form with these fields, and with those of the application.
    pub fn with(fields: &'static [&'static str], user_fields: &'static [UserField]) -> Self {
        Self { pending: RwSignal::new(false), errors: RwSignal::new(FormErrors::default()), fields, user_fields }
    }

    /// Sends the form with `call`, unless it is being sent already. After a failure it can be sent again. After a
    /// success it stays pending, because the application usually leaves the page; `call` can set `pending` to false
    /// instead.
    pub fn send(self, event: SubmitEvent, call: impl Future<Output = Result<(), ApiError>> + 'static) {
        event.prevent_default();
        if !self.pending.get_untracked() {
            self.pending.set(true);
            self.errors.set(FormErrors::default());
            spawn_local(self.wait_for(Box::pin(call)));
        }
    }

    async fn wait_for(self, call: LocalBoxFuture<'static, Result<(), ApiError>>) {
        // The page may have been left meanwhile.
        if let Err(error) = call.await
            && self.pending.try_set(false).is_none()
        {
            self.errors.set(FormErrors::from_error(error, &|name| self.has(name)));
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.contains(&name) || self.user_fields.iter().any(|field| field.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_wire::FieldErrors;

    #[test]
    fn error_of_a_user_field_stays_at_its_field() {
        const FIELDS: &[UserField] = &[UserField::text("company", "Company")];
        Owner::new().with(|| {
            let form = Form::with(&["username"], FIELDS);
            let mut errors = FieldErrors::of("company", "Too long.");
            errors.add("username", "Too short.");
            let shown = FormErrors::from_error(ApiError::ValidationFailed(errors.clone()), &|name| form.has(name));
            assert_eq!(shown, FormErrors { fields: errors, general: None });
            assert!(!form.has("city"));
        });
    }
}
