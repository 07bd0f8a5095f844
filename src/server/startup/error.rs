//! Startup errors.

use crate::server::demo::DemoError;
use latchkey_axum::startup;
use latchkey_core::store::StoreError;
use std::path::PathBuf;

/// Why the server does not start. Each message names the file or the setting, and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    #[error(transparent)]
    Latchkey(#[from] startup::StartupError),
    #[error("the demo data could not be written: {0}")]
    Demo(#[from] DemoError),
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    #[error("the site's files are not in {path}: build them with `make build`, or set LEPTOS_SITE_ROOT", path = path.display())]
    SiteMissing { path: PathBuf },
}
