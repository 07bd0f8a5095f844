//! Several servers on one database.

use super::{Server, TestClock};
use latchkey::server::router::router;
use latchkey::server::startup;
use latchkey::state::App;
use latchkey_axum::ServerState;
use latchkey_core::accounts::{Accounts, Hasher};
use latchkey_core::clock::Clock as _;
use latchkey_core::database::Database;
use latchkey_core::hooks::Hooks;
use latchkey_core::metrics::Metrics;
use latchkey_core::random::{Random, SystemRandom};
use latchkey_core::sessions::Sessions;
use latchkey_core::sessions::keyring::file;
use latchkey_core::sessions::keyring::live::LiveKeyring;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use tempfile::TempDir;

impl Server {
    /// Another server on the same database, with its own connections, its own copy of the keyring, and a clock that is
    /// ahead by this many milliseconds. The lock on the data folder is for whole installations, so this does without.
    pub async fn beside(&self, clock_ahead: i64) -> Self {
        let data = TempDir::new().unwrap();
        let mut settings = (*self.app.settings).clone();
        settings.server.keyring = data.path().join("keyring.json");
        fs::copy(&self.app.settings.server.keyring, &settings.server.keyring).unwrap();
        let keyring = file::load(&settings.server.keyring).unwrap().unwrap();

        let clock = Arc::new(TestClock(AtomicI64::new(self.clock.now().millis() + clock_ahead)));
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let store = startup::open_existing(&settings.server.database).await.unwrap();
        let passwords = Hasher::new();
        let prefix = settings.server.http.brand.metrics_prefix();
        let metrics = Arc::new(Metrics::new(prefix, store.write_wait(), passwords.metrics()));
        let database = Arc::new(Database { store, clock: clock.clone(), random: random.clone() });
        let live_keyring = LiveKeyring::new(settings.server.keyring.clone(), keyring);
        let (hooks, rules) = (Hooks::default(), settings.server.session_rules());
        let sessions = Sessions::new(database, live_keyring, rules, hooks, metrics.clone());
        let accounts = Accounts::new(sessions.clone(), passwords, settings.server.account_rules(), metrics.clone());
        let state = Arc::new(ServerState::new(settings.server.http.clone(), accounts, sessions, metrics));
        let app = App { settings: Arc::new(settings), server: state, leptos: self.app.leptos.clone() };
        let site = self.site.clone();
        Self { router: router(&app, &site), app, clock, data, site, random, latchkey: None }
    }
}
