//! Health checks.

use crate::state::ServerState;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use latchkey_wire::ApiError;
use std::sync::Arc;

/// `/healthz`: the process is running. `/readyz`: the database can be read, too.
pub fn routes() -> Router<Arc<ServerState>> {
    Router::new().route("/healthz", get(async || "alive\n")).route("/readyz", get(ready))
}

async fn ready(State(state): State<Arc<ServerState>>) -> Result<&'static str, ApiError> {
    state.database.store.ping().await?;
    Ok("ready\n")
}
