//! The operations under `/api`.

use super::examples;
use super::operation::{Auth, NOT_REFRESHED, Operation};
use super::operations::{Endpoint, Operations};
use latchkey_core::accounts::{UsernameFault, WRONG_PASSWORD};
use latchkey_wire::{
    ApiError, ChangePasswordRequest, DeleteAccountRequest, EventPage, FieldErrors, ListedSession, LoginRequest, Me,
    NoInput, PasswordAdvice, PasswordAdviceRequest, RefreshRequest, RegisterRequest, RevokeRequest,
    RevokeSessionRequest, Revoked, SecurityLogQuery, Tokens,
};
use serde_json::{Value, json};

const SIGNING_IN: &str = "Signing in";
const ACCOUNT: &str = "Account";
const THROTTLED: ApiError = ApiError::TooManyRequests { retry_after: 8 };

/// All operations under `/api`.
pub fn all(operations: &mut Operations<'_>) -> Vec<Operation> {
    [signing_in(operations), account(operations)].concat()
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::ValidationFailed(FieldErrors::of(field, message))
}

fn signing_in(operations: &mut Operations<'_>) -> Vec<Operation> {
    let endpoint = |path, description, input, output, errors| Endpoint {
        method: "post",
        path,
        tag: SIGNING_IN,
        description,
        auth: Auth::Public,
        input,
        output,
        errors,
    };
    vec![
        operations.describe::<RegisterRequest, Tokens>(endpoint(
            "/api/auth/register",
            "Creates an account and signs in with it. Answers 201.",
            json!({ "username": "ada", "password": "correct horse battery staple", "displayName": "Ada Lovelace" }),
            (201, Some(examples::tokens())),
            &[
                ApiError::RegistrationClosed,
                ApiError::UsernameTaken,
                invalid("username", UsernameFault::Empty.message()),
                THROTTLED,
            ],
        )),
        operations.describe::<LoginRequest, Tokens>(endpoint(
            "/api/auth/login",
            "Signs in.",
            json!({ "username": "ada", "password": "correct horse battery staple", "remember": true }),
            (200, Some(examples::tokens())),
            &[ApiError::InvalidCredentials, THROTTLED],
        )),
        operations.describe::<PasswordAdviceRequest, PasswordAdvice>(endpoint(
            "/api/auth/password-advice",
            "Judges a password as `register` and the change of a password do, for the person with these names. It needs no \
             sign-in, counts nothing and writes nothing.",
            json!({ "password": "password1", "username": "ada" }),
            (200, Some(examples::advice())),
            &[],
        )),
        operations.describe::<RefreshRequest, Tokens>(endpoint(
            "/api/token/refresh",
            "Exchanges the newest refresh token of a session for the next one and a fresh access token.\n\n\
             `access_token`, if given, must belong to the same session; it may have expired, and one whose key has been \
             retired is ignored.",
            json!({ "refreshToken": examples::REFRESH_TOKEN }),
            (200, Some(examples::tokens())),
            &NOT_REFRESHED,
        )),
        operations.describe::<RevokeRequest, NoInput>(Endpoint {
            auth: Auth::UserOrBody,
            ..endpoint(
                "/api/token/revoke",
                "Ends the session of the given refresh token. Without one, or if that has no effect, ends the session of the \
                 access token in the `Authorization` header. Answers 204, also when the session had ended before, and \
                 for an unknown refresh token alone.",
                json!({ "refreshToken": examples::REFRESH_TOKEN }),
                (204, None),
                &[],
            )
        }),
    ]
}

fn account(operations: &mut Operations<'_>) -> Vec<Operation> {
    let endpoint = |method, path, description, input, output, errors| Endpoint {
        method,
        path,
        tag: ACCOUNT,
        description,
        auth: Auth::User,
        input,
        output,
        errors,
    };
    let wrong = |field: &str| invalid(field, WRONG_PASSWORD);
    vec![
        operations.describe::<NoInput, Me>(endpoint(
            "get",
            "/api/me",
            "The signed-in user and the session that the access token belongs to.",
            Value::Null,
            (200, Some(examples::me())),
            &[],
        )),
        operations.describe::<NoInput, Vec<ListedSession>>(endpoint(
            "get",
            "/api/sessions",
            "The live sessions of the signed-in user: this one first, then the one last seen.",
            Value::Null,
            (200, Some(examples::sessions())),
            &[],
        )),
        operations.describe::<RevokeSessionRequest, NoInput>(endpoint(
            "post",
            "/api/sessions/revoke",
            "Ends one of the user's sessions. Answers 204, also when that session had ended before.",
            json!({ "id": examples::SESSION }),
            (204, None),
            &[ApiError::NotFound],
        )),
        operations.describe::<NoInput, Revoked>(endpoint(
            "post",
            "/api/sessions/revoke-others",
            "Ends all of the user's sessions but the one that asks.",
            json!({}),
            (200, Some(json!({ "revoked": 2 }))),
            &[],
        )),
        operations.describe::<ChangePasswordRequest, Tokens>(endpoint(
            "post",
            "/api/account/password",
            "Changes the password. All other sessions of the user end. This one goes on with the tokens in the answer: from \
             here on its older ones, of either kind, are refused as `password_changed`. If the answer is lost, sign in with \
             the new password.",
            json!({ "currentPassword": "correct horse battery staple", "newPassword": "staple battery horse" }),
            (200, Some(examples::tokens())),
            &[wrong("currentPassword"), THROTTLED],
        )),
        operations.describe::<DeleteAccountRequest, NoInput>(endpoint(
            "post",
            "/api/account/delete",
            "Deletes the account with everything that belongs to it: its sessions and its security log.",
            json!({ "password": "correct horse battery staple" }),
            (204, None),
            &[wrong("password"), THROTTLED],
        )),
        operations.describe::<SecurityLogQuery, EventPage>(endpoint(
            "get",
            "/api/account/events",
            "What happened to the account, newest first.",
            Value::Null,
            (200, Some(examples::security_log())),
            &[ApiError::InvalidRequest],
        )),
    ]
}
