//! Ending one session from another.

use super::caller::Caller;
use super::client_info::ClientInfo;
use super::revoke::revoke_in;
use super::service::Sessions;
use crate::detached::Panicked;
use crate::ids::SessionId;
use crate::store::{self, StoreError, Transaction};
use latchkey_wire::EndReason;

/// Why a session was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    #[error("no such session of this user")]
    NotFound,
    #[error("the session that asked has ended meanwhile")]
    AskerEnded,
    #[error(transparent)]
    Panicked(#[from] Panicked),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends one of the caller's sessions; succeeds if it had ended before. Another user's session and one that never was
/// are answered alike.
///
/// # Errors
/// [`RevokeError::NotFound`] for a session that is not the caller's own.
pub async fn revoke_one(
    sessions: &Sessions,
    caller: &Caller,
    id: SessionId,
    client: &ClientInfo,
) -> Result<(), RevokeError> {
    let user_id = &caller.session.user.id;
    if store::sessions::owner(&sessions.database.store, id).await?.as_ref() != Some(user_id) {
        return Err(RevokeError::NotFound);
    }
    let mut tx = begin_as(sessions, caller).await?.ok_or(RevokeError::AskerEnded)?;
    revoke_in(&sessions.database, &mut tx, user_id, id, EndReason::Revoked, client).await?;
    Ok(tx.commit().await?)
}

/// A transaction in which the session that asks has not been revoked, still accepts the access token that it asked
/// with, and goes on doing so; `None` if not. Between the check of the access token and this moment the session may
/// have ended, or its password may have changed; a thief whose session has just been revoked must not be able to revoke
/// the owner's, or change the password.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn begin_as(sessions: &Sessions, caller: &Caller) -> Result<Option<Transaction>, StoreError> {
    let mut tx = sessions.database.store.begin().await?;
    let alive = store::sessions::lock_if_live(&mut tx, caller.session.id, caller.generation.0).await?;
    Ok(alive.then_some(tx))
}
