//! The errors of commands.

use crate::config::{EnvironmentError, SettingError};
use std::error::Error;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An invalid setting.
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// An invalid argument.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(Box<dyn Error>),
}

impl Failure {
    pub fn could_not(error: impl Into<Box<dyn Error>>) -> Self {
        Self::Failed(error.into())
    }
}
