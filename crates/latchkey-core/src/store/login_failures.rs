//! The table `login_failures`: how many password attempts have failed, by key; `accounts/attempt.rs` defines the keys.

use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::UserId;

/// The count of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// Attempts that have failed or are not finished.
    pub count: i64,
    /// The time of the last one.
    pub last_at: Timestamp,
}

impl From<(i64, i64)> for Failures {
    fn from((count, last_at): (i64, i64)) -> Self {
        Self { count, last_at: Timestamp::from_millis(last_at) }
    }
}

/// The current count of a key; `None` if there is none.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find(store: &Store, key: &str) -> Result<Option<Failures>, StoreError> {
    let row: Option<(i64, i64)> = statement("SELECT count, last_at FROM login_failures WHERE key = $1")
        .bind(key)
        .optional_row(&store.readers)
        .await?;
    Ok(row.map(Failures::from))
}

/// Returns the current count of a key and locks its row until the transaction ends; a missing row is created. (An
/// upsert locks it in both databases. PostgreSQL's `FOR UPDATE` does not lock a missing row.)
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn hold(tx: &mut Transaction, key: &str) -> Result<Failures, StoreError> {
    let row: (i64, i64) = statement(
        "INSERT INTO login_failures (key, count, last_at) VALUES ($1, 0, 0)
         ON CONFLICT (key) DO UPDATE SET count = login_failures.count
         RETURNING count, last_at",
    )
    .bind(key)
    .row(&mut *tx)
    .await?;
    Ok(row.into())
}

/// Sets the count of a key that [`hold`] has locked, and the account that it belongs to. The id of an account that was
/// deleted meanwhile is not stored.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn set(
    tx: &mut Transaction,
    key: &str,
    user_id: Option<&UserId>,
    failures: Failures,
) -> Result<(), StoreError> {
    statement(
        "UPDATE login_failures SET count = $2, last_at = $3,
                user_id = (SELECT id FROM users WHERE id = $4 AND deleted_at IS NULL)
         WHERE key = $1",
    )
    .bind(key)
    .bind(failures.count)
    .bind(failures.last_at)
    .bind(user_id.map(UserId::to_string))
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Sets the time of the last attempt and keeps the count.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn set_last_at(tx: &mut Transaction, key: &str, last_at: Timestamp) -> Result<(), StoreError> {
    statement("UPDATE login_failures SET last_at = $2 WHERE key = $1")
        .bind(key)
        .bind(last_at)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Subtracts one attempt from the count. At zero the row is deleted, so nothing is stored about a client that has not
/// failed.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn decrement(tx: &mut Transaction, key: &str) -> Result<(), StoreError> {
    statement("DELETE FROM login_failures WHERE key = $1 AND count <= 1").bind(key).execute(&mut *tx).await?;
    statement("UPDATE login_failures SET count = count - 1 WHERE key = $1 AND count > 0")
        .bind(key)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Subtracts one attempt from the count. Restores the time of the attempt before it, unless there was another attempt
/// since.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn decrement_and_restore(
    tx: &mut Transaction,
    key: &str,
    counted: Failures,
    before: Failures,
) -> Result<(), StoreError> {
    statement(
        "UPDATE login_failures SET count = count - 1, last_at = CASE WHEN last_at = $2 THEN $3 ELSE last_at END
         WHERE key = $1 AND count > 0",
    )
    .bind(key)
    .bind(counted.last_at)
    .bind(before.last_at)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// A deleted key, with its count and the time of its last attempt.
pub type DeletedRow = (String, i64, i64);

/// Deletes a key; returns it if there was one.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete(tx: &mut Transaction, key: &str) -> Result<Vec<DeletedRow>, StoreError> {
    let deleted = statement("DELETE FROM login_failures WHERE key = $1 RETURNING key, count, last_at");
    Ok(deleted.bind(key).rows(&mut *tx).await?)
}

/// Deletes the keys of an account and returns them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_of_user(tx: &mut Transaction, user_id: &UserId) -> Result<Vec<DeletedRow>, StoreError> {
    let deleted = statement("DELETE FROM login_failures WHERE user_id = $1 RETURNING key, count, last_at");
    Ok(deleted.bind(user_id).rows(&mut *tx).await?)
}

/// Deletes up to `most` keys of any kind and returns them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_some(tx: &mut Transaction, most: u32) -> Result<Vec<DeletedRow>, StoreError> {
    Ok(statement(
        "DELETE FROM login_failures WHERE key IN (SELECT key FROM login_failures LIMIT $1)
         RETURNING key, count, last_at",
    )
    .bind(most)
    .rows(&mut *tx)
    .await?)
}

/// A key as an administrator sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct CountRow {
    pub(crate) key: String,
    pub(crate) username: Option<String>,
    pub(crate) count: i64,
    pub(crate) last_at: i64,
}

/// Every key with a count above zero, newest first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn list(store: &Store) -> Result<Vec<CountRow>, StoreError> {
    Ok(statement(
        "SELECT f.key, u.username, f.count, f.last_at FROM login_failures f LEFT JOIN users u ON u.id = f.user_id
         WHERE f.count > 0 ORDER BY f.last_at DESC, f.key",
    )
    .rows(&store.readers)
    .await?)
}

/// Deletes up to `most` keys without an attempt since `before`; returns how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_old(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(statement(
        "DELETE FROM login_failures WHERE key IN (SELECT key FROM login_failures WHERE last_at < $1 LIMIT $2)",
    )
    .bind(before)
    .bind(most)
    .execute(&mut *tx)
    .await?)
}
