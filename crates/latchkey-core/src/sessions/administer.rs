//! Changes that an administrator makes to sessions at the command line.

use super::events::record_for_sessions;
use super::list::last_use;
use super::revoke::revoke_in;
use super::revoke_all::{RevokedSessions, revoke_all_except};
use super::session::{revoked, revoked_or_disabled};
use super::user_agent::describe;
use super::{ClientInfo, SecurityEvent};
use crate::batch;
use crate::clock::Timestamp;
use crate::database::Database;
use crate::ids::{SessionId, UserId};
use crate::store::{self, StoreError, Transaction, session_lists::AdminSessionRow};
use latchkey_wire::{Device, EndReason, LastUse};

/// Lists and revokes the sessions of any user. It needs only the database, so it works beside a running server.
#[derive(Clone, Copy)]
pub struct SessionAdmin<'a> {
    database: &'a Database,
}

/// The outcome of revoking one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// The session was live or expired, and is revoked now.
    Revoked,
    /// It had been revoked before.
    AlreadyRevoked,
    /// No session has this id.
    NotFound,
}

/// A session as an administrator sees it.
pub struct AdminSession {
    /// The row of the session.
    pub row: AdminSessionRow,
    /// The device that signed in.
    pub device: Device,
    /// The client that refreshed it last; `None` if the row does not record it.
    pub last_use: Option<LastUse>,
}

impl From<AdminSessionRow> for AdminSession {
    fn from(row: AdminSessionRow) -> Self {
        let signed_in = ClientInfo { ip: row.ip.clone(), user_agent: row.user_agent.clone() };
        let rotated = ClientInfo { ip: row.rotated_ip.clone(), user_agent: row.rotated_user_agent.clone() };
        let last_use = last_use(&signed_in, row.rotated_network.is_some(), rotated);
        Self { device: describe(row.user_agent.as_deref()), last_use, row }
    }
}

impl AdminSession {
    /// Why the session has ended, if it has.
    pub fn end_reason(&self, now: Timestamp) -> Option<EndReason> {
        let row = &self.row;
        let is_expired = now.millis() >= row.idle_expires_at.min(row.absolute_expires_at);
        revoked_or_disabled(revoked(row.revoked_at, row.revoke_reason.clone()), row.disabled_at)
            .or(is_expired.then_some(EndReason::Expired))
    }
}

/// Why sessions were not revoked.
#[derive(Debug, thiserror::Error)]
pub enum AdminRevokeError {
    /// The database does not keep the revocation.
    #[error(
        "sessions that were revoked are still live: the database does not keep the revocation, probably because of a \
         trigger. The command `doctor` names it; remove it, and revoke the sessions once more"
    )]
    StillLive,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<'a> SessionAdmin<'a> {
    /// Administers the sessions in this database.
    pub fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// The live sessions of one user, or of all users, by user, last seen first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn list_live(self, user_id: Option<&UserId>) -> Result<Vec<AdminSession>, StoreError> {
        let rows = store::session_lists::live(&self.database.store, user_id, self.database.clock.now()).await?;
        Ok(rows.into_iter().map(AdminSession::from).collect())
    }

    /// One session, live or ended; `None` if no session has this id.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn find(self, id: SessionId) -> Result<Option<AdminSession>, StoreError> {
        let row = store::session_lists::one(&self.database.store, id).await?;
        Ok(row.map(AdminSession::from))
    }

    /// Revokes one session.
    ///
    /// # Errors
    /// [`AdminRevokeError`].
    pub async fn revoke(self, id: SessionId) -> Result<RevokeOutcome, AdminRevokeError> {
        let database = self.database;
        let Some(user_id) = store::sessions::owner(&database.store, id).await? else {
            return Ok(RevokeOutcome::NotFound);
        };
        let mut tx = database.store.begin().await?;
        let (reason, no_client) = (EndReason::RevokedByAdmin, ClientInfo::default());
        let revoked = revoke_in(database, &mut tx, &user_id, id, reason, &no_client).await?;
        tx.commit().await?;
        if self.find(id).await?.is_some_and(|session| session.end_reason(database.clock.now()).is_none()) {
            return Err(AdminRevokeError::StillLive);
        }
        Ok(if revoked { RevokeOutcome::Revoked } else { RevokeOutcome::AlreadyRevoked })
    }

    /// Revokes all sessions of a user, as one step of a larger change; the caller commits.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn revoke_user(
        self,
        tx: &mut Transaction,
        user_id: &UserId,
        reason: EndReason,
    ) -> Result<RevokedSessions, StoreError> {
        revoke_all_except(self.database, tx, user_id, None, reason, &ClientInfo::default()).await
    }

    /// Checks, after the sessions of a user or of all users were revoked, that none of them is live. Sessions that began
    /// after `work_began` are new sign-ins.
    ///
    /// # Errors
    /// [`AdminRevokeError`].
    pub async fn assert_none_live(
        self,
        user_id: Option<&UserId>,
        work_began: Timestamp,
    ) -> Result<(), AdminRevokeError> {
        let live = store::session_lists::live(&self.database.store, user_id, self.database.clock.now()).await?;
        match live.iter().any(|row| row.created_at <= work_began.millis()) {
            true => Err(AdminRevokeError::StillLive),
            false => Ok(()),
        }
    }

    /// Revokes all sessions of all users in batches, so that other writers are not blocked; returns how many sessions
    /// were live. The number of batches is bounded, because a trigger in the database can make sessions live again as
    /// fast as they are revoked.
    ///
    /// # Errors
    /// [`AdminRevokeError`]; sessions that were revoked before the failure stay revoked.
    pub async fn revoke_all(self, reason: EndReason) -> Result<usize, AdminRevokeError> {
        let database = self.database;
        let began = database.clock.now();
        let sessions = store::session_revocations::count_not_ended(&database.store).await?;
        // Twice as many as the existing sessions need, because clients may sign in meanwhile.
        let batches = 2 * (sessions / u64::from(batch::ROWS) + 1);
        let mut live = 0;
        for _ in 0..batches {
            let now = database.clock.now();
            let mut tx = database.store.begin().await?;
            let revoked = store::session_revocations::revoke_some(&mut tx, batch::ROWS, reason, now).await?;
            // Some had been revoked by a bulk revocation before, which is only now written into their rows.
            let were_live = revoked.iter().filter(|row| !row.was_over && now.millis() < row.end);
            let lines: Vec<_> = were_live.map(|row| (row.user_id.as_str(), row.id.as_str())).collect();
            let (event, no_client) = (SecurityEvent::SessionRevoked(reason), ClientInfo::default());
            record_for_sessions(database, &mut tx, &lines, event, &no_client).await?;
            tx.commit().await?;
            live += lines.len();
            if revoked.len() < batch::ROWS as usize {
                break;
            }
            batch::yield_to_writers().await;
        }
        self.assert_none_live(None, began).await?;
        Ok(live)
    }
}
