//! The listener of the metrics: `GET /metrics` and nothing else, apart from everything that the public can reach.
//!
//! It answers from memory alone, so it can still be asked when the database or the public listener is in trouble.

use crate::connections::{self, Timeouts};
use crate::state::ServerState;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// A scraper is a machine nearby.
const TIMEOUTS: Timeouts =
    Timeouts { head: Duration::from_secs(5), silence: Duration::from_secs(5), last_call: Duration::ZERO };

/// Answers scrapers for as long as it is polled.
pub async fn serve(listener: TcpListener, state: Arc<ServerState>) {
    let router = Router::new().route("/metrics", get(scrape)).with_state(state.clone());
    connections::serve(listener, &state, router, TIMEOUTS, pending()).await;
}

async fn scrape(State(state): State<Arc<ServerState>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], state.metrics.to_text())
}
