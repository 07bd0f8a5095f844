//! Queries of the table `sessions` for users and operators.

use super::id_columns::text_of;
use super::{Store, StoreError, statement};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};

/// A session as its user sees it in a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct OwnSessionRow {
    pub(crate) id: SessionId,
    pub(crate) created_at: i64,
    pub(crate) last_seen_at: i64,
    pub(crate) idle_expires_at: i64,
    pub(crate) absolute_expires_at: i64,
    pub(crate) remember: i64,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) rotated_ip: Option<String>,
    pub(crate) rotated_network: Option<String>,
    pub(crate) rotated_user_agent: Option<String>,
    pub(crate) new_network: i64,
    pub(crate) new_device: i64,
}

/// A session as an administrator sees it. Times are in milliseconds since 1970.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AdminSessionRow {
    /// The id of the session.
    pub id: SessionId,
    /// The username as it was typed at registration.
    pub username: String,
    /// When the user signed in.
    pub created_at: i64,
    /// When an access token was last used.
    pub last_seen_at: i64,
    /// When the head was issued.
    pub rotated_at: i64,
    /// The head's generation.
    pub generation: i64,
    /// When the session expires without a refresh.
    pub idle_expires_at: i64,
    /// When the session expires, however often it is refreshed.
    pub absolute_expires_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// Why it was revoked.
    pub revoke_reason: Option<String>,
    /// When its user's account was disabled.
    pub disabled_at: Option<i64>,
    /// 1 with "keep me signed in", otherwise 0.
    pub remember: i64,
    /// The address that signed in.
    pub ip: Option<String>,
    /// The user agent that signed in.
    pub user_agent: Option<String>,
    /// The address that refreshed it last.
    pub rotated_ip: Option<String>,
    /// The network of that address; `None` if it is not recorded.
    pub rotated_network: Option<String>,
    /// The user agent that refreshed it last.
    pub rotated_user_agent: Option<String>,
}

/// The live sessions of one user or of all users, by user, last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn live(
    store: &Store,
    user_id: Option<&UserId>,
    now: Timestamp,
) -> Result<Vec<AdminSessionRow>, StoreError> {
    Ok(statement(
        "SELECT s.id, u.username, s.created_at, s.last_seen_at, s.rotated_at, s.generation, s.idle_expires_at,
                s.absolute_expires_at, s.revoked_at, s.revoke_reason, u.disabled_at, s.remember, s.ip, s.user_agent,
                s.rotated_ip, s.rotated_network, s.rotated_user_agent
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.revoked_at IS NULL AND s.idle_expires_at > $1 AND s.absolute_expires_at > $1
               AND s.epoch = u.session_epoch AND u.disabled_at IS NULL AND ($2 = '' OR s.user_id = $2)
         ORDER BY u.username_key, s.last_seen_at DESC, s.created_at DESC, s.id",
    )
    .bind(now)
    .bind(text_of(user_id))
    .rows(&store.readers)
    .await?)
}

/// A session, live or ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn one(store: &Store, id: SessionId) -> Result<Option<AdminSessionRow>, StoreError> {
    Ok(statement(
        "SELECT s.id, u.username, s.created_at, s.last_seen_at, s.rotated_at, s.generation, s.idle_expires_at,
                s.absolute_expires_at, COALESCE(s.revoked_at, b.at) AS revoked_at,
                COALESCE(s.revoke_reason, b.reason) AS revoke_reason, u.disabled_at, s.remember, s.ip, s.user_agent,
                s.rotated_ip, s.rotated_network, s.rotated_user_agent
         FROM sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
              LEFT JOIN bulk_revocations b ON b.user_id = s.user_id AND b.epoch = s.epoch
         WHERE s.id = $1",
    )
    .bind(id)
    .optional_row(&store.readers)
    .await?)
}

/// The live sessions of a user, last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn live_of(store: &Store, user_id: &UserId, now: Timestamp) -> Result<Vec<OwnSessionRow>, StoreError> {
    Ok(statement(
        "SELECT id, created_at, last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent, rotated_ip,
                rotated_network, rotated_user_agent, new_network, new_device
         FROM sessions
         WHERE user_id = $1 AND epoch = (SELECT session_epoch FROM users WHERE id = $1)
               AND revoked_at IS NULL AND idle_expires_at > $2 AND absolute_expires_at > $2
         ORDER BY last_seen_at DESC, created_at DESC, id",
    )
    .bind(user_id)
    .bind(now)
    .rows(&store.readers)
    .await?)
}

/// The number of live sessions of all users.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_live(store: &Store, now: Timestamp) -> Result<i64, StoreError> {
    Ok(statement(
        "SELECT COUNT(*) FROM sessions
         WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1
               AND NOT EXISTS (SELECT 1 FROM bulk_revocations b
                               WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)",
    )
    .bind(now)
    .value(&store.readers)
    .await?)
}

/// The address from which most live sessions were last refreshed, and how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn most_common_address(store: &Store, now: Timestamp) -> Result<Option<(String, i64)>, StoreError> {
    Ok(statement(
        "SELECT address, COUNT(*) AS uses
         FROM (SELECT COALESCE(rotated_ip, ip) AS address FROM sessions
               WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1
                     AND NOT EXISTS (SELECT 1 FROM bulk_revocations b
                                     WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)) AS live
         WHERE address IS NOT NULL GROUP BY address ORDER BY uses DESC, address LIMIT 1",
    )
    .bind(now)
    .optional_row(&store.readers)
    .await?)
}
