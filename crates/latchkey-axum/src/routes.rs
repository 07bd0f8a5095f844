//! The routes: the operations under `/api`, OAuth, the health checks and `/.well-known`.

use crate::body::Input;
use crate::fallback::{method_not_allowed, not_found};
pub use crate::probe::answer_probes;
use crate::request::RequestContext;
use crate::settings::{HttpSettings, RouteGroup};
use crate::state::ServerState;
use crate::{handlers, health, oauth, well_known};
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use latchkey_wire::{ApiError, EventPage, NoInput, RegisterRequest, SecurityLogQuery};
use std::sync::Arc;

/// Latchkey's routes except `/.well-known`: the API, OAuth and the health checks, without those that the settings
/// [leave out](crate::settings::HttpSettings::without). An application adds them to its own with [`at_prefix`] and
/// wraps all routes with [`pipeline::finish`](crate::pipeline::finish), which checks host and origin, limits bodies and
/// time, and writes the bodies of errors.
pub fn router(state: &Arc<ServerState>) -> Router {
    api(&state.settings).merge(health_and_oauth_routes(&state.settings)).with_state(state.clone())
}

/// OAuth and the health checks, for an application that serves the operations of the API as Leptos server functions.
pub fn health_and_oauth_routes(settings: &HttpSettings) -> Router<Arc<ServerState>> {
    let mut routes = Router::new();
    if settings.serves(RouteGroup::Health) {
        routes = routes.merge(health::routes());
    }
    if settings.serves(RouteGroup::OAuth) {
        routes = routes.merge(oauth::routes());
    }
    routes
}

/// The routes under `/.well-known`. They are at the root of the site, even if the settings have a prefix (RFC 8615 §3).
pub fn well_known(state: &Arc<ServerState>) -> Router {
    well_known::routes(&state.settings).with_state(state.clone())
}

/// Nests routes under the [prefix](crate::settings::HttpSettings::prefix) in the settings, if there is one.
pub fn at_prefix<S: Clone + Send + Sync + 'static>(settings: &HttpSettings, routes: Router<S>) -> Router<S> {
    match settings.prefix.as_str() {
        "" => routes,
        prefix => Router::new().nest(prefix, routes),
    }
}

/// Answers 404 with a JSON error for every other path under `/api` and `/oauth`. For an application whose fallback is
/// an HTML page and that has no routes of its own there.
pub fn json_not_found<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let paths = ["/api", "/api/", "/api/{*rest}", "/oauth", "/oauth/", "/oauth/{*rest}"];
    paths.into_iter().fold(Router::new(), |routes, path| routes.route(path, any(not_found)))
}

/// All operations: method, path, and the group if an application can leave the operation out.
const OPERATIONS: [(Method, &str, Option<RouteGroup>); 12] = [
    (Method::POST, "/api/auth/register", Some(RouteGroup::Registration)),
    (Method::POST, "/api/auth/login", None),
    (Method::POST, "/api/auth/password-advice", None),
    (Method::POST, "/api/token/refresh", None),
    (Method::POST, "/api/token/revoke", None),
    (Method::GET, "/api/me", None),
    (Method::GET, "/api/sessions", None),
    (Method::POST, "/api/sessions/revoke", None),
    (Method::POST, "/api/sessions/revoke-others", None),
    (Method::GET, "/api/account/events", None),
    (Method::POST, "/api/account/password", None),
    (Method::POST, "/api/account/delete", Some(RouteGroup::AccountDeletion)),
];

/// Method and path of all operations, including those that an application can leave out.
pub fn all_operations() -> impl Iterator<Item = (Method, &'static str)> {
    OPERATIONS.into_iter().map(|(method, path, _)| (method, path))
}

/// Method and path, without the prefix, of the operations that a server with these settings has.
pub fn operations(settings: &HttpSettings) -> impl Iterator<Item = (Method, &'static str)> {
    let served = |group: &Option<RouteGroup>| group.is_none_or(|group| settings.serves(group));
    OPERATIONS.into_iter().filter(move |(_, _, group)| served(group)).map(|(method, path, _)| (method, path))
}

/// All routes of an application with these settings: method, and path with the prefix.
pub fn served(settings: &HttpSettings) -> Vec<(Method, String)> {
    let oauth = settings.serves(RouteGroup::OAuth).then_some(oauth::PATHS).into_iter().flatten();
    let health = settings.serves(RouteGroup::Health).then_some(health::PATHS).into_iter().flatten();
    let at_prefix = operations(settings)
        .chain(oauth.map(|path| (Method::POST, path)))
        .chain(health.map(|path| (Method::GET, path)))
        .map(|(method, path)| (method, format!("{}{path}", settings.prefix)));
    at_prefix.chain(well_known::paths(settings).into_iter().map(|path| (Method::GET, path))).collect()
}

/// The routes of the operations.
fn api(settings: &HttpSettings) -> Router<Arc<ServerState>> {
    let mut routes = Router::new();
    if settings.serves(RouteGroup::Registration) {
        routes = routes.route("/api/auth/register", post(register));
    }
    if settings.serves(RouteGroup::AccountDeletion) {
        routes = routes.route(
            "/api/account/delete",
            post(async |context: RequestContext, Input(input)| {
                handlers::delete_account(&context, input).await.map(no_content)
            }),
        );
    }
    let routes = routes
        .route(
            "/api/auth/login",
            post(async |context: RequestContext, Input(input)| handlers::log_in(&context, input).await.map(Json)),
        )
        .route(
            "/api/auth/password-advice",
            post(async |context: RequestContext, Input(input)| {
                handlers::advise_password(&context, input).await.map(Json)
            }),
        )
        .route(
            "/api/token/refresh",
            post(async |context: RequestContext, Input(input)| handlers::refresh(&context, input).await.map(Json)),
        )
        .route(
            "/api/token/revoke",
            post(async |context: RequestContext, Input(input)| handlers::revoke(&context, input).await.map(no_content)),
        )
        .route("/api/me", get(async |context: RequestContext| handlers::me(&context).await.map(Json)))
        .route("/api/sessions", get(async |context: RequestContext| handlers::list_sessions(&context).await.map(Json)))
        .route(
            "/api/sessions/revoke",
            post(async |context: RequestContext, Input(input)| {
                handlers::revoke_session(&context, input).await.map(no_content)
            }),
        )
        .route(
            "/api/sessions/revoke-others",
            post(async |context: RequestContext, Input(NoInput {})| {
                handlers::revoke_other_sessions(&context).await.map(Json)
            }),
        )
        .route("/api/account/events", get(security_log))
        .route(
            "/api/account/password",
            post(async |context: RequestContext, Input(input)| {
                handlers::change_password(&context, input).await.map(Json)
            }),
        );
    answer_probes(routes).method_not_allowed_fallback(method_not_allowed)
}

async fn register(
    context: RequestContext,
    Input(input): Input<RegisterRequest>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((StatusCode::CREATED, Json(handlers::register(&context, input).await?)))
}

async fn security_log(
    context: RequestContext,
    query: Result<Query<SecurityLogQuery>, QueryRejection>,
) -> Result<Json<EventPage>, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::InvalidRequest)?;
    handlers::security_log(&context, query).await.map(Json)
}

fn no_content((): ()) -> StatusCode {
    StatusCode::NO_CONTENT
}
