//! How a session begins and ends in this browser: by logging in and out, or because the server or another tab reports
//! it.

use super::SessionClient;
use crate::{claims::session_of, environment::Environment, event::ClientEvent, record::Record};
use latchkey_wire::{EndReason, Tokens};

impl<E: Environment> SessionClient<E> {
    /// Begins the session of a login or a registration, for this browser or for this tab only. A session that it takes the
    /// place of is revoked.
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

    /// Logs out: here at once, and at the server by a message that is sent even if the page is closed at the same moment.
    pub fn log_out(&self) {
        if let Some(record) = self.leave() {
            self.broadcast_end(&record, None);
            self.revoke(record.refresh_token);
        }
        self.close(None);
    }

    /// Ends the session in this browser because it is over at the server, and remembers why.
    pub fn end(&self, reason: EndReason) {
        if let Some(record) = self.leave() {
            self.broadcast_end(&record, Some(reason));
        }
        self.close(Some(reason));
    }

    /// Follows another tab that has found the session over, or has logged out of it. A tab that is in another session by
    /// now ignores this.
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
            // The storage event came before, but without the reason.
            None => self.close(reason),
        }
    }

    /// A record of the tokens that the server has just issued.
    pub(super) fn received(&self, tokens: Tokens) -> Record {
        Record::received(tokens, self.environment().wall_ms())
    }
}
