//! The listener of the metrics: `GET /metrics` and nothing else, apart from everything that the public can reach.
//!
//! It answers from memory alone, so it can still be asked when the database or the public door is in trouble.

use crate::server::state::App;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How long one scrape may take, from the connection to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections at once: a scraper or two, and somebody with curl.
const CONNECTIONS: usize = 8;

/// Pause after the system could not hand out a connection (too many open files, say); trying at once would keep a core
/// busy.
const BREATH: Duration = Duration::from_millis(200);

/// Answers scrapers for as long as it is polled, one request a connection.
pub async fn serve(listener: TcpListener, app: App) -> Infallible {
    let router = Router::new().route("/metrics", get(scrape)).with_state(app);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let _place = place;
            let mut http = http1::Builder::new();
            let connection = http
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // Whoever is too slow, or hangs up, is no concern of anybody's.
            let _ = tokio::time::timeout(PATIENCE, connection).await;
        });
    }
}

async fn scrape(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], app.metrics.to_text())
}
