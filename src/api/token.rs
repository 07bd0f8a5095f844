//! Exchanging a refresh token, and ending a session.

use super::{Described, Secret, account::User, error::ApiError, json::JsonAnswer, no_content::NoContent, secret};
use crate::client::transport::{Anonymous, KeepAlive};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What a sign-in or a refresh hands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// The access token, a JWT (RFC 9068).
    #[serde(deserialize_with = "secret::access_token")]
    pub token: Secret,
    /// Good for one refresh.
    #[serde(deserialize_with = "secret::refresh_token")]
    pub refresh_token: Secret,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// Life of the access token from now, in seconds.
    pub expires_in: u64,
    /// The same moment as RFC 3339 UTC, for clients that trust their clock.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub expires_at: String,
    /// When the refresh token expires if it is not used, RFC 3339 UTC.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub refresh_token_expires_at: String,
    pub user: User,
}

/// Exchanges the newest refresh token of a session for the next one and a fresh access token.
///
/// `access_token`, if given, must belong to the same session; it may have expired, and one whose key has been retired
/// is ignored.
///
/// # Errors
/// [`ApiError::InvalidGrant`] when the session is over or the token is not one of ours. That is the only answer that
/// means "signed out"; after any other the same token may be presented again. [`ApiError::Unavailable`] also for the
/// token before the newest, once that is in use, from another network or user agent than the one that exchanged it.
#[server(
    prefix = "/api", endpoint = "token/refresh", input = Json, output = JsonAnswer, client = Anonymous,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn refresh(
    /// The newest one of the session.
    #[server(rename = "refreshToken")]
    refresh_token: Secret,
    /// The access token that came with it.
    #[server(rename = "accessToken")]
    access_token: Option<Secret>,
) -> Result<Tokens, ApiError> {
    use crate::server::{http, sessions};

    let (app, device) = (http::app()?, http::device()?);
    Ok(sessions::refresh(&app, &refresh_token, access_token.as_ref(), &device).await?.into())
}

/// Ends the session of the given refresh token, or else of the access token in the `Authorization` header.
/// Answers 204, also when that session had ended before.
///
/// # Errors
/// [`ApiError::InvalidToken`] when neither token names a session of ours.
#[server(
    prefix = "/api", endpoint = "token/revoke", input = Json, output = NoContent, client = KeepAlive,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn revoke(
    /// Of any generation since the last password change in its session. An older one ends nothing.
    #[server(rename = "refreshToken")]
    refresh_token: Option<Secret>,
) -> Result<(), ApiError> {
    use crate::server::{http, sessions};

    let (app, device) = (http::app()?, http::device()?);
    Ok(sessions::log_out(&app, refresh_token.as_ref(), http::bearer()?, &device).await?)
}
