//! The table `sessions`: one row for each session, however often it is refreshed.

pub(crate) use super::session_row::SessionRow;
pub(crate) use super::session_updates::Rotation;
use super::session_updates::Update;
use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};

/// The initial values of a session; the other columns follow from these.
pub(crate) struct NewSession<'a> {
    pub(crate) id: SessionId,
    pub(crate) user_id: &'a UserId,
    pub(crate) secret: String,
    pub(crate) tag_key: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) idle_expires_at: Timestamp,
    pub(crate) absolute_expires_at: Timestamp,
    pub(crate) remember: bool,
    pub(crate) ip: Option<&'a str>,
    pub(crate) network: Option<String>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) new_network: bool,
    pub(crate) new_device: bool,
}

/// The values that a password change writes into its session's row.
pub(crate) struct Renewal {
    pub(crate) id: SessionId,
    pub(crate) secret: String,
    /// The id of the keyring's secret that tags the new head.
    pub(crate) tag_key: String,
    pub(crate) now: Timestamp,
    pub(crate) idle_expires_at: Timestamp,
    /// The client that made the change.
    pub(crate) ip: Option<String>,
    pub(crate) network: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// The current row of a session.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn find(store: &Store, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    store.shared_read.session(id).await
}

/// Adds a session at generation 0.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn insert(tx: &mut Transaction, new: NewSession<'_>) -> Result<(), StoreError> {
    statement(
        "INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                               last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent, tag_key,
                               network, rotated_ip, rotated_network, rotated_user_agent, new_network, new_device, epoch)
         VALUES ($1, $2, $3, 0, 0, $4, $4, $4, $5, $6, $7, $8, $9, $10, $11, $8, $11, $9, $12, $13,
                 (SELECT session_epoch FROM users WHERE id = $2))",
    )
    .bind(new.id)
    .bind(new.user_id)
    .bind(new.secret)
    .bind(new.now)
    .bind(new.idle_expires_at)
    .bind(new.absolute_expires_at)
    .bind(new.remember)
    .bind(new.ip)
    .bind(new.user_agent)
    .bind(new.tag_key)
    .bind(new.network)
    .bind(new.new_network)
    .bind(new.new_device)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Locks the session's row and its user's, and returns whether the session is not revoked and still accepts tokens of
/// this generation. If so, that holds until the transaction ends.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn lock_if_live(tx: &mut Transaction, id: SessionId, generation: u32) -> Result<bool, StoreError> {
    // An UPDATE locks in both databases; SQLite has no FOR UPDATE. The user's row is locked first, because a bulk
    // revocation changes only that row.
    statement("UPDATE users SET roles = roles WHERE id = (SELECT user_id FROM sessions WHERE id = $1)")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let held = statement(
        "UPDATE sessions SET network = network
         WHERE id = $1 AND revoked_at IS NULL AND valid_from_generation <= $2
               AND epoch = (SELECT session_epoch FROM users WHERE id = sessions.user_id)",
    )
    .bind(id)
    .bind(generation);
    Ok(held.execute(&mut *tx).await? == 1)
}

/// Moves a live session to the next generation with a new secret, which invalidates all earlier generations; returns
/// the new head, or `None` if the session has ended. The row keeps the last 16 secrets: 703 characters, for 16 times 43
/// characters and the spaces between them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn renew(tx: &mut Transaction, renewal: Renewal) -> Result<Option<i64>, StoreError> {
    Ok(statement(
        "UPDATE sessions
         SET secret = $2, retired_secrets = SUBSTR(secret || COALESCE(' ' || retired_secrets, ''), 1, 703),
             generation = generation + 1, valid_from_generation = generation + 1, rotated_at = $3, last_seen_at = $3,
             idle_expires_at = $4, tag_key = $5, rotated_ip = $6, rotated_network = $7, rotated_user_agent = $8
         WHERE id = $1 AND revoked_at IS NULL AND idle_expires_at > $3 AND absolute_expires_at > $3
               AND epoch = (SELECT session_epoch FROM users WHERE id = sessions.user_id)
         RETURNING generation",
    )
    .bind(renewal.id)
    .bind(renewal.secret)
    .bind(renewal.now)
    .bind(renewal.idle_expires_at)
    .bind(renewal.tag_key)
    .bind(renewal.ip)
    .bind(renewal.network)
    .bind(renewal.user_agent)
    .optional_value(&mut *tx)
    .await?)
}

/// Moves the head to the next generation if it is unchanged and the session has not ended; returns whether it did.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn rotate(store: &Store, rotation: Rotation) -> Result<bool, StoreError> {
    store.update(Update::Rotate(rotation)).await
}

/// The user of a session, live or ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn owner(store: &Store, id: SessionId) -> Result<Option<UserId>, StoreError> {
    Ok(statement("SELECT user_id FROM sessions WHERE id = $1").bind(id).optional_value(&store.readers).await?)
}

/// Records that an access token of `generation` was used; generation and time never decrease.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn mark_seen(store: &Store, id: SessionId, generation: u32, now: Timestamp) -> Result<(), StoreError> {
    store.update(Update::Seen { id, generation, now }).await.map(drop)
}

/// Whether there is a session that is not revoked.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn any_not_ended(store: &Store) -> Result<bool, StoreError> {
    Ok(statement("SELECT 1 FROM sessions WHERE revoked_at IS NULL LIMIT 1").exists(&store.readers).await?)
}
