//! The routes: the operations under `/api`, for an application without Leptos server functions, and those that every
//! server has.

use crate::body::Input;
use crate::fallback::{method_not_allowed, not_found};
use crate::request::RequestContext;
use crate::state::ServerState;
use crate::{handlers, health, oauth, well_known};
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use latchkey_wire::{ApiError, EventPage, NoInput, RegisterRequest, SecurityLogQuery};
use std::sync::Arc;

/// All routes except pages: the API, OAuth, `/.well-known` and the health checks. Serve them inside
/// [`pipeline::finish`](crate::pipeline::finish), which checks host and origin, limits bodies and time, and writes the bodies of
/// errors.
pub fn router(state: &Arc<ServerState>) -> Router {
    api().merge(common()).with_state(state.clone())
}

/// The same without the operations of the API, for an application that has server functions for them.
pub fn common() -> Router<Arc<ServerState>> {
    Router::new().merge(health::routes()).merge(well_known::routes()).merge(oauth::routes()).merge(unknown())
}

/// Answers 404 for any other path under `/api`.
fn unknown() -> Router<Arc<ServerState>> {
    Router::new().route("/api", any(not_found)).route("/api/", any(not_found)).route("/api/{*rest}", any(not_found))
}

/// The operations of the API.
fn api() -> Router<Arc<ServerState>> {
    Router::new()
        .route("/api/auth/register", post(register))
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
        )
        .route(
            "/api/account/delete",
            post(async |context: RequestContext, Input(input)| {
                handlers::delete_account(&context, input).await.map(no_content)
            }),
        )
        .method_not_allowed_fallback(method_not_allowed)
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
