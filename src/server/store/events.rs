//! The table `events`: the security log.

use super::{StoreError, Transaction};
use crate::server::clock::Timestamp;

/// One line of the security log.
pub struct EventRow<'a> {
    pub id: String,
    pub user_id: &'a str,
    pub session_id: Option<String>,
    pub kind: &'a str,
    pub at: Timestamp,
    pub ip: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    pub detail: Option<&'a str>,
}

/// Writes a line, if its user exists: an account that is deleted meanwhile takes its security log with it.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn insert(tx: &mut Transaction, event: EventRow<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO events (id, user_id, session_id, kind, at, ip, user_agent, detail)
         SELECT $1, id, $3, $4, $5, $6, $7, $8 FROM users WHERE id = $2",
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
