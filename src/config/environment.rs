//! Checks the environment for variables that look like settings but are not.

use super::names::{self, PREFIX};
use clap::Command;
use std::ffi::{OsStr, OsString};

/// A variable that the program would otherwise silently ignore or misread.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("{name} is not a setting: did you mean {meant}?")]
    Misspelled { name: String, meant: String },
    #[error("{name} is not a setting: `latchkey --help` lists them")]
    Unknown { name: String },
    #[error(
        "{name} is not a setting: Kubernetes makes such variables for a Service named latchkey. Set `enableServiceLinks: \
         false` in the pod"
    )]
    ServiceLink { name: String },
    #[error(
        "{name} is not a setting: sub-paths are not supported. Give Latchkey a host name of its own, and set \
         LATCHKEY_PUBLIC_URL to it"
    )]
    SubPath { name: String },
    #[error(
        "{name} has its value in quotation marks, which are part of it here: write the value without them (a shell \
         takes them away; Docker, and lists in Compose files, do not)"
    )]
    Quoted { name: String },
    #[error("{name} has white space or a line break at an end of its value: remove it")]
    SurroundingWhitespace { name: String },
}

/// Treats an empty variable as not set: Compose sets an empty one if it has no value for it, and a line `NAME=` in a
/// file does the same.
pub fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| match argument.get_env().is_some_and(is_empty) {
            true => argument.env(None::<&'static str>),
            false => argument,
        })
        .mut_subcommands(without_empty_variables)
}

/// Checks that each `LATCHKEY_` variable belongs to an argument of `command` or of a subcommand, and that its value is
/// not quoted or padded.
///
/// # Errors
/// [`EnvironmentError`] for the first one, without its value, which may be a secret.
pub fn check_environment(
    command: &Command,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(), EnvironmentError> {
    let known = variables_of(command);
    let mut relevant: Vec<(String, String)> = variables
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        // An empty variable counts as not set, even if its name is unknown.
        .filter(|(name, value)| !value.is_empty() && (name.starts_with(PREFIX) || known.contains(name)))
        .collect();
    relevant.sort();
    let has_service = relevant.iter().any(|(name, _)| name == "LATCHKEY_SERVICE_HOST");
    relevant.iter().try_for_each(|(name, value)| match known.contains(name) {
        true => check_value(name, value),
        false => Err(unknown(name, &known, has_service)),
    })
}

fn check_value(name: &str, value: &str) -> Result<(), EnvironmentError> {
    let is_quoted = |mark| value.len() > 1 && value.starts_with(mark) && value.ends_with(mark);
    if value.trim() != value {
        Err(EnvironmentError::SurroundingWhitespace { name: name.to_owned() })
    } else if is_quoted('"') || is_quoted('\'') {
        Err(EnvironmentError::Quoted { name: name.to_owned() })
    } else {
        Ok(())
    }
}

fn unknown(name: &str, known: &[String], has_service: bool) -> EnvironmentError {
    let shown = name.escape_debug().to_string();
    if has_service && ["LATCHKEY_SERVICE_", "LATCHKEY_PORT"].iter().any(|prefix| name.starts_with(prefix)) {
        return EnvironmentError::ServiceLink { name: shown };
    }
    if names::is_sub_path(name) {
        return EnvironmentError::SubPath { name: shown };
    }
    match names::meant_by(name, known) {
        Some(meant) => EnvironmentError::Misspelled { name: shown, meant },
        None => EnvironmentError::Unknown { name: shown },
    }
}

fn variables_of(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|argument| argument.get_env());
    let mut names: Vec<String> = own.map(|name| name.to_string_lossy().into_owned()).collect();
    names.extend(command.get_subcommands().flat_map(variables_of));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Options;
    use clap::Args as _;

    fn complaint(variables: &[(&str, &str)]) -> Option<String> {
        let command = Options::augment_args(Command::new("latchkey"));
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        check_environment(&command, variables).err().map(|error| error.to_string())
    }

    #[test]
    fn unknown_variable_error_suggests_the_one_meant() {
        assert_eq!(complaint(&[("PATH", ""), ("LATCHKEY_DEMO", "on"), ("LATCHKEYS", "\"\"")]), None);
        for (name, meant) in [("LATCHKEY_ADRR", "LATCHKEY_ADDR"), ("LATCHKEY_PORT", "LATCHKEY_ADDR")] {
            let said = format!("{name} is not a setting: did you mean {meant}?");
            assert_eq!(complaint(&[("LATCHKEY_LOG", "info"), (name, "3000")]), Some(said));
        }
        for name in [
            "BASE_PATH",
            "ROOT_PATH",
            "PATH_PREFIX",
            "URL_PREFIX",
            "CONTEXT_PATH",
            "SUBPATH",
            "PUBLIC_PATH",
            "WEB_ROOT",
        ] {
            let said = complaint(&[(&format!("LATCHKEY_{name}"), "/auth")]).unwrap();
            assert!(said.contains("sub-paths are not supported"), "{said}");
        }
        assert!(complaint(&[("LATCHKEY_FROBNICATION", "x")]).unwrap().contains("latchkey --help"));
        assert_eq!(complaint(&[("LATCHKEY_FROBNICATION", ""), ("LATCHKEY_DATA_DIR", "")]), None);
    }

    #[test]
    fn variables_of_a_kubernetes_service_are_recognised() {
        let service = [("LATCHKEY_PORT", "tcp://10.0.0.1:3000"), ("LATCHKEY_SERVICE_HOST", "10.0.0.1")];
        assert!(complaint(&service).unwrap().contains("enableServiceLinks"));
        assert!(complaint(&service[1..]).unwrap().contains("enableServiceLinks"));
    }

    #[test]
    fn value_in_quotes_or_white_space_is_refused_not_shown() {
        for (value, complains_of) in [
            ("\"hunter2\"", "quotation marks"),
            ("'hunter2'", "quotation marks"),
            ("\"\"", "quotation marks"),
            ("hunter2 ", "white space"),
            ("hunter2\r", "white space"),
            ("\thunter2", "white space"),
            (" ", "white space"),
        ] {
            for name in ["LATCHKEY_DATA_DIR", "LEPTOS_SITE_ADDR"] {
                let error = complaint(&[(name, value)]).unwrap();
                assert!(error.contains(name) && error.contains(complains_of), "{value:?}: {error}");
                assert!(!error.contains("hunter2"), "{error}");
            }
        }
        assert_eq!(complaint(&[("LATCHKEY_DATA_DIR", ""), ("LATCHKEY_LOG", "\""), ("HOME", "\"x\"")]), None);
    }
}
