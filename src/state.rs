//! What every request shares.

mod warnings;

pub use warnings::Warnings;

use crate::config::Settings;
use axum::extract::FromRef;
use latchkey_core::accounts::{Accounts, ClientThrottle};
use latchkey_core::database::Database;
use latchkey_core::metrics::Metrics;
use latchkey_core::sessions::Sessions;
use leptos::config::LeptosOptions;
use std::ops::Deref;
use std::sync::Arc;

/// A handle on the running server's parts; a clone is another handle on the same ones.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts themselves.
pub struct Parts {
    pub settings: Settings,
    pub database: Arc<Database>,
    pub sessions: Sessions,
    pub accounts: Accounts,
    pub metrics: Arc<Metrics>,
    pub warnings: Warnings,
    /// For the credentials of the introspection client.
    pub introspection_throttle: ClientThrottle,
    pub leptos: LeptosOptions,
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
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}
