//! From which addresses the live sessions come.

use super::{Store, StoreError};
use crate::server::clock::Timestamp;

/// The address of each live session, as far as it is known.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn of_live_sessions(store: &Store, now: Timestamp) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT ip FROM sessions
         WHERE absolute_expires_at > $1 AND idle_expires_at > $1 AND revoked_at IS NULL AND ip IS NOT NULL",
    )
    .bind(now.millis())
    .fetch_all(&store.readers)
    .await?)
}
