//! Serves, and runs the background jobs, until the server is asked to stop.

use crate::ServerState;
use crate::connections::{self, Timeouts};
use crate::jobs::{finish, gauges, keyring, prune};
use crate::metrics;
use crate::settings::{Retention, Settings};
use axum::Router;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Completes on Ctrl-C or SIGTERM. The handlers are installed by the call, not by the first poll: otherwise a signal
/// during the start, or right after the server has printed its address, would kill the process.
pub fn stop_signal() -> impl Future<Output = ()> + Send {
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).ok());
    async move {
        let [terminate, interrupt] = signals.map(received);
        tokio::select! {
            () = terminate => {}
            () = interrupt => {}
        }
    }
}

async fn received(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => pending().await,
    }
}

/// Logs that the server is ready, and warns of dangerous settings.
pub(super) fn announce(settings: &Settings, addr: SocketAddr, metrics: Option<SocketAddr>) {
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %addr, metrics = metrics.map(tracing::field::display), "ready");
    if settings.http.is_https() && settings.http.trusted_proxies.is_empty() {
        tracing::warn!(
            "behind a TLS proxy, all clients seem to have the proxy's address: add it to LATCHKEY_TRUSTED_PROXIES, or \
             all clients are throttled together"
        );
    }
    if !settings.http.is_https() && !settings.http.is_local() {
        tracing::warn!(
            "an attacker on the network can read passwords and tokens: put a TLS proxy in front, and set \
             LATCHKEY_PUBLIC_URL to its https address"
        );
    }
}

/// Serves, and runs the jobs, until `stop` completes and running requests have finished.
pub(super) async fn run(
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    state: &Arc<ServerState>,
    retention: Retention,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let (database, metrics) = (&state.database, &state.metrics);
    tokio::select! {
        () = connections::serve(listener, state, router, Timeouts::default(), stop) => {}
        never = prune::run(database.clone(), retention) => match never {},
        never = finish::run(database.clone()) => match never {},
        never = keyring::run(state.sessions.clone(), metrics.clone()) => match never {},
        () = measure(metrics_listener, state) => {}
    }
}

/// Serves the metrics and updates the gauges; does nothing without an address for them.
async fn measure(metrics_listener: Option<TcpListener>, state: &Arc<ServerState>) {
    let Some(listener) = metrics_listener else { return pending().await };
    tokio::select! {
        () = metrics::serve(listener, state.clone()) => {}
        never = gauges::run(state.database.clone(), state.metrics.clone()) => match never {},
    }
}
