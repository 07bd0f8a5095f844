//! Opens a server's data and serves with it.

use super::check::check_routes;
use super::error::StartupError;
use super::files::{DataLock, lock_data, prepare_file, tighten};
use super::serve::{self, stop_signal};
use crate::ServerState;
use crate::settings::{DatabaseAddress, Settings};
use crate::{pipeline, routes};
use axum::Router;

use latchkey_core::accounts::{Accounts, Hasher};
use latchkey_core::clock::{Clock, SystemClock};
use latchkey_core::database::Database;
use latchkey_core::hooks::Hooks;
use latchkey_core::metrics::Metrics;
use latchkey_core::random::{Random, SystemRandom};
use latchkey_core::sessions::Sessions;
use latchkey_core::sessions::keyring::Keyring;
use latchkey_core::sessions::keyring::file as keyring_file;
use latchkey_core::sessions::keyring::live::LiveKeyring;
use latchkey_core::store::{self, Store};
use sqlx::migrate::Migrator;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A server whose data is open, before it serves.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use latchkey_axum::{extract::CurrentUser, settings::Settings, startup::Latchkey};
///
/// # async fn run() -> Result<(), latchkey_axum::startup::StartupError> {
/// let latchkey = Latchkey::open(Settings::default()).await?;
/// let app = Router::new()
///     .route("/hello", get(async |user: CurrentUser| format!("Hello, {}!", user.0.session.user.display_name)))
///     .with_state(latchkey.state())
///     .merge(latchkey.router())
///     .merge(latchkey.well_known());
/// latchkey.serve(app).await
/// # }
/// ```
pub struct Latchkey {
    settings: Arc<Settings>,
    state: Arc<ServerState>,
    listener: Option<TcpListener>,
    metrics_listener: Option<TcpListener>,
    /// The lock on the data, held while the server runs.
    lock: DataLock,
}

/// The parts of a server that can be replaced.
pub struct Parts {
    /// The migrations of the application's own tables, which run after Latchkey's and are recorded in
    /// `_sqlx_migrations`. `None` for an application that runs them itself.
    pub migrations: Option<&'static Migrator>,
    /// The code that the application runs at registrations and sign-ins, and for the claims that it adds to access
    /// tokens.
    pub hooks: Hooks,
    /// The clock; tests use another one.
    pub clock: Arc<dyn Clock>,
    /// The random generator; tests use another one.
    pub random: Arc<dyn Random>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { migrations: None, hooks: Hooks::default(), clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}

impl Latchkey {
    /// Opens the data of a server, and creates it at the first start.
    ///
    /// # Errors
    /// [`StartupError`]. The file or folder that it names has not been changed.
    pub async fn open(settings: Settings) -> Result<Self, StartupError> {
        Self::open_with(settings, Parts::default()).await
    }

    /// [`open`](Self::open) with these parts.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_with(settings: Settings, parts: Parts) -> Result<Self, StartupError> {
        settings.check()?;
        if let Some(source) = settings.http.page_policy.fault() {
            return Err(StartupError::PagePolicy { found: source.to_owned() });
        }
        let (settings, listener) = reserve(settings).await?;
        let Parts { migrations, hooks, clock, random } = parts;
        let lock = lock_data(&settings.data_dir, &settings.database)?;
        let keyring_error = |cause| StartupError::Keyring { path: settings.keyring.clone(), cause };
        if let Some(mode) = keyring_file::tighten(&settings.keyring) {
            tracing::warn!("{}", keyring_file::was_exposed(&settings.keyring, mode));
        }
        let keyring = keyring_file::load(&settings.keyring).map_err(keyring_error)?;
        let store = open_store(&settings.database, keyring.is_some(), migrations).await?;
        tighten(&settings.data_dir, &settings.database);
        let keyring = match keyring {
            Some(keyring) => keyring,
            None => create_keyring(&settings.keyring, &store, &*clock, &*random).await?,
        };

        let live_keyring = LiveKeyring::new(settings.keyring.clone(), keyring);
        let passwords = if settings.http.throttle { Hasher::new() } else { Hasher::without_shares() };
        let metrics =
            Arc::new(Metrics::new(settings.http.brand.metrics_prefix(), store.write_wait(), passwords.metrics()));
        let database = Arc::new(Database { store, clock, random });
        let sessions = Sessions::new(database, live_keyring, settings.session_rules(), hooks, metrics.clone());
        let accounts = Accounts::new(sessions.clone(), passwords, settings.account_rules(), metrics.clone());
        let state = Arc::new(ServerState::new(settings.http.clone(), accounts, sessions, metrics));
        Ok(Self { settings: Arc::new(settings), state, listener, metrics_listener: None, lock })
    }

    /// The state that handlers and extractors use.
    pub fn state(&self) -> Arc<ServerState> {
        self.state.clone()
    }

    /// The settings. If the port of the listen address was 0, they have the port that was bound.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.clone()
    }

    /// Latchkey's routes, to merge into those of the application, or to nest under the
    /// [prefix](crate::settings::HttpSettings::prefix) in the settings.
    pub fn router(&self) -> Router {
        routes::router(&self.state)
    }

    /// The routes under `/.well-known`, to merge at the root, whatever the prefix.
    pub fn well_known(&self) -> Router {
        routes::well_known(&self.state)
    }

    /// Binds the listen addresses, unless they are already bound. A server that must not change anything unless it can
    /// listen calls this first.
    ///
    /// # Errors
    /// [`StartupError::Listen`] and [`StartupError::ListenForMetrics`] when an address is in use.
    pub async fn listen(&mut self) -> Result<SocketAddr, StartupError> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => listen(self.settings.addr).await?,
        };
        let addr = listener.local_addr().unwrap_or(self.settings.addr);
        self.listener = Some(listener);
        if let (None, Some(addr)) = (&self.metrics_listener, self.settings.metrics_addr) {
            let bound =
                TcpListener::bind(addr).await.map_err(|cause| StartupError::ListenForMetrics { addr, cause })?;
            self.metrics_listener = Some(bound);
        }
        Ok(addr)
    }

    /// Serves `routes` inside the [pipeline] until Ctrl-C or SIGTERM, and runs the [jobs](crate::jobs). It first checks
    /// that Latchkey's routes are among them. Prints the public URL when it is ready.
    ///
    /// # Errors
    /// Those of [`listen`](Self::listen); [`StartupError::Routes`].
    pub async fn serve(mut self, routes: Router) -> Result<(), StartupError> {
        let stop = stop_signal();
        check_routes(&routes, &self.state).await?;
        let served = pipeline::finish(routes, &self.state, None);
        self.listen().await?;
        // A closed standard output is not an error.
        let _ = writeln!(io::stdout(), "listening on {}", self.settings.http.public_url);
        self.serve_until(served, stop).await
    }

    /// Serves a router that has the layers of the [pipeline], until `stop` completes; then lets running
    /// requests finish and closes the database.
    ///
    /// # Errors
    /// Those of [`listen`](Self::listen).
    pub async fn serve_until(mut self, router: Router, stop: impl Future<Output = ()>) -> Result<(), StartupError> {
        let addr = self.listen().await?;
        let metrics_addr = self.metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        serve::announce(&self.settings, addr, metrics_addr);
        let Self { settings, state, listener, metrics_listener, lock } = self;
        if let Some(listener) = listener {
            serve::run(listener, metrics_listener, &state, settings.retention, router, stop).await;
        }
        state.database.store.close().await;
        drop(lock);
        tracing::info!("stopped");
        Ok(())
    }

    /// Closes the database without serving.
    pub async fn close(self) {
        self.state.database.store.close().await;
    }
}

/// If the port is 0, binds a free port first, because the public URL and the issuer of tokens are derived from the
/// address. The listener is `None` for any other port.
async fn reserve(settings: Settings) -> Result<(Settings, Option<TcpListener>), StartupError> {
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

/// Opens a database that must exist, with its tables up to date; a server may be running on it.
///
/// # Errors
/// [`StartupError`].
pub async fn open_existing(
    address: &DatabaseAddress,
    migrations: Option<&'static Migrator>,
) -> Result<Store, StartupError> {
    if let Some(path) = address.path() {
        if !path.exists() {
            return Err(StartupError::NoDatabase { path: path.to_owned() });
        }
        prepare_file(path, true)?;
    }
    let opened = Store::open_without_migrating(&address.url().unwrap_or_default(), migrations).await;
    opened.map_err(|cause| StartupError::Database { name: name_of(address), cause })
}

async fn open_store(
    address: &DatabaseAddress,
    has_keyring: bool,
    migrations: Option<&'static Migrator>,
) -> Result<Store, StartupError> {
    if let DatabaseAddress::Sqlite(path) = address {
        prepare_file(path, has_keyring)?;
    }
    let opened = Store::open(&address.url().unwrap_or_default(), has_keyring, migrations).await;
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
