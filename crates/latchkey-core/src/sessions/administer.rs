//! What an administrator does to sessions, at the command line.

use super::events::record_lines;
use super::list::last_use;
use super::revoke::revoke_in;
use super::session::{ended, revoked};
use super::user_agent::describe;
use super::{ClientInfo, SecurityEvent};
use crate::batch;
use crate::clock::Timestamp;
use crate::database::Database;
use crate::ids::{SessionId, UserId};
use crate::store::{self, StoreError, session_lists::AdminSessionRow};
use latchkey_wire::{Device, EndReason, LastUse};

/// The outcome of revoking one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Ended,
    /// It had ended before.
    WasOver,
    /// No session has this id.
    Unknown,
}

/// A session as an administrator sees it.
pub struct AdminSession {
    pub row: AdminSessionRow,
    /// What signed in.
    pub device: Device,
    /// What refreshed it last; `None` while the row does not record it.
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
    /// Why it is over, if it is.
    pub fn over(&self, now: Timestamp) -> Option<EndReason> {
        let row = &self.row;
        let is_expired = now.millis() >= row.idle_expires_at.min(row.absolute_expires_at);
        ended(revoked(row.revoked_at, row.revoke_reason.clone()), row.disabled_at)
            .or(is_expired.then_some(EndReason::Expired))
    }
}

/// The live sessions of a user, or of all users, by user, the one last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live(database: &Database, user_id: Option<&UserId>) -> Result<Vec<AdminSession>, StoreError> {
    let rows = store::session_lists::live(&database.store, user_id, database.clock.now()).await?;
    Ok(rows.into_iter().map(AdminSession::from).collect())
}

/// One session, live or ended; `None` if no session has this id.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find_one(database: &Database, id: SessionId) -> Result<Option<AdminSession>, StoreError> {
    let row = store::session_lists::one(&database.store, id).await?;
    Ok(row.map(AdminSession::from))
}

/// Why sessions were not revoked.
#[derive(Debug, thiserror::Error)]
pub enum AdminRevokeError {
    /// What is written into their rows does not last.
    #[error(
        "sessions that were revoked are still live: the database does not keep the revocation, probably because of a \
         trigger. `latchkey doctor` names it; remove it, and revoke the sessions once more"
    )]
    StillLive,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends one session of any user.
///
/// # Errors
/// [`AdminRevokeError`].
pub async fn revoke_by_id(database: &Database, id: SessionId) -> Result<Ending, AdminRevokeError> {
    let Some(user_id) = store::sessions::owner(&database.store, id).await? else {
        return Ok(Ending::Unknown);
    };
    let mut tx = database.store.begin().await?;
    let (reason, no_client) = (EndReason::RevokedByAdmin, ClientInfo::default());
    let ended = revoke_in(database, &mut tx, &user_id, id, reason, &no_client).await?;
    tx.commit().await?;
    let now = database.clock.now();
    let row = store::session_lists::one(&database.store, id).await?;
    if row.is_some_and(|row| AdminSession::from(row).over(now).is_none()) {
        return Err(AdminRevokeError::StillLive);
    }
    Ok(if ended { Ending::Ended } else { Ending::WasOver })
}

/// Reads again, after the sessions of a user or of all users were revoked, whether one of them is live. Those that
/// began after the work did are new sign-ins.
///
/// # Errors
/// [`AdminRevokeError`].
pub async fn assert_none_live(
    database: &Database,
    user_id: Option<&UserId>,
    work_began: Timestamp,
) -> Result<(), AdminRevokeError> {
    let live = store::session_lists::live(&database.store, user_id, database.clock.now()).await?;
    match live.iter().any(|row| row.created_at <= work_began.millis()) {
        true => Err(AdminRevokeError::StillLive),
        false => Ok(()),
    }
}

/// Ends all sessions of all users, a batch at a time, beside other writers; answers how many were alive. The number of
/// batches is bounded: a trigger in the database can make sessions live again as fast as they end.
///
/// # Errors
/// [`AdminRevokeError`]; what has ended before stays so.
pub async fn revoke_every_session(database: &Database, reason: EndReason) -> Result<usize, AdminRevokeError> {
    let began = database.clock.now();
    let sessions = store::session_revocations::count_not_ended(&database.store).await?;
    // Twice as many as there were: clients sign in meanwhile.
    let batches = 2 * (sessions / u64::from(batch::ROWS) + 1);
    let mut alive = 0;
    for _ in 0..batches {
        let now = database.clock.now();
        let mut tx = database.store.begin().await?;
        let ended = store::session_revocations::revoke_some(&mut tx, batch::ROWS, reason, now).await?;
        // A bulk revocation has ended some before, and they only get it into their rows now.
        let were_alive = ended.iter().filter(|row| !row.was_over && now.millis() < row.end);
        let lines: Vec<_> = were_alive.map(|row| (row.user_id.as_str(), row.id.as_str())).collect();
        record_lines(database, &mut tx, &lines, SecurityEvent::SessionRevoked(reason), &ClientInfo::default()).await?;
        tx.commit().await?;
        alive += lines.len();
        if ended.len() < batch::ROWS as usize {
            break;
        }
        batch::yield_to_writers().await;
    }
    assert_none_live(database, None, began).await?;
    Ok(alive)
}
