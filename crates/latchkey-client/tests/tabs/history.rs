//! The reasons for which a tab may become a guest, and the check that none becomes one without a reason.

use crate::world::{World, session_in};
use latchkey_client::{Area, AuthState};
use std::collections::BTreeSet;

/// Events, by session number, after which a tab may become a guest.
#[derive(Default)]
pub struct History {
    /// A user logged out of it, or signed in over it.
    pub logged_out: BTreeSet<usize>,
    /// The local storage was cleared while it held this session.
    pub cleared: BTreeSet<usize>,
    /// The same for the session storage of a tab.
    pub cleared_in: BTreeSet<(usize, usize)>,
    /// A tab signed in to another session while it waited for new tokens of this one, which it then drops.
    pub dropped: BTreeSet<usize>,
    /// Its password is changed, and the answer has not arrived: older tokens are refused.
    pub unanswered_changes: BTreeSet<usize>,
}

impl World {
    /// Checks that no tab becomes a guest without a reason.
    pub fn notice_guest(&self, id: usize) {
        let is_guest = self.client(id).view().auth == AuthState::Guest;
        let was_in = self.tabs.borrow()[id].was_in;
        if let Some(was_in) = was_in.filter(|_| is_guest) {
            assert!(self.may_be_guest(id, was_in), "tab {id} was signed out of session {was_in} without a reason");
            self.tabs.borrow_mut()[id].was_in = None;
        }
        if !is_guest && let Some(session) = self.session_of(id) {
            self.tabs.borrow_mut()[id].was_in = Some(session);
        }
    }

    fn may_be_guest(&self, id: usize, session: usize) -> bool {
        let history = self.history.borrow();
        let in_storage = |area| self.read(id, area).as_deref().and_then(session_in) == Some(session);
        assert!(!in_storage(Area::Session), "a guest with tokens");
        self.server.borrow().end_reason(session, self.server_ms()).is_some()
            || history.logged_out.contains(&session)
            || history.cleared.contains(&session)
            || history.cleared_in.contains(&(id, session))
            || history.unanswered_changes.contains(&session)
            // A tab that does not receive the new tokens.
            || (!self.abilities.channel && self.server.borrow().sessions[session].valid_from > 0)
    }
}
