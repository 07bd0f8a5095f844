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

/// What people are shown of a session.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ListedRow {
    pub id: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub remember: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub new_network: i64,
    pub new_device: i64,
}

/// What an administrator is shown of a live session.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LiveRow {
    pub id: String,
    pub username: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub remember: i64,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// A session that has just been ended.
pub struct EndedRow {
    pub id: String,
    pub user_id: String,
    /// The moment at which it would have ended by itself, unused.
    pub end: i64,
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
    pub network: Option<String>,
    pub user_agent: Option<&'a str>,
    pub new_network: bool,
    pub new_device: bool,
}

/// The session as it is now.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find(store: &Store, id: String) -> Result<Option<SessionRow>, StoreError> {
    store.shared_read.session(id).await
}

/// Adds a session of generation 0.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn insert(tx: &mut Transaction, new: NewSession<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                               last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent, tag_key, network,
                               new_network, new_device)
         VALUES ($1, $2, $3, 0, 0, $4, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
    .bind(new.network)
    .bind(i64::from(new.new_network))
    .bind(i64::from(new.new_device))
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}

/// Whether the session has not been revoked; if so, nobody can revoke it until the transaction ends.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn hold(tx: &mut Transaction, id: &str) -> Result<bool, StoreError> {
    // On either engine an UPDATE locks; PostgreSQL's FOR UPDATE is unknown to SQLite.
    let held = sqlx::query("UPDATE sessions SET network = network WHERE id = $1 AND revoked_at IS NULL");
    Ok(held.bind(id.to_owned()).execute(&mut *tx.0).await?.rows_affected() == 1)
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

/// Ends every session of a user that has not ended before, but for one; answers which of them were alive.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke_others(
    tx: &mut Transaction,
    user_id: &str,
    kept: &str,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let ended: Vec<(String, i64, i64)> = sqlx::query_as(
        "UPDATE sessions SET revoked_at = $3, revoke_reason = $4
         WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL
         RETURNING id, idle_expires_at, absolute_expires_at",
    )
    .bind(user_id.to_owned())
    .bind(kept.to_owned())
    .bind(now.millis())
    .bind(reason.to_owned())
    .fetch_all(&mut *tx.0)
    .await?;
    let alive = ended.into_iter().filter(|(_, idle, absolute)| now.millis() < *idle.min(absolute));
    Ok(alive.map(|(id, ..)| id).collect())
}

/// Ends up to `most` sessions that have not ended before, whoever's they are; answers which.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn revoke_some(
    tx: &mut Transaction,
    most: u32,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<EndedRow>, StoreError> {
    let ended: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "UPDATE sessions SET revoked_at = $2, revoke_reason = $3
         WHERE id IN (SELECT id FROM sessions WHERE revoked_at IS NULL LIMIT $1) AND revoked_at IS NULL
         RETURNING id, user_id, idle_expires_at, absolute_expires_at",
    )
    .bind(i64::from(most))
    .bind(now.millis())
    .bind(reason.to_owned())
    .fetch_all(&mut *tx.0)
    .await?;
    let row = |(id, user_id, idle, absolute): (_, _, i64, i64)| EndedRow { id, user_id, end: idle.min(absolute) };
    Ok(ended.into_iter().map(row).collect())
}

/// The live sessions of a user, or of everybody, by user, the one last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live(store: &Store, user_id: Option<&str>, now: Timestamp) -> Result<Vec<LiveRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT s.id, u.username, s.created_at, s.last_seen_at, s.idle_expires_at, s.absolute_expires_at, s.remember,
                s.ip, s.user_agent
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.revoked_at IS NULL AND s.idle_expires_at > $1 AND s.absolute_expires_at > $1
               AND u.disabled_at IS NULL AND ($2 = '' OR s.user_id = $2)
         ORDER BY u.username_key, s.last_seen_at DESC, s.created_at DESC, s.id",
    )
    .bind(now.millis())
    .bind(user_id.unwrap_or_default().to_owned())
    .fetch_all(&store.readers)
    .await?)
}

/// The live sessions of a user, the one last seen first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live_of(store: &Store, user_id: &str, now: Timestamp) -> Result<Vec<ListedRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, created_at, last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent,
                new_network, new_device
         FROM sessions
         WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at > $2 AND absolute_expires_at > $2
         ORDER BY last_seen_at DESC, created_at DESC, id",
    )
    .bind(user_id.to_owned())
    .bind(now.millis())
    .fetch_all(&store.readers)
    .await?)
}

/// How many live sessions there are, of all users.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_live(store: &Store, now: Timestamp) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM sessions
         WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1",
    )
    .bind(now.millis())
    .fetch_one(&store.readers)
    .await?)
}

/// The live sessions of a user that are left when those last seen, `kept` of them, are taken away.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn longest_unseen(
    tx: &mut Transaction,
    user_id: &str,
    kept: u32,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    // A thousand at once: someone who lowers the limit from a million must not hold up everybody's writes.
    Ok(sqlx::query_scalar(
        "SELECT id FROM sessions
         WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at > $2 AND absolute_expires_at > $2
         ORDER BY last_seen_at DESC, created_at DESC, id LIMIT 1000 OFFSET $3",
    )
    .bind(user_id.to_owned())
    .bind(now.millis())
    .bind(i64::from(kept))
    .fetch_all(&mut *tx.0)
    .await?)
}

/// Whose session this is, live or ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn owner(store: &Store, id: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT user_id FROM sessions WHERE id = $1")
        .bind(id.to_owned())
        .fetch_optional(&store.readers)
        .await?)
}

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

/// Records that an access token of `generation` was used; neither number ever goes back.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn mark_seen(store: &Store, id: String, generation: u32, now: Timestamp) -> Result<(), StoreError> {
    store.update(Update::Seen { id, generation, now }).await.map(drop)
}

/// Whether there is a session that has not been ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn any_not_ended(store: &Store) -> Result<bool, StoreError> {
    Ok(sqlx::query("SELECT 1 FROM sessions WHERE revoked_at IS NULL LIMIT 1")
        .fetch_optional(&store.readers)
        .await?
        .is_some())
}
