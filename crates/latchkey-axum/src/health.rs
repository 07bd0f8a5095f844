//! Health checks, for monitoring.

use crate::state::ServerState;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use latchkey_wire::ApiError;
use std::sync::Arc;

/// `/healthz`: the process answers. `/readyz`: the database does, too.
pub fn routes() -> Router<Arc<ServerState>> {
    Router::new().route("/healthz", get(async || "alive\n")).route("/readyz", get(ready))
}

async fn ready(State(state): State<Arc<ServerState>>) -> Result<&'static str, ApiError> {
    state.database.store.ping().await?;
    Ok("ready\n")
}
