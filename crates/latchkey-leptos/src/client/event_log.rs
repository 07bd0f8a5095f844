//! The event log of the client, a short list that the session inspector shows.

pub use latchkey_client::{ClientEvent, RefreshReason};
use leptos::prelude::*;
use std::collections::VecDeque;

/// The highest number of entries; older ones are dropped.
const LENGTH: usize = 12;

/// An entry of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The time by the device's wall clock, in Unix milliseconds.
    pub at_ms: i64,
    /// What the client did, or learned.
    pub event: ClientEvent,
}

/// The event log of this tab, newest first.
#[derive(Clone, Copy)]
pub struct EventLog(RwSignal<VecDeque<Entry>>);

impl EventLog {
    pub(super) fn new() -> Self {
        Self(RwSignal::default())
    }

    /// The entries; tracked.
    pub fn entries(self) -> Vec<Entry> {
        self.0.with(|entries| entries.iter().cloned().collect())
    }

    /// Adds an entry. `at_ms` is the time by the device's wall clock, in Unix milliseconds.
    pub(super) fn record(self, event: ClientEvent, at_ms: i64) {
        self.0.update(|entries| write(entries, Entry { at_ms, event }));
    }
}

/// Adds an entry. It replaces the previous entry if that has the same event; otherwise retries would displace all other
/// entries.
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
    use latchkey_wire::ApiError;

    fn event_log(events: impl IntoIterator<Item = ClientEvent>) -> VecDeque<Entry> {
        let mut entries = VecDeque::new();
        for (at_ms, event) in (0..).zip(events) {
            write(&mut entries, Entry { at_ms, event });
        }
        entries
    }

    #[test]
    fn full_event_log_drops_the_oldest_entry() {
        let alternating = (0..40).map(|n| if n % 2 == 0 { ClientEvent::Adopted } else { ClientEvent::CallRetried });
        let entries = event_log(alternating);
        assert_eq!(entries.len(), LENGTH);
        assert_eq!(entries[0], Entry { at_ms: 39, event: ClientEvent::CallRetried });
    }

    #[test]
    fn repeated_event_is_one_entry() {
        let failed = || ClientEvent::RefreshFailed(ApiError::Unreachable);
        let entries = event_log([ClientEvent::SignedIn, failed(), failed(), failed()]);
        assert_eq!(entries, [Entry { at_ms: 3, event: failed() }, Entry { at_ms: 0, event: ClientEvent::SignedIn }]);
    }
}
