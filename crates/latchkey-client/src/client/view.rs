//! Who is signed in, as pages show it: derived from the storage whenever that may have changed.

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
    /// What pages show now.
    pub fn view(&self) -> View {
        self.0.view.borrow().clone()
    }

    /// Looks at the storage for the first time, and keeps the tokens fresh from now on. Once.
    pub fn start(&self) {
        if self.record().is_some() {
            self.environment().log(ClientEvent::Found);
        }
        self.sync();
    }

    /// Makes the view what the storage says. A tab that slept, or was kept for the Back button, may have missed what
    /// happened there.
    pub fn sync(&self) {
        let was_signed_in = matches!(self.0.view.borrow().auth, AuthState::SignedIn(_));
        // Functions that end a session record an event of their own.
        if was_signed_in && self.0.last_session.borrow().is_some() && self.record().is_none() {
            self.environment().log(ClientEvent::Lost);
            self.0.last_session.take();
        }
        self.project();
    }

    /// The same after another tab has changed the storage, which held nothing before if `was_empty`: then it is a
    /// sign-in, not merely fresh tokens.
    pub fn storage_changed(&self, was_empty: bool) {
        if was_empty {
            self.rejoin();
        }
        let before = self.0.last_session.borrow().clone();
        // Another user's tokens, in another storage, do not concern this tab.
        if self.project()
            && let Some(record) = self.record()
        {
            let same = before.is_some() && before == session_of(&record);
            self.environment().log(if same { ClientEvent::Adopted } else { ClientEvent::SignedIn });
        }
    }

    /// The device is online again.
    pub fn online(&self) {
        for wake in self.0.waiting_for_network.take() {
            // The task may have stopped waiting.
            let _ = wake.send(());
        }
        self.reset_backoff();
        self.environment().recovered();
        self.sync();
    }

    /// Derives the view from the storage, and what to do next; answers whether the tokens have changed.
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
            // Fresh tokens end the trouble, from whichever tab they come; the age of the old ones does not.
            self.forget_failures_of_old_tokens();
            self.environment().recovered();
        }
        self.check();
        is_new
    }

    fn show(&self) {
        // A copy: what is shown may lead to another call of the client.
        self.environment().show(self.view());
    }

    pub(super) fn set_connection(&self, connection: Connection) {
        if self.0.view.borrow().connection != connection {
            self.0.view.borrow_mut().connection = connection;
            self.show();
        }
    }

    /// A logout has not reached the server at its first try.
    pub(super) fn add_pending_logout(&self) {
        self.0.view.borrow_mut().pending_logouts += 1;
        self.show();
    }

    /// It has reached the server, or is given up.
    pub(super) fn remove_pending_logout(&self) {
        self.0.view.borrow_mut().pending_logouts -= 1;
        self.show();
    }

    /// Takes over later tokens of the present session, from another tab.
    pub(super) fn adopt_sent(&self, record: Record) {
        self.replace(record);
        self.environment().log(ClientEvent::Adopted);
        self.sync();
    }

    /// Whether this tab was in the session of this record until another tab took the tokens out of the storage, without
    /// a message that the session is over.
    pub(super) fn has_lost(&self, record: &Record) -> bool {
        let session = session_of(record);
        session.is_some() && self.record().is_none() && *self.0.last_session.borrow() == session
    }

    /// Whether this tab was in that session when it last looked.
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
