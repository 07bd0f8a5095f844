//! Revokes all sessions of a user in one small transaction, however many there are.
//!
//! The first batch is revoked in the rows of the sessions, each with an event in the security log. If there may be
//! more, a bulk revocation in the same transaction ends them without changing their rows; the job `jobs/finish.rs` of
//! latchkey-axum writes it into the rows afterwards, in batches.

use super::ClientInfo;
use super::caller::Caller;
use super::events::{SecurityEvent, record_for_sessions};
use super::revoke_one::RevokeError;
use super::service::Sessions;
use crate::batch;
use crate::clock::Timestamp;
use crate::database::Database;
use crate::detached::detached;
use crate::ids::{SessionId, UserId};
use crate::store::{self, StoreError, Transaction};
use latchkey_wire::EndReason;

/// The sessions that a transaction revokes; they are revoked once it is committed.
#[must_use]
#[derive(Debug)]
pub struct RevokedSessions {
    user_id: UserId,
    /// The number of sessions that were live and are revoked in their own rows.
    written: usize,
    /// The epoch whose sessions a bulk revocation ends.
    bulk_epoch: Option<i64>,
    at: Timestamp,
}

impl RevokedSessions {
    /// Returns how many sessions were live, and [wakes the job](Self::wake_job). If the job of another process has
    /// begun already, the number may be a few too low.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the sessions are revoked nevertheless.
    pub async fn count(self, database: &Database) -> Result<usize, StoreError> {
        let Some(epoch) = self.bulk_epoch else { return Ok(self.written) };
        let rest = store::bulk_revocations::count_alive(&database.store, &self.user_id, epoch, self.at).await;
        self.wake_job(database);
        Ok(self.written + usize::try_from(rest?).unwrap_or_default())
    }

    /// Wakes the job that writes a bulk revocation into the rows of the sessions.
    pub fn wake_job(&self, database: &Database) {
        if self.bulk_epoch.is_some() {
            database.store.pending_work().report();
        }
    }
}

impl Sessions {
    /// Revokes all of the caller's sessions except the current one; returns how many of them were live. It completes
    /// even if the client disconnects.
    ///
    /// # Errors
    /// [`RevokeError::CallerEnded`], [`RevokeError::Store`].
    pub async fn revoke_others(&self, caller: &Caller, client: &ClientInfo) -> Result<usize, RevokeError> {
        let (sessions, caller, client) = (self.clone(), caller.clone(), client.clone());
        detached(async move {
            let mut tx = sessions.begin_as(&caller).await?.ok_or(RevokeError::CallerEnded)?;
            let revoked = sessions.revoke_others_in(&mut tx, &caller, EndReason::Revoked, &client).await?;
            tx.commit().await?;
            Ok(revoked.count(&sessions.database).await?)
        })
        .await
    }

    /// The same as one step of a larger change; the caller of this method commits.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn revoke_others_in(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        reason: EndReason,
        client: &ClientInfo,
    ) -> Result<RevokedSessions, StoreError> {
        let (user_id, kept) = (&caller.session.user.id, Some(caller.session.id));
        revoke_all_except(&self.database, tx, user_id, kept, reason, client).await
    }
}

/// Revokes all sessions of a user, except the session `kept`; the caller commits.
pub(super) async fn revoke_all_except(
    database: &Database,
    tx: &mut Transaction,
    user_id: &UserId,
    kept: Option<SessionId>,
    reason: EndReason,
    client: &ClientInfo,
) -> Result<RevokedSessions, StoreError> {
    let at = database.clock.now();
    let few = store::session_revocations::revoke_others(tx, user_id, kept, batch::ROWS, reason, at).await?;
    let lines: Vec<_> = few.alive.iter().map(|id| (user_id.as_str(), id.as_str())).collect();
    record_for_sessions(database, tx, &lines, SecurityEvent::SessionRevoked(reason), client).await?;
    let bulk_epoch = match few.rows < batch::ROWS as usize {
        true => None,
        false => store::bulk_revocations::insert(tx, user_id, kept, reason, at).await?,
    };
    Ok(RevokedSessions { user_id: user_id.clone(), written: few.alive.len(), bulk_epoch, at })
}
