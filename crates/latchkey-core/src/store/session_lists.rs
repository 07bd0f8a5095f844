//! The table `sessions`, read for users and operators.

use super::id_columns::text_of;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};

/// A session as its user sees it in a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OwnSessionRow {
    pub id: SessionId,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub remember: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub rotated_ip: Option<String>,
    pub rotated_network: Option<String>,
    pub rotated_user_agent: Option<String>,
    pub new_network: i64,
    pub new_device: i64,
}

/// A session as an administrator sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AdminSessionRow {
    pub id: SessionId,
    pub username: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub rotated_at: i64,
    pub generation: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub revoked_at: Option<i64>,
    pub revoke_reason: Option<String>,
    pub disabled_at: Option<i64>,
    pub remember: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub rotated_ip: Option<String>,
    pub rotated_network: Option<String>,
    pub rotated_user_agent: Option<String>,
}

/// The live sessions of one user or of all users, by user, last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live(store: &Store, user_id: Option<&UserId>, now: Timestamp) -> Result<Vec<AdminSessionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.id, u.username, s.created_at, s.last_seen_at, s.rotated_at, s.generation, s.idle_expires_at,
                s.absolute_expires_at, s.revoked_at, s.revoke_reason, u.disabled_at, s.remember, s.ip, s.user_agent,
                s.rotated_ip, s.rotated_network, s.rotated_user_agent
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.revoked_at IS NULL AND s.idle_expires_at > $1 AND s.absolute_expires_at > $1
               AND s.epoch = u.session_epoch AND u.disabled_at IS NULL AND ($2 = '' OR s.user_id = $2)
         ORDER BY u.username_key, s.last_seen_at DESC, s.created_at DESC, s.id",
    )
    .bind(now.millis())
    .bind(text_of(user_id))
    .fetch_all(&store.readers)
    .await?)
}

/// A session, live or ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn one(store: &Store, id: SessionId) -> Result<Option<AdminSessionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.id, u.username, s.created_at, s.last_seen_at, s.rotated_at, s.generation, s.idle_expires_at,
                s.absolute_expires_at, COALESCE(s.revoked_at, b.at) AS revoked_at,
                COALESCE(s.revoke_reason, b.reason) AS revoke_reason, u.disabled_at, s.remember, s.ip, s.user_agent,
                s.rotated_ip, s.rotated_network, s.rotated_user_agent
         FROM sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
              LEFT JOIN bulk_revocations b ON b.user_id = s.user_id AND b.epoch = s.epoch
         WHERE s.id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(&store.readers)
    .await?)
}

/// The live sessions of a user, last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live_of(store: &Store, user_id: &UserId, now: Timestamp) -> Result<Vec<OwnSessionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, created_at, last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent, rotated_ip,
                rotated_network, rotated_user_agent, new_network, new_device
         FROM sessions
         WHERE user_id = $1 AND epoch = (SELECT session_epoch FROM users WHERE id = $1)
               AND revoked_at IS NULL AND idle_expires_at > $2 AND absolute_expires_at > $2
         ORDER BY last_seen_at DESC, created_at DESC, id",
    )
    .bind(user_id.to_string())
    .bind(now.millis())
    .fetch_all(&store.readers)
    .await?)
}

/// The number of live sessions of all users.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_live(store: &Store, now: Timestamp) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM sessions
         WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1
               AND NOT EXISTS (SELECT 1 FROM bulk_revocations b
                               WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)",
    )
    .bind(now.millis())
    .fetch_one(&store.readers)
    .await?)
}

/// The address from which most live sessions were last refreshed, and how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn most_common_address(store: &Store, now: Timestamp) -> Result<Option<(String, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT address, COUNT(*) AS uses
         FROM (SELECT COALESCE(rotated_ip, ip) AS address FROM sessions
               WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1
                     AND NOT EXISTS (SELECT 1 FROM bulk_revocations b
                                     WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)) AS live
         WHERE address IS NOT NULL GROUP BY address ORDER BY uses DESC, address LIMIT 1",
    )
    .bind(now.millis())
    .fetch_optional(&store.readers)
    .await?)
}
