//! Reloads the keyring when its file changes.

use latchkey_core::metrics::Metrics;
use latchkey_core::sessions::Sessions;
use latchkey_core::sessions::keyring::KeyKind;
use latchkey_core::sessions::keyring::file::RELOAD_INTERVAL;
use latchkey_core::sessions::keyring::live::KeyringChange;
use std::convert::Infallible;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Checks the file every second and on SIGHUP, until the future is dropped, and logs changes.
pub async fn run(sessions: Sessions, metrics: Arc<Metrics>) -> Infallible {
    let mut hangups = hangups();
    loop {
        tokio::select! {
            () = tokio::time::sleep(RELOAD_INTERVAL) => {}
            () = next(&mut hangups) => {}
        }
        // The check runs on a blocking thread, because a file system that hangs must not block the threads that handle
        // requests.
        let checked = tokio::task::spawn_blocking({
            let keyring = sessions.live_keyring().clone();
            move || keyring.check()
        });
        let path = sessions.live_keyring().path().display();
        match checked.await {
            Ok(Ok(KeyringChange::Unchanged)) => {}
            Ok(Ok(KeyringChange::Reloaded)) => {
                metrics.keyring_change(true);
                let keys = sessions.keyring().facts(sessions.database().clock.now());
                let signing = keys.iter().filter(|key| key.kind == KeyKind::Signing).count();
                let secrets = keys.len() - signing;
                let next = keys.iter().filter_map(|key| key.state.signs_from()).min();
                match next {
                    Some(signs_from) => tracing::info!(
                        %path, signing, secrets, %signs_from,
                        "keyring reloaded: its new keys verify tokens, and sign from {signs_from} on"
                    ),
                    None => tracing::info!(%path, signing, secrets, "keyring reloaded: its newest keys are in use"),
                }
            }
            Ok(Err(error)) => {
                metrics.keyring_change(false);
                tracing::error!("the keyring {path} {error}. Until then the keys read before are used");
            }
            Err(error) => tracing::error!(%error, "the check of the keyring failed"),
        }
    }
}

/// Keeps SIGHUP from ending the program while it starts, before [`run`] listens for the signal.
pub fn catch_hangups() {
    // Tokio's handler stays installed after the listener is dropped.
    drop(hangups());
}

/// Listens for SIGHUP; `None` if a terminal is attached, where SIGHUP means that the window was closed and must end the
/// server.
fn hangups() -> Option<Signal> {
    if io::stdin().is_terminal() { None } else { signal(SignalKind::hangup()).ok() }
}

async fn next(hangups: &mut Option<Signal>) {
    let Some(hangups) = hangups else { return std::future::pending().await };
    if hangups.recv().await.is_none() {
        std::future::pending().await
    }
}
