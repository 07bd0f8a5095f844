//! Steps that several revoking operations share. A session that has ended stays ended.

use super::ClientInfo;
use super::events::{SecurityEvent, record, record_for_sessions};
use super::lifecycle::Generation;
use super::service::Sessions;
use super::session::Session;
use crate::batch;
use crate::database::Database;
use crate::ids::{SessionId, UserId};
use crate::store::{self, StoreError, Transaction};
use latchkey_wire::EndReason;

impl Sessions {
    /// Revokes the least recently used live sessions of a user, so that one more does not exceed the limit; the caller
    /// commits. The limit keeps the list of sessions short enough to read. If the limit was lowered and a user has very
    /// many sessions, each sign-in revokes a batch of them.
    pub(super) async fn revoke_excess(
        &self,
        tx: &mut Transaction,
        user_id: &UserId,
        client: &ClientInfo,
    ) -> Result<(), StoreError> {
        let kept = self.rules.max_sessions.get() - 1;
        let (now, reason) = (self.database.clock.now(), EndReason::Displaced);
        let mut revoked = Vec::new();
        for id in store::session_revocations::longest_unseen(tx, user_id, kept, batch::ROWS, now).await? {
            if store::session_revocations::revoke(tx, id, reason, now).await? {
                revoked.push(id.to_string());
            }
        }
        let lines: Vec<_> = revoked.iter().map(|id| (user_id.as_str(), id.as_str())).collect();
        record_for_sessions(&self.database, tx, &lines, SecurityEvent::SessionRevoked(reason), client).await
    }

    /// Revokes a session because a token of this generation was presented, and records it in the security log; returns
    /// whether it did. It does not if the session had already ended, or no longer accepts that generation.
    pub(super) async fn revoke(
        &self,
        session: &Session,
        presented: Generation,
        reason: EndReason,
        event: SecurityEvent,
        client: &ClientInfo,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.store.begin_shared().await?;
        let is_live = store::sessions::lock_if_live(&mut tx, session.id, presented.0).await?;
        if is_live {
            store::session_revocations::revoke(&mut tx, session.id, reason, self.database.clock.now()).await?;
            record(&self.database, &mut tx, &session.user.id, Some(session.id), event, client).await?;
        }
        tx.commit().await?;
        Ok(is_live)
    }

    /// Writes the end of a session into its row, so that the session does not become live again if the clock is set
    /// back or the account is enabled again. No event is recorded in the security log, because an expiry is not an
    /// event for the user.
    pub(super) async fn record_end(&self, session: &Session, reason: EndReason) -> Result<(), StoreError> {
        let mut tx = self.database.store.begin_shared().await?;
        store::session_revocations::revoke(&mut tx, session.id, reason, self.database.clock.now()).await?;
        tx.commit().await
    }
}

/// Revokes a session as one step of a larger change; the caller commits. Returns whether it had not ended already.
pub(super) async fn revoke_in(
    database: &Database,
    tx: &mut Transaction,
    user_id: &UserId,
    id: SessionId,
    reason: EndReason,
    client: &ClientInfo,
) -> Result<bool, StoreError> {
    let revoked = store::session_revocations::revoke(tx, id, reason, database.clock.now()).await?;
    if revoked {
        record(database, tx, user_id, Some(id), SecurityEvent::SessionRevoked(reason), client).await?;
    }
    Ok(revoked)
}
