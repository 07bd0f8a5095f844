//! What can go wrong with an account.

use super::hasher::HashingError;
use crate::detached::Panicked;
use crate::metrics::EntryOutcome;
use crate::sessions::StartError;
use crate::store::StoreError;
use latchkey_wire::FieldErrors;
use std::time::Duration;

/// Why a registration or a login failed, or a password was not checked.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("some fields are not acceptable")]
    Invalid(FieldErrors),
    #[error("the username is taken")]
    UsernameTaken,
    #[error("people cannot make themselves an account here")]
    RegistrationClosed,
    #[error("unknown user, wrong password or disabled account")]
    InvalidCredentials,
    #[error("the session that asked has ended meanwhile")]
    SessionEnded,
    #[error("too many failures, wait {wait:?}")]
    Throttled { wait: Duration },
    #[error("the account has changed meanwhile: try again")]
    ChangedMeanwhile,
    #[error(transparent)]
    Panicked(#[from] Panicked),
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Session(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What registration or a login is counted as.
pub(super) fn entry_outcome<T>(entry: &Result<T, AccountError>) -> EntryOutcome {
    match entry {
        Ok(_) => EntryOutcome::Succeeded,
        Err(
            AccountError::Invalid(_)
            | AccountError::UsernameTaken
            | AccountError::RegistrationClosed
            | AccountError::InvalidCredentials,
        ) => EntryOutcome::Refused,
        Err(AccountError::Throttled { .. }) => EntryOutcome::Throttled,
        Err(AccountError::Hashing(HashingError::Busy)) => EntryOutcome::Busy,
        Err(_) => EntryOutcome::Failed,
    }
}
