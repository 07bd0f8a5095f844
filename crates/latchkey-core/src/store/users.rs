//! The table `users`.

use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::UserId;

/// A row of `users`. Not `Debug`, because it has the password hash.
#[derive(Clone, sqlx::FromRow)]
pub struct UserRow {
    /// The id, `sub` in access tokens.
    pub id: UserId,
    /// The username as it was typed at registration.
    pub username: String,
    /// The canonical username, which is unique.
    pub username_key: String,
    /// The name that is shown.
    pub display_name: String,
    /// The password's PHC string.
    pub password_hash: String,
    /// The names of the roles, separated by commas.
    pub roles: String,
    /// The texts of the fields that the application has declared, as a JSON object.
    pub fields: String,
    /// When an administrator disabled the account, in milliseconds since 1970.
    pub disabled_at: Option<i64>,
    /// The hashes of previous passwords, newest first, separated by spaces.
    pub previous_hashes: Option<String>,
}

/// The stored form of a new password.
pub(crate) struct NewPasswordHash {
    pub(crate) hash: String,
    /// The hashes of previous passwords, newest first, separated by spaces.
    pub(crate) previous: Option<String>,
}

/// An account as an administrator sees it. Times are in milliseconds since 1970.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    /// The id, `sub` in access tokens.
    pub id: UserId,
    /// The username as it was typed at registration.
    pub username: String,
    /// The name that is shown.
    pub display_name: String,
    /// The names of the roles, separated by commas.
    pub roles: String,
    /// The texts of the fields that an application has declared, as a JSON object.
    pub fields: String,
    /// When an administrator disabled the account.
    pub disabled_at: Option<i64>,
    /// When the account was created.
    pub created_at: i64,
    /// When the password was last changed.
    pub password_changed_at: i64,
    /// The number of its live sessions.
    pub sessions: i64,
}

/// The user with this id.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn find(store: &Store, id: &UserId) -> Result<Option<UserRow>, StoreError> {
    Ok(statement(
        "SELECT id, username, username_key, display_name, password_hash, roles, fields, disabled_at, previous_hashes
         FROM users WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .optional_row(&store.readers)
    .await?)
}

/// Adds an account.
///
/// # Errors
/// [`StoreError::Taken`] if the canonical name or the id exists.
pub async fn insert(tx: &mut Transaction, user: &UserRow, now: Timestamp) -> Result<(), StoreError> {
    statement(
        "INSERT INTO users (id, username, username_key, display_name, password_hash, roles, fields,
                            created_at, password_changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
    )
    .bind(&user.id)
    .bind(&user.username)
    .bind(&user.username_key)
    .bind(&user.display_name)
    .bind(&user.password_hash)
    .bind(&user.roles)
    .bind(&user.fields)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Stores the hash of an unchanged password, in its old or a new form, and returns whether the account is still as it
/// was when the password was checked: existing, enabled, with that password. Its row is locked until the transaction
/// ends.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn confirm(tx: &mut Transaction, id: &UserId, checked: &str, kept: &str) -> Result<bool, StoreError> {
    let confirmed =
        statement("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3 AND disabled_at IS NULL")
            .bind(kept)
            .bind(id)
            .bind(checked)
            .execute(&mut *tx)
            .await?;
    Ok(confirmed == 1)
}

/// The account must still exist, be enabled and have the checked password when a user's change is written, because
/// hashing takes time.
pub(crate) struct PasswordPrecondition<'a> {
    pub(crate) user_id: &'a UserId,
    /// The hash that the presented password was checked against.
    pub(crate) checked: &'a str,
}

/// Changes the password of an account if the [`PasswordPrecondition`] holds; returns whether it did.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn change_password(
    tx: &mut Transaction,
    unchanged: PasswordPrecondition<'_>,
    new: NewPasswordHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = statement(
        "UPDATE users SET password_hash = $3, password_changed_at = $4, previous_hashes = $5
         WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
    )
    .bind(unchanged.user_id)
    .bind(unchanged.checked)
    .bind(new.hash)
    .bind(now)
    .bind(new.previous)
    .execute(&mut *tx)
    .await?;
    Ok(changed == 1)
}

/// Every account, ordered by canonical name.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn list(store: &Store, now: Timestamp) -> Result<Vec<AccountRow>, StoreError> {
    Ok(statement(
        "SELECT id, username, display_name, roles, fields, disabled_at, created_at, password_changed_at,
                (SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND epoch = users.session_epoch
                        AND revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1) AS sessions
         FROM users WHERE deleted_at IS NULL ORDER BY username_key",
    )
    .bind(now)
    .rows(&store.readers)
    .await?)
}

/// Sets the roles of an account.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn set_roles(tx: &mut Transaction, id: &UserId, roles: &str) -> Result<(), StoreError> {
    let set = statement("UPDATE users SET roles = $2 WHERE id = $1 AND deleted_at IS NULL").bind(id).bind(roles);
    set.execute(&mut *tx).await?;
    Ok(())
}

/// Sets the password of an account, whatever the old one is; returns whether the account exists.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn set_password(
    tx: &mut Transaction,
    id: &UserId,
    new: NewPasswordHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let set = statement(
        "UPDATE users SET password_hash = $2, password_changed_at = $3, previous_hashes = $4
         WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .bind(new.hash)
    .bind(now)
    .bind(new.previous);
    Ok(set.execute(&mut *tx).await? == 1)
}

/// Makes the limit on sign-ins ignore the sign-ins up to `now`.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn count_sign_ins_from(tx: &mut Transaction, id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    let set = statement("UPDATE users SET sign_ins_counted_from = $2 WHERE id = $1");
    set.bind(id).bind(now).execute(&mut *tx).await?;
    Ok(())
}

/// Records that a previous password of this account was tried.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn set_previous_tried(tx: &mut Transaction, id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    let set = statement("UPDATE users SET previous_tried_at = $2 WHERE id = $1");
    set.bind(id).bind(now).execute(&mut *tx).await?;
    Ok(())
}

/// Deletes the previous hashes of up to `most` accounts whose password was last changed, and whose previous passwords
/// were last tried, before `before`; returns how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn forget_previous_hashes(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(statement(
        "UPDATE users SET previous_hashes = NULL WHERE id IN
         (SELECT id FROM users WHERE previous_hashes IS NOT NULL AND password_changed_at < $1
                                         AND previous_tried_at < $1 LIMIT $2)",
    )
    .bind(before)
    .bind(most)
    .execute(&mut *tx)
    .await?)
}

/// Disables an enabled account; returns whether it did. Its row is locked until the transaction ends, so no session of
/// it can start meanwhile.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn disable(tx: &mut Transaction, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    let disabled =
        statement("UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL AND deleted_at IS NULL");
    Ok(disabled.bind(id).bind(now).execute(&mut *tx).await? == 1)
}

/// Enables a disabled account; returns whether it did.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn enable(tx: &mut Transaction, id: &UserId) -> Result<bool, StoreError> {
    let enabled = statement(
        "UPDATE users SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL AND deleted_at IS NULL",
    );
    Ok(enabled.bind(id).execute(&mut *tx).await? == 1)
}
