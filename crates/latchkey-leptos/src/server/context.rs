//! The request of a server function, and the user who sent it.

use axum::http::StatusCode;
use axum::http::request::Parts;
use latchkey_axum::request::RequestContext;
use latchkey_core::database::Database;
use latchkey_core::identity::Role;
use latchkey_core::sessions::Caller;

use latchkey_wire::ApiError;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::sync::Arc;

/// The current request, with the state of the server.
///
/// # Errors
/// [`ApiError::Internal`] outside a request, and for a request that has not passed Latchkey's
/// [pipeline](latchkey_axum::pipeline).
pub fn request() -> Result<RequestContext, ApiError> {
    use_context()
        .or_else(|| use_context::<Parts>().and_then(|parts| RequestContext::in_pipeline(&parts)))
        .ok_or(ApiError::Internal)
}

/// The signed-in user who calls the server function. The browser sends the access token if the function has
/// `client = SignedIn`.
///
/// ```
/// # use latchkey_leptos::{client::signed_in::SignedIn, wire::ApiError};
/// # use leptos::prelude::*;
/// #[server(client = SignedIn)]
/// pub async fn greeting() -> Result<String, ApiError> {
///     let user = latchkey_leptos::server::current_user().await?.session.user;
///     Ok(format!("Hello, {}!", user.display_name))
/// }
/// ```
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn current_user() -> Result<Caller, ApiError> {
    request()?.caller().await
}

/// The signed-in user who calls the server function, if they have this role. Each request reads the roles from the
/// database, so removing one takes effect at once.
///
/// # Errors
/// [`ApiError::InsufficientScope`] without the role, and those of [`current_user`].
pub async fn require_role(role: &Role) -> Result<Caller, ApiError> {
    let caller = current_user().await?;
    caller.require(role)?;
    Ok(caller)
}

/// The server's database, for the application's own tables.
///
/// # Errors
/// Those of [`request`].
pub fn database() -> Result<Arc<Database>, ApiError> {
    Ok(request()?.state.database.clone())
}

/// Sets the status of a success to 201.
pub fn created() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::CREATED);
    }
}
