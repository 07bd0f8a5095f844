//! `POST /oauth/introspect` (RFC 7662).

use super::client::{Credentials, check_introspection};
use super::{Refusal, form};
use crate::api::{ApiError, Secret};
use crate::server::sessions::access_token::CLIENT_ID;
use crate::server::sessions::{self, LiveToken, TokenKind};
use crate::server::state::App;
use axum::Json;
use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};

/// The parameters. A `token_type_hint` is among those that are ignored: a look at the token says more.
#[derive(Deserialize)]
pub struct IntrospectionRequest {
    /// A refresh token or an access token.
    pub token: Secret,
    /// The name in `LATCHKEY_INTROSPECTION_CLIENT`, unless it is sent as HTTP Basic.
    pub client_id: Option<String>,
    /// The secret in `LATCHKEY_INTROSPECTION_CLIENT`, unless it is sent as HTTP Basic.
    pub client_secret: Option<Secret>,
}

/// What a token is worth (§2.2). Of one that is worth nothing, nothing more is said.
#[derive(Default, Serialize)]
pub struct Introspection {
    /// Whether the token is good and its session lives, now.
    pub active: bool,
    #[serde(flatten)]
    pub facts: Option<Facts>,
}

/// What a live token says. There are no scopes; `roles` (RFC 9068 §2.2.3.1) are what the user may do.
#[derive(Serialize)]
pub struct Facts {
    pub client_id: &'static str,
    /// `Bearer` for an access token. For a refresh token `refresh_token`: nobody but Latchkey may accept one.
    pub token_type: &'static str,
    /// The user's name, as it was typed at registration.
    pub username: String,
    /// The user's id.
    pub sub: String,
    /// What the user may do now, which may be less than when the token was made.
    pub roles: Vec<String>,
    /// The session's id.
    pub sid: String,
    pub iss: String,
    pub aud: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    /// An access token's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// Judges a token for another service, which has to say who it is.
pub async fn introspect(State(app): State<App>, request: Request) -> Result<Json<Introspection>, Refusal> {
    let (parts, body) = request.into_parts();
    let sent: IntrospectionRequest = form::read(&parts.headers, body).await?;
    let in_form = Credentials { id: sent.client_id, secret: sent.client_secret };
    check_introspection(&parts.headers, in_form, app.settings.introspection_client.as_ref())?;
    let live = sessions::introspect(&app, &sent.token).await.map_err(ApiError::from)?;
    let facts = live.map(|token| facts(token, app.settings.issuer()));
    Ok(Json(Introspection { active: facts.is_some(), facts }))
}

fn facts(token: LiveToken, issuer: &str) -> Facts {
    let LiveToken { kind, session, issued_at, expires_at } = token;
    let (token_type, jti) = match kind {
        TokenKind::Access { jti } => ("Bearer", Some(jti)),
        TokenKind::Refresh => ("refresh_token", None),
    };
    Facts {
        client_id: CLIENT_ID,
        token_type,
        username: session.user.username,
        sub: session.user.id,
        roles: session.user.roles.names(),
        sid: session.id.to_string(),
        iss: issuer.to_owned(),
        aud: issuer.to_owned(),
        iat: issued_at,
        exp: expires_at,
        jti,
    }
}
