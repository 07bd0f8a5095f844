//! Lists a user's sessions for the user.

use super::ClientInfo;
use super::caller::Caller;
use super::service::Sessions;
use super::source::Source;
use super::user_agent::describe;
use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::store::{self, StoreError, session_lists::OwnSessionRow};
use latchkey_wire::{LastUse, ListedSession};

impl Sessions {
    /// The live sessions of the caller's user: the caller's first, then the others by last use.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<ListedSession>, StoreError> {
        let (store, now) = (&self.database.store, self.database.clock.now());
        let rows = store::session_lists::live_of(store, &caller.session.user.id, now).await?;
        let mut listed: Vec<_> = rows.into_iter().map(|row| describe_row(row, caller.session.id)).collect();
        listed.sort_by_key(|session| !session.current);
        Ok(listed)
    }
}

fn describe_row(row: OwnSessionRow, current: SessionId) -> ListedSession {
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

/// The client that refreshed a session last, compared with the one that signed in; `None` if the row does not record it.
pub(super) fn last_use(signed_in: &ClientInfo, is_recorded: bool, rotated: ClientInfo) -> Option<LastUse> {
    // The networks are computed from the addresses by the current rules, because an older version may have stored them
    // differently.
    let (first, last) = (Source::of(signed_in), Source::of(&rotated));
    is_recorded.then(|| LastUse {
        network_differs: first.network != last.network,
        user_agent_differs: first.user_agent != last.user_agent,
        device: describe(last.user_agent.as_deref()),
        ip: rotated.ip,
    })
}
