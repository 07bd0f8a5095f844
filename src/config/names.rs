//! Suggests a setting for an unknown variable name.

/// The prefix of every setting's variable.
pub(super) const PREFIX: &str = "LATCHKEY_";

/// Words in names that other programs use, and the setting with that meaning. The first match is suggested.
const SYNONYMS: &[(&[&str], &str)] = &[
    (&["RETENTION", "AUDIT", "EVENTS"], "SECURITY_LOG_RETENTION"),
    (&["METRICS", "PROMETHEUS", "OTEL"], "METRICS_ADDR"),
    (&["DB", "DATABASE", "SQLITE", "POSTGRES", "POSTGRESQL", "PG", "DSN"], "DATABASE_URL"),
    (&["LOG", "LOGGING", "LOGLEVEL", "LEVEL", "VERBOSITY", "VERBOSE", "DEBUG"], "LOG"),
    (&["CORS", "ORIGINS"], "ALLOWED_ORIGINS"),
    (&["HOSTS", "HOSTNAMES", "DOMAINS", "ALIASES"], "ALLOWED_HOSTS"),
    (&["PROXY", "PROXIES", "FORWARDED", "XFF"], "TRUSTED_PROXIES"),
    (&["REFRESH", "IDLE", "SESSION", "REMEMBER"], "SESSION_IDLE_TTL"),
    (&["TTL", "EXPIRY", "EXPIRATION", "EXPIRES", "LIFETIME", "MAXAGE"], "ACCESS_TOKEN_TTL"),
    (&["SIGNUP", "SIGNUPS", "REGISTER", "REGISTRATION", "REGISTRATIONS"], "REGISTRATION"),
    (&["ROLE", "ROLES"], "DEFAULT_ROLES"),
    (&["RATE", "RATELIMIT", "THROTTLING"], "THROTTLE"),
    (&["INTROSPECTION", "INTROSPECT"], "INTROSPECTION_CLIENT"),
    (&["SECRET", "SECRETS", "JWT", "KEY", "KEYS", "KEYFILE", "KEYRING"], "KEYRING"),
    (&["CONTACT", "SECURITY"], "SECURITY_CONTACT"),
    (&["URL", "BASEURL", "URI", "DOMAIN", "ORIGIN", "ISSUER", "HOSTNAME", "FQDN"], "PUBLIC_URL"),
    (&["PORT", "HOST", "BIND", "LISTEN", "ADDR", "ADDRESS", "IP", "INTERFACE", "SOCKET"], "ADDR"),
    (&["DATA", "DIR", "DIRECTORY", "FOLDER", "PATH", "HOME", "STORAGE", "VOLUME", "ROOT"], "DATA_DIR"),
];

/// From this similarity on, a name is treated as a misspelling, even if it contains a synonym.
const MISSPELT: f64 = 0.75;
/// From this similarity on, a name without a synonym is treated as a misspelling.
const LIKE: f64 = 0.6;

/// Whether other programs use the name for a URL prefix, which Latchkey does not support.
pub(super) fn is_sub_path(name: &str) -> bool {
    const WHOLE: [&str; 10] = [
        "API_PREFIX",
        "ROUTE_PREFIX",
        "BASEPATH",
        "SUBPATH",
        "SUBFOLDER",
        "PREFIX",
        "URL_PREFIX",
        "BASE_HREF",
        "APP_ROOT",
        "WEB_ROOT",
    ];
    let name = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_uppercase();
    let has = |word: &str| name.split('_').any(|other| other == word);
    let is_of_url =
        ["BASE", "ROOT", "SUB", "CONTEXT", "PREFIX", "MOUNT", "PUBLIC", "RELATIVE", "URL"].iter().any(|word| has(word));
    let is_of_files = has("DATA") || has("DATABASE");
    WHOLE.contains(&name.as_str()) || is_of_url && has("PATH") && !is_of_files
}

/// The name in `known` that the operator probably meant by `name`.
pub(super) fn meant_by(name: &str, known: &[String]) -> Option<String> {
    // The common prefix would make all names similar.
    let without_prefix = |name: &str| name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_uppercase();
    let name = without_prefix(name);
    let similarity = |other: &&String| strsim::normalized_damerau_levenshtein(&without_prefix(other), &name);
    let nearest = known.iter().filter(|known| known.starts_with(PREFIX));
    let nearest = nearest.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))?;
    let is_known = |wanted: &String| known.contains(wanted);
    let synonym = || {
        let words: Vec<_> = name.split('_').collect();
        let (_, meant) = SYNONYMS.iter().find(|(synonyms, _)| words.iter().any(|word| synonyms.contains(word)))?;
        Some(format!("{PREFIX}{meant}")).filter(is_known)
    };
    let like = |least| Some(nearest.clone()).filter(|nearest| similarity(&nearest) >= least);
    like(MISSPELT).or_else(synonym).or_else(|| like(LIKE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Options;
    use clap::Args as _;

    fn known() -> Vec<String> {
        let command = Options::augment_args(clap::Command::new("latchkey"));
        let names = command.get_arguments().filter_map(|argument| argument.get_env());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn every_synonym_maps_to_a_setting() {
        for (_, meant) in SYNONYMS {
            assert!(known().contains(&format!("{PREFIX}{meant}")), "{meant}");
        }
    }

    #[test]
    fn misspelt_or_synonym_name_suggests_the_setting() {
        for (name, meant) in [
            ("ACCES_TOKEN_TTL", "ACCESS_TOKEN_TTL"),
            ("ADRR", "ADDR"),
            ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
            ("data_dir", "DATA_DIR"),
            ("PORT", "ADDR"),
            ("HTTP_PORT", "ADDR"),
            ("HOST", "ADDR"),
            ("BIND", "ADDR"),
            ("LISTEN_ADDRESS", "ADDR"),
            ("URL", "PUBLIC_URL"),
            ("BASE_URL", "PUBLIC_URL"),
            ("HOSTNAME", "PUBLIC_URL"),
            ("ISSUER", "PUBLIC_URL"),
            ("DATABASE", "DATABASE_URL"),
            ("DB", "DATABASE_URL"),
            ("DB_URL", "DATABASE_URL"),
            ("POSTGRES_URL", "DATABASE_URL"),
            ("DATABASE_PATH", "DATABASE_URL"),
            ("DATA", "DATA_DIR"),
            ("DATA_PATH", "DATA_DIR"),
            ("DIR", "DATA_DIR"),
            ("LOG_LEVEL", "LOG"),
            ("LOGLEVEL", "LOG"),
            ("SECRET_KEY", "KEYRING"),
            ("JWT_SECRET", "KEYRING"),
            ("CORS_ORIGINS", "ALLOWED_ORIGINS"),
            ("TRUST_PROXY", "TRUSTED_PROXIES"),
            ("METRICS_PORT", "METRICS_ADDR"),
            ("REFRESH_TOKEN_TTL", "SESSION_IDLE_TTL"),
            ("SESSION_TTL", "SESSION_IDLE_TTL"),
            ("LOG_RETENTION", "SECURITY_LOG_RETENTION"),
            ("JWT_EXPIRY", "ACCESS_TOKEN_TTL"),
            ("ALLOW_SIGNUP", "REGISTRATION"),
            ("ROLES", "DEFAULT_ROLES"),
            ("RATE_LIMIT", "THROTTLE"),
        ] {
            assert_eq!(meant_by(&format!("{PREFIX}{name}"), &known()), Some(format!("{PREFIX}{meant}")), "{name}");
        }
        for name in ["LATCHKEY_FROBNICATION_OF_WIDGETS", "LATCHKEY_", "LATCHKEY_SMTP"] {
            assert_eq!(meant_by(name, &known()), None, "{name}");
        }
    }
}
