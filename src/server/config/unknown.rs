//! Variables in the environment that look like settings and are none.

use std::ffi::OsString;

/// What every setting's variable begins with.
const PREFIX: &str = "LATCHKEY_";

/// A misspelt setting would silently not be set.
#[derive(Debug, thiserror::Error)]
pub enum UnknownSetting {
    #[error("{name} is no setting: did you mean {nearest}?")]
    Misspelt { name: String, nearest: String },
    #[error("{name} is no setting: `latchkey --help` lists them")]
    Strange { name: String },
}

/// Finds the first variable of ours that no argument of `command`, or of a command in it, is set by.
///
/// # Errors
/// [`UnknownSetting`].
pub fn check_environment(
    command: &clap::Command,
    variables: impl Iterator<Item = OsString>,
) -> Result<(), UnknownSetting> {
    let known = variables_of(command);
    let ours = variables.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with(PREFIX));
    let Some(name) = ours.filter(|name| !known.contains(name)).min() else { return Ok(()) };
    let nearness = |other: &str| strsim::normalized_damerau_levenshtein(other, &name);
    let nearest = known.into_iter().max_by(|one, other| nearness(one).total_cmp(&nearness(other)));
    Err(match nearest.filter(|nearest| nearness(nearest) > 0.7) {
        Some(nearest) => UnknownSetting::Misspelt { name: name.escape_debug().to_string(), nearest },
        None => UnknownSetting::Strange { name: name.escape_debug().to_string() },
    })
}

fn variables_of(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|argument| argument.get_env());
    let mut names: Vec<String> = own.map(|name| name.to_string_lossy().into_owned()).collect();
    names.extend(command.get_subcommands().flat_map(variables_of));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Options;
    use clap::Args as _;

    fn complaint(names: &[&str]) -> Option<String> {
        let command = Options::augment_args(clap::Command::new("latchkey"));
        check_environment(&command, names.iter().map(OsString::from)).err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_not_a_setting_is_named_with_the_nearest_that_is() {
        assert_eq!(complaint(&["PATH", "LATCHKEY_DEMO", "LEPTOS_SITE_ADDR", "LATCHKEYS"]), None);
        for (misspelt, meant) in [
            ("LATCHKEY_ACCES_TOKEN_TTL", "LATCHKEY_ACCESS_TOKEN_TTL"),
            ("LATCHKEY_DATABASE", "LATCHKEY_DATABASE_URL"),
            ("LATCHKEY_ADRR", "LATCHKEY_ADDR"),
            ("LATCHKEY_TRUSTED_PROXY", "LATCHKEY_TRUSTED_PROXIES"),
        ] {
            let said = format!("{misspelt} is no setting: did you mean {meant}?");
            assert_eq!(complaint(&["LATCHKEY_LOG", misspelt]), Some(said));
        }
        assert!(complaint(&["LATCHKEY_FROBNICATION_OF_WIDGETS"]).unwrap().contains("latchkey --help"));
    }
}
