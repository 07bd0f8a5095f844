//! Ending all sessions of a user in one small transaction, however many there are.
//!
//! A few end in their own rows, each with its line in the security log. If there may be more, a bulk revocation ends them
//! at the same commit, without touching their rows; the job `jobs/finish.rs` of latchkey-axum writes it into them afterwards, in batches.

use super::ClientInfo;
use super::caller::Caller;
use super::events::{SecurityEvent, record_lines};
use super::revoke_one::{RevokeError, begin_as};
use super::service::Sessions;
use crate::batch;
use crate::clock::Timestamp;
use crate::database::Database;
use crate::detached::detached;
use crate::ids::{SessionId, UserId};
use crate::store::{self, StoreError, Transaction};
use latchkey_wire::EndReason;

/// What such a transaction has ended, once it is committed.
#[must_use]
#[derive(Debug)]
pub struct EndedSessions {
    user_id: UserId,
    /// Sessions that were alive, and have their end in their rows.
    written: usize,
    /// The epoch whose sessions a bulk revocation has ended.
    rest: Option<i64>,
    at: Timestamp,
}

impl EndedSessions {
    /// How many sessions were alive. [Reports](Self::report) them as well; if the job is under way already, in another
    /// process, the number may be a few too low.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: they have ended even so.
    pub async fn count(self, database: &Database) -> Result<usize, StoreError> {
        let Some(epoch) = self.rest else { return Ok(self.written) };
        let rest = store::bulk_revocations::count_alive(&database.store, &self.user_id, epoch, self.at).await;
        self.report(database);
        Ok(self.written + usize::try_from(rest?).unwrap_or_default())
    }

    /// Wakes the job that writes the end of very many sessions into their rows.
    pub fn report(&self, database: &Database) {
        if self.rest.is_some() {
            database.store.pending_work().report();
        }
    }
}

/// Ends all of the caller's sessions but the current one; answers how many of them were alive. It runs to its end whether
/// or not the client waits for it.
///
/// # Errors
/// [`RevokeError::AskerEnded`], [`RevokeError::Store`].
pub async fn revoke_others(sessions: &Sessions, caller: &Caller, client: &ClientInfo) -> Result<usize, RevokeError> {
    let (sessions, caller, client) = (sessions.clone(), caller.clone(), client.clone());
    detached(async move {
        let mut tx = begin_as(&sessions, &caller).await?.ok_or(RevokeError::AskerEnded)?;
        let ended = revoke_others_in(&sessions.database, &mut tx, &caller, EndReason::Revoked, &client).await?;
        tx.commit().await?;
        Ok(ended.count(&sessions.database).await?)
    })
    .await
}

/// The same as a step of a bigger change; the caller commits.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke_others_in(
    database: &Database,
    tx: &mut Transaction,
    caller: &Caller,
    reason: EndReason,
    client: &ClientInfo,
) -> Result<EndedSessions, StoreError> {
    revoke_all_but(database, tx, &caller.session.user.id, Some(caller.session.id), reason, client).await
}

/// Ends all sessions of a user, on behalf of an administrator; the caller commits.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke_all_of(
    database: &Database,
    tx: &mut Transaction,
    user_id: &UserId,
    reason: EndReason,
) -> Result<EndedSessions, StoreError> {
    revoke_all_but(database, tx, user_id, None, reason, &ClientInfo::default()).await
}

/// Ends all sessions of a user, but for the session `kept`.
async fn revoke_all_but(
    database: &Database,
    tx: &mut Transaction,
    user_id: &UserId,
    kept: Option<SessionId>,
    reason: EndReason,
    client: &ClientInfo,
) -> Result<EndedSessions, StoreError> {
    let at = database.clock.now();
    let few = store::session_revocations::revoke_others(tx, user_id, kept, batch::ROWS, reason, at).await?;
    let lines: Vec<_> = few.alive.iter().map(|id| (user_id.as_str(), id.as_str())).collect();
    record_lines(database, tx, &lines, SecurityEvent::SessionRevoked(reason), client).await?;
    let rest = match few.rows < batch::ROWS as usize {
        true => None,
        false => store::bulk_revocations::insert(tx, user_id, kept, reason, at).await?,
    };
    Ok(EndedSessions { user_id: user_id.clone(), written: few.alive.len(), rest, at })
}
