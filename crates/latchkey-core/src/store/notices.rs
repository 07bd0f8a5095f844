//! The table `notices`: a migration inserts a notice, and the next start of the server logs it once.

use super::{Store, StoreError, statement};

/// The notice that the database has accounts from a version that gave new accounts a role by default.
pub const DEFAULT_ROLES: &str = "default_roles";

/// Deletes a notice; returns whether it was there.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn take(store: &Store, name: &'static str) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let taken = statement("DELETE FROM notices WHERE name = $1").bind(name).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(taken == 1)
}
