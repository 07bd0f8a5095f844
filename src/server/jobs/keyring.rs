//! Taking up a changed keyring.

use latchkey_core::metrics::Metrics;
use latchkey_core::sessions::Sessions;
use latchkey_core::sessions::keyring::{KeyKind, live::KeyringChange};
use std::convert::Infallible;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often a running server looks at the file.
const EVERY: Duration = Duration::from_secs(1);

/// Looks at the file for as long as the server runs, every second and when asked to by SIGHUP, and logs what is new.
pub async fn run(sessions: Sessions, metrics: Arc<Metrics>) -> Infallible {
    let mut hangups = hangups();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = next(&mut hangups) => {}
        }
        // A file system that hangs must not hold up those who have requests to answer.
        let checked = tokio::task::spawn_blocking({
            let keyring = sessions.live_keyring.clone();
            move || keyring.check()
        });
        let path = sessions.live_keyring.path().display();
        match checked.await {
            Ok(Ok(KeyringChange::Unchanged)) => {}
            Ok(Ok(KeyringChange::TakenUp)) => {
                metrics.keyring_change(true);
                let keys = sessions.keyring().facts();
                let signing = keys.iter().filter(|key| key.kind == KeyKind::Signing).count();
                let secrets = keys.len() - signing;
                tracing::info!(%path, signing, secrets, "keyring taken up: its newest keys are in use from now on");
            }
            Ok(Err(error)) => {
                metrics.keyring_change(false);
                tracing::error!("the keyring {path} {error}. Until then the keys read before are used");
            }
            Err(error) => tracing::error!(%error, "looking at the keyring broke off"),
        }
    }
}

/// From now on SIGHUP does not end the program, which may still be busy with opening the database. There is nothing to
/// take up before the keyring has been read.
pub fn catch_hangups() {
    // Once SIGHUP is caught, it stays caught, with or without a listener.
    drop(hangups());
}

/// SIGHUP is left alone where a terminal is attached: there it says that the window was closed, and ends the server.
fn hangups() -> Option<Signal> {
    if io::stdin().is_terminal() { None } else { signal(SignalKind::hangup()).ok() }
}

async fn next(hangups: &mut Option<Signal>) {
    let Some(hangups) = hangups else { return std::future::pending().await };
    if hangups.recv().await.is_none() {
        std::future::pending().await
    }
}
