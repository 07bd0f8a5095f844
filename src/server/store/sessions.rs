//! The table `sessions`: one row a session, however often it is refreshed.

pub use super::shared_commit::Rotation;
use super::shared_commit::Update;
use super::{Store, StoreError, Transaction};
use crate::server::clock::Timestamp;

/// A row of `sessions` with what is needed of its user's. No `Debug`: it holds a secret.
#[derive(Clone, sqlx::FromRow)]
pub struct SessionRow {
    pub id: String,
    pub user_id: String,
    pub secret: String,
    pub generation: i64,
    pub confirmed_generation: i64,
    pub rotated_at: i64,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub revoked_at: Option<i64>,
    pub revoke_reason: Option<String>,
    pub remember: i64,
    pub tag_key: Option<String>,
    pub username: String,
    pub display_name: String,
    pub roles: String,
    pub disabled_at: Option<i64>,
}

/// What a new session begins with; the rest of its row follows from these.
pub struct NewSession<'a> {
    pub id: String,
    pub user_id: &'a str,
    pub secret: String,
    pub tag_key: &'a str,
    pub now: Timestamp,
    pub idle_expires_at: Timestamp,
    pub absolute_expires_at: Timestamp,
    pub remember: bool,
    pub ip: Option<&'a str>,
    pub user_agent: Option<&'a str>,
}

const SELECT: &str = "SELECT s.id, s.user_id, s.secret, s.generation, s.confirmed_generation, s.rotated_at, \
     s.created_at, s.last_seen_at, s.idle_expires_at, s.absolute_expires_at, s.revoked_at, s.revoke_reason, \
     s.remember, s.tag_key, u.username, u.display_name, u.roles, u.disabled_at \
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1";

/// The session as it is now.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find(store: &Store, id: &str) -> Result<Option<SessionRow>, StoreError> {
    Ok(sqlx::query_as(SELECT).bind(id.to_owned()).fetch_optional(&store.readers).await?)
}

/// Adds a session of generation 0.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn insert(tx: &mut Transaction, new: NewSession<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                               last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent, tag_key)
         VALUES ($1, $2, $3, 0, 0, $4, $4, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.user_id.to_owned())
    .bind(new.secret)
    .bind(new.now.millis())
    .bind(new.idle_expires_at.millis())
    .bind(new.absolute_expires_at.millis())
    .bind(i64::from(new.remember))
    .bind(new.ip.map(str::to_owned))
    .bind(new.user_agent.map(str::to_owned))
    .bind(new.tag_key.to_owned())
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}

/// Moves the head on, if it still is where it was and the session has not ended; answers whether it did.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn rotate(store: &Store, rotation: Rotation) -> Result<bool, StoreError> {
    store.update(Update::Rotate(rotation)).await
}

/// Ends a session that has not ended before; answers whether this was the one that did.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke(tx: &mut Transaction, id: &str, reason: &str, now: Timestamp) -> Result<bool, StoreError> {
    let ended =
        sqlx::query("UPDATE sessions SET revoked_at = $2, revoke_reason = $3 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.to_owned())
            .bind(now.millis())
            .bind(reason.to_owned())
            .execute(&mut *tx.0)
            .await?;
    Ok(ended.rows_affected() == 1)
}

/// Records that an access token of `generation` was used; neither number ever goes back.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn mark_seen(store: &Store, id: String, generation: u32, now: Timestamp) -> Result<(), StoreError> {
    store.update(Update::Seen { id, generation, now }).await.map(drop)
}

/// Whether there is any session at all, live or ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn any(store: &Store) -> Result<bool, StoreError> {
    Ok(sqlx::query("SELECT 1 FROM sessions LIMIT 1").fetch_optional(&store.readers).await?.is_some())
}
