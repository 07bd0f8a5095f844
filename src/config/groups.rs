//! Groups of options that several commands share.

use super::parse::duration;
use super::parse::{origin, path, retention};
use super::{SettingError, database, invalid};
use latchkey_axum::settings::Retention;
use latchkey_axum::settings::{DatabaseAddress, keyring_in};
use latchkey_core::identity::Roles;
use latchkey_core::sessions::{Lifetime, Lifetimes};
use std::path::PathBuf;

/// The folder that everything else lies in, unless it is named itself.
#[derive(Clone, Debug, clap::Args)]
pub struct DataDir {
    /// Folder of the database and the keyring
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = "data", value_name = "FOLDER")]
    pub data_dir: PathBuf,
}

/// Where the rows are.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseUrl {
    /// sqlite:PATH, or postgres://… (tested on PostgreSQL 15)
    /// [default: sqlite://DATA_DIR/latchkey.db]
    #[arg(long, env = "LATCHKEY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// Where the keys are.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyringFile {
    /// File of the secret keys, which are not in the database; back up both [default: DATA_DIR/keyring.json]
    #[arg(long, env = "LATCHKEY_KEYRING", value_name = "FILE")]
    pub keyring: Option<PathBuf>,
}

/// For commands that need the keys alone.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyOptions {
    #[command(flatten)]
    pub folder: DataDir,
    #[command(flatten)]
    pub keyring: KeyringFile,
}

/// For commands that need the database alone.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreOptions {
    #[command(flatten)]
    pub folder: DataDir,
    #[command(flatten)]
    pub database: DatabaseUrl,
}

/// For commands that need both.
#[derive(Clone, Debug, clap::Args)]
pub struct FileOptions {
    #[command(flatten)]
    pub folder: DataDir,
    #[command(flatten)]
    pub database: DatabaseUrl,
    #[command(flatten)]
    pub keyring: KeyringFile,
}

/// Where people sign in.
#[derive(Clone, Debug, clap::Args)]
pub struct PublicUrl {
    /// Public URL of this server; issuer and audience of access tokens. A host name of Latchkey's own, without a
    /// path. Must be https when the listen address is not loopback: put a TLS proxy in front [default: http://ADDR]
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
}

/// What new accounts begin with.
#[derive(Clone, Debug, clap::Args)]
pub struct DefaultRoles {
    /// Roles of new accounts, separated by commas; in demo mode Manager [default: none]
    #[arg(long, env = "LATCHKEY_DEFAULT_ROLES", value_name = "ROLES")]
    pub default_roles: Option<String>,
}

/// How long tokens and sessions live.
#[derive(Clone, Debug, clap::Args)]
pub struct LifetimeOptions {
    /// Lifetime of an access token
    #[arg(long, env = "LATCHKEY_ACCESS_TOKEN_TTL", default_value = "5m", value_name = "DURATION")]
    pub access_token_ttl: String,

    /// Idle lifetime of a session with "keep me signed in"; each refresh restarts it
    #[arg(long, env = "LATCHKEY_SESSION_IDLE_TTL", default_value = "7d", value_name = "DURATION")]
    pub session_idle_ttl: String,

    /// Absolute lifetime of a session with "keep me signed in"
    #[arg(long, env = "LATCHKEY_SESSION_ABSOLUTE_TTL", default_value = "30d", value_name = "DURATION")]
    pub session_absolute_ttl: String,

    /// Idle lifetime of a session without "keep me signed in"
    #[arg(long, env = "LATCHKEY_SESSION_SHORT_IDLE_TTL", default_value = "12h", value_name = "DURATION")]
    pub session_short_idle_ttl: String,

    /// Absolute lifetime of a session without "keep me signed in"
    #[arg(long, env = "LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL", default_value = "24h", value_name = "DURATION")]
    pub session_short_absolute_ttl: String,
}

/// How long ended sessions and log lines are kept.
#[derive(Clone, Debug, clap::Args)]
pub struct RetentionOptions {
    /// How long a session's row is kept after its end, so that the answer to its old tokens has the reason; 0 keeps
    /// only live sessions
    #[arg(long, env = "LATCHKEY_SESSION_RETENTION", default_value = "30d", value_name = "DURATION")]
    pub session_retention: String,

    /// How long a line of the security log is kept; 0 keeps none
    #[arg(long, env = "LATCHKEY_SECURITY_LOG_RETENTION", default_value = "365d", value_name = "DURATION")]
    pub security_log_retention: String,
}

impl DataDir {
    /// The folder.
    ///
    /// # Errors
    /// [`SettingError`] for a path that a shell would have replaced.
    pub fn check(&self) -> Result<PathBuf, SettingError> {
        path("LATCHKEY_DATA_DIR", &self.data_dir)
    }
}

impl KeyringFile {
    /// The keyring's file.
    ///
    /// # Errors
    /// [`SettingError`] for a path that a shell would have replaced.
    pub fn check(&self, folder: &DataDir) -> Result<PathBuf, SettingError> {
        match &self.keyring {
            Some(file) => path("LATCHKEY_KEYRING", file),
            None => Ok(keyring_in(&folder.check()?)),
        }
    }
}

impl DatabaseUrl {
    /// The database.
    ///
    /// # Errors
    /// [`SettingError`] when it is named in a way that cannot be understood.
    pub fn check(&self, folder: &DataDir) -> Result<DatabaseAddress, SettingError> {
        match &self.database_url {
            Some(url) => database("LATCHKEY_DATABASE_URL", url),
            None => Ok(DatabaseAddress::in_folder(&folder.check()?)),
        }
    }
}

impl KeyOptions {
    /// The keyring's file.
    ///
    /// # Errors
    /// [`SettingError`] for a path that a shell would have replaced.
    pub fn keyring(&self) -> Result<PathBuf, SettingError> {
        self.keyring.check(&self.folder)
    }
}

impl StoreOptions {
    /// The database.
    ///
    /// # Errors
    /// [`SettingError`] when it is named in a way that cannot be understood.
    pub fn database(&self) -> Result<DatabaseAddress, SettingError> {
        self.database.check(&self.folder)
    }
}

impl FileOptions {
    /// The database.
    ///
    /// # Errors
    /// [`SettingError`] when it is named in a way that cannot be understood.
    pub fn database(&self) -> Result<DatabaseAddress, SettingError> {
        self.database.check(&self.folder)
    }

    /// The keyring's file.
    ///
    /// # Errors
    /// [`SettingError`] for a path that a shell would have replaced.
    pub fn keyring(&self) -> Result<PathBuf, SettingError> {
        self.keyring.check(&self.folder)
    }
}

impl PublicUrl {
    /// The public URL, which must be an origin; `None` if it is not set.
    ///
    /// # Errors
    /// [`SettingError`] if it is not an origin.
    pub fn check(&self) -> Result<Option<String>, SettingError> {
        self.public_url.as_deref().map(|url| origin("LATCHKEY_PUBLIC_URL", url)).transpose()
    }
}

impl DefaultRoles {
    /// The roles. By default there are none, or in demo mode Manager, so that a new account can see the customers.
    ///
    /// # Errors
    /// [`SettingError`] for text that is not a role's name.
    pub fn check(&self, demo: bool) -> Result<Roles, SettingError> {
        let unset = if demo { "Manager" } else { "" };
        let roles = self.default_roles.as_deref().unwrap_or(unset).parse();
        roles.map_err(|problem| invalid("LATCHKEY_DEFAULT_ROLES", problem))
    }
}

impl LifetimeOptions {
    /// Checks what was written.
    ///
    /// # Errors
    /// [`SettingError`] for the first one that cannot be used.
    pub fn check(&self) -> Result<Lifetimes, SettingError> {
        let lifetime = |(idle_name, idle), (absolute_name, absolute)| {
            Ok::<_, SettingError>(Lifetime {
                idle: duration(idle_name, idle)?,
                absolute: duration(absolute_name, absolute)?,
            })
        };
        Ok(Lifetimes {
            access_token_ttl: duration("LATCHKEY_ACCESS_TOKEN_TTL", &self.access_token_ttl)?,
            remembered: lifetime(
                ("LATCHKEY_SESSION_IDLE_TTL", &self.session_idle_ttl),
                ("LATCHKEY_SESSION_ABSOLUTE_TTL", &self.session_absolute_ttl),
            )?,
            browser_session: lifetime(
                ("LATCHKEY_SESSION_SHORT_IDLE_TTL", &self.session_short_idle_ttl),
                ("LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL", &self.session_short_absolute_ttl),
            )?,
        })
    }
}

impl RetentionOptions {
    /// Checks what was written.
    ///
    /// # Errors
    /// [`SettingError`] for the first one that cannot be used.
    pub fn check(&self) -> Result<Retention, SettingError> {
        Ok(Retention {
            sessions: retention("LATCHKEY_SESSION_RETENTION", &self.session_retention)?,
            events: retention("LATCHKEY_SECURITY_LOG_RETENTION", &self.security_log_retention)?,
        })
    }
}
