//! The user's own account: names, security log, password, deletion.

use super::{
    Described, Secret, error::ApiError, json::JsonAnswer, no_content::NoContent, sessions::Device, token::Tokens,
};
use crate::client::transport::SignedIn;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// A person who can log in, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    /// As it was typed at registration; two spellings of one canonical name are one account.
    pub username: String,
    pub display_name: String,
    pub roles: Vec<String>,
}

/// One sign-in on one device. Times are RFC 3339 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub id: String,
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub created_at: String,
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub last_seen_at: String,
    /// When the session ends if it is not refreshed before.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub idle_expires_at: String,
    /// When the session ends whatever happens.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub absolute_expires_at: String,
    /// How many times the refresh token has been rotated.
    pub generation: u32,
    /// "Keep me signed in".
    pub remember: bool,
}

/// The answer of [`me`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Me {
    pub user: User,
    pub session: Session,
}

/// The signed-in user and the session that the access token belongs to.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    name = GetMe, prefix = "/api", endpoint = "me", input = GetUrl, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn me() -> Result<Me, ApiError> {
    let caller = crate::server::http::caller().await?;
    Ok(caller.into())
}

/// One line of the security log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub id: String,
    /// `account_created`, `signed_in`, `sign_in_failed`, `signed_out`, `session_revoked`, `replay_detected`,
    /// `token_presented_elsewhere`, `token_retried_elsewhere`, `password_changed`, `password_set_by_admin`,
    /// `roles_set_by_admin`, `disabled_by_admin` or `enabled_by_admin`; later versions may know more.
    pub kind: String,
    /// RFC 3339 UTC.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub at: String,
    /// The session that it happened to.
    pub session_id: Option<String>,
    /// Why a session was revoked: an [`EndReason`](super::error::EndReason).
    pub reason: Option<String>,
    /// The device that did it, and where it was.
    pub device: Device,
    pub ip: Option<String>,
    /// Of a sign-in: whether the user had not signed in from that network in the 90 days before.
    #[serde(default)]
    pub new_network: bool,
    /// The same for the kind of device: browser and system.
    #[serde(default)]
    pub new_device: bool,
}

/// A page of the security log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct EventPage {
    /// Newest first.
    pub events: Vec<Event>,
    /// What to send as `before` for the next page; nothing on the last one.
    pub next: Option<String>,
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
    use crate::server::{http, sessions, sessions::Cursor};

    let (app, caller) = (http::app()?, http::caller().await?);
    let after = before.as_deref().map_or(Ok(Cursor::newest()), Cursor::parse)?;
    Ok(sessions::log(&app, &caller, after).await?)
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
    #[server(rename = "currentPassword")] current_password: Secret,
    #[server(rename = "newPassword")] new_password: Secret,
) -> Result<Tokens, ApiError> {
    use crate::server::{accounts, http};

    let (app, caller, device) = (http::app()?, http::caller().await?, http::device()?);
    Ok(accounts::change_password(&app, &caller, &current_password, &new_password, &device).await?.into())
}

/// Deletes the account with everything that belongs to it: its sessions and its security log.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `password` if it is wrong.
#[server(
    prefix = "/api", endpoint = "account/delete", input = Json, output = NoContent, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn delete_account(password: Secret) -> Result<(), ApiError> {
    use crate::server::{accounts, http};

    let (app, caller, device) = (http::app()?, http::caller().await?, http::device()?);
    Ok(accounts::delete(&app, &caller, &password, &device).await?)
}
