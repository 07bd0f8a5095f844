//! `POST /oauth/introspect` (RFC 7662).

use super::client::{Credentials, check_introspection};
use super::{OAuthFailure, form};
use crate::request::RequestContext;
use crate::state::ServerState;
use axum::Json;
use axum::extract::{Request, State};
use latchkey_core::accounts::AttemptError;
use latchkey_core::sessions::access_token::CLIENT_ID;
use latchkey_core::sessions::{LiveToken, TokenKind};
use latchkey_wire::{AnyToken, ApiError, ClientSecret, TOKEN_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The parameters. A `token_type_hint` is ignored like any unknown parameter: the token itself shows its type.
#[derive(Deserialize, ToSchema)]
pub struct IntrospectionRequest {
    /// A refresh token or an access token.
    pub token: AnyToken,
    /// The name in `LATCHKEY_INTROSPECTION_CLIENT`, unless it is sent as HTTP Basic.
    #[schema(nullable = false)]
    pub client_id: Option<String>,
    /// The secret in `LATCHKEY_INTROSPECTION_CLIENT`, unless it is sent as HTTP Basic.
    #[schema(nullable = false)]
    pub client_secret: Option<ClientSecret>,
}

/// Whether a token is valid, and its claims (RFC 7662 §2.2).
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Introspection {
    /// The token is valid.
    Active(Box<ActiveToken>),
    /// Any other token.
    Inactive(InactiveToken),
}

/// A token that is good and whose session lives, now. There are no scopes; `roles` (RFC 9068 §2.2.3.1) are what the
/// user may do.
#[derive(Serialize, ToSchema)]
pub struct ActiveToken {
    /// Always `true`.
    pub active: bool,
    /// The client that tokens are issued to: `latchkey`.
    pub client_id: &'static str,
    /// `Bearer` for an access token. For a refresh token `refresh_token`: only Latchkey may accept one.
    pub token_type: &'static str,
    /// The user's name, as it was typed at registration.
    pub username: String,
    /// The user's id.
    pub sub: String,
    /// What the user may do now, which may be less than when the token was made.
    pub roles: Vec<String>,
    /// The session's id.
    pub sid: String,
    /// The issuer of the token: the public URL with the path prefix.
    pub iss: String,
    /// The audience, which is the issuer as well.
    pub aud: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    /// An access token's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub jti: Option<String>,
    /// The claims that the application has added to an access token.
    #[serde(flatten)]
    pub claims: BTreeMap<String, Value>,
}

/// Any other token: nothing more is said of it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InactiveToken {
    /// Always `false`.
    pub active: bool,
}

/// Tells an authenticated service whether a token is active.
pub async fn introspect(
    State(state): State<Arc<ServerState>>,
    context: RequestContext,
    request: Request,
) -> Result<Json<Introspection>, OAuthFailure> {
    // Unless a client is configured, the endpoint does not exist.
    let configured = state.settings.introspection_client.as_ref().ok_or(ApiError::NotFound)?;
    let (parts, body) = request.into_parts();
    let sent: IntrospectionRequest = form::read(&parts.headers, body).await?;
    let in_form = Credentials { id: sent.client_id, secret: sent.client_secret };
    let check = || check_introspection(&parts.headers, in_form, configured);
    if state.settings.throttle {
        let network = context.client().network();
        let is_wrong = |error: &OAuthFailure| error.status() == 401;
        let checked =
            state.introspection_throttle.check(network.as_deref(), state.database.clock.now(), check, is_wrong);
        checked.map_err(|wait| ApiError::from(AttemptError::Throttled { wait }))??;
    } else {
        check()?;
    }
    let live = state.sessions.introspect(&sent.token).await.map_err(ApiError::from)?;
    Ok(Json(match live {
        Some(token) => Introspection::Active(Box::new(active(token, &state.settings.issuer()))),
        None => Introspection::Inactive(InactiveToken { active: false }),
    }))
}

fn active(token: LiveToken, issuer: &str) -> ActiveToken {
    let LiveToken { kind, session, issued_at, expires_at, claims } = token;
    let (token_type, jti) = match kind {
        TokenKind::Access { jti } => (TOKEN_TYPE, Some(jti)),
        TokenKind::Refresh => ("refresh_token", None),
    };
    ActiveToken {
        active: true,
        client_id: CLIENT_ID,
        token_type,
        username: session.user.username,
        sub: session.user.id.to_string(),
        roles: session.user.roles.names(),
        sid: session.id.to_string(),
        iss: issuer.to_owned(),
        aud: issuer.to_owned(),
        iat: issued_at,
        exp: expires_at,
        jti,
        claims: claims.as_map().clone().into_iter().collect(),
    }
}
