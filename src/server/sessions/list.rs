//! A user's sessions, as the user sees them.

use super::caller::Caller;
use super::device::describe;
use crate::api::sessions::ListedSession;
use crate::server::clock::Timestamp;
use crate::server::state::App;
use crate::server::store::{self, StoreError, sessions::ListedRow};

/// The live sessions of the caller: the current one first, then the one last seen.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<ListedSession>, StoreError> {
    let current = caller.session.id.to_string();
    let rows = store::sessions::live_of(&app.store, &caller.session.user.id, app.clock.now()).await?;
    let mut sessions: Vec<_> = rows.into_iter().map(|row| listed(row, &current)).collect();
    sessions.sort_by_key(|session| !session.current);
    Ok(sessions)
}

fn listed(row: ListedRow, current: &str) -> ListedSession {
    let time = |millis| Timestamp::from_millis(millis).to_string();
    ListedSession {
        current: row.id == current,
        device: describe(row.user_agent.as_deref()),
        ip: row.ip,
        new_network: row.new_network != 0,
        new_device: row.new_device != 0,
        created_at: time(row.created_at),
        last_seen_at: time(row.last_seen_at),
        idle_expires_at: time(row.idle_expires_at),
        absolute_expires_at: time(row.absolute_expires_at),
        remember: row.remember != 0,
        id: row.id,
    }
}
