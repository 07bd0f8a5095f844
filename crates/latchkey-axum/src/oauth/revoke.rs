//! `POST /oauth/revoke` (RFC 7009).

use super::client::{Credentials, check_public};
use super::{OAuthFailure, form};
use crate::request::RequestContext;
use crate::state::ServerState;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use latchkey_wire::{AnyToken, ApiError, ClientSecret};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The parameters. A `token_type_hint` is ignored like any unknown parameter: the token itself shows its type.
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

/// Revokes the session of a token. An unknown token, or one whose session has ended, is not an error (RFC 7009 §2.2).
pub async fn revoke(
    State(state): State<Arc<ServerState>>,
    context: RequestContext,
    request: Request,
) -> Result<StatusCode, OAuthFailure> {
    let (parts, body) = request.into_parts();
    let sent: RevocationRequest = form::read(&parts.headers, body).await?;
    check_public(&parts.headers, &Credentials { id: sent.client_id, secret: sent.client_secret })?;
    state.sessions.revoke_by_token(&sent.token, &context.client()).await.map_err(ApiError::from)?;
    Ok(StatusCode::OK)
}
