//! `latchkey serve`: the server, until it is asked to stop.

use super::failure::Failure;
use crate::config::{Options, Settings};
use crate::server::{
    startup::{self, StartupError},
    telemetry,
};
use latchkey_axum::jobs::keyring;
use latchkey_core::clock::SystemClock;
use latchkey_core::random::SystemRandom;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serves until stopped.
pub fn run(options: Options) -> Result<(), Failure> {
    let settings = Settings::new(options)?;
    let _log = telemetry::start(settings.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::could_not)?;
    let outcome = runtime.block_on(async {
        keyring::catch_hangups();
        let mut stop = Box::pin(stop_signal());
        let start = async {
            let (settings, listener) = startup::reserve(settings).await?;
            let opened = startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
            Ok::<_, StartupError>((listener, opened))
        };
        let (listener, opened) = tokio::select! {
            () = &mut stop => return Ok(()),
            started = start => started?,
        };
        startup::serve_on(listener, opened, stop).await
    });
    outcome.map_err(Failure::could_not)
}

/// Completes on Ctrl-C or SIGTERM. The handlers are installed by the call, not by the first poll: otherwise a signal
/// during the start, or right after the server has printed its address, would kill the process.
fn stop_signal() -> impl Future<Output = ()> + Send {
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
        None => std::future::pending().await,
    }
}
