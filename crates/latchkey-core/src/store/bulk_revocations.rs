//! The table `bulk_revocations`, and the column `epoch` that it refers to.
//!
//! When a session starts, its row stores the current `session_epoch` of its user; the session has ended when that value
//! has increased. So one small write ends all sessions of a user at its commit. The same transaction inserts a row here
//! with the reason, which [`apply_some`] copies into each session's row.

use super::id_columns::text_of_kept;
use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use latchkey_wire::EndReason;

/// A bulk revocation that is not yet in the rows of all its sessions.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PendingRow {
    /// The id of the user as text, because a damaged row must be processed as well.
    pub user_id: String,
    /// The epoch whose sessions it ended.
    pub epoch: i64,
    /// Why the sessions were revoked.
    pub reason: String,
    /// When they were revoked, in milliseconds since 1970.
    pub at: i64,
}

/// Ends all sessions of a user except `kept`; returns the epoch that has ended, or `None` if the user does not exist. The
/// user's row is locked until the transaction ends.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn insert(
    tx: &mut Transaction,
    user_id: &UserId,
    kept: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let moved = statement("UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING session_epoch");
    let Some(epoch) = moved.bind(user_id).optional_value(&mut *tx).await? else { return Ok(None) };
    let ended: i64 = i64::saturating_sub(epoch, 1);
    statement("INSERT INTO bulk_revocations (user_id, epoch, reason, at) VALUES ($1, $2, $3, $4)")
        .bind(user_id)
        .bind(ended)
        .bind(reason.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
    statement("UPDATE sessions SET epoch = $3 WHERE id = $1 AND user_id = $2 AND epoch = $4 AND revoked_at IS NULL")
        .bind(text_of_kept(kept))
        .bind(user_id)
        .bind(epoch)
        .bind(ended)
        .execute(&mut *tx)
        .await?;
    Ok(Some(ended))
}

/// The next pending bulk revocation, by user and epoch, after this one. Revocations of deleted accounts are left out.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn next(store: &Store, after_user: &str, after_epoch: i64) -> Result<Option<PendingRow>, StoreError> {
    Ok(statement(
        "SELECT b.user_id, b.epoch, b.reason, b.at FROM bulk_revocations b JOIN users u ON u.id = b.user_id
         WHERE u.deleted_at IS NULL AND (b.user_id, b.epoch) > ($1, $2) ORDER BY b.user_id, b.epoch LIMIT 1",
    )
    .bind(after_user)
    .bind(after_epoch)
    .optional_row(&store.readers)
    .await?)
}

/// How many sessions do not have the bulk revocation in their rows yet.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_pending(store: &Store, revocation: &PendingRow) -> Result<i64, StoreError> {
    Ok(statement("SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND epoch = $2 AND revoked_at IS NULL")
        .bind(&revocation.user_id)
        .bind(revocation.epoch)
        .value(&store.readers)
        .await?)
}

/// Writes a bulk revocation into up to `most` session rows; returns whether none is left. If so, it deletes its own
/// row.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn apply_some(tx: &mut Transaction, revocation: &PendingRow, most: u32) -> Result<bool, StoreError> {
    let applied = statement(
        "UPDATE sessions SET revoked_at = $3, revoke_reason = $4
         WHERE id IN (SELECT id FROM sessions WHERE user_id = $1 AND epoch = $2 AND revoked_at IS NULL LIMIT $5)
               AND revoked_at IS NULL",
    )
    .bind(&revocation.user_id)
    .bind(revocation.epoch)
    .bind(revocation.at)
    .bind(&revocation.reason)
    .bind(most)
    .execute(&mut *tx)
    .await?;
    if applied >= u64::from(most) {
        return Ok(false);
    }
    statement("DELETE FROM bulk_revocations WHERE user_id = $1 AND epoch = $2")
        .bind(&revocation.user_id)
        .bind(revocation.epoch)
        .execute(&mut *tx)
        .await?;
    Ok(true)
}

/// How many sessions of this epoch would still be live without the bulk revocation.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_alive(store: &Store, user_id: &UserId, epoch: i64, now: Timestamp) -> Result<i64, StoreError> {
    Ok(statement(
        "SELECT COUNT(*) FROM sessions
         WHERE user_id = $1 AND epoch = $2 AND revoked_at IS NULL AND idle_expires_at > $3 AND absolute_expires_at > $3",
    )
    .bind(user_id)
    .bind(epoch)
    .bind(now)
    .value(&store.readers)
    .await?)
}
