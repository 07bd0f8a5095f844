//! The routes under `/.well-known/`.

use crate::probe::answer_probes;
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
    /// The URL of `POST /oauth/token`.
    pub token_endpoint: String,
    /// The client is public.
    pub token_endpoint_auth_methods_supported: [&'static str; 1],
    /// The refresh grant alone.
    pub grant_types_supported: [&'static str; 1],
    /// Empty, since there is no authorization endpoint. People sign in at `/login`, or by `POST /api/auth/login`.
    pub response_types_supported: [&'static str; 0],
    /// The URL of `POST /oauth/revoke`.
    pub revocation_endpoint: String,
    /// The client is public.
    pub revocation_endpoint_auth_methods_supported: [&'static str; 1],
    /// The URL of `POST /oauth/introspect`. Left out where `LATCHKEY_INTROSPECTION_CLIENT` is not set, like the methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub introspection_endpoint: Option<String>,
    /// How the introspection client sends its name and secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub introspection_endpoint_auth_methods_supported: Option<[&'static str; 2]>,
    /// The public keys that access tokens verify with.
    pub jwks_uri: String,
    /// The page for developers of clients. Left out if the application has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub service_documentation: Option<String>,
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
            service_documentation: settings
                .documentation_page
                .as_ref()
                .map(|path| format!("{}{path}", settings.public_url)),
        }
    }
}

const JWKS: &str = "/.well-known/jwks.json";
const SECURITY: &str = "/.well-known/security.txt";
const CHANGE_PASSWORD: &str = "/.well-known/change-password";

/// The path of the server metadata. The path of the issuer comes last (RFC 8414 §3.1).
fn metadata_path(settings: &HttpSettings) -> String {
    format!("/.well-known/oauth-authorization-server{}", settings.prefix)
}

/// The paths of the [`routes`]. Their method is `GET`.
pub(crate) fn paths(settings: &HttpSettings) -> Vec<String> {
    let mut paths = vec![JWKS.to_owned(), metadata_path(settings)];
    if settings.serves(RouteGroup::Site) {
        paths.extend([SECURITY, CHANGE_PASSWORD].map(str::to_owned));
    }
    paths
}

/// The routes under `/.well-known/`:
///
/// - `jwks.json`: the public keys that verify access tokens (RFC 7517)
/// - `oauth-authorization-server`: server metadata (RFC 8414)
/// - `security.txt`: where to report a vulnerability (RFC 9116), if a contact is set
/// - `change-password`: redirects to the form, if there is one, for password managers (W3C, A Well-Known URL for Changing
///   Passwords). They first check that an unknown path under `/.well-known/` does not answer 200.
pub fn routes(settings: &HttpSettings) -> Router<Arc<ServerState>> {
    let mut routes = Router::new().route(JWKS, get(jwks)).route(&metadata_path(settings), get(server_metadata));
    if settings.serves(RouteGroup::Site) {
        routes = routes.route(SECURITY, get(security_txt)).route(CHANGE_PASSWORD, get(change_password));
    }
    answer_probes(routes)
}

/// The time from the request to `Expires` in `security.txt`. RFC 9116 §2.5.5 recommends less than a year.
const SECURITY_TXT_LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// The cache lifetime is short, so that clients soon see a changed key or setting.
const FOR_A_MINUTE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=60")];

async fn jwks(State(state): State<Arc<ServerState>>) -> impl IntoResponse {
    (FOR_A_MINUTE, Json(state.sessions.keyring().jwks(state.database.clock.now())))
}

async fn change_password(State(state): State<Arc<ServerState>>) -> Result<impl IntoResponse, ApiError> {
    let page = state.settings.account_page.as_ref().ok_or(ApiError::NotFound)?;
    Ok((FOR_A_MINUTE, Redirect::to(page)))
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
