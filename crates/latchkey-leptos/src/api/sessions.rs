//! The sessions of the signed-in user: listing and ending them.

use crate::client::signed_in::SignedIn;
use latchkey_wire::{
    ApiError, ListedSession, Revoked,
    codec::{JsonAnswer, NoContent},
};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// The live sessions of the signed-in user: this one first, then the one last seen.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    name = GetSessions, prefix = "/api", endpoint = "sessions", input = GetUrl, output = JsonAnswer, client = SignedIn
)]
pub async fn sessions() -> Result<Vec<ListedSession>, ApiError> {
    latchkey_axum::handlers::list_sessions(&crate::server::request()?).await
}

/// Ends one of the user's sessions. Answers 204, also when that session had ended before.
///
/// # Errors
/// [`ApiError::NotFound`] for a session that is not one's own.
#[server(
    prefix = "/api", endpoint = "sessions/revoke", input = Json, output = NoContent, client = SignedIn
)]
pub async fn revoke_session(
    /// As the list of sessions has it.
    id: String,
) -> Result<(), ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::RevokeSessionRequest;

    handlers::revoke_session(&crate::server::request()?, RevokeSessionRequest { id }).await
}

/// Ends all of the user's sessions but the one that asks.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    prefix = "/api", endpoint = "sessions/revoke-others", input = Json, output = JsonAnswer, client = SignedIn
)]
pub async fn revoke_other_sessions() -> Result<Revoked, ApiError> {
    latchkey_axum::handlers::revoke_other_sessions(&crate::server::request()?).await
}
