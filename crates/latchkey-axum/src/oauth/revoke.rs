//! `POST /oauth/revoke` (RFC 7009).

use super::client::{Credentials, check_public};
use super::{Refusal, form};
use crate::request::RequestContext;
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use latchkey_core::sessions;
use latchkey_wire::{AnyToken, ApiError, ClientSecret};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The parameters. A `token_type_hint` is among those that are ignored: a look at the token says more.
#[derive(Deserialize, ToSchema)]
pub struct RevocationRequest {
    /// A refresh token or an access token.
    pub token: AnyToken,
    /// `latchkey`, or left out: the client is public.
    #[schema(nullable = false)]
    pub client_id: Option<String>,
    #[schema(ignore)]
    client_secret: Option<ClientSecret>,
}

/// Ends the session of a token. A token that is not ours, or whose session had ended before, is not an error (§2.2).
pub async fn revoke(State(state): State<Arc<ServerState>>, request: Request) -> Result<StatusCode, Refusal> {
    let (parts, body) = request.into_parts();
    let sent: RevocationRequest = form::read(&parts.headers, body).await?;
    check_public(&parts.headers, &Credentials { id: sent.client_id, secret: sent.client_secret })?;
    let context = RequestContext::new(state.clone(), &parts.extensions, &parts.headers);
    sessions::revoke_by_token(&state.sessions, &sent.token, &context.client()).await.map_err(ApiError::from)?;
    Ok(StatusCode::OK)
}
