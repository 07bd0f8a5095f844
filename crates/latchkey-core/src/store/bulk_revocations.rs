//! The table `bulk_revocations`, and the column `epoch` that it rests on.
//!
//! A session begins with the `session_epoch` of its user, and is over as soon as that has moved on. So all sessions of a
//! user end with one small write, at the moment of its commit. The row that is written with it has the reason, until
//! [`apply_some`] has written that into each session.

use super::id_columns::text_of_kept;
use super::{Store, StoreError, Transaction};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use latchkey_wire::EndReason;

/// A bulk revocation whose sessions do not have it in their own rows yet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PendingRow {
    /// As the row has it.
    pub user_id: String,
    /// It ended the sessions of this epoch.
    pub epoch: i64,
    pub reason: String,
    pub at: i64,
}

/// Ends all sessions of a user, but for the session `kept`; answers the epoch that has ended, or `None` without such a user.
/// The user's row is locked until the transaction ends.
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
    let moved =
        sqlx::query_scalar("UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING session_epoch");
    let Some(epoch) = moved.bind(user_id.to_string()).fetch_optional(&mut *tx.0).await? else { return Ok(None) };
    let ended: i64 = i64::saturating_sub(epoch, 1);
    sqlx::query("INSERT INTO bulk_revocations (user_id, epoch, reason, at) VALUES ($1, $2, $3, $4)")
        .bind(user_id.to_string())
        .bind(ended)
        .bind(reason.as_str().to_owned())
        .bind(now.millis())
        .execute(&mut *tx.0)
        .await?;
    sqlx::query("UPDATE sessions SET epoch = $3 WHERE id = $1 AND user_id = $2 AND epoch = $4 AND revoked_at IS NULL")
        .bind(text_of_kept(kept))
        .bind(user_id.to_string())
        .bind(epoch)
        .bind(ended)
        .execute(&mut *tx.0)
        .await?;
    Ok(Some(ended))
}

/// The next bulk revocation that is not in the sessions' rows yet, by user and epoch, after this one. Those of deleted
/// accounts are not among them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn next(store: &Store, after_user: &str, after_epoch: i64) -> Result<Option<PendingRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT b.user_id, b.epoch, b.reason, b.at FROM bulk_revocations b JOIN users u ON u.id = b.user_id
         WHERE u.deleted_at IS NULL AND (b.user_id, b.epoch) > ($1, $2) ORDER BY b.user_id, b.epoch LIMIT 1",
    )
    .bind(after_user.to_owned())
    .bind(after_epoch)
    .fetch_optional(&store.readers)
    .await?)
}

/// How many sessions do not have a bulk revocation in their rows yet.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_pending(store: &Store, revocation: &PendingRow) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND epoch = $2 AND revoked_at IS NULL")
        .bind(revocation.user_id.clone())
        .bind(revocation.epoch)
        .fetch_one(&store.readers)
        .await?)
}

/// Writes a bulk revocation into up to `most` session rows; answers whether that was all. If so, its own row is deleted.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn apply_some(tx: &mut Transaction, revocation: &PendingRow, most: u32) -> Result<bool, StoreError> {
    let applied = sqlx::query(
        "UPDATE sessions SET revoked_at = $3, revoke_reason = $4
         WHERE id IN (SELECT id FROM sessions WHERE user_id = $1 AND epoch = $2 AND revoked_at IS NULL LIMIT $5)
               AND revoked_at IS NULL",
    )
    .bind(revocation.user_id.clone())
    .bind(revocation.epoch)
    .bind(revocation.at)
    .bind(revocation.reason.clone())
    .bind(i64::from(most))
    .execute(&mut *tx.0)
    .await?
    .rows_affected();
    if applied >= u64::from(most) {
        return Ok(false);
    }
    sqlx::query("DELETE FROM bulk_revocations WHERE user_id = $1 AND epoch = $2")
        .bind(revocation.user_id.clone())
        .bind(revocation.epoch)
        .execute(&mut *tx.0)
        .await?;
    Ok(true)
}

/// How many sessions of this epoch would still live if no bulk revocation had ended them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_alive(store: &Store, user_id: &UserId, epoch: i64, now: Timestamp) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM sessions
         WHERE user_id = $1 AND epoch = $2 AND revoked_at IS NULL AND idle_expires_at > $3 AND absolute_expires_at > $3",
    )
    .bind(user_id.to_string())
    .bind(epoch)
    .bind(now.millis())
    .fetch_one(&store.readers)
    .await?)
}
