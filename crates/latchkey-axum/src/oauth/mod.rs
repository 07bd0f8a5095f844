//! OAuth endpoints for refresh, revocation and introspection, in OAuth's formats: a form in, JSON in snake_case out,
//! and errors as in RFC 6749 §5.2. Refresh and revocation do the same as `/api/token/…`.

mod client;
mod failure;
mod form;
mod introspect;
mod revoke;
mod token;

pub use client::{OTHER_CLIENT, WRONG_SECRET};
pub use failure::{ClientRefused, OAuthError, OAuthFailure};
pub use form::REPEATED_PARAMETER;
pub use introspect::{ActiveToken, Introspection, IntrospectionRequest};
pub use revoke::RevocationRequest;
pub use token::{TokenAnswer, TokenRequest};

use crate::fallback::method_not_allowed;
use crate::probe::answer_probes;
use crate::state::ServerState;
use axum::Router;
use axum::routing::post;
use std::sync::Arc;

/// The paths of the endpoints. Their method is `POST`.
pub(crate) const PATHS: [&str; 3] = [TOKEN, REVOKE, INTROSPECT];

const TOKEN: &str = "/oauth/token";
const REVOKE: &str = "/oauth/revoke";
const INTROSPECT: &str = "/oauth/introspect";

/// `/oauth/token`, `/oauth/revoke` and `/oauth/introspect`.
pub fn routes() -> Router<Arc<ServerState>> {
    let routes = Router::new()
        .route(TOKEN, post(token::exchange))
        .route(REVOKE, post(revoke::revoke))
        .route(INTROSPECT, post(introspect::introspect));
    answer_probes(routes).method_not_allowed_fallback(method_not_allowed)
}
