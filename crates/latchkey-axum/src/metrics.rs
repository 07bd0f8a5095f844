//! The metrics listener: `GET /metrics` and nothing else, on an address separate from the public one.
//!
//! It only reads memory, so it still answers when the database fails or the public listener is overloaded.

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

/// The timeouts are short, because a scraper is on a nearby network.
const TIMEOUTS: Timeouts =
    Timeouts { head: Duration::from_secs(5), idle: Duration::from_secs(5), shutdown: Duration::ZERO };

/// Serves the metrics until the future is dropped.
pub async fn serve(listener: TcpListener, state: Arc<ServerState>) {
    let router = Router::new().route("/metrics", get(scrape)).with_state(state.clone());
    connections::serve(listener, &state, router, TIMEOUTS, pending()).await;
}

async fn scrape(State(state): State<Arc<ServerState>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], state.metrics.to_text())
}
