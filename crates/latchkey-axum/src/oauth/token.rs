//! `POST /oauth/token`, which supports only the refresh grant (RFC 6749 §6).

use super::client::{Credentials, check_public};
use super::{OAuthFailure, form};
use crate::request::RequestContext;
use crate::state::ServerState;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use latchkey_wire::{AccessToken, ApiError, ClientSecret, RefreshToken, Tokens, secret};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The parameters.
#[derive(Deserialize, ToSchema)]
pub struct TokenRequest {
    /// `refresh_token`.
    #[schema(pattern = "^refresh_token$")]
    pub grant_type: String,
    /// The newest one of the session.
    #[schema(required, nullable = false)]
    pub refresh_token: Option<RefreshToken>,
    /// `latchkey`, or left out: the client is public.
    #[schema(nullable = false)]
    pub client_id: Option<String>,
    #[schema(ignore)]
    client_secret: Option<ClientSecret>,
    /// Ignored: Latchkey has roles instead of scopes.
    #[schema(nullable = false)]
    pub scope: Option<String>,
}

/// What a refresh hands out (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// A JWT (RFC 9068).
    #[serde(serialize_with = "secret::serialize")]
    pub access_token: AccessToken,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// Life of the access token from now, in seconds.
    pub expires_in: u64,
    /// Good for one refresh.
    #[serde(serialize_with = "secret::serialize")]
    pub refresh_token: RefreshToken,
    /// Always empty, where the request asked for scopes: none of them is granted (§3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub scope: Option<&'static str>,
}

impl From<Tokens> for TokenAnswer {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.token,
            token_type: tokens.token_type,
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token,
            scope: None,
        }
    }
}

/// Exchanges the newest refresh token of a session for the next one and a fresh access token.
pub async fn exchange(
    State(state): State<Arc<ServerState>>,
    context: RequestContext,
    request: Request,
) -> Result<impl IntoResponse, OAuthFailure> {
    let (parts, body) = request.into_parts();
    let sent: TokenRequest = form::read(&parts.headers, body).await?;
    check_public(&parts.headers, &Credentials { id: sent.client_id, secret: sent.client_secret })?;
    if sent.grant_type != "refresh_token" {
        return Err(OAuthFailure::UnsupportedGrantType);
    }
    let refresh_token = sent.refresh_token.ok_or(OAuthFailure::InvalidRequest("Send the refresh_token."))?;
    let client = context.client();
    let issued = state.sessions.refresh(&refresh_token, None, &client).await.map_err(ApiError::from)?;
    let answer = TokenAnswer { scope: sent.scope.map(|_| ""), ..TokenAnswer::from(Tokens::from(issued)) };
    // RFC 6749 §5.1 requires both headers; the pipeline adds `Cache-Control: no-store` to every response.
    Ok(([(header::PRAGMA, "no-cache")], Json(answer)))
}
