//! Health checks, for monitoring.

use crate::state::App;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use latchkey_wire::ApiError;

/// `/healthz`: the process answers. `/readyz`: the database does, too.
pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(async || "alive\n")).route("/readyz", get(ready))
}

async fn ready(State(app): State<App>) -> Result<&'static str, ApiError> {
    app.store.ping().await?;
    Ok("ready\n")
}
