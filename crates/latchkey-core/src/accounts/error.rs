//! Why a password was not checked: what the operations on accounts share. Each has an error type of its own beside it.

use super::hasher::HashingError;
use crate::metrics::EntryOutcome;
use crate::store::StoreError;
use std::time::Duration;

/// Why an attempt to prove knowledge of a password was not admitted.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    #[error("too many failures, wait {wait:?}")]
    Throttled { wait: Duration },
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AttemptError {
    /// What a registration or a login is counted as that fails for this reason.
    pub(super) fn outcome(&self) -> EntryOutcome {
        match self {
            Self::Throttled { .. } => EntryOutcome::Throttled,
            Self::Hashing(error) => error.outcome(),
            Self::Store(_) => EntryOutcome::Failed,
        }
    }
}

impl HashingError {
    /// What a registration or a login is counted as that fails for this reason.
    pub(super) fn outcome(self) -> EntryOutcome {
        match self {
            Self::Busy => EntryOutcome::Busy,
            Self::Broken => EntryOutcome::Failed,
        }
    }
}
