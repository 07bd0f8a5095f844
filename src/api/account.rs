//! The user's own account: names, security log, password, deletion.

use crate::client::signed_in::SignedIn;
use latchkey_wire::{
    ApiError, EventPage, Me, SentPassword, Tokens,
    codec::{Described, JsonAnswer, NoContent},
};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// The signed-in user and the session that the access token belongs to.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    name = GetMe, prefix = "/api", endpoint = "me", input = GetUrl, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn me() -> Result<Me, ApiError> {
    let caller = crate::context::caller().await?;
    Ok(caller.into())
}

/// What happened to the account, newest first.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when `before` is not what an earlier page gave as `next`.
#[server(
    prefix = "/api", endpoint = "account/events", input = GetUrl, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn security_log(
    /// What an earlier page gave as `next`; the first page without it.
    before: Option<String>,
) -> Result<EventPage, ApiError> {
    use crate::context;
    use latchkey_core::sessions::{self, Cursor};

    let (app, caller) = (context::app()?, context::caller().await?);
    let from = before.as_deref().map_or(Ok(Cursor::Newest), Cursor::parse)?;
    Ok(sessions::log(&app, &caller, from).await?)
}

/// Changes the password. All other sessions of the user end. This one goes on with the tokens in the answer: from here on
/// its older ones, of either kind, are refused as `password_changed`. If the answer is lost, sign in with the new password.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `currentPassword` if it is wrong, for `newPassword` if it is not acceptable.
#[server(
    prefix = "/api", endpoint = "account/password", input = Json, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn change_password(
    #[server(rename = "currentPassword")] current_password: SentPassword,
    #[server(rename = "newPassword")] new_password: SentPassword,
) -> Result<Tokens, ApiError> {
    use crate::context;
    use latchkey_core::accounts;

    let (app, caller, client) = (context::app()?, context::caller().await?, context::client_info()?);
    Ok(accounts::change_password(&app.accounts, &caller, &current_password.0, &new_password.0, &client).await?.into())
}

/// Deletes the account with everything that belongs to it: its sessions and its security log.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `password` if it is wrong.
#[server(
    prefix = "/api", endpoint = "account/delete", input = Json, output = NoContent, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn delete_account(password: SentPassword) -> Result<(), ApiError> {
    use crate::context;
    use latchkey_core::accounts;

    let (app, caller, client) = (context::app()?, context::caller().await?, context::client_info()?);
    Ok(accounts::delete(&app.accounts, &caller, &password.0, &client).await?)
}
