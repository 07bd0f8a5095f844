//! What the client has done, and why: the short list that the session inspector shows.

use super::device_clock;
use latchkey_wire::{ApiError, EndReason};
use leptos::prelude::*;
use std::{cell::Cell, collections::VecDeque};

/// Older ones are forgotten.
const LENGTH: usize = 12;

/// Something that the client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    SignedIn,
    /// Found a session in the storage when the page was opened.
    Found,
    Refreshed(Why),
    /// Took over the tokens that another tab had stored or sent.
    Adopted,
    /// Sent a call a second time, with fresh tokens, after the server had refused the first.
    SentAgain,
    RefreshFailed(ApiError),
    /// The user marked the access token as expired, in the session inspector.
    Expired,
    LoggedOut,
    Ended(EndReason),
    /// The storage lost the tokens: the user or the browser cleared it.
    Lost,
}

/// Why the tokens were refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The timer, before the access token expires.
    Ahead,
    /// The timer, as soon as the access token can be seen to have expired.
    Overdue,
    /// A guarded place was entered with an expired access token.
    Guard,
    /// A call was about to be sent with an access token near its end.
    BeforeCall,
    /// The server refused the access token.
    AfterRefusal,
    /// The user changed the password.
    PasswordChange,
    Manual,
}

/// A line of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// By the device's wall clock, Unix milliseconds.
    pub at_ms: i64,
    pub event: ClientEvent,
}

/// The event log of this tab, newest first.
#[derive(Clone, Copy)]
pub struct EventLog(RwSignal<VecDeque<Entry>>);

impl EventLog {
    /// The lines; tracked.
    pub fn entries(self) -> Vec<Entry> {
        self.0.with(|entries| entries.iter().cloned().collect())
    }
}

thread_local! {
    static TAB: Cell<Option<EventLog>> = const { Cell::new(None) };
}

/// Provides the event log to all views below.
pub fn provide_event_log() {
    let event_log = EventLog(RwSignal::default());
    provide_context(event_log);
    Effect::new(move |_| TAB.set(Some(event_log)));
}

/// Writes a line. Browser only.
pub fn record(event: ClientEvent) {
    let Some(EventLog(entries)) = TAB.get() else { return };
    let entry = Entry { at_ms: device_clock::wall_ms(), event };
    entries.update(|entries| write(entries, entry));
}

/// The same event twice in a row is one line, the later: retries would push everything else out.
fn write(entries: &mut VecDeque<Entry>, entry: Entry) {
    if entries.front().is_some_and(|newest| newest.event == entry.event) {
        entries.pop_front();
    }
    entries.push_front(entry);
    entries.truncate(LENGTH);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_log(events: impl IntoIterator<Item = ClientEvent>) -> VecDeque<Entry> {
        let mut entries = VecDeque::new();
        for (at_ms, event) in (0..).zip(events) {
            write(&mut entries, Entry { at_ms, event });
        }
        entries
    }

    #[test]
    fn the_newest_comes_first_and_the_oldest_goes() {
        let alternating = (0..40).map(|n| if n % 2 == 0 { ClientEvent::Adopted } else { ClientEvent::SentAgain });
        let entries = event_log(alternating);
        assert_eq!(entries.len(), LENGTH);
        assert_eq!(entries[0], Entry { at_ms: 39, event: ClientEvent::SentAgain });
    }

    #[test]
    fn repetitions_are_one_line() {
        let failed = || ClientEvent::RefreshFailed(ApiError::Unreachable);
        let entries = event_log([ClientEvent::SignedIn, failed(), failed(), failed()]);
        assert_eq!(entries, [Entry { at_ms: 3, event: failed() }, Entry { at_ms: 0, event: ClientEvent::SignedIn }]);
    }
}
