//! The user's own account: names, security log, password, deletion.

use crate::client::signed_in::SignedIn;
use latchkey_wire::{
    ApiError, EventPage, Me, PlainPassword, Sent, Tokens,
    codec::{JsonAnswer, NoContent},
};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// The signed-in user and the session that the access token belongs to.
///
/// # Errors
/// [`ApiError::InvalidToken`] if the access token or its session is not valid.
#[server(
    name = GetMe, prefix = "/api", endpoint = "me", input = GetUrl, output = JsonAnswer, client = SignedIn
)]
pub async fn me() -> Result<Me, ApiError> {
    latchkey_axum::handlers::me(&crate::server::request()?).await
}

/// The security log of the account, newest first.
///
/// # Errors
/// [`ApiError::InvalidRequest`] if `before` is not the `next` of an earlier page.
#[server(
    prefix = "/api", endpoint = "account/events", input = GetUrl, output = JsonAnswer, client = SignedIn
)]
pub async fn security_log(
    /// The `next` of the previous page; without it, the first page.
    before: Option<String>,
) -> Result<EventPage, ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::SecurityLogQuery;

    handlers::security_log(&crate::server::request()?, SecurityLogQuery { before }).await
}

/// Changes the password. All other sessions of the user end. This session continues with the tokens in the answer; its
/// older access and refresh tokens are refused as `password_changed`. If the answer is lost, sign in with the new
/// password.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `currentPassword` if it is wrong, for `newPassword` if it is not acceptable.
#[server(
    prefix = "/api", endpoint = "account/password", input = Json, output = JsonAnswer, client = SignedIn
)]
pub async fn change_password(
    /// The password until now: an access token alone does not change it.
    #[server(rename = "currentPassword")]
    current_password: Sent<PlainPassword>,
    /// At least eight characters, and not easy to guess.
    #[server(rename = "newPassword")]
    new_password: Sent<PlainPassword>,
) -> Result<Tokens, ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::ChangePasswordRequest;

    let input = ChangePasswordRequest { current_password: current_password.0, new_password: new_password.0 };
    handlers::change_password(&crate::server::request()?, input).await
}

/// Deletes the account with everything that belongs to it: its sessions and its security log.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `password` if it is wrong.
#[server(
    prefix = "/api", endpoint = "account/delete", input = Json, output = NoContent, client = SignedIn
)]
pub async fn delete_account(
    /// The account's password: an access token alone does not delete it.
    password: Sent<PlainPassword>,
) -> Result<(), ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::DeleteAccountRequest;

    handlers::delete_account(&crate::server::request()?, DeleteAccountRequest { password: password.0 }).await
}
