//! Settings. Each is an environment variable and a flag, validated once at start.
//!
//! [`Options`] contains the texts that the operator has set, and defines `--help`; [`Settings`] contains the parsed
//! values.

mod described;
mod environment;
mod error;
mod groups;
mod names;
mod parse;

pub use described::{Current, current, without_secret};
pub use environment::{EnvironmentError, check_environment, without_empty_variables};
pub use error::SettingError;
pub use groups::{
    DataDir, DatabaseUrl, DefaultRoles, FileOptions, KeyOptions, LifetimeOptions, PublicUrl, RetentionOptions,
    StoreOptions,
};

use crate::brand::BRAND;
use crate::user_fields::USER_FIELDS;
use error::invalid;
use latchkey_axum::settings::{HostName, HttpSettings, Settings as ServerSettings};
use parse::{address, bounded, database, one_of, parsed, path};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// The allowed values of the retry window. It is short, because within it the server cannot distinguish a retry from an
/// attacker in the same network.
const RETRY_WINDOW: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5 * 60);

/// The settings as they are written. All are text here, so that every mistake gets a message that names the setting.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Listen address. With port 0 the system chooses a free port, which the log shows. Under cargo-leptos,
    /// LEPTOS_SITE_ADDR is used if this is not set [default: 127.0.0.1:3000]
    #[arg(long, env = "LATCHKEY_ADDR", value_name = "IP:PORT")]
    pub addr: Option<String>,

    /// Listen address under cargo-leptos
    #[arg(long, env = "LEPTOS_SITE_ADDR", hide = true)]
    pub leptos_site_addr: Option<String>,

    /// Folder of the site's files, as cargo-leptos builds them
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", hide = true)]
    pub leptos_site_root: PathBuf,

    #[command(flatten)]
    pub public_url: PublicUrl,

    #[command(flatten)]
    pub files: FileOptions,

    #[command(flatten)]
    pub lifetimes: LifetimeOptions,

    /// How long after a refresh the old refresh token still gets the same new one, from the same network and user
    /// agent; at most 5m
    #[arg(long, env = "LATCHKEY_RETRY_WINDOW", default_value = "30s", value_name = "DURATION")]
    pub retry_window: String,

    /// Sessions that a user may have at once; a further one ends the least recently used
    #[arg(long, env = "LATCHKEY_MAX_SESSIONS", default_value = "50", value_name = "NUMBER")]
    pub max_sessions: String,

    /// Sign-ins that an account may have in an hour; further ones have to wait
    #[arg(long, env = "LATCHKEY_SIGN_INS_PER_HOUR", default_value = "60", value_name = "NUMBER")]
    pub sign_ins_per_hour: String,

    #[command(flatten)]
    pub retention: RetentionOptions,

    /// Allow self-registration; closed: only `latchkey user add` creates accounts
    #[arg(long, env = "LATCHKEY_REGISTRATION", default_value = "open", value_name = "open|closed")]
    pub registration: String,

    #[command(flatten)]
    pub default_roles: DefaultRoles,

    /// Other host names of this server, without ports and separated by commas, such as login.example.net. The host of
    /// LATCHKEY_PUBLIC_URL, localhost and loopback addresses are always allowed [default: none]
    #[arg(long, env = "LATCHKEY_ALLOWED_HOSTS", value_name = "HOSTS")]
    pub allowed_hosts: Option<String>,

    /// Other origins whose pages may use this server from a browser, separated by commas, such as
    /// https://app.example.org [default: none]
    #[arg(long, env = "LATCHKEY_ALLOWED_ORIGINS", value_name = "ORIGINS")]
    pub allowed_origins: Option<String>,

    /// Reverse proxies, as addresses or networks separated by commas. The server accepts the client's address in
    /// X-Forwarded-For only from them [default: none]
    #[arg(long, env = "LATCHKEY_TRUSTED_PROXIES", value_name = "ADDRESSES")]
    pub trusted_proxies: Option<String>,

    /// Throttle repeated failed sign-ins; off is for load tests
    #[arg(long, env = "LATCHKEY_THROTTLE", default_value = "on", value_name = "on|off")]
    pub throttle: String,

    /// The client that may call /oauth/introspect. Its secret has at least 16 characters. Set it in the environment,
    /// because every user of the machine can read a command line [default: none]
    #[arg(long, env = "LATCHKEY_INTROSPECTION_CLIENT", value_name = "ID:SECRET", hide_env_values = true)]
    pub introspection_client: Option<String>,

    /// Contact for vulnerability reports in /.well-known/security.txt: mailto:security@example.org, or an https:// or
    /// tel: address; unset, the file is not served [default: none]
    #[arg(long, env = "LATCHKEY_SECURITY_CONTACT", value_name = "URI")]
    pub security_contact: Option<String>,

    /// Listen address of the metrics for Prometheus. They have no password: keep the address private [default: none]
    #[arg(long, env = "LATCHKEY_METRICS_ADDR", value_name = "IP:PORT")]
    pub metrics_addr: Option<String>,

    /// How much to log: error, warn, info, debug or trace
    #[arg(long, env = "LATCHKEY_LOG", default_value = "info", value_name = "LEVEL")]
    pub log: String,

    /// Add sample customers and the account johndoe with a public password; refused if other machines can reach the
    /// server
    #[arg(long, env = "LATCHKEY_DEMO", default_value = "off", value_name = "on|off")]
    pub demo: String,
}

/// The validated settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The settings of the crates.
    pub server: ServerSettings,
    /// The folder of the site's files.
    pub site_root: PathBuf,
    pub log: tracing::Level,
    pub demo: bool,
}

impl Settings {
    /// Validates the options.
    ///
    /// # Errors
    /// [`SettingError`] for the first invalid setting.
    pub fn new(options: Options) -> Result<Self, SettingError> {
        let addr = match (&options.addr, &options.leptos_site_addr) {
            (Some(addr), _) => address("LATCHKEY_ADDR", addr)?,
            (None, Some(addr)) => address("LEPTOS_SITE_ADDR", addr)?,
            (None, None) => SocketAddr::from(([127, 0, 0, 1], 3000)),
        };
        let configured_url = options.public_url.check()?;
        let public_url_follows_addr = configured_url.is_none();
        let public_url = configured_url.unwrap_or_else(|| format!("http://{addr}"));
        let public_host = HostName::from_origin(&public_url);
        let demo = one_of("LATCHKEY_DEMO", &options.demo, ["on", "off"])?;
        if demo && !(addr.ip().is_loopback() && public_host.as_ref().is_some_and(HostName::is_loopback)) {
            return Err(invalid(
                "LATCHKEY_DEMO",
                format!(
                    "is on, and its password is public: other machines can reach {addr} or {public_url}. Set \
                     LATCHKEY_DEMO=off, or listen on 127.0.0.1 without a LATCHKEY_PUBLIC_URL"
                ),
            ));
        }
        let metrics_addr =
            options.metrics_addr.as_deref().map(|addr| address("LATCHKEY_METRICS_ADDR", addr)).transpose()?;
        let lifetimes = options.lifetimes.check()?;
        let http = HttpSettings {
            brand: BRAND,
            public_url,
            public_host,
            public_url_follows_addr,
            allowed_hosts: parsed("LATCHKEY_ALLOWED_HOSTS", &options.allowed_hosts.unwrap_or_default())?,
            allowed_origins: parsed("LATCHKEY_ALLOWED_ORIGINS", &options.allowed_origins.unwrap_or_default())?,
            trusted_proxies: parsed("LATCHKEY_TRUSTED_PROXIES", &options.trusted_proxies.unwrap_or_default())?,
            throttle: one_of("LATCHKEY_THROTTLE", &options.throttle, ["on", "off"])?,
            introspection_client: options
                .introspection_client
                .map(|text| parsed("LATCHKEY_INTROSPECTION_CLIENT", &text))
                .transpose()?,
            security_contact: options
                .security_contact
                .map(|text| parsed("LATCHKEY_SECURITY_CONTACT", &text))
                .transpose()?,
            account_page: Some("/account#change-password".to_owned()),
            documentation_page: Some("/api/docs".to_owned()),
            ..HttpSettings::following(addr)
        };
        let server = ServerSettings {
            addr,
            metrics_addr,
            database: options.files.database()?,
            keyring: options.files.keyring()?,
            lifetimes,
            retry_window: bounded("LATCHKEY_RETRY_WINDOW", &options.retry_window, RETRY_WINDOW)?,
            max_sessions: options
                .max_sessions
                .parse()
                .map_err(|_| invalid("LATCHKEY_MAX_SESSIONS", "must be a whole number, 1 or more"))?,
            sign_ins_per_hour: options
                .sign_ins_per_hour
                .parse()
                .map_err(|_| invalid("LATCHKEY_SIGN_INS_PER_HOUR", "must be a whole number, 1 or more"))?,
            retention: options.retention.check()?,
            registration_open: one_of("LATCHKEY_REGISTRATION", &options.registration, ["open", "closed"])?,
            default_roles: options.default_roles.check(demo)?,
            user_fields: USER_FIELDS,
            data_dir: options.files.folder.check()?,
            http,
        };
        let log = options
            .log
            .parse()
            .map_err(|_| invalid("LATCHKEY_LOG", "must be one of error, warn, info, debug and trace"))?;
        let site_root = path("LEPTOS_SITE_ROOT", &options.leptos_site_root)?;
        server.check().map_err(SettingError::from)?;
        Ok(Self { server, site_root, log, demo })
    }
}
