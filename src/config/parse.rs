//! Parsers for the values of settings.

use super::{SettingError, invalid};
use latchkey_axum::settings::{DatabaseAddress, normalize_origin, redact_url};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use url::Url;

pub(super) fn address(setting: &'static str, text: &str) -> Result<SocketAddr, SettingError> {
    text.parse()
        .map_err(|_| invalid(setting, format!("is {text:?}: write an IP address and a port, such as 127.0.0.1:3000")))
}

/// The longest origin, in characters: `https://`, the longest DNS name, and a port. It is limited because each access
/// token contains the public URL twice.
const MAX_ORIGIN_LENGTH: usize = 8 + 253 + 6;

pub(super) fn origin(setting: &'static str, text: &str) -> Result<String, SettingError> {
    if text.len() > MAX_ORIGIN_LENGTH {
        return Err(invalid(
            setting,
            format!("is longer than an address can be: use at most {MAX_ORIGIN_LENGTH} characters"),
        ));
    }
    normalize_origin(text).ok_or_else(|| {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.path() != "/");
        let hint = match url {
            Some(_) => {
                "sub-paths are not supported. Give Latchkey a host name of its own, such as https://login.example.org"
            }
            None => "write scheme and host and nothing else, such as https://login.example.org",
        };
        invalid(setting, format!("is {}: {hint}", redact_url(text)))
    })
}

/// Parses a path. Rejects `~` and `$NAME` at the beginning, because without a shell they would become the name of a
/// folder.
pub(super) fn path(setting: &'static str, path: &Path) -> Result<PathBuf, SettingError> {
    let text = path.to_string_lossy();
    let is_variable = |rest: &str| rest.starts_with(|first: char| first.is_ascii_alphabetic() || "_{(".contains(first));
    let replaced = match text.strip_prefix('$') {
        Some(rest) if is_variable(rest) => "a leading $ and the name after it",
        _ if text.starts_with('~') => "a leading ~",
        _ => return Ok(path.to_owned()),
    };
    let hint = format!("only a shell replaces {replaced}. Write the whole path, such as /var/lib/latchkey");
    Err(invalid(setting, format!("is {text:?}: {hint}; for a name that begins like that, put ./ in front")))
}

pub(super) fn database(setting: &'static str, text: &str) -> Result<DatabaseAddress, SettingError> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(DatabaseAddress::Postgres(text.to_owned()));
    }
    let file = text.strip_prefix("sqlite:").map(|file| file.strip_prefix("//").unwrap_or(file));
    match file.map(|file| file.split_once('?').map_or(file, |(file, _)| file)) {
        Some(":memory:") => Err(invalid(setting, "is in memory, and would be lost at a restart: name a file")),
        Some(file) if !file.is_empty() => {
            // `sqlite:///~/…`, where the third slash makes the path absolute.
            path(
                setting,
                Path::new(file.strip_prefix('/').filter(|rest| rest.starts_with(['~', '$'])).unwrap_or(file)),
            )?;
            path(setting, Path::new(file)).map(DatabaseAddress::Sqlite)
        }
        // The error does not contain the text, which may have a password.
        _ => Err(invalid(setting, "must begin with sqlite: and name a file, or with postgres://")),
    }
}

pub(super) fn duration(setting: &'static str, text: &str) -> Result<Duration, SettingError> {
    whole_seconds(text).filter(|duration| !duration.is_zero()).ok_or_else(|| {
        let hint =
            "write whole seconds, minutes, hours or days with their unit, such as 30s, 5m, 12h or 7d; at most 3650d";
        invalid(setting, format!("is {text:?}: {hint}"))
    })
}

/// Parses a duration within bounds.
pub(super) fn bounded(
    setting: &'static str,
    text: &str,
    bounds: RangeInclusive<Duration>,
) -> Result<Duration, SettingError> {
    let duration = duration(setting, text)?;
    if bounds.contains(&duration) {
        return Ok(duration);
    }
    let [shortest, longest] = [bounds.start(), bounds.end()].map(|bound| humantime::format_duration(*bound));
    Err(invalid(setting, format!("is {text:?}: write a duration from {shortest} to {longest}")))
}

/// Parses a retention period; zero means that nothing is kept.
pub(super) fn retention(setting: &'static str, text: &str) -> Result<Duration, SettingError> {
    whole_seconds(text).ok_or_else(|| {
        let hint =
            "write whole days, hours, minutes or seconds with their unit, such as 30d or 12h, at most 3650d, or 0 to keep nothing";
        invalid(setting, format!("is {text:?}: {hint}"))
    })
}

fn whole_seconds(text: &str) -> Option<Duration> {
    const MAX_DURATION: Duration = Duration::from_secs(3650 * 24 * 60 * 60);
    humantime::parse_duration(text)
        .ok()
        // humantime reads M as months and y as years, which is too easy to confuse with minutes.
        .filter(|_| text.chars().all(|c| c.is_ascii_digit() || "smhd ".contains(c)))
        .filter(|duration| duration.subsec_nanos() == 0 && *duration <= MAX_DURATION)
}

/// Parses a value with a `FromStr` whose error is a message.
pub(super) fn parsed<T: FromStr<Err = String>>(setting: &'static str, text: &str) -> Result<T, SettingError> {
    text.parse().map_err(|problem: String| invalid(setting, problem))
}

/// Parses one of two words; `true` for the first.
pub(super) fn one_of(setting: &'static str, text: &str, [yes, no]: [&str; 2]) -> Result<bool, SettingError> {
    match text {
        text if text == yes => Ok(true),
        text if text == no => Ok(false),
        _ => Err(invalid(setting, format!("is {text:?}: write {yes} or {no}"))),
    }
}
