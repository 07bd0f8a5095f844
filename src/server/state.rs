//! What every request shares.

use super::accounts::{ClientThrottle, Hasher, Turns};
use super::clock::Clock;
use super::config::Settings;
use super::http::SiteFiles;
use super::metrics::Metrics;
use super::random::Random;
use super::sessions::VerifiedTokens;
use super::sessions::keyring::{Keyring, live::LiveKeyring};
use super::startup::DataLock;
use super::store::Store;
use super::warnings::Warnings;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::ops::Deref;
use std::sync::Arc;

/// A handle on the running server's parts; a clone is another handle on the same ones.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The database, the clock and the random generator: what the command line works with. It needs no keys, and leaves the
/// data folder to the server.
pub struct Ledger {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// The parts themselves.
pub struct Parts {
    pub settings: Settings,
    pub ledger: Ledger,
    pub live_keyring: LiveKeyring,
    pub verified_tokens: VerifiedTokens,
    pub passwords: Hasher,
    /// Of sign-in attempts at the same account.
    pub turns: Turns,
    pub metrics: Metrics,
    pub warnings: Warnings,
    /// For the credentials of the introspection client.
    pub introspection_throttle: ClientThrottle,
    pub leptos: LeptosOptions,
    pub site: SiteFiles,
    /// Held while the server runs.
    pub lock: DataLock,
}

impl Parts {
    /// The keys as they are now. A change of the file replaces them while the server runs: a caller that makes or
    /// checks several things with them asks once.
    pub fn keyring(&self) -> Arc<Keyring> {
        self.live_keyring.current()
    }
}

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Deref for Parts {
    type Target = Ledger;

    fn deref(&self) -> &Ledger {
        &self.ledger
    }
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}
