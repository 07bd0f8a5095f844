//! The sessions of the signed-in user: listing and ending them.

use crate::client::signed_in::SignedIn;
use latchkey_wire::{
    ApiError, ListedSession, Revoked,
    codec::{Described, JsonAnswer, NoContent},
};
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// The live sessions of the signed-in user: this one first, then the one last seen.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    name = GetSessions, prefix = "/api", endpoint = "sessions", input = GetUrl, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn sessions() -> Result<Vec<ListedSession>, ApiError> {
    use crate::context;
    use latchkey_core::sessions;

    let (app, caller) = (context::app()?, context::caller().await?);
    Ok(sessions::list(&app.sessions, &caller).await?)
}

/// Ends one of the user's sessions. Answers 204, also when that session had ended before.
///
/// # Errors
/// [`ApiError::NotFound`] for a session that is not one's own.
#[server(
    prefix = "/api", endpoint = "sessions/revoke", input = Json, output = NoContent, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn revoke_session(
    /// As the list of sessions has it.
    id: String,
) -> Result<(), ApiError> {
    use crate::context;
    use latchkey_core::ids::SessionId;
    use latchkey_core::sessions;

    let (app, caller, client) = (context::app()?, context::caller().await?, context::client_info()?);
    let id = SessionId::parse(&id).ok_or(ApiError::NotFound)?;
    Ok(sessions::revoke_one(&app.sessions, &caller, id, &client).await?)
}

/// Ends all of the user's sessions but the one that asks.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
#[server(
    prefix = "/api", endpoint = "sessions/revoke-others", input = Json, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn revoke_other_sessions() -> Result<Revoked, ApiError> {
    use crate::context;
    use latchkey_core::sessions;

    let (app, caller, client) = (context::app()?, context::caller().await?, context::client_info()?);
    Ok(Revoked { revoked: sessions::revoke_others(&app.sessions, &caller, &client).await? })
}
