//! Settings: each is an environment variable and a flag of the same name, checked once, at start.
//!
//! [`Options`] is what a person writes, and the source of `--help`; [`Settings`] is what the server runs by.

mod groups;

pub use groups::{DataOptions, LifeOptions, Lives};

use super::accounts::Roles;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::{Host, Url};

/// What a person may set. Everything is text here, so that every mistake gets a sentence that names the setting.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Listen address, as IP:PORT [default: 127.0.0.1:3000]
    #[arg(long, env = "LATCHKEY_ADDR", value_name = "IP:PORT")]
    pub addr: Option<String>,

    /// Listen address under cargo-leptos; LATCHKEY_ADDR goes before it
    #[arg(long, env = "LEPTOS_SITE_ADDR", hide = true)]
    pub leptos_site_addr: Option<String>,

    /// Folder of the site's files, as cargo-leptos builds them
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", hide = true)]
    pub leptos_site_root: PathBuf,

    /// What people type to get here; issuer and audience of access tokens [default: http://ADDR]
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    #[command(flatten)]
    pub data: DataOptions,

    /// sqlite:PATH or postgres://… [default: sqlite://DATA_DIR/latchkey.db]
    #[arg(long, env = "LATCHKEY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    #[command(flatten)]
    pub lives: LifeOptions,

    /// How long after a rotation the old refresh token still gets the same new one
    #[arg(long, env = "LATCHKEY_RETRY_WINDOW", default_value = "30s", value_name = "DURATION")]
    pub retry_window: String,

    /// Roles of new accounts, with commas between
    #[arg(long, env = "LATCHKEY_DEFAULT_ROLES", default_value = "Manager", value_name = "ROLES")]
    pub default_roles: String,

    /// How much to log: error, warn, info, debug or trace
    #[arg(long, env = "LATCHKEY_LOG", default_value = "info", value_name = "LEVEL")]
    pub log: String,

    /// `on` adds sample customers and the account johndoe with a password that everybody knows; loopback only
    #[arg(long, env = "LATCHKEY_DEMO", default_value = "off", value_name = "on|off")]
    pub demo: String,
}

/// What the server runs by.
#[derive(Clone, Debug)]
pub struct Settings {
    pub addr: SocketAddr,
    pub site_root: PathBuf,
    /// An origin: scheme, host and port, without a slash at the end.
    pub public_url: String,
    pub data_dir: PathBuf,
    pub database: Database,
    pub keyring: PathBuf,
    pub access_token_ttl: Duration,
    pub retry_window: Duration,
    /// With "keep me signed in".
    pub kept: Lifetime,
    /// Without it.
    pub short: Lifetime,
    pub default_roles: Roles,
    pub log: tracing::Level,
    pub demo: bool,
}

/// How long a session lives.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Unused; begun anew by each rotation.
    pub idle: Duration,
    /// At most; never moved.
    pub absolute: Duration,
}

/// Where the rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

/// A setting that cannot be used, and what to write instead.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {problem}")]
pub struct SettingError {
    setting: &'static str,
    problem: String,
}

fn wrong(setting: &'static str, problem: impl Display) -> SettingError {
    SettingError { setting, problem: problem.to_string() }
}

impl Settings {
    /// Checks what was written.
    ///
    /// # Errors
    /// [`SettingError`] for the first setting that cannot be used.
    pub fn new(options: Options) -> Result<Self, SettingError> {
        let addr = match (&options.addr, &options.leptos_site_addr) {
            (Some(addr), _) => address("LATCHKEY_ADDR", addr)?,
            (None, Some(addr)) => address("LEPTOS_SITE_ADDR", addr)?,
            (None, None) => SocketAddr::from(([127, 0, 0, 1], 3000)),
        };
        let public_url = match &options.public_url {
            Some(url) => origin("LATCHKEY_PUBLIC_URL", url)?,
            None => format!("http://{addr}"),
        };
        let demo = on_or_off("LATCHKEY_DEMO", &options.demo)?;
        if demo && !(addr.ip().is_loopback() && is_loopback(&public_url)) {
            return Err(wrong(
                "LATCHKEY_DEMO",
                format!(
                    "is on, and its password is public: other machines can reach {addr} or {public_url}. Set \
                     LATCHKEY_DEMO=off, or listen on 127.0.0.1 without a LATCHKEY_PUBLIC_URL"
                ),
            ));
        }
        if !addr.ip().is_loopback() {
            // Passwords and tokens would cross the network in the clear (RFC 6750 §5.3).
            if !public_url.starts_with("https:") {
                return Err(wrong(
                    "LATCHKEY_ADDR",
                    format!(
                        "is {addr}, which other machines can reach, over plain http. Listen on 127.0.0.1, or put a \
                         TLS proxy in front and set LATCHKEY_PUBLIC_URL to its https address"
                    ),
                ));
            }
        }
        let lives = options.lives.check()?;
        Ok(Self {
            database: match &options.database_url {
                Some(url) => database("LATCHKEY_DATABASE_URL", url)?,
                None => Database::Sqlite(options.data.data_dir.join("latchkey.db")),
            },
            keyring: options.data.keyring(),
            access_token_ttl: lives.access_token_ttl,
            retry_window: duration("LATCHKEY_RETRY_WINDOW", &options.retry_window)?,
            kept: lives.kept,
            short: lives.short,
            default_roles: options.default_roles.parse().map_err(|problem| wrong("LATCHKEY_DEFAULT_ROLES", problem))?,
            log: options
                .log
                .parse()
                .map_err(|_| wrong("LATCHKEY_LOG", "must be one of error, warn, info, debug and trace"))?,
            addr,
            site_root: options.leptos_site_root,
            public_url,
            data_dir: options.data.data_dir,
            demo,
        })
    }

    /// `iss` and `aud` of access tokens.
    pub fn issuer(&self) -> &str {
        &self.public_url
    }

    /// How long a session lives, with or without "keep me signed in".
    pub fn lifetime(&self, remember: bool) -> Lifetime {
        if remember { self.kept } else { self.short }
    }
}

impl Database {
    /// The address for sqlx; `None` for a path that cannot be written as one. A SQLite file must be there already.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Postgres(url) => Some(url.clone()),
            Self::Sqlite(path) => {
                let path = std::path::absolute(path).ok()?;
                let file = Url::from_file_path(path).ok()?;
                Some(format!("sqlite://{}?mode=rw", file.path()))
            }
        }
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

fn address(setting: &'static str, text: &str) -> Result<SocketAddr, SettingError> {
    let addr = text.parse().ok().filter(|addr: &SocketAddr| addr.port() != 0);
    addr.ok_or_else(|| wrong(setting, format!("is {text:?}: write an IP address and a port, such as 127.0.0.1:3000")))
}

/// Whether an origin names this machine only. A proxy in front of a loopback address is reached by another name.
fn is_loopback(origin: &str) -> bool {
    let url = Url::parse(origin).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn origin(setting: &'static str, text: &str) -> Result<String, SettingError> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)))
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    // Not shown when it may hold a password.
    let shown = if text.contains('@') { "an address with a user name".to_owned() } else { format!("{text:?}") };
    url.map(|url| url.origin().ascii_serialization()).ok_or_else(|| {
        wrong(setting, format!("is {shown}: write scheme and host and nothing else, such as https://login.example.org"))
    })
}

fn database(setting: &'static str, text: &str) -> Result<Database, SettingError> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Database::Postgres(text.to_owned()));
    }
    let path = text.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
    let path = path.map(|path| path.split_once('?').map_or(path, |(path, _)| path));
    match path {
        Some(":memory:") => Err(wrong(setting, "is in memory, and would forget everybody: name a file")),
        Some(path) if !path.is_empty() => Ok(Database::Sqlite(PathBuf::from(path))),
        // The text is not shown: it may hold a password.
        _ => Err(wrong(setting, "must begin with sqlite: and name a file, or with postgres://")),
    }
}

fn duration(setting: &'static str, text: &str) -> Result<Duration, SettingError> {
    const LONGEST: Duration = Duration::from_secs(3650 * 24 * 60 * 60);
    humantime::parse_duration(text)
        .ok()
        // humantime reads M as months and y as years; next to minutes, that is a trap.
        .filter(|_| text.chars().all(|c| c.is_ascii_digit() || "smhd ".contains(c)))
        .filter(|duration| duration.subsec_nanos() == 0 && !duration.is_zero() && *duration <= LONGEST)
        .ok_or_else(|| {
            let hint = "write whole seconds, minutes, hours or days with their unit, such as 30s, 5m, 12h or 7d";
            wrong(setting, format!("is {text:?}: {hint}"))
        })
}

fn on_or_off(setting: &'static str, text: &str) -> Result<bool, SettingError> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(wrong(setting, format!("is {text:?}: write on or off"))),
    }
}
