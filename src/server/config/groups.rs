//! Options that several commands take, each group checked in one place.

use super::{Database, Lifetime, SettingError, database, duration};
use std::path::PathBuf;
use std::time::Duration;

/// Where the files are.
#[derive(Clone, Debug, clap::Args)]
pub struct DataOptions {
    /// Folder of the database and the keyring
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = "data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// File of the secrets that must not be in the database [default: DATA_DIR/keyring.json]
    #[arg(long, env = "LATCHKEY_KEYRING", value_name = "FILE")]
    pub keyring: Option<PathBuf>,
}

/// Where the files and the rows are.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreOptions {
    #[command(flatten)]
    pub data: DataOptions,

    /// sqlite:PATH or postgres://… [default: sqlite://DATA_DIR/latchkey.db]
    #[arg(long, env = "LATCHKEY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// How long tokens and sessions live.
#[derive(Clone, Debug, clap::Args)]
pub struct LifeOptions {
    /// Life of an access token
    #[arg(long, env = "LATCHKEY_ACCESS_TOKEN_TTL", default_value = "5m", value_name = "DURATION")]
    pub access_token_ttl: String,

    /// Life of an unused session with "keep me signed in"; each refresh begins it anew
    #[arg(long, env = "LATCHKEY_SESSION_IDLE_TTL", default_value = "7d", value_name = "DURATION")]
    pub session_idle_ttl: String,

    /// Life of a session with "keep me signed in", whatever happens
    #[arg(long, env = "LATCHKEY_SESSION_ABSOLUTE_TTL", default_value = "30d", value_name = "DURATION")]
    pub session_absolute_ttl: String,

    /// Life of an unused session without "keep me signed in"
    #[arg(long, env = "LATCHKEY_SESSION_SHORT_IDLE_TTL", default_value = "12h", value_name = "DURATION")]
    pub session_short_idle_ttl: String,

    /// Life of a session without "keep me signed in", whatever happens
    #[arg(long, env = "LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL", default_value = "24h", value_name = "DURATION")]
    pub session_short_absolute_ttl: String,
}

/// [`LifeOptions`], checked.
#[derive(Clone, Copy, Debug)]
pub struct Lives {
    pub access_token_ttl: Duration,
    /// With "keep me signed in".
    pub kept: Lifetime,
    /// Without it.
    pub short: Lifetime,
}

impl DataOptions {
    /// The keyring's file.
    pub fn keyring(&self) -> PathBuf {
        self.keyring.clone().unwrap_or_else(|| self.data_dir.join("keyring.json"))
    }
}

impl StoreOptions {
    /// The database.
    ///
    /// # Errors
    /// [`SettingError`] when it is named in a way that cannot be understood.
    pub fn database(&self) -> Result<Database, SettingError> {
        match &self.database_url {
            Some(url) => database("LATCHKEY_DATABASE_URL", url),
            None => Ok(Database::Sqlite(self.data.data_dir.join("latchkey.db"))),
        }
    }
}

impl LifeOptions {
    /// Checks what was written.
    ///
    /// # Errors
    /// [`SettingError`] for the first one that cannot be used.
    pub fn check(&self) -> Result<Lives, SettingError> {
        let lifetime = |(idle_name, idle), (absolute_name, absolute)| {
            Ok(Lifetime { idle: duration(idle_name, idle)?, absolute: duration(absolute_name, absolute)? })
        };
        Ok(Lives {
            access_token_ttl: duration("LATCHKEY_ACCESS_TOKEN_TTL", &self.access_token_ttl)?,
            kept: lifetime(
                ("LATCHKEY_SESSION_IDLE_TTL", &self.session_idle_ttl),
                ("LATCHKEY_SESSION_ABSOLUTE_TTL", &self.session_absolute_ttl),
            )?,
            short: lifetime(
                ("LATCHKEY_SESSION_SHORT_IDLE_TTL", &self.session_short_idle_ttl),
                ("LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL", &self.session_short_absolute_ttl),
            )?,
        })
    }
}

impl Lives {
    /// How long a refresh token can live that nobody uses.
    pub fn longest_unused(&self) -> Duration {
        let unused = |lifetime: Lifetime| lifetime.idle.min(lifetime.absolute);
        unused(self.kept).max(unused(self.short))
    }
}
