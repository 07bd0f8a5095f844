//! What this tab makes of what another one says.

use super::{
    claims::{is_later, session_of},
    lifecycle, refresh, session, storage,
    tabs::{Word, tell, wake_all},
};
use latchkey_wire::EndReason;

/// Follows another tab.
pub(super) fn hear(word: Word) {
    match word {
        Word::Tokens(theirs) => {
            match storage::read() {
                Some(own) if is_later(&theirs, &own) => session::adopt(*theirs),
                // The storage was quicker.
                Some(own) if own.token == theirs.token => {}
                // It did not take them, and lost the old ones.
                None if session::has_lost(&theirs) => {
                    storage::hold((*theirs).clone());
                    session::adopt(*theirs);
                }
                Some(_) | None => return,
            }
            wake_all();
        }
        Word::Asks(theirs) => {
            if let Some(own) = storage::read().filter(|own| is_later(own, &theirs)) {
                tell(&Word::Tokens(Box::new(own)));
            }
        }
        Word::Patience { session, after_s } => {
            if storage::read().and_then(|own| session_of(&own)) == Some(session) {
                refresh::heed(after_s);
                wake_all();
            }
        }
        Word::Ended { session, reason } => {
            lifecycle::ended_elsewhere(&session, reason.as_deref().map(EndReason::from_text));
        }
    }
}
