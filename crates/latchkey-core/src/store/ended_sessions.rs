//! Rows of sessions that have ended, in the table `sessions`, and how they go.

use super::{Store, StoreError, Transaction};
use crate::clock::Timestamp;

/// Deletes up to `most` sessions whose last possible moment was before `before`; answers how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_ended(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(sqlx::query(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE absolute_expires_at < $1 LIMIT $2)",
    )
    .bind(before.millis())
    .bind(i64::from(most))
    .execute(&mut *tx.0)
    .await?
    .rows_affected())
}

/// Deletes up to `most` sessions that were revoked before `before`; answers how many. Expired sessions
/// are not among them: [`delete_ended`] and [`delete_unused`] delete those.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_revoked(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(sqlx::query(
        "DELETE FROM sessions
         WHERE id IN (SELECT id FROM sessions WHERE revoked_at < $1 AND revoke_reason <> 'expired' LIMIT $2)",
    )
    .bind(before.millis())
    .bind(i64::from(most))
    .execute(&mut *tx.0)
    .await?
    .rows_affected())
}

/// Up to `most` sessions that had expired before `before`, unused. Reads every row, without an index.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn unused(store: &Store, before: Timestamp, most: i64) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id FROM sessions WHERE idle_expires_at < $1 LIMIT $2")
        .bind(before.millis())
        .bind(most)
        .fetch_all(&store.readers)
        .await?)
}

/// Deletes one of those; answers how many rows went.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_unused(tx: &mut Transaction, id: &str, before: Timestamp) -> Result<u64, StoreError> {
    Ok(sqlx::query("DELETE FROM sessions WHERE id = $1 AND idle_expires_at < $2")
        .bind(id.to_owned())
        .bind(before.millis())
        .execute(&mut *tx.0)
        .await?
        .rows_affected())
}
