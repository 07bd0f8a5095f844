//! The server functions.

use super::examples;
use super::operation::{Auth, Content, NOT_REFRESHED, Operation, describe, problems};
use super::schemas::Schemas;
use crate::api::account::{ChangePassword, DeleteAccount, GetMe, SecurityLog};
use crate::api::customers::Customers;
use crate::api::sessions::{GetSessions, RevokeOtherSessions, RevokeSession};
use crate::sign_in::auth::{AdvisePassword, Login, Register};
use crate::sign_in::token::{Refresh, Revoke};
use latchkey_wire::{ApiError, FieldErrors, REMEMBER_BY_DEFAULT};
use leptos::server_fn::ServerFn;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use utoipa::ToSchema;

const SIGNING_IN: &str = "Signing in";
const ACCOUNT: &str = "Account";
const THROTTLED: ApiError = ApiError::TooManyRequests { retry_after: 8 };

/// All of them.
pub fn all(schemas: &mut Schemas) -> Vec<Operation> {
    let invalid = |field: &str, message: &str| ApiError::ValidationFailed(FieldErrors::of(field, message));
    let wrong_password = || invalid("currentPassword", "That is not your password.");
    let mut of = Functions(schemas);
    vec![
        of.function::<Register>(
            SIGNING_IN,
            Auth::Public,
            Some(
                json!({ "username": "ada", "password": "correct horse battery staple", "displayName": "Ada Lovelace" }),
            ),
            (201, Some(examples::tokens())),
            &[
                ApiError::RegistrationClosed,
                ApiError::UsernameTaken,
                invalid("username", "Choose a username."),
                THROTTLED,
            ],
        ),
        of.function::<Login>(
            SIGNING_IN,
            Auth::Public,
            Some(json!({ "username": "ada", "password": "correct horse battery staple", "remember": true })),
            (200, Some(examples::tokens())),
            &[ApiError::InvalidCredentials, THROTTLED],
        ),
        of.function::<AdvisePassword>(
            SIGNING_IN,
            Auth::Public,
            Some(json!({ "password": "password1", "username": "ada" })),
            (200, Some(examples::advice())),
            &[],
        ),
        of.function::<Refresh>(
            SIGNING_IN,
            Auth::Public,
            Some(json!({ "refreshToken": examples::REFRESH_TOKEN })),
            (200, Some(examples::tokens())),
            &NOT_REFRESHED,
        ),
        of.function::<Revoke>(
            SIGNING_IN,
            Auth::UserOrBody,
            Some(json!({ "refreshToken": examples::REFRESH_TOKEN })),
            (204, None),
            &[],
        ),
        of.function::<GetMe>(ACCOUNT, Auth::User, None, (200, Some(examples::me())), &[]),
        of.function::<GetSessions>(ACCOUNT, Auth::User, None, (200, Some(examples::sessions())), &[]),
        of.function::<RevokeSession>(
            ACCOUNT,
            Auth::User,
            Some(json!({ "id": examples::SESSION })),
            (204, None),
            &[ApiError::NotFound],
        ),
        of.function::<RevokeOtherSessions>(
            ACCOUNT,
            Auth::User,
            Some(json!({})),
            (200, Some(json!({ "revoked": 2 }))),
            &[],
        ),
        of.function::<ChangePassword>(
            ACCOUNT,
            Auth::User,
            Some(json!({ "currentPassword": "correct horse battery staple", "newPassword": "staple battery horse" })),
            (200, Some(examples::tokens())),
            &[wrong_password(), THROTTLED],
        ),
        of.function::<DeleteAccount>(
            ACCOUNT,
            Auth::User,
            Some(json!({ "password": "correct horse battery staple" })),
            (204, None),
            &[invalid("password", "That is not your password."), THROTTLED],
        ),
        of.function::<SecurityLog>(
            ACCOUNT,
            Auth::User,
            None,
            (200, Some(examples::security_log())),
            &[ApiError::InvalidRequest],
        ),
        of.function::<Customers>(
            "Data",
            Auth::User,
            None,
            (200, Some(json!(["Jane Doe", "John Doe"]))),
            &[ApiError::InsufficientScope],
        ),
    ]
}

struct Functions<'a>(&'a mut Schemas);

impl Functions<'_> {
    /// A server function: path, method, words, what goes in and what comes out are its own.
    fn function<F>(
        &mut self,
        tag: &str,
        auth: Auth,
        input: Option<Value>,
        (status, output): (u16, Option<Value>),
        errors: &[ApiError],
    ) -> Operation
    where
        F: ServerFn<Output: ToSchema> + ToSchema,
    {
        let method = server_fn_paths().find(|(path, _)| *path == F::PATH).map(|(_, method)| method);
        let method = if method.is_some_and(|method| method == "GET") { "get" } else { "post" };
        let (mut schema, words) = self.0.write_out::<F>();
        // The macro that makes the inputs of server functions accepts no attribute for it.
        if let Some(remember) = schema.pointer_mut("/properties/remember") {
            remember["default"] = json!(REMEMBER_BY_DEFAULT);
        }
        let content = output.map(|example| Content::json(self.0.refer::<F::Output>(), example));
        let errors = problems(self.0, errors, auth, method == "post");
        let mut body = describe(tag, &words, auth, (status, content), errors);
        body["operationId"] = json!(F::PATH.trim_start_matches("/api/").replace('/', "."));
        if method == "post" {
            let required = schema["required"].as_array().is_some_and(|fields| !fields.is_empty());
            let example = input.unwrap_or_default();
            body["requestBody"] =
                json!({ "required": required, "content": Content::json(schema, example).into_value() });
        } else if let Some(fields) = schema["properties"].as_object() {
            let parameters = fields.iter().map(|(name, schema)| {
                // What is not sent is missing from an address, which cannot hold null.
                json!({ "name": name, "in": "query", "description": schema["description"], "schema": { "type": "string" } })
            });
            body["parameters"] = parameters.collect();
        }
        Operation { path: F::PATH.to_owned(), method, body }
    }
}
