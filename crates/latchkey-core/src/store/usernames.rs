//! Finds accounts by name. `users.username_key` is canonical, with one exception: if two accounts from before final
//! sigmas were folded have the same canonical name, one keeps its old key.

use super::users::UserRow;
use super::{Store, StoreError, statement};

/// The account with this name: the one with the unfolded key if there is one, otherwise the one with the canonical key.
/// Always executes one query.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find(store: &Store, key: &str, unfolded: &str) -> Result<Option<UserRow>, StoreError> {
    let mut found: Vec<UserRow> = statement(
        "SELECT id, username, username_key, display_name, password_hash, roles, fields, disabled_at, previous_hashes
         FROM users WHERE username_key IN ($1, $2) AND deleted_at IS NULL",
    )
    .bind(key)
    .bind(unfolded)
    .rows(&store.readers)
    .await?;
    found.sort_by_key(|row| row.username_key != unfolded);
    Ok(found.into_iter().next())
}

/// Two accounts whose names became equal when final sigmas were folded, as typed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NameConflict {
    /// The name of the account with the unfolded key.
    pub kept: String,
    /// The name of the account with the canonical key.
    pub canonical: String,
}

/// All such pairs.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find_conflicts(store: &Store) -> Result<Vec<NameConflict>, StoreError> {
    Ok(statement(
        "SELECT kept.username AS kept, canonical.username AS canonical
         FROM users AS kept JOIN users AS canonical ON canonical.username_key = REPLACE(kept.username_key, 'ς', 'σ')
         WHERE kept.deleted_at IS NULL AND canonical.deleted_at IS NULL
               AND kept.username_key > $1 AND kept.username_key LIKE '%ς%' ORDER BY kept.username_key",
    )
    .bind("")
    .rows(&store.readers)
    .await?)
}
