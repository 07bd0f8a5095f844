//! `latchkey serve`: the server, until it is asked to stop.

use super::Failure;
use crate::server::clock::SystemClock;
use crate::server::config::{Options, Settings};
use crate::server::random::SystemRandom;
use crate::server::sessions::keyring::live;
use crate::server::{startup, telemetry};
use std::sync::Arc;

/// Serves until stopped.
pub fn run(options: Options) -> Result<(), Failure> {
    let settings = Settings::new(options)?;
    let _log = telemetry::start(settings.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::could_not)?;
    let outcome = runtime.block_on(async {
        live::heed_hangups();
        let (settings, listener) = startup::reserve(settings).await?;
        let app = startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
        startup::serve_on(listener, app, asked_to_stop()).await
    });
    outcome.map_err(Failure::could_not)
}

/// Completes on Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
