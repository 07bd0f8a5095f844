//! The one place that maps the layers' errors to the wire. What a client must not learn is logged here and dropped.
//!
//! `accounts` fails with `AccountError`, `sessions` with `RefreshError` and `AccessError`, `store` with `StoreError`;
//! each is turned into an [`ApiError`] by `?` in the body of a server function.

use crate::accounts::{AccountError, HashingError};
use crate::sessions::{AccessError, BadCursor, RefreshError, RevokeError, SigningFailed, StartError};
use crate::store::StoreError;
use latchkey_wire::{ApiError, TokenFault};
use std::time::Duration;

/// Seconds after which a busy server is worth another try.
const RETRY_AFTER: u32 = 1;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the database is unavailable");
                Self::Unavailable { retry_after: RETRY_AFTER }
            }
            StoreError::Damaged(_) | StoreError::Taken => {
                tracing::error!(%error, "unexpected answer of the database");
                Self::Internal
            }
        }
    }
}

impl From<SigningFailed> for ApiError {
    fn from(error: SigningFailed) -> Self {
        tracing::error!(%error, "the crypto library failed");
        Self::Internal
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(fields) => Self::ValidationFailed(fields),
            AccountError::UsernameTaken => Self::UsernameTaken,
            AccountError::RegistrationClosed => Self::RegistrationClosed,
            AccountError::InvalidCredentials => Self::InvalidCredentials,
            AccountError::SessionEnded => Self::InvalidToken(TokenFault::SessionEnded),
            AccountError::Throttled { wait } => Self::TooManyRequests { retry_after: seconds_rounded_up(wait) },
            AccountError::Hashing(HashingError::Busy) | AccountError::ChangedMeanwhile => {
                Self::Unavailable { retry_after: RETRY_AFTER }
            }
            AccountError::Hashing(HashingError::Broken) | AccountError::Panicked(_) => Self::Internal,
            AccountError::Session(StartError::Signing(error)) => error.into(),
            AccountError::Session(StartError::Store(error)) | AccountError::Store(error) => error.into(),
        }
    }
}

/// At least one: a client that comes back too early is only sent away again.
fn seconds_rounded_up(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Refused(reason) => Self::InvalidGrant(reason),
            RefreshError::RefusedElsewhere { wait } => Self::RefusedElsewhere { retry_after: seconds_rounded_up(wait) },
            RefreshError::Signing(error) => error.into(),
            RefreshError::Store(error) => error.into(),
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(fault) => Self::InvalidToken(fault),
            AccessError::RoleMissing => Self::InsufficientScope,
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<RevokeError> for ApiError {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotFound => Self::NotFound,
            RevokeError::AskerEnded => Self::InvalidToken(TokenFault::SessionEnded),
            RevokeError::Panicked(_) => Self::Internal,
            RevokeError::Store(error) => error.into(),
        }
    }
}

impl From<BadCursor> for ApiError {
    fn from(_: BadCursor) -> Self {
        Self::InvalidRequest
    }
}
