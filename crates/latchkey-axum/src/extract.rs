//! Extractors of the signed-in user for an application's own routes, also with a required role.
//!
//! ```
//! # use axum::{Router, routing::get};
//! # use latchkey_axum::{ServerState, extract::{CurrentUser, RequireRole, RequiredRole}};
//! # use latchkey_core::identity::Role;
//! struct Manager;
//! impl RequiredRole for Manager { const ROLE: Role = Role::new("Manager"); }
//! async fn hello(CurrentUser(caller): CurrentUser) -> String { format!("Hello, {}!", caller.session.user.display_name) }
//! async fn report(manager: RequireRole<Manager>) -> String { format!("For {}", manager.caller.session.user.username) }
//! let routes = Router::new().route("/hello", get(hello)).route("/report", get(report));
//! # let _: Router<std::sync::Arc<ServerState>> = routes;
//! ```

use crate::request::RequestContext;
use crate::state::ServerState;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use latchkey_core::identity::Role;
use latchkey_core::sessions::Caller;
use latchkey_wire::ApiError;
use std::marker::PhantomData;
use std::sync::Arc;

/// The user who sent the request, with the session of their access token. Without a valid access token the route
/// answers 401; the [pipeline](crate::pipeline) writes headers and body (RFC 9457). `caller.claims` has the claims that
/// the application [adds](crate::hooks::Hooks::claims).
///
/// ```
/// # use latchkey_axum::extract::CurrentUser;
/// async fn hello(CurrentUser(caller): CurrentUser) -> String {
///     format!("Hello, {}!", caller.session.user.display_name)
/// }
/// ```
pub struct CurrentUser(pub Caller);

impl<S: Sync> FromRequestParts<S> for CurrentUser
where
    Arc<ServerState>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let context = RequestContext::new(Arc::from_ref(state), &parts.extensions, &parts.headers);
        context.caller().await.map(Self)
    }
}

/// The role that [`RequireRole`] requires. It is a trait because a constant of type [`Role`] cannot be the parameter of
/// a type.
pub trait RequiredRole {
    /// The role.
    const ROLE: Role;
}

/// The user who sent the request, if they have the role `R`; otherwise the route answers 403. Each request reads the
/// roles from the database, so removing one takes effect at once.
///
/// ```
/// # use latchkey_axum::extract::{RequireRole, RequiredRole};
/// # use latchkey_core::identity::Role;
/// struct Manager;
///
/// impl RequiredRole for Manager {
///     const ROLE: Role = Role::new("Manager");
/// }
///
/// async fn report(manager: RequireRole<Manager>) -> String {
///     format!("For {}", manager.caller.session.user.username)
/// }
/// ```
pub struct RequireRole<R> {
    /// The user, with the session of their access token.
    pub caller: Caller,
    role: PhantomData<R>,
}

impl<S: Sync, R: RequiredRole> FromRequestParts<S> for RequireRole<R>
where
    Arc<ServerState>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let CurrentUser(caller) = CurrentUser::from_request_parts(parts, state).await?;
        caller.require(&R::ROLE)?;
        Ok(Self { caller, role: PhantomData })
    }
}
