//! `latchkey serve`: the server, until it is asked to stop.

use super::failure::Failure;
use crate::config::{Options, Settings};
use crate::server::{startup, telemetry};
use latchkey_axum::jobs::keyring;
use latchkey_axum::startup::stop_signal;
use latchkey_core::clock::SystemClock;
use latchkey_core::random::SystemRandom;
use std::sync::Arc;

/// Serves until stopped.
pub fn run(options: Options) -> Result<(), Failure> {
    let settings = Settings::new(options)?;
    let _log = telemetry::start(settings.log);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), data = %settings.server.data_dir.display(), "starting");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::could_not)?;
    let outcome = runtime.block_on(async {
        keyring::catch_hangups();
        let mut stop = Box::pin(stop_signal());
        let opened = tokio::select! {
            () = &mut stop => return Ok(()),
            opened = startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)) => opened?,
        };
        startup::serve(opened, stop).await
    });
    outcome.map_err(Failure::could_not)
}
