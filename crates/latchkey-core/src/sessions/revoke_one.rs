//! Revokes one session of the caller's user.

use super::ClientInfo;
use super::caller::Caller;
use super::revoke::revoke_in;
use super::service::Sessions;
use crate::detached::TaskFailed;
use crate::ids::SessionId;
use crate::store::{self, StoreError, Transaction};
use latchkey_wire::EndReason;

/// Why a session was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The user has no session with this id.
    #[error("the user has no session with this id")]
    NotFound,
    /// The caller's own session ended before the change was written.
    #[error("the caller's session has ended meanwhile")]
    CallerEnded,
    /// The task panicked, or the server was shut down.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Revokes one of the caller's sessions; succeeds also if it had ended before. The error is the same for another
    /// user's session and for one that never existed.
    ///
    /// # Errors
    /// [`RevokeError::NotFound`] for a session that is not the caller's own.
    pub async fn revoke_one(&self, caller: &Caller, id: SessionId, client: &ClientInfo) -> Result<(), RevokeError> {
        let user_id = &caller.session.user.id;
        if store::sessions::owner(&self.database.store, id).await?.as_ref() != Some(user_id) {
            return Err(RevokeError::NotFound);
        }
        let mut tx = self.begin_as(caller).await?.ok_or(RevokeError::CallerEnded)?;
        revoke_in(&self.database, &mut tx, user_id, id, EndReason::Revoked, client).await?;
        Ok(tx.commit().await?)
    }

    /// Begins a transaction during which the caller's session stays live and keeps accepting the caller's access token;
    /// `None` if it has ended or does not accept the token any more. Between the check of the access token and this
    /// moment the session may have been revoked, or the password changed: an attacker whose session has just been
    /// revoked must not be able to revoke the owner's sessions or change the password.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn begin_as(&self, caller: &Caller) -> Result<Option<Transaction>, StoreError> {
        let mut tx = self.database.store.begin().await?;
        let alive = store::sessions::lock_if_live(&mut tx, caller.session.id, caller.generation.0).await?;
        Ok(alive.then_some(tx))
    }
}
