//! Starts the application's server from its settings. An error message says what to do.

mod error;

pub use error::StartupError;

use super::demo;
use super::router::{finish, routes};
use super::site::SiteFiles;
use crate::brand::{self, BRAND};
use crate::config::Settings;
use crate::state::App;
use crate::tables;
use latchkey_axum::settings::DatabaseAddress;
use latchkey_axum::startup::{Latchkey, Parts, check_routes};
use latchkey_core::clock::Clock;
use latchkey_core::random::Random;
use latchkey_core::store::{self, Store};
use latchkey_leptos::server::is_watched;
use leptos::config::{Env, LeptosOptions};
use std::io::{self, Write as _};
use std::sync::Arc;

/// Everything that a server needs, opened.
pub struct Opened {
    pub app: App,
    pub site: SiteFiles,
    pub latchkey: Latchkey,
}

/// Opens everything that the server needs.
///
/// # Errors
/// [`StartupError`]. The file or folder that it names has not been changed.
pub async fn open(settings: Settings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Opened, StartupError> {
    let parts = Parts { migrations: Some(&tables::MIGRATIONS), clock, random, ..Parts::default() };
    let latchkey = Latchkey::open_with(settings.server.clone(), parts).await?;
    // These settings have the bound port if the port was 0.
    let settings = Settings { server: (*latchkey.settings()).clone(), ..settings };
    let (leptos, site) = (leptos_options(&settings), SiteFiles::new(&settings));
    let app = App { settings: Arc::new(settings), server: latchkey.state(), leptos: Arc::new(leptos) };
    Ok(Opened { app, site, latchkey })
}

/// Adds or removes the demo data, depending on the settings.
///
/// # Errors
/// [`StartupError::Demo`].
pub async fn apply_demo_mode(app: &App) -> Result<(), StartupError> {
    if app.settings.demo {
        demo::add_demo_data(&app.server).await?
    } else {
        demo::remove_demo_data(&app.server).await?
    }
    Ok(())
}

/// Opens a database that must exist; a server may be running on it.
///
/// # Errors
/// [`latchkey_axum::startup::StartupError`].
pub async fn open_existing(address: &DatabaseAddress) -> Result<Store, latchkey_axum::startup::StartupError> {
    latchkey_axum::startup::open_existing(address, Some(&tables::MIGRATIONS)).await
}

fn leptos_options(settings: &Settings) -> LeptosOptions {
    // `cargo leptos watch` sets this variable.
    let reload_port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001);
    LeptosOptions::builder()
        .output_name(brand::OUTPUT_NAME)
        .site_addr(settings.server.addr)
        .reload_port(reload_port)
        .env(if is_watched() { Env::DEV } else { Env::PROD })
        .build()
}

/// Serves requests until `stop` completes, then lets running requests finish and closes the database.
///
/// # Errors
/// [`StartupError::Latchkey`] when the address is in use, [`StartupError::SiteMissing`] without the built site.
pub async fn serve(opened: Opened, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartupError> {
    let Opened { app, site, mut latchkey } = opened;
    if let Some(path) = site.missing() {
        return Err(StartupError::SiteMissing { path });
    }
    let routes = routes(&app, &site);
    check_routes(&routes, &app.server).await.map_err(latchkey_axum::startup::StartupError::from)?;
    // The data are changed only after listening, because a server that cannot start must not change the data of a
    // running one.
    latchkey.listen().await?;
    apply_demo_mode(&app).await?;
    announce(&app);
    warn_about_default_roles(&app).await?;
    Ok(latchkey.serve_until(finish(routes, &app, &site), stop).await?)
}

/// Warns once, at the first start after an upgrade, that new accounts had the role Manager in earlier versions.
async fn warn_about_default_roles(app: &App) -> Result<(), StartupError> {
    if !app.settings.demo && store::notices::take(&app.server.database.store, store::notices::DEFAULT_ROLES).await? {
        tracing::warn!(
            roles = %app.settings.server.default_roles,
            "in earlier versions new accounts had the role Manager by default; now they have only the roles in \
             LATCHKEY_DEFAULT_ROLES, by default none. Existing accounts keep their roles"
        );
    }
    Ok(())
}

/// Prints the public URL, and the warning of demo mode. It is printed, not logged, so that the operator sees it at any
/// log level. A closed standard output is not an error.
fn announce(app: &App) {
    let settings = &app.settings;
    let (username, password) = (demo::USERNAME, demo::PASSWORD);
    let (warning, invitation) = if settings.demo {
        (
            format!(
                "\n  *** DEMO MODE *** The account {username} / {password} is open to every client that reaches\n  \
                 this server. Never use it for anything real.\n"
            ),
            format!("\n  and log in as {username} / {password}, or register an account of your own."),
        )
    } else {
        Default::default()
    };
    let address = &settings.server.http.public_url;
    let (title, data) = (BRAND.title(), settings.server.data_dir.display());
    let text = format!(
        "{warning}\n  {title} is ready: open {address} in a browser{invitation}\n  Data: {data}   Stop: Ctrl-C\n\n"
    );
    let _ = io::stdout().write_all(text.as_bytes());
}
