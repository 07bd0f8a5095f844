//! Starts and ends the session in this browser: at login and logout, or because the server or another tab reports its
//! end.

use super::SessionClient;
use crate::{claims::session_of, environment::Environment, event::ClientEvent, record::Record};
use latchkey_wire::{EndReason, Tokens};

impl<E: Environment> SessionClient<E> {
    /// Starts the session of a login or a registration, for this browser or for this tab only. A session that it
    /// replaces is revoked.
    pub fn sign_in(&self, tokens: Tokens, remember: bool) {
        let displaced = self.store(self.received(tokens), remember);
        self.environment().log(ClientEvent::SignedIn);
        self.sync();
        self.make_seen();
        for record in displaced {
            self.broadcast_end(&record, None);
            self.revoke(record.refresh_token);
        }
    }

    /// Logs out: in this browser at once, and at the server by a request that the browser sends even if the page is
    /// closed at the same moment.
    pub fn log_out(&self) {
        if let Some(record) = self.leave() {
            self.broadcast_end(&record, None);
            self.revoke(record.refresh_token);
        }
        self.close(None);
    }

    /// Ends the session in this browser because it has ended at the server, and keeps the reason for the view.
    pub fn end(&self, reason: EndReason) {
        if let Some(record) = self.leave() {
            self.broadcast_end(&record, Some(reason));
        }
        self.close(Some(reason));
    }

    /// Ends the session in this tab because another tab has logged out or found that it has ended. A tab that is in
    /// another session now ignores this.
    pub(super) fn ended_elsewhere(&self, session: &str, reason: Option<EndReason>) {
        if !self.was_in(session) {
            return;
        }
        match self.record() {
            Some(record) if session_of(&record).as_deref() != Some(session) => {}
            Some(_) => {
                self.leave();
                self.close(reason);
            }
            // The storage event has arrived before, but without the reason.
            None => self.close(reason),
        }
    }

    /// Makes a record of the tokens that the server has just issued.
    pub(super) fn received(&self, tokens: Tokens) -> Record {
        Record::received(tokens, self.environment().wall_ms())
    }
}
