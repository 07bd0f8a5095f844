//! The state of the application.

use crate::config::Settings;
use axum::extract::FromRef;
use latchkey_axum::ServerState;
use leptos::config::LeptosOptions;
use std::sync::Arc;

/// The state that all routes share. Clones refer to the same data.
#[derive(Clone)]
pub struct App {
    pub settings: Arc<Settings>,
    pub server: Arc<ServerState>,
    pub leptos: Arc<LeptosOptions>,
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        (*app.leptos).clone()
    }
}

impl FromRef<App> for Arc<ServerState> {
    fn from_ref(app: &App) -> Self {
        app.server.clone()
    }
}
