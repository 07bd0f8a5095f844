//! The view of the session for pages.

use crate::freshness::TokenFreshness;
use latchkey_wire::{EndReason, User};

/// The user of this tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthState {
    /// The storage has not been read yet: on the server, and in the browser until the page is hydrated.
    Unknown,
    /// No user is signed in.
    Guest,
    /// This user is signed in; the data are those of the last sign-in or refresh.
    SignedIn(User),
}

/// Whether a signed-in user can get fresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Refreshing works, or is not due.
    Fine,
    /// Several refreshes in a row have failed.
    Reconnecting,
    /// Several refreshes in a row have failed, and the server has asked to wait.
    Waiting,
    /// The browser reports that it is offline.
    Offline,
}

/// The view of the session for pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The user of this tab.
    pub auth: AuthState,
    /// Why the last session ended; `None` after a logout.
    pub end_reason: Option<EndReason>,
    /// Whether the tokens will not outlive this page, because the browser refused to store them.
    pub in_memory: bool,
    /// Whether tokens can be refreshed.
    pub connection: Connection,
    /// The number of logouts that have not reached the server yet.
    pub pending_logouts: u32,
}

impl View {
    /// The view before the storage has been read.
    pub const UNKNOWN: Self = Self {
        auth: AuthState::Unknown,
        end_reason: None,
        in_memory: false,
        connection: Connection::Fine,
        pending_logouts: 0,
    };
}

/// The state to show. `freshness` is that of the access token, `None` for a guest. `trouble` is `None` while refreshing
/// works, otherwise whether the server has asked to wait.
pub fn connection(freshness: Option<TokenFreshness>, offline: bool, trouble: Option<bool>) -> Connection {
    match (freshness, trouble) {
        (Some(_), _) if offline => Connection::Offline,
        (Some(TokenFreshness::Due | TokenFreshness::Expired), Some(true)) => Connection::Waiting,
        (Some(TokenFreshness::Due | TokenFreshness::Expired), Some(false)) => Connection::Reconnecting,
        (Some(_) | None, _) => Connection::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_trouble_with_fresh_tokens_is_hidden() {
        let fresh = TokenFreshness::Fresh { due_in_ms: 1 };
        assert_eq!(connection(Some(fresh), false, Some(true)), Connection::Fine);
        assert_eq!(connection(Some(TokenFreshness::Due), false, Some(true)), Connection::Waiting);
        assert_eq!(connection(Some(TokenFreshness::Expired), false, Some(false)), Connection::Reconnecting);
        assert_eq!(connection(Some(TokenFreshness::Expired), false, None), Connection::Fine);
    }

    #[test]
    fn offline_state_is_hidden_from_guests() {
        assert_eq!(connection(Some(TokenFreshness::Due), true, Some(true)), Connection::Offline);
        assert_eq!(connection(None, true, Some(false)), Connection::Fine);
    }
}
