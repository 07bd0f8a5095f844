//! The routes under `/.well-known/`.

use crate::settings::{HttpSettings, RouteGroup};
use crate::state::ServerState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use axum::{Json, Router};
use latchkey_wire::ApiError;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How to use this server by OAuth (RFC 8414 §2).
#[derive(Serialize, ToSchema)]
pub struct ServerMetadata {
    /// `iss` of access tokens.
    pub issuer: String,
    pub token_endpoint: String,
    /// The client is public.
    pub token_endpoint_auth_methods_supported: [&'static str; 1],
    pub grant_types_supported: [&'static str; 1],
    /// Empty, since there is no authorization endpoint. People sign in at `/login`, or by `POST /api/auth/login`.
    pub response_types_supported: [&'static str; 0],
    pub revocation_endpoint: String,
    pub revocation_endpoint_auth_methods_supported: [&'static str; 1],
    /// Left out where `LATCHKEY_INTROSPECTION_CLIENT` is not set, like the methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub introspection_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub introspection_endpoint_auth_methods_supported: Option<[&'static str; 2]>,
    /// The public keys that access tokens verify with.
    pub jwks_uri: String,
    pub service_documentation: String,
}

impl From<&HttpSettings> for ServerMetadata {
    fn from(settings: &HttpSettings) -> Self {
        let at = |path: &str| format!("{}{path}", settings.issuer());
        let may_introspect = settings.introspection_client.is_some();
        Self {
            issuer: settings.issuer(),
            token_endpoint: at("/oauth/token"),
            token_endpoint_auth_methods_supported: ["none"],
            grant_types_supported: ["refresh_token"],
            response_types_supported: [],
            revocation_endpoint: at("/oauth/revoke"),
            revocation_endpoint_auth_methods_supported: ["none"],
            introspection_endpoint: may_introspect.then(|| at("/oauth/introspect")),
            introspection_endpoint_auth_methods_supported: may_introspect
                .then_some(["client_secret_basic", "client_secret_post"]),
            jwks_uri: format!("{}/.well-known/jwks.json", settings.public_url),
            service_documentation: at("/api/docs"),
        }
    }
}

/// The routes under `/.well-known/`:
///
/// - `jwks.json`: the public keys that verify access tokens (RFC 7517)
/// - `oauth-authorization-server`: server metadata (RFC 8414)
/// - `security.txt`: where to report a vulnerability (RFC 9116), if a contact is set
/// - `change-password`: redirects to the form, for password managers (W3C, A Well-Known URL for Changing Passwords). They
///   first check that an unknown path under `/.well-known/` does not answer 200.
pub fn routes(settings: &HttpSettings) -> Router<Arc<ServerState>> {
    // The path of the issuer comes last (RFC 8414 §3.1).
    let metadata = format!("/.well-known/oauth-authorization-server{}", settings.prefix);
    let mut routes = Router::new().route("/.well-known/jwks.json", get(jwks)).route(&metadata, get(server_metadata));
    if settings.serves(RouteGroup::Site) {
        routes = routes
            .route("/.well-known/security.txt", get(security_txt))
            .route("/.well-known/change-password", get(change_password));
    }
    routes
}

/// The time from the request to `Expires` in `security.txt`. RFC 9116 §2.5.5 recommends less than a year.
const SECURITY_TXT_LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// The cache lifetime is short, so that clients soon see a changed key or setting.
const FOR_A_MINUTE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=60")];

async fn jwks(State(state): State<Arc<ServerState>>) -> impl IntoResponse {
    (FOR_A_MINUTE, Json(state.sessions.keyring().jwks(state.database.clock.now())))
}

async fn change_password(State(state): State<Arc<ServerState>>) -> impl IntoResponse {
    (FOR_A_MINUTE, Redirect::to(&state.settings.account_page))
}

async fn server_metadata(State(state): State<Arc<ServerState>>) -> impl IntoResponse {
    (FOR_A_MINUTE, Json(ServerMetadata::from(&state.settings)))
}

async fn security_txt(State(state): State<Arc<ServerState>>) -> Result<impl IntoResponse, ApiError> {
    let contact = state.settings.security_contact.as_ref().ok_or(ApiError::NotFound)?;
    let (expires, url) = (state.database.clock.now().after(SECURITY_TXT_LIFE), &state.settings.public_url);
    let text = format!("Contact: {contact}\nExpires: {expires}\nCanonical: {url}/.well-known/security.txt\n");
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], FOR_A_MINUTE, text))
}
