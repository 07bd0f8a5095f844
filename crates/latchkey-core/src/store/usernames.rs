//! Finding accounts by their names. `users.username_key` is canonical, but for accounts from before final sigmas were
//! folded whose name another account has now: those keep the key that they had.

use super::users::UserRow;
use super::{Store, StoreError};

/// The account of this name: the one that has kept its unfolded key, if there is one, or else the one of the canonical
/// key. One question, whatever there is.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find(store: &Store, key: &str, unfolded: &str) -> Result<Option<UserRow>, StoreError> {
    let mut found: Vec<UserRow> = sqlx::query_as(
        "SELECT id, username, username_key, display_name, password_hash, roles, disabled_at, previous_hashes
         FROM users WHERE username_key IN ($1, $2) AND deleted_at IS NULL",
    )
    .bind(key.to_owned())
    .bind(unfolded.to_owned())
    .fetch_all(&store.readers)
    .await?;
    found.sort_by_key(|row| row.username_key != unfolded);
    Ok(found.into_iter().next())
}

/// Two accounts whose names have been one name since final sigmas are folded, as they were typed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Twins {
    /// The one that kept its unfolded key.
    pub kept: String,
    /// The one that has the canonical key.
    pub canonical: String,
}

/// All of them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn twins(store: &Store) -> Result<Vec<Twins>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT kept.username AS kept, canonical.username AS canonical
         FROM users AS kept JOIN users AS canonical ON canonical.username_key = REPLACE(kept.username_key, 'ς', 'σ')
         WHERE kept.deleted_at IS NULL AND canonical.deleted_at IS NULL
               AND kept.username_key > $1 AND kept.username_key LIKE '%ς%' ORDER BY kept.username_key",
    )
    .bind("")
    .fetch_all(&store.readers)
    .await?)
}
