//! The table `events`: the security log.

use super::statement::Statement;
use super::{Store, StoreError, Transaction, statement};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};

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
    statement(
        "INSERT INTO events (id, user_id, session_id, kind, at, ip, user_agent, detail)
         SELECT $1, id, $3, $4,
                COALESCE((SELECT MAX(at) + 1 FROM events WHERE user_id = $2 AND at BETWEEN $5 AND $5 + 1000), $5),
                $6, $7, $8
         FROM users WHERE id = $2 AND deleted_at IS NULL",
    )
    .bind(event.id)
    .bind(event.user_id)
    .bind(event.session_id)
    .bind(event.kind)
    .bind(event.at)
    .bind(event.ip)
    .bind(event.user_agent)
    .bind(event.detail)
    .execute(&mut *tx)
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

impl<'q> Recent<'q> {
    /// Runs the query.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn exists(self, store: &Store) -> Result<bool, StoreError> {
        Ok(self.question().exists(&store.readers).await?)
    }

    /// The same inside a transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn exists_in(self, tx: &mut Transaction) -> Result<bool, StoreError> {
        Ok(self.question().exists(&mut *tx).await?)
    }

    fn question(self) -> Statement<'q> {
        statement(
            "SELECT 1 FROM events WHERE user_id = $1 AND at > $2 AND at < $3 AND session_id = $4 AND kind = $5 LIMIT 1",
        )
        .bind(self.user_id)
        .bind(self.after)
        .bind(self.before)
        .bind(self.session_id)
        .bind(self.kind)
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
    Ok(statement(
        "SELECT id, session_id, kind, at, ip, user_agent, detail FROM events
         WHERE user_id = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4",
    )
    .bind(user_id)
    .bind(before.0)
    .bind(before.1)
    .bind(most)
    .rows(&store.readers)
    .await?)
}

/// Deletes up to `most` events from before `before`; returns how many.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete_old(tx: &mut Transaction, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    Ok(statement("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < $1 LIMIT $2)")
        .bind(before)
        .bind(most)
        .execute(&mut *tx)
        .await?)
}
