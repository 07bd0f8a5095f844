//! The state that all requests share.

use crate::settings::HttpSettings;
use crate::warnings::Warnings;
use latchkey_core::accounts::{Accounts, ClientThrottle};
use latchkey_core::database::Database;
use latchkey_core::metrics::Metrics;
use latchkey_core::sessions::Sessions;
use std::sync::Arc;

/// The settings and services that the routes use.
pub struct ServerState {
    /// The settings of the HTTP layer.
    pub settings: HttpSettings,
    /// The database, with the clock and the random generator. An application may keep its own tables there.
    pub database: Arc<Database>,
    /// Issues, verifies and revokes tokens.
    pub sessions: Sessions,
    /// Registers and signs in users, and administers accounts.
    pub accounts: Accounts,
    /// The counters and histograms that the metrics listener serves.
    pub metrics: Arc<Metrics>,
    pub(crate) warnings: Warnings,
    /// Throttles wrong credentials of the introspection client.
    pub(crate) introspection_throttle: ClientThrottle,
}

impl ServerState {
    /// Creates the state, with no warnings logged and no failures counted.
    pub fn new(settings: HttpSettings, accounts: Accounts, sessions: Sessions, metrics: Arc<Metrics>) -> Self {
        Self {
            settings,
            database: sessions.database().clone(),
            sessions,
            accounts,
            metrics,
            warnings: Warnings::default(),
            introspection_throttle: ClientThrottle::default(),
        }
    }
}
