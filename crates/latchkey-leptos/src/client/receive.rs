//! Messages between this tab makes of what another one says.

use super::{
    claims::{is_later, session_of},
    lifecycle, refresh, session, storage,
    tabs::{TabMessage, broadcast, wake_all},
};
use latchkey_wire::EndReason;

/// Follows another tab.
pub(super) fn receive(message: TabMessage) {
    match message {
        TabMessage::Tokens(theirs) => {
            match storage::read() {
                Some(own) if is_later(&theirs, &own) => session::adopt(*theirs),
                // The storage event came first.
                Some(own) if own.token == theirs.token => {}
                // The storage refused them, and the old ones are removed.
                None if session::has_lost(&theirs) => {
                    storage::hold((*theirs).clone());
                    session::adopt(*theirs);
                }
                Some(_) | None => return,
            }
            wake_all();
        }
        TabMessage::Asks(theirs) => {
            if let Some(own) = storage::read().filter(|own| is_later(own, &theirs)) {
                broadcast(&TabMessage::Tokens(Box::new(own)));
            }
        }
        TabMessage::RetryAfter { session, after_s } => {
            if storage::read().and_then(|own| session_of(&own)) == Some(session) {
                refresh::apply_retry_after(after_s);
                wake_all();
            }
        }
        TabMessage::Ended { session, reason } => {
            lifecycle::ended_elsewhere(&session, reason.as_deref().map(EndReason::from_text));
        }
    }
}
