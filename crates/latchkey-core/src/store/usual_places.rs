//! The table `usual_places`: the networks and devices from which a user signs in, with the time of the last sign-in.

use super::{StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::UserId;

/// Earlier sign-ins of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PlaceHistory {
    /// The number of places of this kind with a sign-in in the considered time.
    pub places: i64,
    /// Whether this place is one of them: 1 or 0.
    pub here: i64,
}

/// The number of a user's places of one kind since `after`, and whether this place is one of them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find(
    tx: &mut Transaction,
    user_id: &UserId,
    kind: &str,
    place: &str,
    after: Timestamp,
) -> Result<PlaceHistory, StoreError> {
    Ok(statement(
        "SELECT COUNT(*) AS places, COUNT(CASE WHEN place = $3 THEN 1 END) AS here FROM usual_places
         WHERE user_id = $1 AND kind = $2 AND last_at > $4",
    )
    .bind(user_id)
    .bind(kind)
    .bind(place)
    .bind(after)
    .row(&mut *tx)
    .await?)
}

/// Records that the user has signed in from a place.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn record(
    tx: &mut Transaction,
    user_id: &UserId,
    kind: &str,
    place: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    statement(
        "INSERT INTO usual_places (user_id, kind, place, last_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, kind, place) DO UPDATE SET last_at = $4",
    )
    .bind(user_id)
    .bind(kind)
    .bind(place)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Deletes all places of one kind except the `kept` used last.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn keep_newest(tx: &mut Transaction, user_id: &UserId, kind: &str, kept: u32) -> Result<(), StoreError> {
    statement(
        "DELETE FROM usual_places WHERE user_id = $1 AND kind = $2 AND place IN
         (SELECT place FROM usual_places WHERE user_id = $1 AND kind = $2 ORDER BY last_at DESC LIMIT 1000 OFFSET $3)",
    )
    .bind(user_id)
    .bind(kind)
    .bind(kept)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Deletes up to `most` places last used before `before`; returns how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_old(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(statement(
        "DELETE FROM usual_places WHERE (user_id, kind, place) IN
         (SELECT user_id, kind, place FROM usual_places WHERE last_at < $1 LIMIT $2)",
    )
    .bind(before)
    .bind(most)
    .execute(&mut *tx)
    .await?)
}
