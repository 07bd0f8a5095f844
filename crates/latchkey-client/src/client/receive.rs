//! Handles the messages of other tabs.

use super::SessionClient;
use crate::{
    claims::{is_later, session_of},
    environment::Environment,
    message::TabMessage,
};
use latchkey_wire::{ApiError, EndReason};

impl<E: Environment> SessionClient<E> {
    /// Handles a text that another tab has sent. A text that is not a message is ignored.
    pub fn receive(&self, text: &str) {
        let Some(message) = TabMessage::parse(text) else { return };
        match message {
            TabMessage::Tokens(theirs) => {
                match self.record() {
                    Some(own) if is_later(&theirs, &own) => self.adopt_sent(*theirs),
                    // The storage event has arrived first.
                    Some(own) if own.token == theirs.token => {}
                    // The storage did not accept the new tokens, and the other tab has removed the old ones.
                    None if self.has_lost(&theirs) => {
                        self.hold((*theirs).clone());
                        self.adopt_sent(*theirs);
                    }
                    Some(_) | None => return,
                }
                self.wake_all();
            }
            TabMessage::Asks(theirs) => {
                if let Some(own) = self.record().filter(|own| is_later(own, &theirs)) {
                    self.broadcast(&TabMessage::Tokens(Box::new(own)));
                }
            }
            TabMessage::RetryAfter { session, after_s } => {
                if self.record().and_then(|own| session_of(&own)) == Some(session) {
                    self.record_failure(ApiError::Unavailable { retry_after: after_s }, after_s);
                    self.wake_all();
                }
            }
            TabMessage::Ended { session, reason } => {
                self.ended_elsewhere(&session, reason.as_deref().map(EndReason::from_text));
            }
        }
    }
}
