//! Messages to the other tabs of the browser, in addition to the events of the local storage.
//!
//! The session of one tab is in its session storage, which browsers copy when the tab is duplicated. Then two tabs have
//! the same refresh token, and a rotation by one tab makes the other's copy an old token, whose use looks like theft.
//! So a tab sends its new tokens, and asks for later ones before it uses its own. Only tabs of the same session handle
//! a message. A script that could read the messages could read the storage as well.

use super::SessionClient;
use crate::{claims::session_of, environment::Environment, message::TabMessage, record::Record};
use futures::{channel::oneshot, future::select};
use latchkey_wire::EndReason;
use std::pin::pin;

/// How long a tab waits for an answer. Two active tabs need a few milliseconds.
const MAX_WAIT_MS: u32 = 250;

impl<E: Environment> SessionClient<E> {
    /// Sends a message to the other tabs; `false` if the channel is missing.
    pub(super) fn broadcast(&self, message: &TabMessage) -> bool {
        message.text().is_some_and(|text| self.environment().post(&text))
    }

    /// Tells the other tabs that the session of this record has ended.
    pub(super) fn broadcast_end(&self, of: &Record, reason: Option<EndReason>) {
        if let Some(session) = session_of(of) {
            let reason = reason.map(|reason| reason.as_str().to_owned());
            self.broadcast(&TabMessage::Ended { session, reason });
        }
    }

    /// Tells the other tabs that the server has asked this session to wait.
    pub(super) fn broadcast_retry_after(&self, of: &Record, after_s: u32) {
        if let Some(session) = session_of(of) {
            self.broadcast(&TabMessage::RetryAfter { session, after_s });
        }
    }

    /// Asks for later tokens than these. If another tab had any, they are stored when this returns. The wait is short,
    /// because there may be no other tab.
    pub(super) async fn ask_for_later(&self, record: &Record) {
        if self.broadcast(&TabMessage::Asks(Box::new(record.clone()))) {
            let (wake, woken) = oneshot::channel();
            self.0.waiting_for_tabs.borrow_mut().push(wake);
            select(woken, pin!(self.environment().sleep(MAX_WAIT_MS))).await;
        }
    }

    /// Wakes the tasks that wait for later tokens, because they have arrived.
    pub(super) fn wake_all(&self) {
        for wake in self.0.waiting_for_tabs.take() {
            // The waiting task may have timed out.
            let _ = wake.send(());
        }
    }
}
