//! The errors that the operations on accounts share. Each operation also defines its own error type, in its file.

use super::hasher::HashingError;
use crate::metrics::EntryOutcome;
use crate::store::StoreError;
use std::time::Duration;

/// Why an attempt was rejected before the password was checked.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// Too many earlier attempts failed, or the account has reached its limit of sign-ins.
    #[error("too many failures, wait {wait:?}")]
    Throttled {
        /// How long to wait before the next attempt.
        wait: Duration,
    },
    /// The queue for hashes or for attempts on the account is full, or the hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AttemptError {
    /// The outcome in the metrics of a registration or a login that fails for this reason.
    pub(super) fn outcome(&self) -> EntryOutcome {
        match self {
            Self::Throttled { .. } => EntryOutcome::Throttled,
            Self::Hashing(error) => error.outcome(),
            Self::Store(_) => EntryOutcome::Failed,
        }
    }
}

impl HashingError {
    /// The outcome in the metrics of a registration or a login that fails for this reason.
    pub(super) fn outcome(self) -> EntryOutcome {
        match self {
            Self::Busy => EntryOutcome::Busy,
            Self::Broken => EntryOutcome::Failed,
        }
    }
}
