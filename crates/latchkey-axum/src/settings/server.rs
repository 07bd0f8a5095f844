//! The settings of a server. An application fills them in from its own configuration.

use super::user_fields::{self, UserFieldsFault};
use super::{DatabaseAddress, HostName, HttpSettings, Retention, normalize_origin};
use latchkey_core::accounts::AccountRules;
use latchkey_core::identity::Roles;
use latchkey_core::sessions::{Lifetime, Lifetimes, SessionRules};
use latchkey_wire::UserField;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest public URL with the prefix, in bytes: each access token contains it twice. The longest host name leaves 33
/// bytes for the prefix.
pub const MAX_ISSUER_LENGTH: usize = 300;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// All settings of a server. [`Settings::default`] is a server for development on `http://127.0.0.1:3000` with its data
/// in `./data`; [`Settings::at`] is one with a public URL.
///
/// ```
/// use latchkey_axum::settings::Settings;
///
/// let mut settings = Settings::at("https://login.example.org")?;
/// settings.registration_open = false;
/// settings.default_roles = "reader".parse()?;
/// # Ok::<_, String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// The listen address.
    pub addr: SocketAddr,
    /// The listen address for metrics; with `None` they are not served. The metrics need no password, so the address
    /// must not be public.
    pub metrics_addr: Option<SocketAddr>,
    /// The folder of the database and the keyring, which the server locks while it runs.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseAddress,
    /// The file of the keyring, whose secrets must not be in the database.
    pub keyring: PathBuf,
    /// The lifetimes of tokens and sessions.
    pub lifetimes: Lifetimes,
    /// How long after a rotation the previous refresh token can be exchanged for the same new one.
    pub retry_window: Duration,
    /// The highest number of live sessions of a user. A further sign-in revokes the least recently used one.
    pub max_sessions: NonZeroU32,
    /// The highest number of successful sign-ins of one account in an hour.
    pub sign_ins_per_hour: NonZeroU32,
    /// How long ended sessions and events of the security log are kept.
    pub retention: Retention,
    /// Whether self-registration is allowed.
    pub registration_open: bool,
    /// The roles of new accounts.
    pub default_roles: Roles,
    /// The fields of users that the application declares in addition to username and display name.
    pub user_fields: &'static [UserField],
    /// The settings of the HTTP layer.
    pub http: HttpSettings,
}

impl Default for Settings {
    fn default() -> Self {
        let data_dir = PathBuf::from("data");
        let addr = SocketAddr::from(([127, 0, 0, 1], 3000));
        Self {
            addr,
            metrics_addr: None,
            database: DatabaseAddress::in_folder(&data_dir),
            keyring: keyring_in(&data_dir),
            data_dir,
            lifetimes: Lifetimes {
                access_token_ttl: 5 * MINUTE,
                remembered: Lifetime { idle: 7 * DAY, absolute: 30 * DAY },
                browser_session: Lifetime { idle: 12 * HOUR, absolute: 24 * HOUR },
            },
            retry_window: Duration::from_secs(30),
            max_sessions: NonZeroU32::MIN.saturating_add(49),
            sign_ins_per_hour: NonZeroU32::MIN.saturating_add(59),
            retention: Retention { sessions: 30 * DAY, events: 365 * DAY },
            registration_open: true,
            default_roles: Roles::default(),
            user_fields: &[],
            http: HttpSettings::following(addr),
        }
    }
}

impl Settings {
    /// The defaults with this public URL: the origin that users open, and with the
    /// [prefix](HttpSettings::prefix) the issuer of access tokens.
    ///
    /// # Errors
    /// An error message if the text is not an origin, such as `https://login.example.org`.
    pub fn at(public_url: &str) -> Result<Self, String> {
        let origin = normalize_origin(public_url)
            .ok_or("the public URL must be scheme and host and nothing else, such as https://login.example.org")?;
        let mut settings = Self::default();
        settings.http.public_host = HostName::from_origin(&origin);
        settings.http.public_url = origin;
        settings.http.public_url_follows_addr = false;
        Ok(settings)
    }

    /// Sets the folder of the database and the keyring.
    #[must_use]
    pub fn with_data_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_dir = folder.into();
        self.database = DatabaseAddress::in_folder(&self.data_dir);
        self.keyring = keyring_in(&self.data_dir);
        self
    }

    /// Sets the address that the server listens on, and if the public URL is not set, derives it from the address.
    #[must_use]
    pub fn listening_on(mut self, addr: SocketAddr) -> Self {
        self.addr = addr;
        if self.http.public_url_follows_addr {
            self.http.public_url = format!("http://{addr}");
            self.http.public_host = HostName::from_origin(&self.http.public_url);
        }
        self
    }

    /// Checks for settings that are unsafe, or that cannot be used together.
    ///
    /// # Errors
    /// [`SettingsFault`].
    pub fn check(&self) -> Result<(), SettingsFault> {
        // Passwords and tokens would be sent unencrypted (RFC 6750 §5.3).
        if !self.addr.ip().is_loopback() && !self.http.is_https() {
            return Err(SettingsFault::PlainHttp { addr: self.addr });
        }
        if !(1..=300).contains(&self.retry_window.as_secs()) {
            return Err(SettingsFault::RetryWindow);
        }
        let Lifetimes { access_token_ttl, remembered, browser_session } = self.lifetimes;
        let shortest =
            [access_token_ttl, remembered.idle, remembered.absolute, browser_session.idle, browser_session.absolute];
        if shortest.into_iter().any(|lifetime| lifetime < Duration::from_secs(1)) {
            return Err(SettingsFault::NoLifetime);
        }
        for (lifetime, idle_setting, absolute_setting) in [
            (remembered, "LATCHKEY_SESSION_IDLE_TTL", "LATCHKEY_SESSION_ABSOLUTE_TTL"),
            (browser_session, "LATCHKEY_SESSION_SHORT_IDLE_TTL", "LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL"),
        ] {
            let Lifetime { idle, absolute } = lifetime;
            if idle > absolute {
                return Err(SettingsFault::IdleOverAbsolute { idle, absolute, idle_setting, absolute_setting });
            }
        }
        let issuer = self.http.issuer().len();
        if issuer > MAX_ISSUER_LENGTH {
            return Err(SettingsFault::LongIssuer { found: issuer });
        }
        if self.metrics_addr == Some(self.addr) && self.addr.port() != 0 {
            return Err(SettingsFault::SameAddress { addr: self.addr });
        }
        user_fields::check(self.user_fields)?;
        Ok(())
    }

    /// The settings of sessions.
    pub fn session_rules(&self) -> SessionRules {
        SessionRules {
            issuer: self.http.issuer(),
            lifetimes: self.lifetimes,
            retry_window: self.retry_window,
            max_sessions: self.max_sessions,
            refresh_token_prefix: self.http.brand.refresh_token_prefix(),
            user_fields: self.user_fields,
        }
    }

    /// The settings of accounts.
    pub fn account_rules(&self) -> AccountRules {
        AccountRules {
            public_url: self.http.public_url.clone(),
            registration_open: self.registration_open,
            default_roles: self.default_roles.clone(),
            throttle: self.http.throttle,
            sign_ins_per_hour: self.sign_ins_per_hour,
        }
    }
}

/// The keyring's file in a data folder.
pub fn keyring_in(data_dir: &Path) -> PathBuf {
    data_dir.join("keyring.json")
}

/// Why settings cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    /// Passwords and tokens would be readable on the network.
    #[error(
        "LATCHKEY_ADDR is {addr}, which other machines can reach, over plain http. Listen on 127.0.0.1, or put a TLS \
         proxy in front and set LATCHKEY_PUBLIC_URL to its https address"
    )]
    PlainHttp {
        /// The listen address.
        addr: SocketAddr,
    },
    /// Inside the window, a thief in the same network cannot be told from a retry.
    #[error("the retry window (LATCHKEY_RETRY_WINDOW) must be from one second to five minutes")]
    RetryWindow,
    /// A token or a session would never be valid.
    #[error("the lifetimes of tokens and sessions must be at least one second")]
    NoLifetime,
    /// The idle lifetime would have no effect.
    #[error(
        "{idle_setting} is {idle:?}, longer than {absolute_setting}, which is {absolute:?} and ends the session in any \
         case: set both to the same, or the first to less"
    )]
    IdleOverAbsolute {
        /// The idle lifetime.
        idle: Duration,
        /// The absolute lifetime.
        absolute: Duration,
        /// The setting of the idle lifetime.
        idle_setting: &'static str,
        /// The setting of the absolute lifetime.
        absolute_setting: &'static str,
    },
    /// The largest access token would be longer than the longest that is accepted.
    #[error(
        "the public URL and the path prefix have {found} characters together, and at most 300 are possible, because \
         each access token contains them: choose a shorter prefix"
    )]
    LongIssuer {
        /// The length of both, in bytes.
        found: usize,
    },
    /// Two listeners have the same address.
    #[error("LATCHKEY_METRICS_ADDR is {addr}, like LATCHKEY_ADDR: choose another port")]
    SameAddress {
        /// The address.
        addr: SocketAddr,
    },
    /// The application's user fields cannot be used together.
    #[error(transparent)]
    UserFields(#[from] UserFieldsFault),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_with_path_or_without_scheme_is_refused() {
        for bad in ["login.example.org", "https://example.org/login", "ftp://example.org", ""] {
            assert!(Settings::at(bad).is_err(), "{bad}");
        }
        let settings = Settings::at("https://LOGIN.example.org/").unwrap();
        assert_eq!(settings.http.issuer(), "https://login.example.org");
        assert_eq!(settings.listening_on(([127, 0, 0, 1], 8080).into()).http.public_url, "https://login.example.org");
    }

    #[test]
    fn retry_window_and_lifetimes_out_of_bounds_are_refused() {
        for (seconds, is_good) in [(0, false), (1, true), (300, true), (301, false)] {
            let settings = Settings { retry_window: Duration::from_secs(seconds), ..Settings::default() };
            assert_eq!(settings.check().is_ok(), is_good, "{seconds}");
        }
        let mut settings = Settings::default();
        settings.lifetimes.access_token_ttl = Duration::ZERO;
        assert_eq!(settings.check(), Err(SettingsFault::NoLifetime));
    }

    #[test]
    fn idle_lifetime_above_the_absolute_one_is_refused() {
        let mut settings = Settings::default();
        settings.lifetimes.remembered.idle = settings.lifetimes.remembered.absolute;
        assert_eq!(settings.check(), Ok(()));
        settings.lifetimes.remembered.idle += Duration::from_secs(1);
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("LATCHKEY_SESSION_IDLE_TTL is 2592001s, longer than LATCHKEY_SESSION_ABSOLUTE_TTL"));
        let mut settings = Settings::default();
        settings.lifetimes.browser_session.absolute = HOUR;
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("LATCHKEY_SESSION_SHORT_IDLE_TTL is 43200s"), "{error}");
    }

    #[test]
    fn url_and_prefix_too_long_for_a_token_are_refused() {
        let mut settings = Settings::at("https://login.example.org").unwrap();
        let prefix = |length: usize| format!("/{}", "a".repeat(length - 1)).parse().unwrap();
        settings.http.prefix = prefix(MAX_ISSUER_LENGTH - "https://login.example.org".len());
        assert_eq!(settings.check(), Ok(()));
        settings.http.prefix = prefix(MAX_ISSUER_LENGTH + 1 - "https://login.example.org".len());
        assert_eq!(settings.check(), Err(SettingsFault::LongIssuer { found: 301 }));
    }

    #[test]
    fn plain_http_on_a_public_address_is_refused() {
        let public = SocketAddr::from(([0, 0, 0, 0], 3000));
        let plain = Settings::default().listening_on(public);
        assert_eq!(plain.check(), Err(SettingsFault::PlainHttp { addr: public }));
        assert_eq!(Settings::at("https://login.example.org").unwrap().listening_on(public).check(), Ok(()));
        assert_eq!(Settings::default().check(), Ok(()));
    }
}
