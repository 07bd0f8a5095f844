//! The error of a setting.

use std::fmt::Display;

/// An invalid setting, and what to write instead.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {problem}")]
pub struct SettingError {
    setting: &'static str,
    problem: String,
}

pub(super) fn invalid(setting: &'static str, problem: impl Display) -> SettingError {
    SettingError { setting, problem: problem.to_string() }
}
