//! The table `notices`: messages of a migration that the next start prints, once.

use super::{Store, StoreError};

/// New accounts had a role in earlier versions, and there were accounts.
pub const DEFAULT_ROLES: &str = "default_roles";

/// Takes a notice away; answers whether it was there.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn take(store: &Store, name: &'static str) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let taken = sqlx::query("DELETE FROM notices WHERE name = $1").bind(name).execute(&mut *tx.0).await?;
    tx.commit().await?;
    Ok(taken.rows_affected() == 1)
}
