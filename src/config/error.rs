//! The error of a setting.

use latchkey_axum::settings::SettingsFault;
use std::fmt::Display;

/// An invalid setting, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("{setting} {problem}")]
    Invalid { setting: &'static str, problem: String },
    #[error(transparent)]
    Together(#[from] SettingsFault),
}

pub(super) fn invalid(setting: &'static str, problem: impl Display) -> SettingError {
    SettingError::Invalid { setting, problem: problem.to_string() }
}
