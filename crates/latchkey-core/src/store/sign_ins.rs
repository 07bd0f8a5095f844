//! Queries of `sessions` about a user's sign-ins: whether one from a network is live, and how many there were.

use super::connection::On;
use super::id_columns::text_of;
use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::UserId;

/// Whether the user has a live session that was started from this network.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn any_live_at(
    store: &Store,
    user_id: Option<&UserId>,
    network: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = statement(
        "SELECT 1 FROM sessions WHERE user_id = $1 AND network = $2 AND revoked_at IS NULL
         AND epoch = (SELECT session_epoch FROM users WHERE id = $1)
         AND idle_expires_at > $3 AND absolute_expires_at > $3 LIMIT 1",
    )
    .bind(text_of(user_id))
    .bind(network)
    .bind(now);
    Ok(row.exists(&store.readers).await?)
}

/// Selects the sessions of a user that were started in a time span and count for the limit.
pub struct SignIns<'a> {
    pub user_id: Option<&'a UserId>,
    /// Exclusive.
    pub after: Timestamp,
    /// Inclusive.
    pub until: Timestamp,
    /// How many of the newest to skip.
    pub skip: u32,
}

const NTH_NEWEST: &str = "SELECT created_at FROM sessions WHERE user_id = $1 AND created_at > $2 AND created_at <= $3
                          AND created_at > (SELECT sign_ins_counted_from FROM users WHERE id = $1)
                          ORDER BY created_at DESC LIMIT 1 OFFSET $4";

/// When the newest session that is not skipped was started, live or ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn nth_newest(store: &Store, sign_ins: SignIns<'_>) -> Result<Option<Timestamp>, StoreError> {
    nth_newest_of(&store.readers, sign_ins).await
}

/// The same inside a transaction.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn nth_newest_in(tx: &mut Transaction, sign_ins: SignIns<'_>) -> Result<Option<Timestamp>, StoreError> {
    nth_newest_of(&mut *tx, sign_ins).await
}

async fn nth_newest_of<'c>(on: impl Into<On<'c>>, sign_ins: SignIns<'_>) -> Result<Option<Timestamp>, StoreError> {
    let row: Option<i64> = statement(NTH_NEWEST)
        .bind(text_of(sign_ins.user_id))
        .bind(sign_ins.after)
        .bind(sign_ins.until)
        .bind(sign_ins.skip)
        .optional_value(on)
        .await?;
    Ok(row.map(Timestamp::from_millis))
}
