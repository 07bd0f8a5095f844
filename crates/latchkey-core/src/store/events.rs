//! The table `events`: the security log.

use super::{Store, StoreError, Transaction};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

/// An event to write.
pub(crate) struct EventRow<'a> {
    pub(crate) id: String,
    pub(crate) user_id: &'a str,
    pub(crate) session_id: Option<String>,
    pub(crate) kind: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) ip: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) detail: Option<&'a str>,
}

/// Writes an event if its user exists: deleting an account also deletes its security log. If a user already has an
/// event at that millisecond, the new one gets the next free millisecond, to keep their order.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn insert(tx: &mut Transaction, event: EventRow<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO events (id, user_id, session_id, kind, at, ip, user_agent, detail)
         SELECT $1, id, $3, $4,
                COALESCE((SELECT MAX(at) + 1 FROM events WHERE user_id = $2 AND at BETWEEN $5 AND $5 + 1000), $5),
                $6, $7, $8
         FROM users WHERE id = $2 AND deleted_at IS NULL",
    )
    .bind(event.id)
    .bind(event.user_id.to_owned())
    .bind(event.session_id)
    .bind(event.kind.to_owned())
    .bind(event.at.millis())
    .bind(event.ip.map(str::to_owned))
    .bind(event.user_agent.map(str::to_owned))
    .bind(event.detail.map(str::to_owned))
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}

/// A query: whether a session has an event of this kind between two times.
#[derive(Clone, Copy)]
pub(crate) struct Recent<'a> {
    pub(crate) user_id: &'a UserId,
    pub(crate) session_id: SessionId,
    pub(crate) kind: &'a str,
    pub(crate) after: Timestamp,
    pub(crate) before: Timestamp,
}

impl Recent<'_> {
    /// Runs the query.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn exists(self, store: &Store) -> Result<bool, StoreError> {
        Ok(self.question().fetch_optional(&store.readers).await?.is_some())
    }

    /// The same inside a transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn exists_in(self, tx: &mut Transaction) -> Result<bool, StoreError> {
        Ok(self.question().fetch_optional(&mut *tx.0).await?.is_some())
    }

    fn question(self) -> Query<'static, Any, AnyArguments> {
        sqlx::query(
            "SELECT 1 FROM events WHERE user_id = $1 AND at > $2 AND at < $3 AND session_id = $4 AND kind = $5 LIMIT 1",
        )
        .bind(self.user_id.to_string())
        .bind(self.after.millis())
        .bind(self.before.millis())
        .bind(self.session_id.to_string())
        .bind(self.kind.to_owned())
    }
}

/// An event as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct LoggedRow {
    pub(crate) id: String,
    pub(crate) session_id: Option<String>,
    pub(crate) kind: String,
    pub(crate) at: i64,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Up to `most` events of a user, newest first, that are older than the event `before`.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) async fn page(
    store: &Store,
    user_id: &UserId,
    before: (Timestamp, &str),
    most: u32,
) -> Result<Vec<LoggedRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, session_id, kind, at, ip, user_agent, detail FROM events
         WHERE user_id = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4",
    )
    .bind(user_id.to_string())
    .bind(before.0.millis())
    .bind(before.1.to_owned())
    .bind(i64::from(most))
    .fetch_all(&store.readers)
    .await?)
}

/// Deletes up to `most` events from before `before`; returns how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_old(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(sqlx::query("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < $1 LIMIT $2)")
        .bind(before.millis())
        .bind(i64::from(most))
        .execute(&mut *tx.0)
        .await?
        .rows_affected())
}
