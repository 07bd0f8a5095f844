//! Changing the password: the server answers with new tokens for this session and refuses all older ones.

use super::{
    claims::is_later,
    clock::{self, TokenFreshness},
    event_log::Why,
    lock, logout_queue,
    refresh::{self, Outcome, lock_name, write},
    session,
    signed_in::fresh_record,
    storage::{self, Record},
};
use crate::transport::failure::is_passing;
use latchkey_wire::{ApiError, EndReason, Tokens};

/// The outcome of a change that the server has not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Done,
    /// Neither the change nor a refresh after it was answered.
    Unknown,
}

/// Changes the password by this call, and stores the session's new tokens.
///
/// If the answer does not arrive, a refresh finds out: where the password is changed, the server refuses the old tokens and
/// this tab becomes a guest's.
///
/// # Errors
/// Those of the call; the password is not changed.
pub async fn change(call: impl Future<Output = Result<Tokens, ApiError>>) -> Result<Change, ApiError> {
    let record = fresh_record().await?;
    // Until the new tokens are stored no tab should present the old ones, which may be refused by then.
    let turn = lock::turn(&lock_name(&record)).await;
    // A call that has to refresh first would wait for its own turn.
    let is_fresh = |record: Record| matches!(clock::freshness(&record), TokenFreshness::Fresh { .. });
    let turn = turn.filter(|_| storage::read().is_some_and(is_fresh));
    match call.await {
        Ok(tokens) => {
            store(Record::received_now(tokens));
            Ok(Change::Done)
        }
        Err(error) if may_be_done(&error) => {
            drop(turn);
            find_out(error).await
        }
        Err(error) => Err(error),
    }
}

/// Whether the server may have changed the password and its answer was lost.
fn may_be_done(error: &ApiError) -> bool {
    is_passing(error) && !matches!(error, ApiError::TooManyRequests { .. } | ApiError::RequestTimeout)
}

fn store(fresh: Record) {
    match storage::read() {
        Some(stored) if is_later(&fresh, &stored) => drop(write(fresh, Why::PasswordChange)),
        // The user has logged out meanwhile, or another user has signed in.
        _ => logout_queue::send(fresh.refresh_token),
    }
}

async fn find_out(error: ApiError) -> Result<Change, ApiError> {
    let Some(record) = storage::read() else { return Err(error) };
    match refresh::refresh(&record, Why::PasswordChange).await {
        Outcome::Refused(EndReason::PasswordChanged) => {
            session::close(Some(EndReason::PasswordMayBeChanged));
            Ok(Change::Unknown)
        }
        Outcome::Refreshed(_) | Outcome::Refused(_) => Err(error),
        Outcome::Failed(_) => Ok(Change::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_wire::{FieldErrors, TokenFault};

    #[test]
    fn a_change_whose_answer_was_lost_may_be_done() {
        for lost in [
            ApiError::Unreachable,
            ApiError::TimedOut,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::Unavailable { retry_after: 1 },
        ] {
            assert!(may_be_done(&lost), "{lost:?}");
        }
        for refused in [
            ApiError::TooManyRequests { retry_after: 1 },
            ApiError::RequestTimeout,
            ApiError::ValidationFailed(FieldErrors::default()),
            ApiError::InvalidToken(TokenFault::SessionEnded),
            ApiError::InvalidRequest,
        ] {
            assert!(!may_be_done(&refused), "{refused:?}");
        }
    }
}
