//! Exchanging a refresh token, and revoking a session.

use crate::transport::{Anonymous, KeepAlive};
use latchkey_wire::{
    AccessToken, ApiError, RefreshToken, Sent, Tokens,
    codec::{JsonAnswer, NoContent},
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Exchanges the newest refresh token of a session for the next one and a fresh access token.
///
/// `access_token`, if given, must belong to the same session; it may have expired, and one whose key has been retired
/// is ignored.
///
/// # Errors
/// [`ApiError::InvalidGrant`] if the session is over or the token is not of this server. Only this error means "signed
/// out"; after any other the same token may be presented again. [`ApiError::Unavailable`] also for the parent of the
/// newest token, once that is in use, from another network or user agent than the one that exchanged it.
#[server(
    prefix = "/api", endpoint = "token/refresh", input = Json, output = JsonAnswer, client = Anonymous
)]
pub async fn refresh(
    /// The newest token of the session.
    #[server(rename = "refreshToken")]
    refresh_token: Sent<RefreshToken>,
    /// The access token that was issued with it.
    #[server(rename = "accessToken")]
    access_token: Option<Sent<AccessToken>>,
) -> Result<Tokens, ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::RefreshRequest;

    let input = RefreshRequest { refresh_token: refresh_token.0, access_token: access_token.map(|sent| sent.0) };
    handlers::refresh(&crate::server::request()?, input).await
}

/// Ends the session of the given refresh token. Without one, or if that has no effect, ends the session of the access token
/// in the `Authorization` header. Answers 204, also if the session had ended before, and for an unknown refresh token
/// alone.
///
/// # Errors
/// [`ApiError::InvalidToken`] without a token; with an access token that is needed and not valid.
#[server(
    prefix = "/api", endpoint = "token/revoke", input = Json, output = NoContent, client = KeepAlive
)]
pub async fn revoke(
    /// Of any generation since the last password change in its session. An older one ends nothing.
    #[server(rename = "refreshToken")]
    refresh_token: Option<Sent<RefreshToken>>,
) -> Result<(), ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::RevokeRequest;

    handlers::revoke(&crate::server::request()?, RevokeRequest { refresh_token: refresh_token.map(|sent| sent.0) })
        .await
}
