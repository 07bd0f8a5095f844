//! Statements that revoke one or several sessions. `bulk_revocations.rs` revokes all sessions of a user with one row.

use super::id_columns::text_of_kept;
use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use latchkey_wire::EndReason;

/// A session that a statement has just ended. The ids are text, because the session of a damaged row must end as well.
pub struct EndedRow {
    pub id: String,
    pub user_id: String,
    /// When it would have expired without a further refresh, in milliseconds since 1970.
    pub end: i64,
    /// Whether a bulk revocation had already ended it.
    pub was_over: bool,
}

/// Sessions that a statement has just ended.
pub struct EndedOthers {
    /// The number of changed rows.
    pub rows: usize,
    /// The ids of the sessions that were live, as text, because the session of a damaged row must end as well.
    pub alive: Vec<String>,
}

/// Ends a session that has not ended before; returns whether this call ended it.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke(
    tx: &mut Transaction,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = statement(
        "UPDATE sessions SET revoked_at = $2, revoke_reason = $3
         WHERE id = $1 AND revoked_at IS NULL
               AND epoch = (SELECT session_epoch FROM users WHERE id = sessions.user_id)",
    )
    .bind(id)
    .bind(now)
    .bind(reason.as_str())
    .execute(&mut *tx)
    .await?;
    Ok(ended == 1)
}

/// Ends up to `most` sessions of a user that have not ended before, except `kept`.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke_others(
    tx: &mut Transaction,
    user_id: &UserId,
    kept: Option<SessionId>,
    most: u32,
    reason: EndReason,
    now: Timestamp,
) -> Result<EndedOthers, StoreError> {
    let ended: Vec<(String, i64, i64)> = statement(
        "UPDATE sessions SET revoked_at = $3, revoke_reason = $4
         WHERE id IN (SELECT id FROM sessions
                      WHERE user_id = $1 AND epoch = (SELECT session_epoch FROM users WHERE id = $1)
                            AND revoked_at IS NULL AND id <> $2 LIMIT $5)
               AND revoked_at IS NULL
         RETURNING id, idle_expires_at, absolute_expires_at",
    )
    .bind(user_id)
    .bind(text_of_kept(kept))
    .bind(now)
    .bind(reason.as_str())
    .bind(most)
    .rows(&mut *tx)
    .await?;
    let rows = ended.len();
    let alive = ended.into_iter().filter(|(_, idle, absolute)| now.millis() < *idle.min(absolute));
    Ok(EndedOthers { rows, alive: alive.map(|(id, ..)| id).collect() })
}

/// Ends up to `most` sessions of all users that have not ended before, and returns them. A session that a bulk
/// revocation has ended keeps that reason, and has `was_over` set.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke_some(
    tx: &mut Transaction,
    most: u32,
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<EndedRow>, StoreError> {
    let ended: Vec<(String, String, i64, i64, i64)> = statement(
        "UPDATE sessions
         SET revoked_at = $2,
             revoke_reason = COALESCE((SELECT b.reason FROM bulk_revocations b
                                       WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch), $3)
         WHERE id IN (SELECT id FROM sessions WHERE revoked_at IS NULL LIMIT $1) AND revoked_at IS NULL
         RETURNING id, user_id, idle_expires_at, absolute_expires_at,
                   (SELECT COUNT(*) FROM bulk_revocations b
                    WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)",
    )
    .bind(most)
    .bind(now)
    .bind(reason.as_str())
    .rows(&mut *tx)
    .await?;
    let row = |(id, user_id, idle, absolute, bulk): (_, _, i64, i64, i64)| EndedRow {
        id,
        user_id,
        end: idle.min(absolute),
        was_over: bulk > 0,
    };
    Ok(ended.into_iter().map(row).collect())
}

/// The number of sessions of all users that are not revoked in their own rows.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_not_ended(store: &Store) -> Result<u64, StoreError> {
    let count: i64 = statement("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").value(&store.readers).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Up to `most` live sessions of a user, without the `kept` that were seen last. Only the `kept + most` oldest sessions
/// are considered: if the user has more, every returned session exceeds the limit anyway, and the next call returns
/// others.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn longest_unseen(
    tx: &mut Transaction,
    user_id: &UserId,
    kept: u32,
    most: u32,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    Ok(statement(
        "SELECT id
         FROM (SELECT id, last_seen_at, created_at FROM sessions
               WHERE user_id = $1 AND epoch = (SELECT session_epoch FROM users WHERE id = $1)
                     AND revoked_at IS NULL AND idle_expires_at > $2 AND absolute_expires_at > $2
               ORDER BY created_at LIMIT $5) AS oldest
         ORDER BY last_seen_at DESC, created_at DESC, id LIMIT $4 OFFSET $3",
    )
    .bind(user_id)
    .bind(now)
    .bind(kept)
    .bind(most)
    .bind(i64::from(kept) + i64::from(most))
    .values(&mut *tx)
    .await?)
}
