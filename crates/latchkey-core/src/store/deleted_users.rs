//! Rows of `users` that are marked as deleted, and the rows that belong to them.
//!
//! Marking an account as deleted is one small write: it clears name, password hash, roles and fields, revokes the
//! account's sessions, and deletes its counts of failed sign-ins. [`remove_some`] deletes the rows themselves.

use super::users::PasswordPrecondition;
use super::{Store, StoreError, Transaction, bulk_revocations, login_failures, statement};
use crate::clock::Timestamp;
use crate::ids::UserId;
use latchkey_wire::EndReason;

/// The reason in the rows of a deleted account's sessions. Clients never get it; they get `unknown` for those sessions.
const REASON: EndReason = EndReason::AccountDeleted;

/// Marks an account as deleted if the [`PasswordPrecondition`] holds; returns whether it did. Its name is free after the commit.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn mark_own(
    tx: &mut Transaction,
    unchanged: &PasswordPrecondition<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // No username contains a space, so the new key cannot equal a username.
    let marked = statement(
        "UPDATE users SET deleted_at = $3, username = '', username_key = 'deleted ' || id, display_name = '',
                          password_hash = '', previous_hashes = NULL, roles = '', fields = '{}'
         WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL AND deleted_at IS NULL",
    )
    .bind(unchanged.user_id)
    .bind(unchanged.checked)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    revoke_and_forget(tx, unchanged.user_id, marked, now).await
}

/// Marks an account as deleted; returns whether there was one.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn mark(tx: &mut Transaction, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    let marked = statement(
        "UPDATE users SET deleted_at = $2, username = '', username_key = 'deleted ' || id, display_name = '',
                          password_hash = '', previous_hashes = NULL, roles = '', fields = '{}'
         WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    revoke_and_forget(tx, id, marked, now).await
}

async fn revoke_and_forget(tx: &mut Transaction, id: &UserId, marked: u64, now: Timestamp) -> Result<bool, StoreError> {
    if marked == 1 {
        login_failures::delete_of_user(tx, id).await?;
        bulk_revocations::insert(tx, id, None, REASON, now).await?;
    }
    Ok(marked == 1)
}

/// The id, as text, of the next account that is marked as deleted, in the order of deletion, after skipping `skip` of
/// them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn nth(store: &Store, skip: i64) -> Result<Option<String>, StoreError> {
    Ok(statement("SELECT id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1 OFFSET $1")
        .bind(skip)
        .optional_value(&store.readers)
        .await?)
}

/// The number of an account's sessions or of its events, whichever is larger.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn count_rows(store: &Store, id: &str) -> Result<i64, StoreError> {
    let count = async |query| -> Result<i64, StoreError> { Ok(statement(query).bind(id).value(&store.readers).await?) };
    let sessions = count("SELECT COUNT(*) FROM sessions WHERE user_id = $1").await?;
    Ok(sessions.max(count("SELECT COUNT(*) FROM events WHERE user_id = $1").await?))
}

/// Deletes up to `most` sessions and as many events of an account that is marked as deleted; returns whether none is
/// left. If so, it deletes the row of the account as well.
///
/// # Errors
/// [`StoreError::Unavailable`]; [`StoreError::Damaged`] if the account's row is still there.
pub async fn remove_some(tx: &mut Transaction, id: &str, most: u32) -> Result<bool, StoreError> {
    let sessions = statement("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1 LIMIT $2)")
        .bind(id)
        .bind(most)
        .execute(&mut *tx)
        .await?;
    let events = statement("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE user_id = $1 LIMIT $2)")
        .bind(id)
        .bind(most)
        .execute(&mut *tx)
        .await?;
    if sessions.max(events) >= u64::from(most) {
        return Ok(false);
    }
    statement("DELETE FROM users WHERE id = $1 AND deleted_at IS NOT NULL").bind(id).execute(&mut *tx).await?;
    // A trigger can skip a deletion. PostgreSQL does not complain then, even about rows that refer to a deleted one.
    let kept: i64 = statement(
        "SELECT (SELECT COUNT(*) FROM users WHERE id = $1) + (SELECT COUNT(*) FROM sessions WHERE user_id = $1)
                + (SELECT COUNT(*) FROM events WHERE user_id = $1)",
    )
    .bind(id)
    .value(&mut *tx)
    .await?;
    if kept > 0 {
        return Err(StoreError::Damaged("a deleted account's row stays, probably because of a trigger".to_owned()));
    }
    Ok(true)
}
