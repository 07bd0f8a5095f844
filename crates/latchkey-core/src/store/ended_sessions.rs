//! Deletes the rows of ended sessions.

use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;

/// Deletes up to `most` sessions whose absolute expiry is before `before`; returns how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_ended(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(statement("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE absolute_expires_at < $1 LIMIT $2)")
        .bind(before)
        .bind(most)
        .execute(&mut *tx)
        .await?)
}

/// Deletes up to `most` sessions that were revoked before `before`; returns how many. [`delete_ended`] and
/// [`delete_unused`] delete expired ones.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_revoked(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(statement(
        "DELETE FROM sessions
         WHERE id IN (SELECT id FROM sessions WHERE revoked_at < $1 AND revoke_reason <> 'expired' LIMIT $2)",
    )
    .bind(before)
    .bind(most)
    .execute(&mut *tx)
    .await?)
}

/// The ids of up to `most` sessions whose idle expiry is before `before`. It reads every row, without an index.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn unused(store: &Store, before: Timestamp, most: i64) -> Result<Vec<String>, StoreError> {
    Ok(statement("SELECT id FROM sessions WHERE idle_expires_at < $1 LIMIT $2")
        .bind(before)
        .bind(most)
        .values(&store.readers)
        .await?)
}

/// Deletes a session that [`unused`] has returned, unless it was refreshed meanwhile; returns how many rows were
/// deleted.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_unused(tx: &mut Transaction, id: &str, before: Timestamp) -> Result<u64, StoreError> {
    Ok(statement("DELETE FROM sessions WHERE id = $1 AND idle_expires_at < $2")
        .bind(id)
        .bind(before)
        .execute(&mut *tx)
        .await?)
}
