//! A complete server in the test's process: the real router and a real database, a clock that the test moves, and
//! reproducible randomness.

mod answer;
mod beside;
pub mod binary;
pub mod command;
pub mod engine;
pub mod forge;
mod hooks;
pub mod older;
pub mod outside;
mod place;

pub use answer::Answer;
pub use place::Place;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser as _;
use latchkey::config::{Options, Settings};
use latchkey::server::router::router;
use latchkey::server::site::SiteFiles;
use latchkey::server::startup::{self, Opened, StartupError};
use latchkey::state::App;
use latchkey_axum::startup::Latchkey;
use latchkey_core::clock::{Clock, SystemClock, Timestamp};
use latchkey_core::random::{Random, SystemRandom};
use latchkey_wire::Brand;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// 2026-01-01T00:00:00Z.
pub const START: i64 = 1_767_225_600_000;

/// The default `Host` of a request.
pub const HOST: HeaderValue = HeaderValue::from_static("127.0.0.1:3000");

pub const PASSWORD: &str = "correct horse battery staple";

/// A clock that stands still until it is moved, in either direction.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub fn set_back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct TestRandom(Mutex<StdRng>);

impl Random for TestRandom {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(buffer);
    }
}

/// Parses a test's settings as the command line does.
#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    options: Options,
}

/// Settings as on the command line: `["--demo", "on"]`.
pub fn settings(data: &Path, arguments: &[&str]) -> Result<Settings, String> {
    let mut line = vec!["latchkey", "--data-dir", data.to_str().unwrap()];
    let has_url = arguments.iter().any(|argument| argument.starts_with("--database-url"));
    let url = if has_url { None } else { engine::postgres(data) };
    line.extend(url.iter().flat_map(|url| ["--database-url", url]));
    line.extend(arguments);
    let line = CommandLine::try_parse_from(line).map_err(|error| error.to_string())?;
    Settings::new(line.options).map_err(|error| error.to_string())
}

/// The settings of an application that is built on Latchkey, with this data folder.
pub fn host_settings(data: &Path) -> latchkey_axum::settings::Settings {
    let mut settings = latchkey_axum::settings::Settings::default().with_data_dir(data);
    if let Some(url) = engine::postgres(data) {
        settings.database = latchkey_axum::settings::DatabaseAddress::Postgres(url);
    }
    settings
}

/// Starts on this folder as the binary would, and stops at once; or says why it does not start.
pub async fn start_and_stop(data: &Path) -> Result<(), String> {
    start_with(data, &[]).await
}

/// The same with these settings.
pub async fn start_with(data: &Path, arguments: &[&str]) -> Result<(), String> {
    let settings = settings(data, arguments)?;
    match startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)).await {
        Ok(Opened { app, .. }) => {
            app.server.database.store.close().await;
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A running server.
pub struct Server {
    pub app: App,
    pub clock: Arc<TestClock>,
    pub data: TempDir,
    pub site: SiteFiles,
    random: Arc<dyn Random>,
    router: Router,
    /// Holds the lock on the data folder.
    latchkey: Option<Latchkey>,
}

impl Server {
    /// With the default settings.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(arguments: &[&str]) -> Self {
        Self::on(TempDir::new().unwrap(), START, arguments).await
    }

    /// On the files in a folder, at this moment.
    pub async fn on(data: TempDir, now: i64, arguments: &[&str]) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(now)));
        // No two servers of a run share their secrets.
        static SEED: AtomicU64 = AtomicU64::new(0);
        let rng = StdRng::seed_from_u64(SEED.fetch_add(1, Ordering::SeqCst));
        let random: Arc<dyn Random> = Arc::new(TestRandom(Mutex::new(rng)));
        let settings = settings(data.path(), arguments).unwrap();
        let opened = startup::open(settings, clock.clone(), random.clone()).await.unwrap();
        startup::apply_demo_mode(&opened.app).await.unwrap();
        Self::answering(opened, clock, data, random)
    }

    fn answering(opened: Opened, clock: Arc<TestClock>, data: TempDir, random: Arc<dyn Random>) -> Self {
        let Opened { app, site, latchkey } = opened;
        Self { router: router(&app, &site), app, clock, data, site, random, latchkey: Some(latchkey) }
    }

    /// Stops the server gracefully and starts it again on the same files.
    pub async fn restart(self, arguments: &[&str]) -> Self {
        self.try_restart(arguments).await.map_err(|error| error.to_string()).unwrap()
    }

    /// Stops the server gracefully, and leaves its data.
    pub async fn stop(self) -> TempDir {
        self.app.server.database.store.close().await;
        self.data
    }

    /// Stops the server gracefully, runs a command on its data, and starts the server again.
    pub async fn restart_after(self, arguments: &[&str]) -> (Self, command::Ended) {
        self.app.server.database.store.close().await;
        let Self { data, clock, random, app, router: old, latchkey, .. } = self;
        drop((app, old, latchkey));
        let ended = command::run(command::latchkey(data.path()).args(arguments));
        let opened = startup::open(settings(data.path(), &[]).unwrap(), clock.clone(), random.clone()).await.unwrap();
        (Self::answering(opened, clock, data, random), ended)
    }

    pub async fn try_restart(self, arguments: &[&str]) -> Result<Self, StartupError> {
        self.app.server.database.store.close().await;
        let Self { data, clock, random, app, router: old, latchkey, .. } = self;
        drop((app, old, latchkey));
        let settings = settings(data.path(), arguments).unwrap();
        let opened = startup::open(settings, clock.clone(), random.clone()).await?;
        startup::apply_demo_mode(&opened.app).await?;
        Ok(Self::answering(opened, clock, data, random))
    }

    /// The same with an application that is called otherwise.
    pub async fn restart_as(self, brand: Brand) -> Self {
        self.app.server.database.store.close().await;
        let Self { data, clock, random, app, router: old, latchkey, .. } = self;
        drop((app, old, latchkey));
        let mut settings = settings(data.path(), &[]).unwrap();
        settings.server.http.brand = brand;
        let opened = startup::open(settings, clock.clone(), random.clone()).await.unwrap();
        Self::answering(opened, clock, data, random)
    }

    /// A server with the machine's clock, which commands use.
    pub async fn today(arguments: &[&str]) -> Self {
        let server = Self::with(arguments).await;
        server.clock.0.store(SystemClock.now().millis(), Ordering::SeqCst);
        server
    }

    /// Runs a command on its data while it runs.
    pub fn command(&self, arguments: &[&str]) -> command::Ended {
        command::run(command::latchkey(self.data.path()).args(arguments))
    }

    /// Sends a request; one without a Host header gets this machine's name.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if !request.headers().contains_key(header::HOST) {
            request.headers_mut().insert(header::HOST, HOST);
        }
        self.send_as_it_is(request).await
    }

    /// Sends a request exactly as it is.
    pub async fn send_as_it_is(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        Answer::read(response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Sends as the user of this access token.
    pub async fn post_as(&self, token: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Registers `name` without "keep me signed in" and answers with its tokens.
    pub async fn register(&self, name: &str) -> Tokens {
        let body = json!({ "username": name, "password": PASSWORD, "remember": false });
        let answer = self.post("/api/auth/register", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.tokens()
    }

    /// The same for an existing account.
    pub async fn log_in(&self, name: &str) -> Tokens {
        let body = json!({ "username": name, "password": PASSWORD, "remember": false });
        let answer = self.post("/api/auth/login", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.tokens()
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/api/token/refresh", json!({ "refreshToken": refresh_token })).await
    }

    /// Refreshes and answers with the successors.
    pub async fn rotate(&self, refresh_token: &str) -> Tokens {
        let answer = self.refresh(refresh_token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.tokens()
    }

    /// A separate connection to the database.
    pub async fn connect(&self) -> sqlx::AnyConnection {
        use sqlx::Connection as _;
        sqlx::any::install_default_drivers();
        sqlx::AnyConnection::connect(&self.database_url()).await.unwrap()
    }

    /// One value from the database, read by a separate connection.
    pub async fn sql(&self, query: &'static str) -> String {
        use sqlx::Row as _;
        let row = sqlx::query(query).fetch_one(&mut self.connect().await).await.unwrap();
        row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string())).unwrap()
    }

    /// Changes the database by a separate connection.
    pub async fn tamper(&self, statement: &'static str) {
        use sqlx::Executor as _;
        self.connect().await.execute(statement).await.unwrap();
    }

    fn database_url(&self) -> String {
        self.app.settings.server.database.url().unwrap()
    }
}

/// What a client keeps.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub all: Value,
}

impl Tokens {
    /// The claims of the access token.
    pub fn claims(&self) -> Value {
        claims(&self.access)
    }
}

/// The claims of an access token, without a check of its signature.
pub fn claims(access_token: &str) -> Value {
    let claims = access_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}
