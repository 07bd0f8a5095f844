//! Health checks.

use crate::state::ServerState;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use latchkey_wire::ApiError;
use std::sync::Arc;

/// `/healthz` answers 200 while the process runs, `/readyz` only if the database can be read as well.
pub fn routes() -> Router<Arc<ServerState>> {
    Router::new().route("/healthz", get(async || "alive\n")).route("/readyz", get(ready))
}

async fn ready(State(state): State<Arc<ServerState>>) -> Result<&'static str, ApiError> {
    state.database.store.ping().await?;
    Ok("ready\n")
}
