//! Descriptions and current values of the settings, read from the definitions in [`Options`].

use super::{Options, Settings};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args as _};
use latchkey_axum::settings::DatabaseAddress;
use url::Url;

/// The description of a setting.
#[derive(Clone, Debug)]
pub struct Described {
    /// The environment variable.
    pub name: String,
    /// The default value, or a description of it if it is derived from other settings.
    pub default: String,
    pub help: String,
    id: String,
    secret: bool,
}

/// The current value of a setting.
#[derive(Clone, Debug)]
pub struct Current {
    pub name: String,
    /// The value without its secret part.
    pub value: String,
    /// `flag`, `environment` or `default`.
    pub source: &'static str,
    pub help: String,
}

/// Every setting, in the order of `--help`.
pub fn described() -> Vec<Described> {
    let command = Options::augment_args(clap::Command::new("latchkey"));
    command.get_arguments().filter_map(describe).collect()
}

fn describe(argument: &Arg) -> Option<Described> {
    let name = argument.get_env()?.to_str().filter(|name| name.starts_with("LATCHKEY_"))?;
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default().replace('\n', " ");
    let (help, default_in_help) = match help.rsplit_once(" [default: ") {
        Some((help, default)) => (help.to_owned(), default.trim_end_matches(']').to_owned()),
        None => (help, String::new()),
    };
    let default = argument.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
    Some(Described {
        name: name.to_owned(),
        default: default.unwrap_or(default_in_help),
        help,
        id: argument.get_id().to_string(),
        secret: argument.is_hide_env_values_set(),
    })
}

/// The current value of every setting. `settings` are the parsed ones, if they are valid.
pub fn current(matches: &ArgMatches, settings: Option<&Settings>) -> Vec<Current> {
    described().into_iter().map(|setting| value(setting, matches, settings)).collect()
}

fn value(setting: Described, matches: &ArgMatches, settings: Option<&Settings>) -> Current {
    let source_of = |id: &str| match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Some("flag"),
        Some(ValueSource::EnvVariable) => Some("environment"),
        _ => None,
    };
    let source = match setting.name.as_str() {
        // cargo-leptos sets `LEPTOS_SITE_ADDR`.
        "LATCHKEY_ADDR" => source_of(&setting.id).or_else(|| source_of("leptos_site_addr")),
        _ => source_of(&setting.id),
    };
    let raw = matches.get_raw(&setting.id).and_then(|mut values| values.next());
    let raw = raw.map(|value| value.to_string_lossy().into_owned());
    let value = match (raw, settings) {
        (Some(raw), _) if setting.secret => without_secret(&raw),
        (Some(raw), _) => raw,
        (None, Some(settings)) => derived(&setting.name, settings).unwrap_or(setting.default),
        (None, None) => setting.default,
    };
    Current { name: setting.name, value, source: source.unwrap_or("default"), help: setting.help }
}

/// The value of a setting that is derived from others if it is not set.
fn derived(name: &str, settings: &Settings) -> Option<String> {
    match name {
        "LATCHKEY_ADDR" => Some(settings.server.addr.to_string()),
        "LATCHKEY_PUBLIC_URL" => Some(settings.server.http.public_url.clone()),
        "LATCHKEY_KEYRING" => Some(settings.server.keyring.display().to_string()),
        "LATCHKEY_DATABASE_URL" => match &settings.server.database {
            DatabaseAddress::Sqlite(path) => Some(format!("sqlite:{}", path.display())),
            DatabaseAddress::Postgres(url) => Some(without_secret(url)),
        },
        _ => None,
    }
}

/// Removes the secret parts: from the URL of a database the password and the query, which may contain one; from any
/// other text everything after the first colon.
pub fn without_secret(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    if text.contains("://") {
        let Ok(mut url) = Url::parse(text) else { return "(hidden)".to_owned() };
        let hidden = url.password().is_none() || url.set_password(Some("hidden")).is_ok();
        if url.query().is_some() {
            url.set_query(Some("hidden"));
        }
        // A password with an unencoded `/` or `#` ends up in the path or the fragment.
        let is_odd = url.path().contains('@') || url.fragment().is_some();
        return if hidden && !is_odd { url.to_string() } else { "(hidden)".to_owned() };
    }
    text.split_once(':').map_or("(hidden)".to_owned(), |(id, _)| format!("{id}:(hidden)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the README.
    fn table() -> String {
        let row = |setting: Described| {
            let default = match setting.default.as_str() {
                "none" => setting.default,
                default => format!("`{default}`"),
            };
            format!("| `{}` | {default} | {} |\n", setting.name, setting.help.replace('|', "\\|"))
        };
        let rows: String = described().into_iter().map(row).collect();
        format!("| name | default | |\n| --- | --- | --- |\n{rows}")
    }

    #[test]
    fn readme_table_equals_the_described_settings() {
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&table()), "put this in the place of the table under \"Settings\":\n\n{}", table());
    }

    #[test]
    fn every_setting_is_described() {
        for setting in described() {
            assert!(!setting.help.is_empty() && !setting.default.is_empty(), "{setting:?}");
        }
    }

    #[test]
    fn secret_in_a_setting_is_hidden() {
        for (text, shown) in [
            ("sqlite:/var/lib/latchkey.db", "sqlite:/var/lib/latchkey.db"),
            ("postgres://ada:hunter2@db/latchkey", "postgres://ada:hidden@db/latchkey"),
            ("postgres://db/latchkey?password=hunter2", "postgres://db/latchkey?hidden"),
            ("postgres://ada:hunter2@db:port/", "(hidden)"),
            ("postgres://ada:12/hunter2@db/latchkey", "(hidden)"),
            ("postgres://ada:12#hunter2@db/latchkey", "(hidden)"),
            ("gateway:hunter2-and-hunter3", "gateway:(hidden)"),
            ("hunter2", "(hidden)"),
        ] {
            assert_eq!(without_secret(text), shown);
        }
    }
}
