//! Starts a server from settings, or fails with an error of one sentence.
//!
//! Existing data is opened or rejected, never overwritten.

mod error;
mod files;

pub use error::StartupError;
pub use files::{DataLock, RESTORING, folder_of, lock_data, with_suffix};

use super::demo;
use super::router::router;
use super::site::SiteFiles;
use crate::config::{DatabaseAddress, Settings};
use crate::state::App;
use crate::tables;
use files::{prepare_file, tighten};
use latchkey_axum::connections::{self, Timeouts};
use latchkey_axum::jobs::{finish, gauges, keyring, prune};
use latchkey_axum::{ServerState, metrics};
use latchkey_core::accounts::{Accounts, Hasher};
use latchkey_core::clock::Clock;
use latchkey_core::database::Database;
use latchkey_core::metrics::Metrics;
use latchkey_core::random::Random;
use latchkey_core::sessions::Sessions;
use latchkey_core::sessions::keyring::Keyring;
use latchkey_core::sessions::keyring::file as keyring_file;
use latchkey_core::sessions::keyring::live::LiveKeyring;
use latchkey_core::store::{self, Store};
use leptos::config::{Env, LeptosOptions};
use std::future::pending;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Everything that a server needs, opened.
pub struct Opened {
    pub app: App,
    pub site: SiteFiles,
    /// Held while the server runs.
    pub lock: DataLock,
}

/// Opens everything that the server needs.
///
/// # Errors
/// [`StartupError`]. The file or folder that it names has not been changed.
pub async fn open(settings: Settings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Opened, StartupError> {
    let lock = lock_data(&settings.data_dir, &settings.database)?;
    let keyring_error = |cause| StartupError::Keyring { path: settings.keyring.clone(), cause };
    if let Some(mode) = keyring_file::tighten(&settings.keyring) {
        tracing::warn!("{}", keyring_file::was_exposed(&settings.keyring, mode));
    }
    let keyring = keyring_file::load(&settings.keyring).map_err(keyring_error)?;
    let store = open_store(&settings.database, keyring.is_some()).await?;
    tighten(&settings.data_dir, &settings.database);
    let keyring = match keyring {
        Some(keyring) => keyring,
        None => create_keyring(&settings.keyring, &store, &*clock, &*random).await?,
    };

    let live_keyring = LiveKeyring::new(settings.keyring.clone(), keyring);
    let passwords = if settings.http.throttle { Hasher::new() } else { Hasher::without_shares() };
    let metrics = Arc::new(Metrics::new(store.write_wait(), passwords.metrics()));
    let database = Arc::new(Database { store, clock, random });
    let sessions = Sessions::new(database.clone(), live_keyring, settings.session_rules(), metrics.clone());
    let accounts = Accounts::new(sessions.clone(), passwords, settings.account_rules(), metrics.clone());
    let (leptos, site) = (leptos_options(&settings), SiteFiles::new(&settings));
    let server = Arc::new(ServerState::new(settings.http.clone(), accounts, sessions, metrics));
    let app = App { settings: Arc::new(settings), server, leptos: Arc::new(leptos) };
    Ok(Opened { app, site, lock })
}

/// Adds or removes the demo data, depending on the settings.
///
/// # Errors
/// [`StartupError::Demo`].
pub async fn apply_demo_mode(app: &App) -> Result<(), StartupError> {
    if app.settings.demo {
        demo::fill(&app.server).await?
    } else {
        demo::clear(&app.server).await?
    }
    Ok(())
}

/// Opens a database that must exist; a server may be running on it.
///
/// # Errors
/// [`StartupError`].
pub async fn open_existing(address: &DatabaseAddress) -> Result<Store, StartupError> {
    if let Some(path) = address.path() {
        if !path.exists() {
            return Err(StartupError::NoDatabase { path: path.to_owned() });
        }
        prepare_file(path, true)?;
    }
    let opened = Store::open_without_migrating(&address.url().unwrap_or_default(), Some(&tables::MIGRATIONS)).await;
    opened.map_err(|cause| StartupError::Database { name: name_of(address), cause })
}

async fn open_store(address: &DatabaseAddress, has_keyring: bool) -> Result<Store, StartupError> {
    if let DatabaseAddress::Sqlite(path) = address {
        prepare_file(path, has_keyring)?;
    }
    let url = address.url().unwrap_or_default();
    let opened = Store::open(&url, has_keyring, Some(&tables::MIGRATIONS)).await;
    opened.map_err(|cause| StartupError::Database { name: name_of(address), cause })
}

fn name_of(address: &DatabaseAddress) -> String {
    address.path().map_or("in LATCHKEY_DATABASE_URL".to_owned(), |path| path.display().to_string())
}

async fn create_keyring(
    path: &Path,
    store: &Store,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Keyring, StartupError> {
    let lost = store::sessions::any_not_ended(store).await?;
    if lost {
        return Err(StartupError::KeyringLost { path: path.to_owned() });
    }
    tracing::info!(path = %path.display(), "creating the keyring: back it up together with the database");
    keyring_file::create(path, random, clock.now())
        .map_err(|cause| StartupError::Keyring { path: path.to_owned(), cause })
}

fn leptos_options(settings: &Settings) -> LeptosOptions {
    // `cargo leptos watch` sets these variables. Without it, pages are not reloaded.
    let watched = std::env::var_os("LEPTOS_WATCH").is_some();
    let reload_port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001);
    LeptosOptions::builder()
        .output_name("latchkey")
        .site_addr(settings.addr)
        .reload_port(reload_port)
        .env(if watched { Env::DEV } else { Env::PROD })
        .build()
}

/// Serves requests until `stop` completes, then lets running requests finish and closes the database.
///
/// # Errors
/// [`StartupError::Listen`] when the address is in use, [`StartupError::SiteMissing`] without the built site.
pub async fn serve(opened: Opened, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartupError> {
    serve_on(None, opened, stop).await
}

/// Like [`serve`], on a socket that is listening already.
///
/// # Errors
/// Those of [`serve`].
pub async fn serve_on(
    listener: Option<TcpListener>,
    opened: Opened,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartupError> {
    let Opened { app, site, lock: _lock } = opened;
    if let Some(path) = site.missing() {
        return Err(StartupError::SiteMissing { path });
    }
    let listener = match listener {
        Some(listener) => listener,
        None => listen(app.settings.addr).await?,
    };
    let addr = listener.local_addr().unwrap_or(app.settings.addr);
    let metrics_listener = listen_for_metrics(&app.settings).await?;
    let metrics_addr = metrics_listener.as_ref().and_then(|metrics_listener| metrics_listener.local_addr().ok());
    // Only after listening: a server that cannot start must not change the data of one that runs.
    apply_demo_mode(&app).await?;
    announce(&app);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %addr, metrics = metrics_addr.map(display), "ready");
    warn_about_default_roles(&app).await?;
    if app.settings.http.is_https() && app.settings.http.trusted_proxies.is_empty() {
        tracing::warn!(
            "behind a TLS proxy, all clients seem to have the proxy's address: add it to LATCHKEY_TRUSTED_PROXIES, or \
             all clients are throttled together"
        );
    }
    if !app.settings.http.is_https() && !app.settings.http.is_local() {
        tracing::warn!(
            "an attacker on the network can read passwords and tokens: put a TLS proxy in front, and set \
             LATCHKEY_PUBLIC_URL to its https address"
        );
    }
    let server = &app.server;
    let (database, metrics) = (&server.database, &server.metrics);
    tokio::select! {
        () = connections::serve(listener, server, router(&app, &site), Timeouts::default(), stop) => {}
        never = prune::run(database.clone(), app.settings.retention) => match never {},
        never = finish::run(database.clone()) => match never {},
        never = keyring::run(server.sessions.clone(), metrics.clone()) => match never {},
        () = measure(metrics_listener, server) => {}
    }
    database.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// If the port is 0, binds a free one before the public URL, and with it the issuer of tokens, is derived from the
/// address. `None` for any other port.
///
/// # Errors
/// [`StartupError::Listen`].
pub async fn reserve(settings: Settings) -> Result<(Settings, Option<TcpListener>), StartupError> {
    if settings.addr.port() != 0 {
        return Ok((settings, None));
    }
    let listener = listen(settings.addr).await?;
    let addr =
        listener.local_addr().map_err(|cause| StartupError::Listen { addr: settings.addr.to_string(), cause })?;
    Ok((settings.listening_on(addr), Some(listener)))
}

async fn listen(addr: SocketAddr) -> Result<TcpListener, StartupError> {
    TcpListener::bind(addr).await.map_err(|cause| StartupError::Listen { addr: addr.to_string(), cause })
}

/// Warns once, at the first start after an upgrade: in earlier versions new accounts had the role Manager.
async fn warn_about_default_roles(app: &App) -> Result<(), StartupError> {
    if !app.settings.demo && store::notices::take(&app.server.database.store, store::notices::DEFAULT_ROLES).await? {
        tracing::warn!(
            roles = %app.settings.default_roles,
            "in earlier versions new accounts had the role Manager by default; now they have only the roles in \
             LATCHKEY_DEFAULT_ROLES, by default none. Existing accounts keep their roles"
        );
    }
    Ok(())
}

async fn listen_for_metrics(settings: &Settings) -> Result<Option<TcpListener>, StartupError> {
    let Some(addr) = settings.metrics_addr else { return Ok(None) };
    let listener = TcpListener::bind(addr).await.map_err(|cause| StartupError::ListenForMetrics { addr, cause })?;
    Ok(Some(listener))
}

/// Serves the metrics and updates the gauges; does nothing if the metrics address is not set.
async fn measure(metrics_listener: Option<TcpListener>, server: &Arc<ServerState>) {
    let Some(listener) = metrics_listener else { return pending().await };
    tokio::select! {
        () = metrics::serve(listener, server.clone()) => {}
        never = gauges::run(server.database.clone(), server.metrics.clone()) => match never {},
    }
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
    let address = &settings.http.public_url;
    let data = settings.data_dir.display();
    let text = format!(
        "{warning}\n  Latchkey is ready: open {address} in a browser{invitation}\n  Data: {data}   Stop: Ctrl-C\n\n"
    );
    let _ = io::stdout().write_all(text.as_bytes());
}
