//! Listing and revoking the sessions of the signed-in user.

use crate::client::signed_in::SignedIn;
use latchkey_wire::{
    ApiError, ListedSession, Revoked,
    codec::{JsonAnswer, NoContent},
};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// The live sessions of the signed-in user: the current one first, then by time of last use.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    name = GetSessions, prefix = "/api", endpoint = "sessions", input = GetUrl, output = JsonAnswer, client = SignedIn
)]
pub async fn sessions() -> Result<Vec<ListedSession>, ApiError> {
    latchkey_axum::handlers::list_sessions(&crate::server::request()?).await
}

/// Ends one of the user's sessions. Answers 204, also if it had ended before.
///
/// # Errors
/// [`ApiError::NotFound`] for a session of another user.
#[server(
    prefix = "/api", endpoint = "sessions/revoke", input = Json, output = NoContent, client = SignedIn
)]
pub async fn revoke_session(
    /// The `id` in the list of sessions.
    id: String,
) -> Result<(), ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::RevokeSessionRequest;

    handlers::revoke_session(&crate::server::request()?, RevokeSessionRequest { id }).await
}

/// Ends all of the user's sessions except the current one.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    prefix = "/api", endpoint = "sessions/revoke-others", input = Json, output = JsonAnswer, client = SignedIn
)]
pub async fn revoke_other_sessions() -> Result<Revoked, ApiError> {
    latchkey_axum::handlers::revoke_other_sessions(&crate::server::request()?).await
}
