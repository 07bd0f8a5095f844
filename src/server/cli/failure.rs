//! How a command fails.

use crate::config::{EnvironmentError, SettingError};
use std::error::Error;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A setting that cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// An argument that cannot be used.
    #[error("{0}")]
    Misuse(String),
    #[error("{0}")]
    CouldNot(Box<dyn Error>),
}

impl Failure {
    pub fn could_not(error: impl Into<Box<dyn Error>>) -> Self {
        Self::CouldNot(error.into())
    }
}
