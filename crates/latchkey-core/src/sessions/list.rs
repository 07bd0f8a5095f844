//! A user's sessions, as the user sees them.

use super::ClientInfo;
use super::caller::Caller;
use super::service::Sessions;
use super::source::Source;
use super::user_agent::describe;
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::{self, StoreError, session_lists::OwnSessionRow};
use latchkey_wire::{LastUse, ListedSession};

/// The live sessions of the caller: the current one first, then the one last seen.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn list(sessions: &Sessions, caller: &Caller) -> Result<Vec<ListedSession>, StoreError> {
    let rows =
        store::session_lists::live_of(&sessions.database.store, &caller.session.user.id, sessions.database.clock.now())
            .await?;
    let mut sessions: Vec<_> = rows.into_iter().map(|row| listed(row, caller.session.id)).collect();
    sessions.sort_by_key(|session| !session.current);
    Ok(sessions)
}

fn listed(row: OwnSessionRow, current: SessionId) -> ListedSession {
    let time = |millis| Timestamp::from_millis(millis).to_string();
    let signed_in = ClientInfo { ip: row.ip.clone(), user_agent: row.user_agent.clone() };
    let rotated = ClientInfo { ip: row.rotated_ip, user_agent: row.rotated_user_agent };
    ListedSession {
        last_used_from: last_use(&signed_in, row.rotated_network.is_some(), rotated),
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
        id: row.id.to_string(),
    }
}

/// What refreshed a session last, compared with what signed in; `None` while the row does not record it.
pub(super) fn last_use(signed_in: &ClientInfo, is_recorded: bool, rotated: ClientInfo) -> Option<LastUse> {
    // The networks are compared as they are understood today, whatever an older version has stored.
    let (first, last) = (Source::of(signed_in), Source::of(&rotated));
    is_recorded.then(|| LastUse {
        network_differs: first.network != last.network,
        user_agent_differs: first.user_agent != last.user_agent,
        device: describe(last.user_agent.as_deref()),
        ip: rotated.ip,
    })
}
