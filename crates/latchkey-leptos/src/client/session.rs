//! The state of the session as signals, which every page can read and which follow the storage.

use super::next::GuestPages;
use latchkey_client::View;
pub use latchkey_client::{AuthState, Connection};
use latchkey_wire::{EndReason, User};
use leptos::prelude::*;

/// The session of this tab, for views.
#[derive(Clone, Copy)]
pub struct SessionContext {
    guest_pages: GuestPages,
    session: RwSignal<AuthState>,
    end_reason: RwSignal<Option<EndReason>>,
    in_memory: RwSignal<bool>,
    record: RwSignal<()>,
    recovery: RwSignal<()>,
    connection: RwSignal<Connection>,
    pending_logouts: RwSignal<u32>,
}

impl SessionContext {
    pub(super) fn new(guest_pages: GuestPages) -> Self {
        Self {
            guest_pages,
            session: RwSignal::new(AuthState::Unknown),
            end_reason: RwSignal::new(None),
            in_memory: RwSignal::new(false),
            record: RwSignal::new(()),
            recovery: RwSignal::new(()),
            connection: RwSignal::new(Connection::Fine),
            pending_logouts: RwSignal::new(0),
        }
    }

    pub(super) fn show(self, view: View) {
        set_if_changed(self.end_reason, view.end_reason);
        set_if_changed(self.in_memory, view.in_memory);
        set_if_changed(self.session, view.auth);
        set_if_changed(self.connection, view.connection);
        set_if_changed(self.pending_logouts, view.pending_logouts);
    }

    pub(super) fn record_changed(self) {
        self.record.notify();
    }

    pub(super) fn recovered(self) {
        self.recovery.notify();
    }

    /// Whether a user is signed in, and which; tracked.
    pub fn get(self) -> AuthState {
        self.session.get()
    }

    /// The signed-in user; `None` for a guest and while the state is unknown; tracked.
    pub fn user(self) -> Option<User> {
        match self.session.get() {
            AuthState::SignedIn(user) => Some(user),
            AuthState::Unknown | AuthState::Guest => None,
        }
    }

    /// Whether a user is signed in and has this role; tracked. Use it only to decide what to show, because the server
    /// checks each request. The roles are those of the last sign-in or refresh, so a change takes effect within the
    /// lifetime of an access token.
    pub fn has_role(self, role: &str) -> bool {
        self.session.with(|session| matches!(session, AuthState::SignedIn(user) if user.has_role(role)))
    }

    /// The pages for guests, as the [`SessionProvider`](crate::components::session_provider::SessionProvider) names them.
    pub fn guest_pages(self) -> GuestPages {
        self.guest_pages
    }

    /// Why the last session ended, unless by a plain logout; tracked.
    pub fn end_reason(self) -> Option<EndReason> {
        self.end_reason.get()
    }

    /// Notifies the reader whenever the stored record may have changed: other tokens, another user, or no record.
    pub fn track_record(self) {
        self.record.track();
    }

    /// Notifies the reader when a failed call may succeed: there are fresh tokens, or the network is back.
    pub fn track_recovery(self) {
        self.recovery.track();
    }

    /// Whether the tokens will not outlive this page, because the browser refused to store them; tracked.
    pub fn is_in_memory(self) -> bool {
        self.in_memory.get()
    }

    /// Whether the server can be asked for fresh tokens; tracked.
    pub fn connection(self) -> Connection {
        self.connection.get()
    }

    /// Whether a logout has not reached the server yet; tracked.
    pub fn has_pending_logout(self) -> bool {
        self.pending_logouts.get() > 0
    }
}

/// The session of this tab.
///
/// # Panics
/// Outside the views in [`SessionProvider`](crate::components::session_provider::SessionProvider), with a message that
/// says so: the server then answers 500 and logs it, and the browser's console shows it.
#[track_caller]
#[expect(clippy::expect_used, reason = "a view without its session cannot be rendered")]
pub fn use_session() -> SessionContext {
    use_context().expect("no session: put <SessionProvider> around the router")
}

/// Sets a signal only if the value differs, because setting it always notifies the readers.
fn set_if_changed<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in(roles: &[&str]) -> AuthState {
        let name = "ada".to_owned();
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        AuthState::SignedIn(User {
            id: "1".to_owned(),
            username: name.clone(),
            display_name: name,
            roles,
            fields: Default::default(),
        })
    }

    #[test]
    #[should_panic = "put <SessionProvider> around the router"]
    fn session_outside_its_provider_panics_with_what_is_missing() {
        Owner::new().with(use_session);
    }

    #[test]
    fn has_role_follows_the_session() {
        let owner = Owner::new();
        owner.with(|| {
            let session = SessionContext::new(GuestPages::DEFAULT);
            let is_manager = Memo::new(move |_| session.has_role("Manager"));
            for (state, wanted) in [
                (AuthState::Unknown, false),
                (signed_in(&["Reader", "Manager"]), true),
                (signed_in(&["Reader"]), false),
                (signed_in(&["manager", "Managers"]), false),
                (signed_in(&["Manager"]), true),
                (AuthState::Guest, false),
            ] {
                session.session.set(state.clone());
                assert_eq!(is_manager.get_untracked(), wanted, "{state:?}");
            }
        });
    }
}
