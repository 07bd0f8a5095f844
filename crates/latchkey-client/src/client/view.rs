//! The view of the session for pages, derived from the storage whenever the storage may have changed.

use super::SessionClient;
use crate::{
    claims::session_of,
    environment::Environment,
    event::ClientEvent,
    record::{Place, Record},
    view::{AuthState, Connection, View},
};
use latchkey_wire::EndReason;

impl<E: Environment> SessionClient<E> {
    /// The current view.
    pub fn view(&self) -> View {
        self.0.view.borrow().clone()
    }

    /// Reads the storage for the first time, and keeps the tokens fresh from now on. Call it once.
    pub fn start(&self) {
        if self.record().is_some() {
            self.environment().log(ClientEvent::Found);
        }
        self.sync();
    }

    /// Updates the view from the storage. A tab that was suspended, or restored by the Back button, may have missed
    /// changes.
    pub fn sync(&self) {
        let was_signed_in = matches!(self.0.view.borrow().auth, AuthState::SignedIn(_));
        // Functions that end a session record their own event.
        if was_signed_in && self.0.last_session.borrow().is_some() && self.record().is_none() {
            self.environment().log(ClientEvent::Lost);
            self.0.last_session.take();
        }
        self.project();
    }

    /// Updates the view after another tab has changed the storage. If the storage was empty before (`was_empty`), the
    /// change is a sign-in and not only fresh tokens.
    pub fn storage_changed(&self, was_empty: bool) {
        if was_empty {
            self.rejoin();
        }
        let before = self.0.last_session.borrow().clone();
        // Another user's tokens in a storage that this tab does not use are ignored.
        if self.project()
            && let Some(record) = self.record()
        {
            let same = before.is_some() && before == session_of(&record);
            self.environment().log(if same { ClientEvent::Adopted } else { ClientEvent::SignedIn });
        }
    }

    /// Continues after the device is online again.
    pub fn online(&self) {
        for wake in self.0.waiting_for_network.take() {
            // The task may have stopped waiting.
            let _ = wake.send(());
        }
        self.reset_backoff();
        self.environment().recovered();
        self.sync();
    }

    /// Derives the view from the storage, and plans the next refresh; returns whether the tokens have changed.
    fn project(&self) -> bool {
        let (place, record) = self.find().unzip();
        let token = record.as_ref().map(|record| record.token.clone());
        let is_new = self.0.last_token.replace(token.clone()) != token;
        if let Some(record) = &record {
            self.0.last_session.replace(session_of(record));
        }
        {
            let mut view = self.0.view.borrow_mut();
            view.in_memory = place == Some(Place::Memory);
            if record.is_some() {
                view.end_reason = None;
            }
            view.auth = record.map_or(AuthState::Guest, |record| AuthState::SignedIn(record.user));
        }
        self.show();
        self.environment().record_changed();
        if is_new {
            // Fresh tokens from any tab end a failure, because the failures were those of the old tokens.
            self.forget_failures_of_old_tokens();
            self.environment().recovered();
        }
        self.check();
        is_new
    }

    fn show(&self) {
        // The view is copied, because showing it may cause another call of the client.
        self.environment().show(self.view());
    }

    pub(super) fn set_connection(&self, connection: Connection) {
        if self.0.view.borrow().connection != connection {
            self.0.view.borrow_mut().connection = connection;
            self.show();
        }
    }

    /// Records that the first try of a logout has not reached the server.
    pub(super) fn add_pending_logout(&self) {
        self.0.view.borrow_mut().pending_logouts += 1;
        self.show();
    }

    /// Records that a pending logout has reached the server, or was given up.
    pub(super) fn remove_pending_logout(&self) {
        self.0.view.borrow_mut().pending_logouts -= 1;
        self.show();
    }

    /// Takes over later tokens of the current session from another tab.
    pub(super) fn adopt_sent(&self, record: Record) {
        self.replace(record);
        self.environment().log(ClientEvent::Adopted);
        self.sync();
    }

    /// Whether this tab was in the session of this record until another tab removed the tokens from the storage,
    /// without a message that the session has ended.
    pub(super) fn has_lost(&self, record: &Record) -> bool {
        let session = session_of(record);
        session.is_some() && self.record().is_none() && *self.0.last_session.borrow() == session
    }

    /// Whether this tab was in that session when it last read the storage.
    pub(super) fn was_in(&self, session: &str) -> bool {
        self.0.last_session.borrow().as_deref() == Some(session)
    }

    /// Ends the session of this tab, and keeps the reason unless the user logged out.
    pub(super) fn close(&self, reason: Option<EndReason>) {
        self.0.last_session.take();
        self.environment().log(reason.map_or(ClientEvent::LoggedOut, ClientEvent::Ended));
        self.0.view.borrow_mut().end_reason = reason;
        self.sync();
    }
}
