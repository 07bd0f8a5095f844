//! The listener of the metrics: `GET /metrics` and nothing else, apart from everything that the public can reach.
//!
//! It answers from memory alone, so it can still be asked when the database or the public listener is in trouble.

use super::connections::{self, Timeouts};
use crate::state::App;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::future::pending;
use std::time::Duration;
use tokio::net::TcpListener;

/// A scraper is a machine nearby.
const TIMEOUTS: Timeouts =
    Timeouts { head: Duration::from_secs(5), silence: Duration::from_secs(5), last_call: Duration::ZERO };

/// Answers scrapers for as long as it is polled.
pub async fn serve(listener: TcpListener, app: App) {
    let router = Router::new().route("/metrics", get(scrape)).with_state(app.clone());
    connections::serve(listener, app, router, TIMEOUTS, pending()).await;
}

async fn scrape(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], app.metrics.to_text())
}
