//! Maps the errors of the layers to [`ApiError`]. Details that a client must not learn are logged here and not sent.
//!
//! Each operation of `accounts` and `sessions` has an error type, such as `LogInError` and `RefreshError`, and `store` has
//! `StoreError`. `?` in a handler turns it into an [`ApiError`].

use crate::accounts::{
    AttemptError, ChangePasswordError, ConfirmError, DeleteAccountError, HashingError, LogInError, NewAccountError,
    RegisterError, WRONG_PASSWORD,
};
use crate::detached::TaskFailed;
use crate::hooks::{ClaimsError, HookError};
use crate::sessions::{AccessError, BadCursor, RefreshError, RevokeError, SigningFailed, StartError};
use crate::store::StoreError;
use latchkey_wire::{ApiError, FieldErrors, TokenError};
use std::time::Duration;

/// The time in seconds after which a client tries a busy server again.
pub const RETRY_AFTER: u32 = 1;

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

impl From<HookError> for ApiError {
    fn from(error: HookError) -> Self {
        tracing::error!("{error}");
        match error {
            HookError::Timeout { .. } => Self::Unavailable { retry_after: RETRY_AFTER },
            HookError::Panicked { .. } => Self::Internal,
        }
    }
}

impl From<ClaimsError> for ApiError {
    fn from(error: ClaimsError) -> Self {
        match error {
            ClaimsError::Hook(error) => error.into(),
            error => {
                tracing::error!("{error}");
                Self::Internal
            }
        }
    }
}

impl From<StartError> for ApiError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Claims(error) => error.into(),
            StartError::Signing(error) => error.into(),
            StartError::Store(error) => error.into(),
        }
    }
}

/// The panic has already been logged.
impl From<TaskFailed> for ApiError {
    fn from(_: TaskFailed) -> Self {
        Self::Internal
    }
}

impl From<HashingError> for ApiError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Unavailable { retry_after: RETRY_AFTER },
            HashingError::Broken => Self::Internal,
        }
    }
}

impl From<AttemptError> for ApiError {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Throttled { wait } => Self::TooManyRequests { retry_after: seconds_rounded_up(wait) },
            AttemptError::Hashing(error) => error.into(),
            AttemptError::Store(error) => error.into(),
        }
    }
}

impl From<NewAccountError> for ApiError {
    fn from(error: NewAccountError) -> Self {
        match error {
            NewAccountError::Invalid(fields) => Self::ValidationFailed(fields),
            NewAccountError::UsernameTaken => Self::UsernameTaken,
            NewAccountError::Hashing(error) => error.into(),
            NewAccountError::Store(error) => error.into(),
        }
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Closed => Self::RegistrationClosed,
            RegisterError::Account(error) => error.into(),
            RegisterError::Attempt(error) => error.into(),
            RegisterError::Hook(error) => error.into(),
            RegisterError::Session(error) => error.into(),
            RegisterError::Store(error) => error.into(),
            RegisterError::TaskFailed(error) => error.into(),
        }
    }
}

impl From<LogInError> for ApiError {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::InvalidCredentials => Self::InvalidCredentials,
            LogInError::Attempt(error) => error.into(),
            LogInError::Hashing(error) => error.into(),
            LogInError::Session(error) => error.into(),
            LogInError::Store(error) => error.into(),
            LogInError::TaskFailed(error) => error.into(),
        }
    }
}

impl From<ConfirmError> for ApiError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::SessionEnded => Self::InvalidToken(TokenError::SessionEnded),
            ConfirmError::Attempt(error) => error.into(),
            ConfirmError::Hashing(error) => error.into(),
            ConfirmError::Store(error) => error.into(),
        }
    }
}

impl From<ChangePasswordError> for ApiError {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::Invalid(fields) => Self::ValidationFailed(fields),
            ChangePasswordError::Confirm(error) => error.into(),
            ChangePasswordError::ChangedMeanwhile => Self::Unavailable { retry_after: RETRY_AFTER },
            ChangePasswordError::Hashing(error) => error.into(),
            ChangePasswordError::Session(error) => error.into(),
            ChangePasswordError::Store(error) => error.into(),
            ChangePasswordError::TaskFailed(error) => error.into(),
        }
    }
}

impl From<DeleteAccountError> for ApiError {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::WrongPassword => Self::ValidationFailed(FieldErrors::of("password", WRONG_PASSWORD)),
            DeleteAccountError::Confirm(error) => error.into(),
            DeleteAccountError::ChangedMeanwhile => Self::Unavailable { retry_after: RETRY_AFTER },
            DeleteAccountError::Store(error) => error.into(),
            DeleteAccountError::TaskFailed(error) => error.into(),
        }
    }
}

/// At least one second, because a client that retries too early is rejected again.
fn seconds_rounded_up(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Refused(reason) => Self::InvalidGrant(reason),
            RefreshError::RefusedElsewhere { wait } => Self::RefusedElsewhere { retry_after: seconds_rounded_up(wait) },
            RefreshError::Claims(error) => error.into(),
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
            RevokeError::CallerEnded => Self::InvalidToken(TokenError::SessionEnded),
            RevokeError::TaskFailed(error) => error.into(),
            RevokeError::Store(error) => error.into(),
        }
    }
}

impl From<BadCursor> for ApiError {
    fn from(_: BadCursor) -> Self {
        Self::InvalidRequest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_hashing_queue_is_a_503_in_each_operation() {
        let attempt = || AttemptError::from(HashingError::Busy);
        let answers: [ApiError; 7] = [
            RegisterError::from(attempt()).into(),
            RegisterError::from(NewAccountError::from(HashingError::Busy)).into(),
            LogInError::from(attempt()).into(),
            LogInError::from(HashingError::Busy).into(),
            ChangePasswordError::from(ConfirmError::from(attempt())).into(),
            ChangePasswordError::from(HashingError::Busy).into(),
            DeleteAccountError::from(ConfirmError::from(attempt())).into(),
        ];
        for answer in answers {
            assert_eq!(answer, ApiError::Unavailable { retry_after: RETRY_AFTER });
        }
    }

    #[test]
    fn wrong_password_at_deletion_is_a_field_error() {
        let ApiError::ValidationFailed(fields) = DeleteAccountError::WrongPassword.into() else {
            panic!("not an error of a field")
        };
        assert_eq!(fields.get("password"), Some(&[WRONG_PASSWORD.to_owned()][..]));
    }
}
