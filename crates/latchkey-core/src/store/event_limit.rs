//! Limits the security log to 1,000 events for each user. Sign-ins, failed sign-ins and sign-outs are deleted first,
//! then revoked sessions and similar events, oldest first. Replays, and changes of password, roles and account, are
//! kept for the whole retention, even if they alone exceed the limit.

use super::{Store, StoreError, Transaction, statement};

/// The highest number of events of a user.
pub const MAX_EVENTS: u32 = 1000;

/// The highest number of events that one call deletes.
const BATCH: i64 = 200;

/// Deletes the events of a user above the limit, up to 200; returns how many. The cost is bounded: of very many events,
/// only the 2,000 oldest are considered.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn trim(tx: &mut Transaction, user_id: &str) -> Result<u64, StoreError> {
    let count: i64 = statement("SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE user_id = $1 LIMIT $2) AS counted")
        .bind(user_id)
        .bind(i64::from(MAX_EVENTS) + BATCH)
        .value(&mut *tx)
        .await?;
    let excess = count - i64::from(MAX_EVENTS);
    if excess <= 0 {
        return Ok(0);
    }
    Ok(statement(
        "DELETE FROM events WHERE id IN (
             SELECT id FROM (SELECT id, kind, at FROM events WHERE user_id = $1 ORDER BY at, id LIMIT 2000) AS oldest
             WHERE kind NOT IN ('replay_detected', 'password_changed', 'password_set_by_admin', 'roles_set_by_admin',
                                'account_created', 'disabled_by_admin', 'enabled_by_admin')
             ORDER BY CASE WHEN kind IN ('signed_in', 'sign_in_failed', 'signed_out') THEN 0 ELSE 1 END, at, id
             LIMIT $2)",
    )
    .bind(user_id)
    .bind(excess)
    .execute(&mut *tx)
    .await?)
}

/// The first user after `user_id` with more events than the limit, and by how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn next_over(store: &Store, user_id: &str) -> Result<Option<(String, i64)>, StoreError> {
    Ok(statement(
        "SELECT user_id, COUNT(*) - $2 FROM events WHERE user_id > $1
         GROUP BY user_id HAVING COUNT(*) > $2 ORDER BY user_id LIMIT 1",
    )
    .bind(user_id)
    .bind(MAX_EVENTS)
    .optional_row(&store.readers)
    .await?)
}

/// Up to `most` events of a user, in the order in which they are deleted.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn oldest_deletable(store: &Store, user_id: &str, most: i64) -> Result<Vec<String>, StoreError> {
    Ok(statement(
        "SELECT id FROM events
         WHERE user_id = $1
               AND kind NOT IN ('replay_detected', 'password_changed', 'password_set_by_admin', 'roles_set_by_admin',
                                'account_created', 'disabled_by_admin', 'enabled_by_admin')
         ORDER BY CASE WHEN kind IN ('signed_in', 'sign_in_failed', 'signed_out') THEN 0 ELSE 1 END, at, id LIMIT $2",
    )
    .bind(user_id)
    .bind(most)
    .values(&store.readers)
    .await?)
}

/// Deletes an event; returns how many rows were deleted.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete(tx: &mut Transaction, id: &str) -> Result<u64, StoreError> {
    let deleted = statement("DELETE FROM events WHERE id = $1").bind(id).execute(&mut *tx).await?;
    Ok(deleted)
}
