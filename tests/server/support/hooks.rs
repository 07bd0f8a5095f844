//! A server of an application with hooks.

use super::Server;
use latchkey::server::router::router;
use latchkey_axum::ServerState;
use latchkey_core::accounts::{Accounts, Hasher};
use latchkey_core::hooks::Hooks;
use latchkey_core::sessions::Sessions;
use latchkey_core::sessions::keyring::file;
use latchkey_core::sessions::keyring::live::LiveKeyring;
use std::sync::Arc;

impl Server {
    /// The same server on the same data, as if it were deployed anew with these hooks.
    pub fn with_hooks(mut self, hooks: Hooks) -> Self {
        let (settings, old) = (&self.app.settings.server, &self.app.server);
        let keyring = LiveKeyring::new(settings.keyring.clone(), file::load(&settings.keyring).unwrap().unwrap());
        let (database, metrics) = (old.database.clone(), old.metrics.clone());
        let sessions = Sessions::new(database, keyring, settings.session_rules(), hooks, metrics.clone());
        let accounts = Accounts::new(sessions.clone(), Hasher::new(), settings.account_rules(), metrics.clone());
        self.app.server = Arc::new(ServerState::new(old.settings.clone(), accounts, sessions, metrics));
        self.router = router(&self.app, &self.site);
        self
    }
}
