//! Health checks.

use crate::probe::answer_probes;
use crate::state::ServerState;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use latchkey_wire::ApiError;
use std::sync::Arc;

/// The paths of the health checks.
pub(crate) const PATHS: [&str; 2] = [LIVE, READY];

const LIVE: &str = "/healthz";
const READY: &str = "/readyz";

/// `/healthz` answers 200 while the process runs, `/readyz` only if the database can be read as well.
pub fn routes() -> Router<Arc<ServerState>> {
    answer_probes(Router::new().route(LIVE, get(async || "alive\n")).route(READY, get(ready)))
}

async fn ready(State(state): State<Arc<ServerState>>) -> Result<&'static str, ApiError> {
    state.database.store.ping().await?;
    Ok("ready\n")
}
